//! A Prometheus as a source of counts: SLOs of OpenSLO documents, counted by minute from what their queries say.
//!
//! ```text
//! registry ──plan──> queries ──client──> points ──increase, count──> valid and good by minute ──> commit ──> counts
//! ```
//!
//! One thread asks, once a minute, and first for the history of the whole window. What is imported of an indicator, and up to which minute, is durable
//! before it can be seen; the points before are asked for again with each question, so that nothing else has to be remembered.

mod client;
mod count;
mod import;
mod increase;
mod plan;
mod selector;
mod source;

pub(crate) use import::ImportNotes;
pub(crate) use plan::{Asked, OpenJudged, judged, judged_anywhere, judged_at, names};
pub use source::{Source, SourceError, SourceToken};

use crate::commit::Message;
use crate::outbound::Client;
use crate::pulse::{LONG, Worker};
use crate::shared::Shared;
use crate::version::Version;
use futures_util::StreamExt as _;
use futures_util::stream;
use import::Importer;
use milepost_model::{DurationNs, Minute, Timestamp};
use plan::Query;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::runtime;

/// How often it is looked whether there is something to ask.
const EVERY: Duration = Duration::from_secs(1);
/// A minute is asked for when it is over for so long: a scrape of the usual interval is seen by then, and so are remote writes that come a little late.
/// What comes later is never counted, so that this is rather long.
const SETTLING: DurationNs = DurationNs::from_seconds(90);
/// Questions to all sources at once: few, since a question about a day costs Prometheus some work.
const AT_ONCE: usize = 4;

/// The minutes that are settled at a time: those before this one.
pub(crate) fn settled(now: Timestamp) -> Minute {
    Timestamp::from_nanos(now.nanos().saturating_sub(SETTLING.nanos().cast_signed())).minute()
}

/// What is asked under one version of the registry.
struct Plan {
    version: u64,
    /// Each query once, with the minutes of history that it needs: the longest window of its SLOs.
    queries: Vec<(Query, i64)>,
}

impl Plan {
    fn new(version: &Version, sources: &[Source]) -> Self {
        /// A period of a calendar is longer than the shortest of its kind by three days at most.
        const MORE_MINUTES: i64 = 4 * 24 * 60;
        let mut queries: BTreeMap<String, (Query, i64)> = BTreeMap::new();
        for judged in judged(&version.setup.registry, sources) {
            let Ok(query) = judged.query else { continue };
            let minutes = milepost_slo::minutes_of(judged.slo.window.shortest());
            let minutes = i64::try_from(minutes).unwrap_or(i64::MAX / 2) + MORE_MINUTES;
            let (_, longest) = queries.entry(query.id.clone()).or_insert((query, minutes));
            *longest = (*longest).max(minutes);
        }
        Self { version: version.number, queries: queries.into_values().collect() }
    }
}

/// Asks until the server ends.
pub(crate) fn run(shared: &Shared, messages: &flume::Sender<Message>, client: Client) {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!(%error, "no Prometheus can be asked"),
    };
    let importer = Importer::new(shared, messages.clone(), client);
    let mut plan: Option<Plan> = None;
    loop {
        shared.health.pulses.beat_for(Worker::Importer, LONG);
        let current = shared.versions.current();
        let known = plan.take().filter(|plan| plan.version == current.number).unwrap_or_else(|| {
            let plan = Plan::new(&current, &shared.settings.sources);
            importer.keep_only(&plan.queries);
            plan
        });
        let Plan { queries, .. } = plan.insert(known);
        let round = async {
            let until = settled(shared.now());
            let due = queries.iter().filter(|(query, _)| importer.is_due(query, until));
            let asked = due.map(|(query, history)| {
                shared.health.pulses.beat_for(Worker::Importer, LONG);
                importer.import(query, *history, until)
            });
            stream::iter(asked).buffer_unordered(AT_ONCE).collect::<Vec<bool>>().await
        };
        let done = runtime.block_on(async {
            tokio::select! {
                done = round => Some(done),
                () = shared.stop.ended() => None,
            }
        });
        // As long as history comes in, there is no need to wait.
        let goes_on = done.is_some_and(|done| done.contains(&true));
        if shared.stop.wait(if goes_on { Duration::ZERO } else { EVERY }) {
            return;
        }
    }
}

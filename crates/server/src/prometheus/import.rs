//! One indicator's next minutes: asked for, counted, made durable; and what is told of that.

use super::client::{Answer, AskError, ask};
use super::count::count;
use super::increase::BASE_MINUTES;
use super::plan::Query;
use super::source::{Source, SourceToken};
use crate::commit::{Message, chain};
use crate::counts::{Import, Imported};
use crate::outbound::Client;
use crate::shared::Shared;
use milepost_model::Minute;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The first pause after an error, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(120)];

/// Minutes at once that are not halved any more: the hour before them is asked for anyway.
const LEAST_MINUTES: i64 = 15;

/// What came of asking, by the id of the indicator.
pub(crate) type ImportNotes = BTreeMap<String, ImportNote>;

/// What came of asking for an indicator, since the server was started.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImportNote {
    /// Why the last question has no answer.
    pub(crate) error: Option<String>,
    /// Values that are no numbers.
    pub(crate) ignored: u64,
    /// Minutes in which more was good than there was, or less than nothing.
    pub(crate) clamped: u64,
    /// Minutes with several series where one is meant.
    pub(crate) ambiguous: u64,
    again: Option<(Instant, Duration)>,
    told_backfill: bool,
    /// Minutes that are asked for at once, where a day is too much.
    at_once: Option<i64>,
}

/// Who asks and hands in.
pub(super) struct Importer<'s> {
    shared: &'s Shared,
    messages: flume::Sender<Message>,
    client: Client,
}

/// Why minutes could not be imported.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("it could not be stored: {0}")]
    Store(String),
}

impl<'s> Importer<'s> {
    pub(super) fn new(shared: &'s Shared, messages: flume::Sender<Message>, client: Client) -> Self {
        Self { shared, messages, client }
    }

    /// Forgets what was told of indicators that nobody asks for any more.
    pub(super) fn keep_only(&self, queries: &[(Query, i64)]) {
        self.shared.imports().retain(|id, _| queries.iter().any(|(query, _)| query.id == *id));
    }

    /// Whether there are minutes to ask for, and no pause.
    pub(super) fn is_due(&self, query: &Query, until: Minute) -> bool {
        let is_paused = |note: &ImportNote| note.again.is_some_and(|(at, _)| Instant::now() < at);
        let is_behind = self.known(query).is_none_or(|known| known.through < until.number());
        is_behind && !self.shared.imports().get(&query.id).is_some_and(is_paused)
    }

    fn known(&self, query: &Query) -> Option<Imported> {
        self.shared.counts().imported.get(&query.id).copied()
    }

    /// Imports the next minutes; whether more follow.
    pub(super) async fn import(&self, query: &Query, history_minutes: i64, until: Minute) -> bool {
        let oldest = until.number() - history_minutes;
        let known = self.known(query).unwrap_or(Imported {
            since: oldest,
            through: oldest,
            backfilled: until.number(),
            carry: [0; 2],
        });
        // What no window holds any more is not worth asking for.
        let from = known.through.max(oldest);
        let at_once = self.shared.imports().get(&query.id).and_then(|note| note.at_once);
        let end = until.number().min(from + at_once.unwrap_or(Import::MAX_MINUTES));
        let minutes = Minute::new(from)..Minute::new(end);
        let source = &self.shared.settings.sources[query.source];
        let done = self.import_minutes(query, source, known, &minutes).await;
        let mut notes = self.shared.imports();
        let note = notes.entry(query.id.clone()).or_default();
        match done {
            Ok(()) => {
                (note.error, note.again) = (None, None);
                if from < known.backfilled && !std::mem::replace(&mut note.told_backfill, true) {
                    tracing::info!(indicator = query.id, %source, from = %minutes.start.start(), "history is imported");
                }
                if (from..end).contains(&(known.backfilled - 1)) {
                    tracing::info!(indicator = query.id, %source, "all history is imported");
                }
                end < until.number()
            }
            Err(ImportError::Ask(error)) if error.asks_for_less() && end - from > LEAST_MINUTES => {
                note.at_once = Some(((end - from) / 2).max(LEAST_MINUTES));
                true
            }
            Err(error) => {
                let text = format!("{source}: {}", chain(&error));
                tracing::warn!(indicator = query.id, error = text, "counts could not be imported");
                let pause = note.again.map_or(PAUSES[0], |(_, pause)| (2 * pause).min(PAUSES[1]));
                (note.error, note.again) = (Some(text), Some((Instant::now() + pause, pause)));
                false
            }
        }
    }

    async fn import_minutes(
        &self,
        query: &Query,
        source: &Source,
        known: Imported,
        minutes: &Range<Minute>,
    ) -> Result<(), ImportError> {
        let token = self.token(source)?;
        // The values before tell where a counter stood.
        let asked_for = Minute::new(minutes.start.number() - BASE_MINUTES)..minutes.end;
        let mut answers: Vec<Answer> = Vec::new();
        for text in query.asked.queries() {
            answers.push(ask(&self.client, source, token.as_deref(), text, asked_for.clone()).await?);
        }
        let counted = count(&query.asked, &answers, minutes, known.carry);
        let now = Imported { through: minutes.end.number(), carry: counted.carry, ..known };
        let import = Import { indicator: query.id.clone(), from: minutes.start, now, cells: counted.cells };
        let (reply, answer) = oneshot::channel();
        let ends = || ImportError::Store("the server is shutting down".to_owned());
        self.messages.send(Message::Import(import, reply)).map_err(|_| ends())?;
        answer.await.map_err(|_| ends())?.map_err(ImportError::Store)?;
        let mut notes = self.shared.imports();
        let note = notes.entry(query.id.clone()).or_default();
        let ignored = answers.iter().flat_map(|answer| &answer.ignored);
        note.ignored += ignored.filter(|minute| minutes.contains(minute)).count() as u64;
        note.clamped += counted.clamped;
        note.ambiguous += counted.ambiguous;
        Ok(())
    }

    /// What the source wants to see.
    fn token(&self, source: &Source) -> Result<Option<String>, AskError> {
        let of_source = |token: &&SourceToken| token.name == source.name;
        let Some(SourceToken { file, .. }) = self.shared.settings.source_tokens.iter().find(of_source) else {
            return Ok(None);
        };
        match fs::read_to_string(file) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(why) => Err(AskError::Token { file: file.display().to_string(), why }),
        }
    }
}

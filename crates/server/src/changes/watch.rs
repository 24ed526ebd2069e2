//! The thread that makes changes of versions that are seen, and lets go of changes that are too old.

use super::{Change, versions};
use crate::pulse::Worker;
use crate::rounds::Turn;
use crate::shared::Shared;
use milepost_impact::suspect::{ChangeKind, KnownVersion, Sighting, Versions};
use milepost_ingest::SeenVersion;
use milepost_model::{DurationNs, Name, Timestamp};
use milepost_registry::Registry;
use std::time::Duration;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// What is known of versions is kept so often: what is lost of it is no version, only how long ago one was seen.
const KEEP_EVERY: DurationNs = DurationNs::from_seconds(60);
/// How often it is looked what is too old.
const RETAIN_EVERY: DurationNs = DurationNs::from_seconds(3_600);

/// Looks until the server ends.
pub(crate) fn run(shared: &Shared, mut turn: Turn) {
    let mut versions = known(shared);
    let clock = &shared.settings.clock;
    let (mut kept_at, mut retained_at) = (clock.steady(), None::<Timestamp>);
    let mut is_kept = true;
    loop {
        shared.health.pulses.beat(Worker::Changes);
        let ends = turn.rest(shared, EVERY);
        let seen = shared.changes.take_sightings();
        is_kept &= seen.is_empty();
        let has_news = note(shared, &mut versions, seen);
        let now = clock.steady();
        if !is_kept && (has_news || ends || now.since(kept_at) >= KEEP_EVERY) {
            (is_kept, kept_at) = (true, now);
            if let Err(error) = versions::write(&shared.directory, &versions) {
                tracing::error!(error, "the versions of services could not be stored");
            }
        }
        if retained_at.is_none_or(|at| now.since(at) >= RETAIN_EVERY) {
            retained_at = Some(now);
            if let Err(error) = shared.changes.retain(shared.now()) {
                tracing::error!(error, "old changes could not be let go of");
            }
        }
        if ends {
            return;
        }
    }
}

/// What was kept, and what changes say of versions that it lacks: a crash may have come between the two.
fn known(shared: &Shared) -> Versions {
    let mut versions = versions::read(&shared.directory);
    let all = shared.changes.between(Timestamp::from_nanos(i64::MIN)..=Timestamp::from_nanos(i64::MAX));
    let seen = all.iter().filter(|change| change.what.kind == ChangeKind::Version);
    for (service, version, at) in seen.filter_map(|change| change.brings().map(|(s, v)| (s, v, change.at()))) {
        let version = version.to_owned();
        let known = KnownVersion { version, first: at, last: at, events: 1, others: 0, others_since: 0 };
        versions.restore(service, known);
    }
    versions
}

/// Makes changes of what was seen; whether there was one.
fn note(shared: &Shared, versions: &mut Versions, seen: Vec<SeenVersion>) -> bool {
    let mut sightings: Vec<Sighting> = seen.into_iter().filter_map(sighting).collect();
    sightings.sort_by(|a, b| (a.first, &a.service, &a.version).cmp(&(b.first, &b.service, &b.version)));
    let version = shared.versions.current();
    let (now, registry) = (shared.now(), &version.setup.registry);
    let change = |seen: &Sighting| {
        let change = versions.see(seen)?;
        let product = only_product(registry, &change.service);
        Some(Change::seen(change, product, now))
    };
    let changes: Vec<Change> = sightings.iter().filter_map(change).collect();
    let has_news = !changes.is_empty();
    for change in &changes {
        tracing::info!(change = change.what.title, "a version has changed");
    }
    if let Err(error) = shared.changes.add_seen(changes) {
        tracing::error!(error, "versions that were seen are not among the changes");
    }
    has_news
}

/// Services of other names are in no registry, so that they reach no step.
fn sighting(seen: SeenVersion) -> Option<Sighting> {
    let SeenVersion { service, version, first, last, events } = seen;
    Some(Sighting { service: Name::new(&service).ok()?, version, first, last, events })
}

fn only_product(registry: &Registry, service: &Name) -> Option<Name> {
    let mut products = registry.services.iter().filter(|of| of.name == *service).map(|of| &of.product);
    match (products.next(), products.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

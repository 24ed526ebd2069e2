//! Versions of services as telemetry shows them: which is new, which has come back.
//!
//! The first version that is seen of a service is no change: nobody knows what was there before. A version that has been away comes back only when so
//! much else of its service was seen meanwhile that it would have been among it, so that rare requests of a small share of instances are no coming
//! and going. Times are those of events; what comes late changes nothing that is newer.

use milepost_model::{DurationNs, Name, Timestamp};
use std::collections::BTreeMap;

/// What was seen of one version of a service since the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The service.
    pub service: Name,
    /// The version, as telemetry says it.
    pub version: String,
    /// The first event of it.
    pub first: Timestamp,
    /// The last event of it.
    pub last: Timestamp,
    /// How many events.
    pub events: u64,
}

/// A version that is known of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownVersion {
    /// As telemetry says it.
    pub version: String,
    /// Its first event.
    pub first: Timestamp,
    /// Its last event.
    pub last: Timestamp,
    /// Its events.
    pub events: u64,
    /// Events of other versions while it was there.
    pub others: u64,
    /// Events of other versions since it was seen last.
    pub others_since: u64,
}

/// A version that appeared, or came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionChange {
    /// The service.
    pub service: Name,
    /// The version.
    pub version: String,
    /// Its first event.
    pub at: Timestamp,
    /// The version that most events were of before.
    pub previous: String,
    /// How it came.
    pub kind: VersionChangeKind,
}

/// How a version came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionChangeKind {
    /// It was never seen before.
    New,
    /// It had been away, and is newer than the version before: it was tried, and is tried again.
    Again,
    /// It had been away, and is older than the version before.
    Rollback,
}

/// The versions of all services.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    services: BTreeMap<Name, OfService>,
}

#[derive(Clone, Debug, Default)]
struct OfService {
    known: Vec<KnownVersion>,
    /// When the last changes were told.
    told: Vec<Timestamp>,
}

/// A version of which nothing was seen for so long may have gone: longer than quiet minutes of a service, shorter than a rollback takes to matter.
pub const ABSENT_AFTER: DurationNs = DurationNs::from_seconds(600);
/// So many events of its own would have come if a version were still there: all of them miss by chance once in 22,000 times.
const WOULD_HAVE_COME: u64 = 10;
/// Versions that are remembered of a service: those of some weeks.
const MOST_VERSIONS: usize = 20;
/// Services whose versions are remembered.
const MOST_SERVICES: usize = 10_000;
/// Changes of a service that are told in an hour: what changes more often, such as a version that every instance makes up, is no news.
const MOST_TOLD: usize = 10;
const HOUR: DurationNs = DurationNs::from_seconds(3_600);

impl Versions {
    /// Takes in what was seen; a change where it shows one. What is seen of one service comes in the order of its first events.
    pub fn see(&mut self, seen: &Sighting) -> Option<VersionChange> {
        if !self.services.contains_key(&seen.service) && self.services.len() >= MOST_SERVICES {
            return None;
        }
        let of = self.services.entry(seen.service.clone()).or_default();
        let (kind, previous) = of.see(seen)?;
        of.may_tell(seen.first).then(|| VersionChange {
            service: seen.service.clone(),
            version: seen.version.clone(),
            at: seen.first,
            previous,
            kind,
        })
    }

    /// What is known, to be kept.
    pub fn known(&self) -> impl Iterator<Item = (&Name, &KnownVersion)> {
        self.services.iter().flat_map(|(service, of)| of.known.iter().map(move |known| (service, known)))
    }

    /// Knows again what was kept; what is known already stays.
    pub fn restore(&mut self, service: &Name, known: KnownVersion) {
        if self.services.contains_key(service) || self.services.len() < MOST_SERVICES {
            let of = self.services.entry(service.clone()).or_default();
            if of.known.iter().all(|other| other.version != known.version) {
                of.remember(known);
            }
        }
    }

    /// The versions of a service that are there now, the newest first: several while one takes over, or beside each other.
    pub fn present(&self, service: &Name, now: Timestamp) -> Vec<&KnownVersion> {
        let known = self.services.get(service).map_or(&[][..], |of| &of.known);
        let mut present: Vec<_> = known.iter().filter(|known| now.since(known.last) < ABSENT_AFTER).collect();
        present.sort_by_key(|known| (std::cmp::Reverse(known.first), &known.version));
        present
    }
}

impl OfService {
    fn see(&mut self, seen: &Sighting) -> Option<(VersionChangeKind, String)> {
        let previous = self.previous(seen).map(|known| (known.version.clone(), known.first));
        let oldest = self.known.iter().map(|known| known.first).min();
        for other in self.known.iter_mut().filter(|other| other.version != seen.version) {
            other.others_since = other.others_since.saturating_add(seen.events);
        }
        match self.known.iter_mut().find(|known| known.version == seen.version) {
            Some(known) => {
                let has_been_away = known.has_been_away(seen.first);
                known.see(seen);
                let (previous, since) = previous.filter(|_| has_been_away)?;
                let is_older = known.first < since;
                Some((if is_older { VersionChangeKind::Rollback } else { VersionChangeKind::Again }, previous))
            }
            None => {
                self.remember(KnownVersion::new(seen));
                // What is older than all that is known came late: it was there before.
                let (previous, _) = previous.filter(|_| oldest.is_some_and(|oldest| seen.first >= oldest))?;
                Some((VersionChangeKind::New, previous))
            }
        }
    }

    /// The version before: of those that are there the one with most events, else the one that was seen last.
    fn previous(&self, seen: &Sighting) -> Option<&KnownVersion> {
        let others = || self.known.iter().filter(|known| known.version != seen.version);
        let present = others().filter(|known| seen.first.since(known.last) < ABSENT_AFTER);
        present.max_by_key(|known| known.events).or_else(|| others().max_by_key(|known| known.last))
    }

    fn remember(&mut self, known: KnownVersion) {
        if self.known.len() >= MOST_VERSIONS
            && let Some(oldest) = (0..self.known.len()).min_by_key(|at| self.known[*at].last)
        {
            self.known.remove(oldest);
        }
        self.known.push(known);
    }

    fn may_tell(&mut self, at: Timestamp) -> bool {
        self.told.retain(|told| at.since(*told) < HOUR);
        let may = self.told.len() < MOST_TOLD;
        if may {
            self.told.push(at);
        }
        may
    }
}

impl KnownVersion {
    fn new(seen: &Sighting) -> Self {
        let Sighting { version, first, last, events, .. } = seen.clone();
        Self { version, first, last, events, others: 0, others_since: 0 }
    }

    fn see(&mut self, seen: &Sighting) {
        self.others = self.others.saturating_add(std::mem::take(&mut self.others_since));
        self.events = self.events.saturating_add(seen.events);
        self.first = self.first.min(seen.first);
        self.last = self.last.max(seen.last);
    }

    /// Whether it was gone before `at`: not seen for long enough, while its share of what was seen would have been some events.
    fn has_been_away(&self, at: Timestamp) -> bool {
        let all = u128::from(self.events) + u128::from(self.others);
        let would_have_come = u128::from(self.others_since) * u128::from(self.events);
        // Of fewer events nobody knows what share of all they are.
        self.events >= WOULD_HAVE_COME
            && at.since(self.last) >= ABSENT_AFTER
            && would_have_come >= u128::from(WOULD_HAVE_COME) * all
    }
}

#[cfg(test)]
mod tests;

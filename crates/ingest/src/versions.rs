//! Which versions of services the events came from, as their resources say it: noted per batch, so that an event costs two comparisons.

use milepost_facts::{NameId, Names};
use milepost_model::Timestamp;

/// What was seen of one version of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenVersion {
    /// The service.
    pub service: String,
    /// The version.
    pub version: String,
    /// The first event of it.
    pub first: Timestamp,
    /// The last event of it.
    pub last: Timestamp,
    /// How many events.
    pub events: u64,
}

/// The versions of a batch.
#[derive(Debug)]
pub(crate) struct Versions {
    names: Names,
    seen: Vec<Seen>,
    /// Where the last event was noted: those of one resource come together.
    last: usize,
}

#[derive(Debug)]
struct Seen {
    service: NameId,
    version: NameId,
    first: Timestamp,
    last: Timestamp,
    events: u64,
}

/// Most names of versions that one reader knows: what is beyond, such as versions made up for each request, is one version of its own.
const MAX_VERSIONS: usize = 10_000;
/// Most versions of services that are noted of a batch; what is beyond is noted with the next.
const MAX_SEEN: usize = 1_024;

impl Default for Versions {
    fn default() -> Self {
        Self { names: Names::new::<&str>([], MAX_VERSIONS), seen: Vec::new(), last: 0 }
    }
}

impl Versions {
    /// The names of versions.
    pub(crate) fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Notes an event.
    pub(crate) fn note(&mut self, service: NameId, version: NameId, time: Timestamp) {
        let is_of = |seen: &Seen| seen.service == service && seen.version == version;
        if !self.seen.get(self.last).is_some_and(is_of) {
            match self.seen.iter().position(is_of) {
                Some(at) => self.last = at,
                None if self.seen.len() >= MAX_SEEN => return,
                None => {
                    self.last = self.seen.len();
                    self.seen.push(Seen { service, version, first: time, last: time, events: 0 });
                }
            }
        }
        let seen = &mut self.seen[self.last];
        (seen.first, seen.last) = (seen.first.min(time), seen.last.max(time));
        seen.events += 1;
    }

    /// What was noted since this was asked last.
    pub(crate) fn take(&mut self, services: &Names) -> Vec<SeenVersion> {
        let names = &self.names;
        let seen = self.seen.drain(..).filter_map(|seen| {
            let Seen { service, version, first, last, events } = seen;
            let (service, version) = (services.text(service)?.to_owned(), names.text(version)?.to_owned());
            Some(SeenVersion { service, version, first, last, events })
        });
        seen.collect()
    }
}

//! All incidents, kept as their events: written down first, then seen.

use super::stored::{self, Stored};
use crate::commit::chain;
use milepost_impact::incident::{Event, IncidentId, Incidents, What};
use milepost_store::journal::Journal;
use milepost_store::{Directory, FileKind};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The incidents of each product, by its name.
pub(crate) type Known = BTreeMap<String, Arc<Incidents>>;

/// The incidents of a data directory.
#[derive(Debug)]
pub struct IncidentBook {
    known: RwLock<Arc<Known>>,
    /// Held while something changes.
    journal: Mutex<Journal>,
    directory: Arc<Directory>,
}

/// Why nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<E> {
    /// It is not to be.
    #[error(transparent)]
    Refused(E),
    /// It cannot be written down.
    #[error("what happens to incidents cannot be stored")]
    Store(#[source] io::Error),
}

/// From this length on the journal is written anew, with the events of the incidents that are remembered: thousands of them.
const LONG_BYTES: u64 = 64 << 20;

impl IncidentBook {
    /// Reads what has happened so far. What is damaged is told, and costs its event.
    pub(crate) fn open(directory: &Arc<Directory>) -> io::Result<(Self, Vec<String>)> {
        let (journal, read) = Journal::open(&directory.incidents(), FileKind::Incidents)?;
        let mut damage = read.damage;
        let mut known: BTreeMap<String, Incidents> = BTreeMap::new();
        for record in &read.records {
            match Stored::read(record) {
                Ok((product, event)) => known.entry(product).or_default().apply(&event),
                Err(why) => damage.push(format!("an event of an incident cannot be read: {why}")),
            }
        }
        let known: Known = known.into_iter().map(|(product, incidents)| (product, Arc::new(incidents))).collect();
        let book = Self {
            known: RwLock::new(Arc::new(known)),
            journal: Mutex::new(journal),
            directory: Arc::clone(directory),
        };
        Ok((book, damage))
    }

    /// Everything that is remembered.
    pub(crate) fn all(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The incidents of a product.
    pub fn of(&self, product: &str) -> Arc<Incidents> {
        self.all().get(product).cloned().unwrap_or_default()
    }

    /// Something happens to the incidents of a product: durable when this returns, and seen by nobody before.
    ///
    /// # Errors
    /// It is refused, or cannot be written down; nothing has changed then.
    pub(crate) fn change<E>(
        &self,
        product: &str,
        happens: impl FnOnce(&mut Incidents) -> Result<Vec<Event>, E>,
    ) -> Result<Vec<Event>, ChangeError<E>> {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.all();
        let mut incidents = all.get(product).map(|incidents| Incidents::clone(incidents)).unwrap_or_default();
        let told = happens(&mut incidents).map_err(ChangeError::Refused)?;
        if !told.is_empty() {
            let records: Vec<Vec<u8>> = told.iter().map(|event| stored::write(product, event)).collect();
            journal.append(&records).map_err(ChangeError::Store)?;
        }
        let mut known = Known::clone(&all);
        known.insert(product.to_owned(), Arc::new(incidents));
        let known = Arc::new(known);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        if journal.bytes() > LONG_BYTES && told.iter().any(|event| matches!(event.what, What::Closed(_))) {
            self.shorten(&mut journal, &known);
        }
        Ok(told)
    }

    /// Writes the journal anew without the incidents that are forgotten. When that does not go, it stays as it is.
    fn shorten(&self, journal: &mut Journal, known: &Known) {
        let shortened = Journal::open(&self.directory.incidents(), FileKind::Incidents).and_then(|(_, read)| {
            let events: Vec<_> = read.records.iter().map(|record| Stored::read(record).ok()).collect();
            let mut kept: BTreeSet<(&str, IncidentId)> = BTreeSet::new();
            for (product, incidents) in known {
                kept.extend(incidents.all().map(|incident| (product.as_str(), incident.id)));
            }
            // Where steps have come over from another incident, that one is needed, too: it is older, so that its events stand before.
            for (product, event) in events.iter().rev().flatten() {
                if let What::StepMoved { from, .. } = &event.what
                    && let Some((product, _)) =
                        known.get_key_value(product).filter(|(of, _)| kept.contains(&(of.as_str(), event.incident)))
                {
                    kept.insert((product, *from));
                }
            }
            let is_kept = |event: &Option<(String, Event)>| {
                event.as_ref().is_none_or(|(product, event)| kept.contains(&(product.as_str(), event.incident)))
            };
            let records = read.records.iter().zip(&events).filter(|(_, event)| is_kept(event));
            journal.replace(&records.map(|(record, _)| record).collect::<Vec<_>>())
        });
        if let Err(error) = shortened {
            tracing::warn!(error = chain(&error), "the journal of incidents could not be shortened");
        }
    }
}

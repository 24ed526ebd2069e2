//! All changes: in the journal before anybody sees them, in memory by time.

use super::draft::Draft;
use super::{Change, KEPT, MOST_KEPT, kept};
use crate::commit::chain;
use hashbrown::HashMap;
use milepost_impact::suspect::{self, ChangeKind, Fit, Reach};
use milepost_ingest::SeenVersion;
use milepost_model::{DurationNs, Name, Timestamp};
use milepost_store::FileKind;
use milepost_store::journal::Journal;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The changes of a server.
#[derive(Debug)]
pub struct Changes {
    state: Mutex<State>,
    /// What was seen of versions since it was looked at last.
    sightings: Mutex<HashMap<(String, String), SeenVersion>>,
}

#[derive(Debug)]
struct State {
    journal: Journal,
    /// Records of the journal.
    records: usize,
    /// By when they took effect, then by id.
    all: BTreeMap<(Timestamp, String), Arc<Change>>,
    /// When each took effect, by id.
    times: HashMap<String, Timestamp>,
    /// The last that were told, for whoever follows: each with its number.
    news: Vec<(u64, Arc<Change>)>,
    told: u64,
}

/// What became of a change that was told.
#[derive(Clone, Debug)]
pub(crate) struct Added {
    pub(crate) change: Arc<Change>,
    /// Whether it was not known before.
    pub(crate) is_new: bool,
}

/// Why changes were not added: none of them was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// Another change has the id.
    #[error(
        "change `{id}` is known with another `{field}`: of a change that is known only `end` can be told anew; give another change another `id`"
    )]
    Differs {
        /// The id.
        id: String,
        /// What differs.
        field: &'static str,
    },
    /// The journal cannot be written.
    #[error("changes cannot be stored: {0}")]
    NotStored(String),
}

/// A change that may have caused something.
#[derive(Clone, Debug)]
pub struct Suspected {
    /// The change.
    pub change: Arc<Change>,
    /// How long before it took effect.
    pub before: DurationNs,
    /// How well the steps that it reaches fit those that are hit.
    pub fit: Fit,
    /// How suspect, in 1e-9.
    pub score: u64,
}

/// News that are remembered for whoever follows: a second's.
const MOST_NEWS: usize = 1_000;
/// Versions of services between two looks.
const MOST_SIGHTINGS: usize = 10_000;
/// So long after somebody told of a deploy its version may be seen first; before it, by clocks that differ.
const SEEN_WITHIN: DurationNs = DurationNs::from_seconds(24 * 3_600);
const SEEN_BEFORE: DurationNs = DurationNs::from_seconds(3_600);

impl Changes {
    /// Those of a journal; what is damaged of it, in words.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub(crate) fn open(path: &Path) -> std::io::Result<(Self, Vec<String>)> {
        let (journal, read) = Journal::open(path, FileKind::Changes)?;
        let mut damage = read.damage;
        let mut state = State {
            journal,
            records: read.records.len(),
            all: BTreeMap::new(),
            times: HashMap::new(),
            news: Vec::new(),
            told: 0,
        };
        for record in &read.records {
            match kept::change(record) {
                Some(change) => state.put(Arc::new(change)),
                None => damage.push(format!("`{}`: a change is of another version", path.display())),
            }
        }
        Ok((Self { state: Mutex::new(state), sightings: Mutex::default() }, damage))
    }

    /// Adds changes, durable before anybody sees them: all of them, or none. One that is known stays as it is, but for its end.
    pub(crate) fn add(&self, drafts: Vec<Draft>) -> Result<Vec<Added>, AddError> {
        let mut state = self.state();
        let mut added: Vec<Added> = Vec::new();
        for Draft { change, said } in drafts {
            let earlier = added.iter().rev().find(|added| added.change.id() == change.id());
            let known = earlier.map(|added| &added.change).or_else(|| state.of(change.id()));
            let Some(known) = known else {
                added.push(Added { change: Arc::new(change), is_new: true });
                continue;
            };
            if let Some(field) = known.difference(&change, |field| said.iter().any(|said| said == field)) {
                return Err(AddError::Differs { id: change.id().to_owned(), field });
            }
            let mut same = Change::clone(known);
            same.what.end = change.what.end.filter(|end| *end >= same.at()).or(same.what.end);
            added.push(Added { change: Arc::new(same), is_new: false });
        }
        let is_news = |added: &&Added| added.is_new || state.of(added.change.id()) != Some(&added.change);
        let news: Vec<Arc<Change>> = added.iter().filter(is_news).map(|added| Arc::clone(&added.change)).collect();
        state.tell(news).map_err(AddError::NotStored)?;
        Ok(added)
    }

    /// Adds versions that were seen; those that are known stay as they are.
    pub(super) fn add_seen(&self, changes: Vec<Change>) -> Result<(), String> {
        let mut state = self.state();
        let news = changes.into_iter().filter(|change| state.of(change.id()).is_none()).map(Arc::new).collect();
        state.tell(news)
    }

    /// The changes that took effect in a time, the oldest first.
    pub fn between(&self, time: RangeInclusive<Timestamp>) -> Vec<Arc<Change>> {
        let state = self.state();
        let from = (*time.start(), String::new());
        let until = |at: &Timestamp| at <= time.end();
        state.all.range(from..).take_while(|((at, _), _)| until(at)).map(|(_, change)| Arc::clone(change)).collect()
    }

    /// How many are known, by kind.
    pub fn by_kind(&self) -> BTreeMap<ChangeKind, u64> {
        let state = self.state();
        let mut by_kind: BTreeMap<ChangeKind, u64> = ChangeKind::ALL.map(|kind| (kind, 0)).into();
        state.all.values().for_each(|change| *by_kind.entry(change.what.kind).or_default() += 1);
        by_kind
    }

    /// The changes that reach steps which are hit and took effect in the day before `began`, the most suspect first. A version that was seen after somebody
    /// had told of its deploy is that deploy, and no suspect beside it.
    pub fn suspects(&self, product: &Name, reach: &Reach, hit: &BTreeSet<Name>, began: Timestamp) -> Vec<Suspected> {
        // What lasted may have begun earlier than what is looked at, and ended in it.
        let furthest = began.minus(suspect::FURTHEST_BACK).minus(suspect::FURTHEST_BACK);
        let near = self.between(furthest..=began.plus(suspect::FURTHEST_BACK));
        let is_of = |change: &&Arc<Change>| change.product.as_ref().is_none_or(|of| of == product);
        let told: Vec<&Arc<Change>> = near.iter().filter(|change| change.what.kind != ChangeKind::Version).collect();
        let is_told = |seen: &Change| told.iter().any(|told| is_deploy_of(told, seen));
        let of_product = near.iter().filter(is_of).filter(|change| !is_told(change));
        let by_id: HashMap<&str, &Arc<Change>> = of_product.clone().map(|change| (change.id(), change)).collect();
        let ranked = suspect::rank_changes(of_product.map(|change| &change.what), reach, hit, began);
        let suspected = |ranked: suspect::ChangeSuspect<'_>| Suspected {
            change: Arc::clone(by_id[ranked.change.id.as_str()]),
            before: ranked.before,
            fit: ranked.fit,
            score: ranked.score,
        };
        ranked.into_iter().map(suspected).collect()
    }

    /// Notes which versions of services durable facts came from.
    pub(crate) fn see(&self, seen: &[SeenVersion]) {
        if seen.is_empty() {
            return;
        }
        let mut sightings = self.sightings.lock().unwrap_or_else(PoisonError::into_inner);
        for seen in seen {
            let key = (seen.service.clone(), seen.version.clone());
            if let Some(known) = sightings.get_mut(&key) {
                (known.first, known.last) = (known.first.min(seen.first), known.last.max(seen.last));
                known.events += seen.events;
            } else if sightings.len() < MOST_SIGHTINGS {
                sightings.insert(key, seen.clone());
            }
        }
    }

    /// What was seen since this was asked last.
    pub(super) fn take_sightings(&self) -> Vec<SeenVersion> {
        let mut sightings = self.sightings.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *sightings).into_values().collect()
    }

    /// What was told after the news of a number, and the number of the last; nothing of what is too long ago.
    pub(crate) fn since(&self, number: u64) -> (u64, Vec<Arc<Change>>) {
        let state = self.state();
        let news = state.news.iter().filter(|(told, _)| *told > number);
        (state.told, news.map(|(_, change)| Arc::clone(change)).collect())
    }

    /// Lets go of what is too old, and of the oldest of too many.
    pub(super) fn retain(&self, now: Timestamp) -> Result<(), String> {
        self.state().retain(now.minus(KEPT))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a change that was told is how a version came that was seen.
pub(crate) fn is_deploy_of(told: &Change, seen: &Change) -> bool {
    let (told_at, seen_at) = (told.at(), seen.at());
    seen.what.kind == ChangeKind::Version
        && told.what.kind != ChangeKind::Version
        && told.version == seen.version
        && told.what.services.contains(&seen.what.services[0])
        && seen_at <= told_at.plus(SEEN_WITHIN)
        && seen_at >= told_at.minus(SEEN_BEFORE)
}

impl State {
    fn of(&self, id: &str) -> Option<&Arc<Change>> {
        let at = self.times.get(id)?;
        self.all.get(&(*at, id.to_owned()))
    }

    fn put(&mut self, change: Arc<Change>) {
        let at = change.at();
        // An id stands once, also where a journal was put together by hand.
        if let Some(before) = self.times.insert(change.id().to_owned(), at) {
            self.all.remove(&(before, change.id().to_owned()));
        }
        self.all.insert((at, change.id().to_owned()), change);
    }

    /// Stores changes, and then lets them be seen.
    fn tell(&mut self, changes: Vec<Arc<Change>>) -> Result<(), String> {
        self.store(&changes)?;
        for change in changes {
            self.put(Arc::clone(&change));
            self.told += 1;
            if self.news.len() >= MOST_NEWS {
                self.news.remove(0);
            }
            self.news.push((self.told, change));
        }
        Ok(())
    }

    fn store(&mut self, changes: &[Arc<Change>]) -> Result<(), String> {
        if changes.is_empty() {
            return Ok(());
        }
        let records: Result<Vec<Vec<u8>>, _> = changes.iter().map(|change| kept::record(change)).collect();
        let records = records.map_err(|error| error.to_string())?;
        self.journal.append(&records).map_err(|error| chain(&error))?;
        self.records += records.len();
        Ok(())
    }

    fn retain(&mut self, oldest: Timestamp) -> Result<(), String> {
        while let Some(first) = self.all.first_entry()
            && (first.key().0 < oldest || self.times.len() > MOST_KEPT)
        {
            self.times.remove(&first.key().1);
            first.remove();
        }
        // Written anew once half of it is gone, so that each record is written twice at most as a rule.
        if self.records > 2 * self.all.len() + MOST_NEWS {
            let records: Result<Vec<Vec<u8>>, _> = self.all.values().map(|change| kept::record(change)).collect();
            let records = records.map_err(|error| error.to_string())?;
            self.journal.replace(&records).map_err(|error| chain(&error))?;
            self.records = records.len();
        }
        Ok(())
    }
}

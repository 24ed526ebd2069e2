//! What the failed attempts of a step have in common: errors with which a service refused them, and values of dimensions.

use super::lately::Lately;
use milepost_facts::{FactBatch, NameId, NameTables};
use milepost_impact::attribution::{Association, Tally};
use milepost_model::{Minute, Name};
use std::collections::BTreeMap;

/// The attempts of one step.
#[derive(Debug, Default)]
pub(super) struct OfStep {
    /// When an attempt failed last. What attempts are alike in is counted while some fail: most steps are well, and cost nothing.
    failed_at: Option<Minute>,
    attempts: Lately,
    errors: BTreeMap<(NameId, NameId), (FailedBy, Lately)>,
    values: BTreeMap<(usize, NameId), (Value, Lately)>,
}

/// What the failures of a step have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failed {
    /// The attempts since failures began, as far as they are of the last minutes.
    pub(crate) all: Tally,
    /// By what they failed at their measuring point, with how many.
    pub(crate) errors: Vec<(FailedBy, u64)>,
    /// Of each value of a dimension its attempts.
    pub(crate) values: Vec<(Value, Tally)>,
}

/// An error of a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FailedBy {
    /// The service at which attempts are measured.
    pub(crate) service: Name,
    /// The error, by its type.
    pub(crate) error: String,
}

/// A value of a declared dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Value {
    /// The dimension.
    pub(crate) dimension: Name,
    /// Its value.
    pub(crate) value: String,
}

/// Without a failure for so long what was counted is of another time: it begins anew.
const QUIET_MINUTES: i64 = 5;
/// Most errors, and most values, that are told apart of a step: more than anybody looks at.
const MOST: usize = 64;
/// A value that failures have in common has at least this part of them, in tenths.
const MOSTLY: u64 = 9;

impl OfStep {
    /// Notes an attempt.
    pub(super) fn note(&mut self, (batch, row): (&FactBatch, usize), tables: &NameTables, failed: bool, now: Minute) {
        let is_quiet = self.failed_at.is_none_or(|last| now.number() - last.number() > QUIET_MINUTES);
        if is_quiet && !failed {
            return;
        }
        if is_quiet {
            *self = Self::default();
        }
        if failed {
            self.failed_at = Some(now);
            self.note_error((batch, row), tables, now);
        }
        self.attempts.count(failed, now);
        for at in 0..batch.dimensions() {
            let id = batch.dimension(at, row);
            let is_full = self.values.len() >= MOST;
            let value = || {
                let value = tables.dimensions[at].text(id).filter(|_| !is_full)?.to_owned();
                Some((Value { dimension: tables.dimension_names[at].clone(), value }, Lately::default()))
            };
            count(&mut self.values, (at, id), value, failed, now);
        }
    }

    fn note_error(&mut self, (batch, row): (&FactBatch, usize), tables: &NameTables, now: Minute) {
        let (service, error) = (batch.service(row), batch.error(row));
        let is_full = self.errors.len() >= MOST;
        let named = || {
            let service = Name::new(tables.services.text(service)?).ok()?;
            let error = tables.errors.text(error).filter(|_| !is_full)?.to_owned();
            Some((FailedBy { service, error }, Lately::default()))
        };
        count(&mut self.errors, (service, error), named, true, now);
    }

    /// What they have in common as of a minute.
    pub(super) fn failed(&self, now: Minute) -> Failed {
        let errors = self.errors.values().map(|(of, lately)| (of.clone(), lately.sum(now).failed));
        let values = self.values.values().map(|(of, lately)| (of.clone(), lately.sum(now)));
        Failed {
            all: self.attempts.sum(now),
            errors: errors.filter(|(_, failed)| *failed > 0).collect(),
            values: values.filter(|(_, tally)| tally.attempts > 0).collect(),
        }
    }
}

impl Failed {
    /// The same of several steps together.
    pub(crate) fn plus(mut self, other: Self) -> Self {
        self.all.add(other.all);
        for (error, failed) in other.errors {
            match self.errors.iter_mut().find(|(known, _)| *known == error) {
                Some((_, known)) => *known += failed,
                None => self.errors.push((error, failed)),
            }
        }
        for (value, tally) in other.values {
            match self.values.iter_mut().find(|(known, _)| *known == value) {
                Some((_, known)) => known.add(tally),
                None => self.values.push((value, tally)),
            }
        }
        self
    }

    /// The value in which nearly all failures lie, and by more than chance may make it look for any of the values; of several the one that explains them best.
    pub(crate) fn mostly_where(&self) -> Option<&Value> {
        let all = self.all;
        let is_clear = |slice: &Tally| Association { slice: *slice, all }.is_clear_among(self.values.len());
        let is_mostly = |slice: &Tally| slice.failed * 10 >= all.failed * MOSTLY && is_clear(slice);
        let told = self.values.iter().filter(|(_, slice)| is_mostly(slice));
        let best = told.max_by(|(a, one), (b, other)| {
            let strength = |slice: &Tally| Association { slice: *slice, all }.strength();
            strength(one).cmp(&strength(other)).then_with(|| b.cmp(a))
        });
        best.map(|(value, _)| value)
    }
}

/// Counts an attempt where its key is known, or can be named.
fn count<K: Ord, N>(
    all: &mut BTreeMap<K, (N, Lately)>,
    key: K,
    name: impl FnOnce() -> Option<(N, Lately)>,
    is_hit: bool,
    now: Minute,
) {
    use std::collections::btree_map::Entry;
    match all.entry(key) {
        Entry::Occupied(known) => known.into_mut().1.count(is_hit, now),
        Entry::Vacant(place) => {
            if let Some(named) = name() {
                place.insert(named).1.count(is_hit, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_testkit::Chance;

    fn value(text: &str) -> Value {
        Value { dimension: Name::new("region").unwrap(), value: text.to_owned() }
    }

    fn of(values: &[(&str, u64, u64)]) -> Failed {
        let values: Vec<(Value, Tally)> = values
            .iter()
            .map(|(name, attempts, failed)| (value(name), Tally { attempts: *attempts, failed: *failed }))
            .collect();
        let mut all = Tally::default();
        values.iter().for_each(|(_, tally)| all.add(*tally));
        Failed { all, errors: Vec::new(), values }
    }

    #[test]
    fn failures_that_lie_in_one_region_have_that_in_common_and_those_that_lie_anywhere_have_not() {
        assert_eq!(of(&[("eu", 50, 1), ("us", 50, 40)]).mostly_where(), Some(&value("us")));
        assert_eq!(of(&[("eu", 50, 10), ("us", 50, 40)]).mostly_where(), None, "a fifth of them lies elsewhere");
        assert_eq!(of(&[("eu", 5, 0), ("us", 95, 40)]).mostly_where(), None, "so few of the others say nothing");
        assert_eq!(of(&[("eu", 50, 0), ("us", 50, 2)]).mostly_where(), None, "two are chance");
    }

    /// An incident of two regions and three versions that is looked at ten times, from its first failure on. Tells whether any look says where it is.
    fn is_told(chance: &mut Chance, fails: impl Fn(&str) -> f64) -> bool {
        let mut failed = Failed::default();
        let names = ["eu", "us", "v1", "v2", "v3"];
        failed.values = names.map(|name| (value(name), Tally::default())).into();
        (1..=200).any(|attempt| {
            let region = usize::from(chance.uniform() < 0.5);
            let version = [2, 2, 2, 3, 4][chance.of(4, 0.5) as usize];
            let is_failed = attempt == 1 || chance.uniform() < fails(names[region]);
            failed.all.count(is_failed);
            [region, version].into_iter().for_each(|at| failed.values[at].1.count(is_failed));
            attempt % 20 == 0 && failed.mostly_where().is_some()
        })
    }

    #[test]
    fn failures_that_lie_anywhere_are_seldom_said_to_lie_somewhere_however_often_that_is_asked() {
        const INCIDENTS: usize = 4_000;
        let mut chance = Chance::new(20_260_302);
        for share in [0.05, 0.1, 0.3] {
            let told = (0..INCIDENTS).filter(|_| is_told(&mut chance, |_| share)).count();
            println!("{told} of {INCIDENTS} incidents with {share} failing everywhere");
            assert!(told * 200 <= INCIDENTS, "{told} with {share}");
        }
        // Half of all requests to one region.
        let told =
            (0..INCIDENTS).filter(|_| is_told(&mut chance, |region| if region == "us" { 0.5 } else { 0.0 })).count();
        println!("{told} of {INCIDENTS} in which one region fails");
        assert!(told * 100 >= INCIDENTS * 99, "{told} of one region");
    }

    #[test]
    fn several_steps_that_fail_in_one_region_have_it_in_common() {
        let both = of(&[("eu", 20, 0), ("us", 5, 4)]).plus(of(&[("us", 6, 5), ("eu", 30, 0)]));
        assert_eq!((both.all, both.mostly_where()), (Tally { attempts: 61, failed: 9 }, Some(&value("us"))));
    }
}

//! Which operation, or which service, takes most of the time that slow attempts take longer than those that are well.

use milepost_facts::NameId;
use milepost_flow::Course;
use milepost_impact::attribution::is_most;
use milepost_model::DurationNs;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How much longer than usual a slow attempt took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Longer {
    /// The operation itself, or the service.
    pub(crate) own: DurationNs,
    /// All of it.
    pub(crate) all: DurationNs,
}

/// How sure it is that what an operation usually takes is no more than is reckoned with.
const SURE: f64 = 0.99;

/// Whose own time takes at least half of what a slow attempt takes longer in more of them than that of any other does, with those attempts: operations, or
/// whatever else they are put together by. Usual is the median of attempts that are well: of all of their time as it is, of own time as much as it may be at
/// most, so that few attempts blame nothing that they have not shown. An attempt in which something was not at work counts as no time of it.
pub(super) fn slowed<K: Ord + Copy>(
    usual: &[&Course],
    slow: &[&Course],
    of: impl Fn(NameId) -> Option<K>,
) -> Option<(K, Vec<Longer>)> {
    let most = most_of_median(usual.len())?;
    let usual_all = nth(usual.iter().map(|course| course.duration), (usual.len() - 1) / 2);
    let (usual, slow_own) = (owns(usual, &of), owns(slow, &of));
    let keys: BTreeSet<K> = slow_own.iter().flat_map(|own| own.keys().copied()).collect();
    let mut explained: BTreeMap<K, Vec<Longer>> = BTreeMap::new();
    for key in keys {
        let usual_own = nth(usual.iter().map(|own| at(own, &key)), most);
        let longer = slow.iter().zip(&slow_own).map(|(course, own)| {
            let all = minus(course.duration, usual_all);
            Longer { own: minus(at(own, &key), usual_own).min(all), all }
        });
        let is_explained = |of: &Longer| of.own > DurationNs::default() && of.own.nanos() >= of.all.nanos().div_ceil(2);
        explained.insert(key, longer.filter(is_explained).collect());
    }
    let sum = |all: &[Longer]| all.iter().map(|of| u128::from(of.own.nanos())).sum::<u128>();
    let best = explained.into_iter().max_by_key(|(key, all)| (all.len(), sum(all), Reverse(*key)));
    best.filter(|(_, all)| !all.is_empty())
}

/// Of some operations those that take longer than usual in most slow attempts, and at least the one that takes most longer; that first.
pub(super) fn longer_in_most(usual: &[&Course], slow: &[&Course], is_asked: impl Fn(NameId) -> bool) -> Vec<NameId> {
    let Some(most) = most_of_median(usual.len()) else { return Vec::new() };
    let of = |name| Some(name).filter(|name| is_asked(*name));
    let (usual, slow) = (owns(usual, of), owns(slow, of));
    let names: BTreeSet<NameId> = slow.iter().flat_map(|own| own.keys().copied()).collect();
    let longer = names.into_iter().map(|name| {
        let usual_own = nth(usual.iter().map(|own| at(own, &name)), most);
        let longer = slow.iter().map(|own| minus(at(own, &name), usual_own));
        let longer: Vec<DurationNs> = longer.filter(|longer| *longer > DurationNs::default()).collect();
        (longer.iter().map(|of| u128::from(of.nanos())).sum::<u128>(), longer.len() as u64, name)
    });
    let mut longer: Vec<(u128, u64, NameId)> = longer.collect();
    longer.sort_unstable_by_key(|(sum, _, name)| (Reverse(*sum), *name));
    let is_told =
        |(place, (_, count, _)): &(usize, (u128, u64, NameId))| *place == 0 || is_most(*count, slow.len() as u64);
    longer.into_iter().enumerate().filter(is_told).map(|(_, (_, _, name))| name).collect()
}

/// What each took itself, attempt by attempt.
fn owns<K: Ord>(courses: &[&Course], of: impl Fn(NameId) -> Option<K>) -> Vec<BTreeMap<K, DurationNs>> {
    let own = |course: &&Course| {
        let mut own = BTreeMap::new();
        for (name, time) in &course.own {
            if let Some(key) = of(*name) {
                let sum: &mut DurationNs = own.entry(key).or_default();
                *sum = DurationNs::from_nanos(sum.nanos().saturating_add(time.nanos()));
            }
        }
        own
    };
    courses.iter().map(own).collect()
}

fn at<K: Ord>(own: &BTreeMap<K, DurationNs>, key: &K) -> DurationNs {
    own.get(key).copied().unwrap_or_default()
}

fn minus(a: DurationNs, b: DurationNs) -> DurationNs {
    DurationNs::from_nanos(a.nanos().saturating_sub(b.nanos()))
}

/// Which of so many values in order is surely not below the median of all that they may stand for: by the sign test, since half of those lie below it. Of fewer
/// than seven none is.
fn most_of_median(count: usize) -> Option<usize> {
    // How likely it is that so many of them lie below the median, from all of them down.
    let (mut this_many, mut at_least) = (0.5_f64.powi(i32::try_from(count).ok()?), 0.0);
    let mut found = None;
    for below in (1..=count).rev() {
        at_least += this_many;
        if at_least > 1.0 - SURE {
            break;
        }
        found = Some(below - 1);
        #[expect(clippy::cast_precision_loss, reason = "a hundred at most")]
        let ratio = below as f64 / (count - below + 1) as f64;
        this_many *= ratio;
    }
    found
}

fn nth(all: impl Iterator<Item = DurationNs>, at: usize) -> DurationNs {
    let mut all: Vec<DurationNs> = all.collect();
    if at < all.len() { *all.select_nth_unstable(at).1 } else { DurationNs::default() }
}

#[cfg(test)]
mod tests {
    use super::most_of_median;

    #[test]
    fn the_more_attempts_there_are_the_nearer_is_the_bound_to_their_median() {
        // 1/2^7 is 0.8 %; of 20, 16 or more lie below the median in 0.6 % of cases and 15 or more in 2.1 %; of 100, 63 in 0.6 % and 62 in 1.05 %.
        let told = [0, 6, 7, 8, 20, 100].map(most_of_median);
        assert_eq!(told, [None, None, Some(6), Some(7), Some(15), Some(62)]);
    }
}

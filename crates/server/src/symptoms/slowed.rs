//! Which operation takes most of the time that slow attempts take longer than those that are well.

use milepost_facts::NameId;
use milepost_flow::Course;
use milepost_model::DurationNs;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How much longer than usual a slow attempt took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Longer {
    /// The operation itself.
    pub(crate) own: DurationNs,
    /// All of it.
    pub(crate) all: DurationNs,
}

/// How sure it is that what an operation usually takes is no more than is reckoned with.
const SURE: f64 = 0.99;

/// The operation that takes, itself, at least half of what a slow attempt takes longer in more of them than any other does, with those attempts. Usual is the
/// median of attempts that are well: of all of their time as it is, of an operation's as much as it may be at most, so that few attempts blame nothing that they
/// have not shown. One in which an operation was not at work counts as no time of it.
pub(super) fn slowed(usual: &[&Course], slow: &[&Course]) -> Option<(NameId, Vec<Longer>)> {
    let most = most_of_median(usual.len())?;
    let usual_all = nth(usual.iter().map(|course| course.duration), (usual.len() - 1) / 2);
    let names: BTreeSet<NameId> = slow.iter().flat_map(|course| &course.own).map(|(name, _)| *name).collect();
    let mut explained: BTreeMap<NameId, Vec<Longer>> = BTreeMap::new();
    for name in names {
        let usual_own = nth(usual.iter().map(|course| own(course, name)), most);
        let longer = slow.iter().map(|course| {
            let all = minus(course.duration, usual_all);
            Longer { own: minus(own(course, name), usual_own).min(all), all }
        });
        let is_explained = |of: &Longer| of.own > DurationNs::default() && of.own.nanos() >= of.all.nanos().div_ceil(2);
        explained.insert(name, longer.filter(is_explained).collect());
    }
    let sum = |all: &[Longer]| all.iter().map(|of| u128::from(of.own.nanos())).sum::<u128>();
    let best = explained.into_iter().max_by_key(|(name, all)| (all.len(), sum(all), Reverse(*name)));
    best.filter(|(_, all)| !all.is_empty())
}

fn own(course: &Course, name: NameId) -> DurationNs {
    let at = course.own.binary_search_by_key(&name, |(name, _)| *name);
    at.map_or_else(|_| DurationNs::default(), |at| course.own[at].1)
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

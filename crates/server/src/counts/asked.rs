//! Which series are asked for where facts are counted again: nothing is kept of others, so that an answer takes no more memory than it is long.

use super::Counts;
use hashbrown::HashSet;
use milepost_store::{SeriesFile, SeriesId};
use twox_hash::XxHash3_128;

/// The series that are asked for, which have the first numbers, and what tells whether another has a name of its own.
#[derive(Debug)]
pub(super) struct Asked {
    count: usize,
    /// Names of series by their hashes, where one is asked for that stands in for all without.
    known: HashSet<u64>,
}

/// What names of series that stand in for others end with.
const OF_OTHERS: &str = "|other";

impl Asked {
    /// Those of some keys, and the names for them.
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k str>, known: HashSet<u64>) -> (Self, SeriesFile) {
        let mut names = SeriesFile::in_memory();
        keys.for_each(|key| _ = names.id(key));
        let count = names.len();
        // Nobody asks for it: nothing is called so.
        names.id("");
        (Self { count, known }, names)
    }

    /// Whether a series is asked for.
    pub(super) fn has(&self, series: SeriesId) -> bool {
        (series.0 as usize) < self.count
    }

    /// The series that counts what has a name of telemetry: its own, or the one that stands in for it, as when it was counted first.
    pub(super) fn series(&self, names: &SeriesFile, key: &str, other: &str) -> SeriesId {
        let nobody = SeriesId(u32::try_from(self.count).unwrap_or(u32::MAX));
        let stands_in = || names.find(other).filter(|_| !self.known.contains(&hash(key)));
        names.find(key).or_else(stands_in).unwrap_or(nobody)
    }
}

impl Counts {
    /// The hashes of names of series, if one of some keys stands in for those that have none: whoever asks for no such one need not know.
    pub(super) fn names_beside<'k>(&self, mut keys: impl Iterator<Item = &'k str>) -> HashSet<u64> {
        if !keys.any(|key| key.ends_with(OF_OTHERS)) {
            return HashSet::new();
        }
        let all = (0..self.series.len()).filter_map(|at| u32::try_from(at).ok().map(SeriesId));
        all.filter_map(|series| self.series.key(series)).map(hash).collect()
    }
}

fn hash(key: &str) -> u64 {
    XxHash3_128::oneshot(key.as_bytes()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::CountBounds;
    use milepost_model::Minute;

    #[test]
    fn what_nobody_asks_for_takes_no_memory_and_what_stands_in_for_others_stands_in_as_before() {
        let minute = Minute::new(7);
        let mut live = Counts::new(SeriesFile::in_memory(), CountBounds::NONE);
        let own = live.series("unannotated|GET /a", "unannotated|other");
        live.series("unannotated|other", "unannotated|other");
        for keys in [&["unannotated|other"][..], &["unannotated|other", "unannotated|GET /a"]] {
            let known = live.names_beside(keys.iter().copied());
            let (asked, names) = Asked::new(keys.iter().copied(), known);
            let mut again = Counts::of_asked(asked, names);
            for at in 0..10_000 {
                // The first of them had a name of its own, and all others had none.
                let key = if at == 0 { "unannotated|GET /a".to_owned() } else { format!("unannotated|GET /{at}") };
                let series = again.series(&key, "unannotated|other");
                again.add(series, minute, &[1, 0, 0, 0, 0]);
            }
            let count = |key| again.series.find(key).map(|series| again.total(series)[0]);
            assert_eq!(count("unannotated|other"), Some(9_999));
            assert_eq!(count("unannotated|GET /a"), (keys.len() > 1).then_some(1));
            assert_eq!((again.series.len(), again.totals().count()), (keys.len() + 1, keys.len()));
        }
        assert!(live.names_beside([live.series.key(own).unwrap()].into_iter()).is_empty());
    }
}

//! Things of two sides that are the same one, by name or by what is said of them.

use std::collections::{BTreeMap, HashSet};

/// The things of two sides, paired.
pub(super) struct Matched<'m, T> {
    /// Those of both, in the order of their keys.
    pub(super) both: Vec<(&'m T, &'m T)>,
    /// Those that are on the first side only.
    pub(super) removed: Vec<&'m T>,
    /// Those that are on the second side only.
    pub(super) added: Vec<&'m T>,
}

/// Pairs things by key. Where several have one key, the first of them counts.
pub(super) fn by_key<'m, T, K: Ord>(before: &'m [T], after: &'m [T], key: impl Fn(&T) -> K) -> Matched<'m, T> {
    let index = |things: &'m [T]| {
        let mut index = BTreeMap::new();
        for thing in things {
            index.entry(key(thing)).or_insert(thing);
        }
        index
    };
    let (before, mut after) = (index(before), index(after));
    let mut matched = Matched { both: Vec::new(), removed: Vec::new(), added: Vec::new() };
    for (key, old) in before {
        match after.remove(&key) {
            Some(new) => matched.both.push((old, new)),
            None => matched.removed.push(old),
        }
    }
    matched.added.extend(after.into_values());
    matched
}

/// Most pairs that are looked at for resemblance: two versions of the largest registries differ by less, and what is beyond is told as removed
/// and added.
const MAX_PAIRS: usize = 250_000;

impl<'m, T> Matched<'m, T> {
    /// Takes out the pairs of things removed and added that resemble each other and nothing else: one thing under two names.
    pub(super) fn take_renamed(&mut self, resemble: impl Fn(&T, &T) -> bool) -> Vec<(&'m T, &'m T)> {
        if self.removed.len().saturating_mul(self.added.len()) > MAX_PAIRS {
            return Vec::new();
        }
        let all: Vec<(usize, usize)> = (0..self.removed.len())
            .flat_map(|old| (0..self.added.len()).map(move |new| (old, new)))
            .filter(|(old, new)| resemble(self.removed[*old], self.added[*new]))
            .collect();
        let (mut of_old, mut of_new) = (vec![0_usize; self.removed.len()], vec![0_usize; self.added.len()]);
        for (old, new) in &all {
            of_old[*old] += 1;
            of_new[*new] += 1;
        }
        // Of two that could be meant nobody can tell which it is.
        let pairs: Vec<(usize, usize)> =
            all.into_iter().filter(|(old, new)| of_old[*old] == 1 && of_new[*new] == 1).collect();
        let renamed = pairs.iter().map(|(old, new)| (self.removed[*old], self.added[*new])).collect();
        let (old, new): (HashSet<usize>, HashSet<usize>) = pairs.into_iter().unzip();
        self.removed = left(&self.removed, &old);
        self.added = left(&self.added, &new);
        renamed
    }
}

/// The things but those at some positions.
fn left<'m, T>(things: &[&'m T], taken: &HashSet<usize>) -> Vec<&'m T> {
    things.iter().enumerate().filter(|(at, _)| !taken.contains(at)).map(|(_, thing)| *thing).collect()
}

//! The order from above to below in each column: as it was written, unless another one has fewer crossings.

use super::grid::{LINE_RANK, Piece, Spot};
use std::collections::BTreeMap;

/// How often the columns are gone through in search of fewer crossings; most graphs are at rest after two.
const SWEEPS: usize = 8;
/// Parts of whole positions that means are compared in.
const PRECISION: usize = 1 << 16;

/// Spots that stand directly below each other.
pub(super) type Block = Vec<usize>;

/// The blocks of each column from above to below.
pub(super) fn order(pieces: &[Piece], spots: &[Spot], links: &[(usize, usize)]) -> Vec<Vec<Block>> {
    let mut orders = Orders::new(pieces, spots, links);
    orders.settle();
    orders.columns
}

struct Orders<'g> {
    spots: &'g [Spot],
    links: &'g [(usize, usize)],
    columns: Vec<Vec<Block>>,
    /// The place of each spot in its column.
    positions: Vec<usize>,
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl<'g> Orders<'g> {
    /// Sorts each column by what its spots come after, by rank and by the order of the file.
    fn new(pieces: &[Piece], spots: &'g [Spot], links: &'g [(usize, usize)]) -> Self {
        let count = spots.len();
        let mut orders = Self {
            spots,
            links,
            columns: blocks(pieces, spots),
            positions: vec![0; count],
            before: vec![Vec::new(); count],
            after: vec![Vec::new(); count],
        };
        for &(from, to) in links {
            orders.before[to].push(from);
            orders.after[from].push(to);
        }
        let rank = |block: &Block| {
            let first = block[0];
            pieces.get(first).map_or((LINE_RANK, spots[first].piece), |piece| (piece.rank, first))
        };
        for column in 0..orders.columns.len() {
            let mut blocks = std::mem::take(&mut orders.columns[column]);
            // What comes after nothing stands above.
            blocks
                .sort_by_cached_key(|block| (mean(block, &orders.before, &orders.positions).unwrap_or(0), rank(block)));
            orders.columns[column] = blocks;
            orders.number(column);
        }
        orders
    }

    /// Goes through the columns and keeps the best order.
    fn settle(&mut self) {
        let mut fewest = self.crossings();
        let mut best = self.columns.clone();
        for sweep in 0..SWEEPS {
            if fewest == 0 {
                break;
            }
            let columns: Vec<usize> = match sweep % 2 {
                0 => (0..self.columns.len()).rev().collect(),
                _ => (0..self.columns.len()).collect(),
            };
            for column in columns {
                let beside = if sweep % 2 == 0 { &self.after } else { &self.before };
                let mut blocks = std::mem::take(&mut self.columns[column]);
                let place = |block: &Block| self.positions[block[0]] * PRECISION;
                blocks.sort_by_cached_key(|block| mean(block, beside, &self.positions).unwrap_or_else(|| place(block)));
                self.columns[column] = blocks;
                self.number(column);
            }
            let crossings = self.crossings();
            if crossings < fewest {
                (fewest, best) = (crossings, self.columns.clone());
            }
        }
        self.columns = best;
    }

    fn number(&mut self, column: usize) {
        for (position, spot) in self.columns[column].iter().flatten().enumerate() {
            self.positions[*spot] = position;
        }
    }

    /// How many pairs of links cross each other.
    fn crossings(&self) -> usize {
        let mut gaps: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for &(from, to) in self.links {
            let gap = gaps.entry(self.spots[from].layer).or_default();
            gap.push((self.positions[from], self.positions[to]));
        }
        gaps.into_values().map(inversions).sum()
    }
}

/// The blocks of each column, in no order yet.
fn blocks(pieces: &[Piece], spots: &[Spot]) -> Vec<Vec<Block>> {
    let count = spots.iter().map(|spot| spot.layer + 1).max().unwrap_or(0);
    let mut columns: Vec<Vec<Block>> = vec![Vec::new(); count];
    let mut known: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let in_own_spot = |at: &usize| pieces.get(*at).is_none_or(|piece| piece.within.is_none());
    for (at, spot) in spots.iter().enumerate().filter(|(at, _)| in_own_spot(at)) {
        let column = &mut columns[spot.layer];
        let block = pieces.get(at).and_then(|piece| piece.block);
        let place = block.map(|block| *known.entry((spot.layer, block)).or_insert(column.len()));
        match place.filter(|place| *place < column.len()) {
            Some(place) => column[place].push(at),
            None => column.push(vec![at]),
        }
    }
    columns
}

/// The mean place of all that is linked to a block, in parts.
fn mean(block: &Block, beside: &[Vec<usize>], positions: &[usize]) -> Option<usize> {
    let linked = || block.iter().flat_map(|spot| &beside[*spot]);
    let count = linked().count();
    (count > 0).then(|| linked().map(|spot| positions[*spot] * PRECISION).sum::<usize>() / count)
}

/// How many pairs are in order on one side and the other way round on the other. Counted with a Fenwick tree.
fn inversions(mut links: Vec<(usize, usize)>) -> usize {
    links.sort_unstable();
    let size = links.iter().map(|(_, to)| to + 1).max().unwrap_or(0);
    let mut tree = vec![0_usize; size + 1];
    let mut found = 0;
    for (seen, &(_, to)) in links.iter().enumerate() {
        let mut up_to = 0;
        let mut node = to + 1;
        while node > 0 {
            up_to += tree[node];
            node &= node - 1;
        }
        found += seen - up_to;
        let mut node = to + 1;
        while node <= size {
            tree[node] += 1;
            node += node & node.wrapping_neg();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_those_that_one_would_count_on_paper() {
        assert_eq!(inversions(vec![(0, 0), (1, 1), (2, 2)]), 0);
        assert_eq!(inversions(vec![(0, 1), (1, 0)]), 1);
        assert_eq!(inversions(vec![(0, 2), (1, 1), (2, 0)]), 3);
        assert_eq!(inversions(vec![(0, 0), (0, 1), (1, 0), (1, 1)]), 1);
    }
}

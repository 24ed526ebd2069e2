//! Lanes that are too long for one row of columns, cut into bands that stand one below the other, as text is into lines.
//!
//! Where a way goes on in a later band, it ends at a connector and begins again at one with the same number, so that every line still goes from
//! left to right.

use super::layers::FIRST;
use std::collections::BTreeMap;

/// Most columns of steps: more are wider than a screen.
const MAX_COLUMNS: usize = 12;

/// A part of a lane that stands in one row of columns.
#[derive(Debug, Default)]
pub(super) struct Band {
    pub(super) members: Vec<Member>,
    /// The column of each member.
    pub(super) layers: Vec<usize>,
    /// From one member to another.
    pub(super) edges: Vec<(usize, usize)>,
}

/// What stands in a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    /// The connector of this number, at the left; what leads here starts at the cell of the lane.
    Begin { number: usize, cell: usize },
    /// A cell of the lane, by position.
    Cell(usize),
    /// The connector of this number, at the right.
    End { number: usize, cell: usize },
}

impl Member {
    /// The cell of the lane that it is, or whose line it continues.
    pub(super) fn cell(self) -> usize {
        match self {
            Self::Cell(cell) | Self::Begin { cell, .. } | Self::End { cell, .. } => cell,
        }
    }
}

/// Cuts a lane into bands of about the same length.
pub(super) fn bands(layers: &[usize], edges: &[(usize, usize)]) -> Vec<Band> {
    let columns = layers.iter().max().map_or(0, |last| (last + 1).saturating_sub(FIRST));
    let count = columns.div_ceil(MAX_COLUMNS).max(1);
    let length = columns.div_ceil(count).max(1);
    let band_of = |cell: usize| layers[cell].saturating_sub(FIRST) / length;
    let mut cuts =
        Cuts { bands: vec![BTreeMap::new(); count], edges: vec![Vec::new(); count], numbers: BTreeMap::new() };
    for (cell, layer) in layers.iter().enumerate() {
        cuts.bands[band_of(cell)].insert(Member::Cell(cell), layer - band_of(cell) * length);
    }
    // So that numbers grow from above to below.
    let mut edges = edges.to_vec();
    edges.sort_by_key(|(from, to)| (band_of(*from), layers[*from], *from, *to));
    for (from, to) in edges {
        cuts.connect(from, to, band_of(from)..=band_of(to), length);
    }
    cuts.finish()
}

/// The bands while they are filled.
struct Cuts {
    /// The members of each band with their columns.
    bands: Vec<BTreeMap<Member, usize>>,
    edges: Vec<Vec<(Member, Member)>>,
    /// The number of each cell whose line goes on in another band.
    numbers: BTreeMap<usize, usize>,
}

impl Cuts {
    fn connect(&mut self, cell: usize, to: usize, bands: std::ops::RangeInclusive<usize>, length: usize) {
        let (first, last) = (*bands.start(), *bands.end());
        let next = self.numbers.len() + 1;
        let number = if first < last { *self.numbers.entry(cell).or_insert(next) } else { 0 };
        for band in bands {
            let from = if band == first { Member::Cell(cell) } else { Member::Begin { number, cell } };
            let to = if band == last { Member::Cell(to) } else { Member::End { number, cell } };
            self.bands[band].entry(from).or_insert(0);
            self.bands[band].entry(to).or_insert(FIRST + length);
            self.edges[band].push((from, to));
        }
    }

    fn finish(self) -> Vec<Band> {
        let bands = self.bands.into_iter().zip(self.edges).map(|(placed, mut edges)| {
            edges.sort_unstable();
            edges.dedup();
            let members: Vec<Member> = placed.keys().copied().collect();
            let position = |member: &Member| members.binary_search(member).expect("both ends were placed");
            let edges = edges.iter().map(|(from, to)| (position(from), position(to))).collect();
            Band { layers: placed.into_values().collect(), edges, members }
        });
        bands.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_lane_is_one_band() {
        let bands = bands(&[1, 2, 3], &[(0, 1), (1, 2)]);
        assert_eq!(bands.len(), 1);
        assert_eq!(bands[0].layers, [1, 2, 3]);
        assert_eq!(bands[0].edges, [(0, 1), (1, 2)]);
    }

    #[test]
    fn a_long_lane_is_cut_evenly_and_its_ways_go_on_behind_connectors() {
        let layers: Vec<usize> = (1..=13).collect();
        let mut edges: Vec<(usize, usize)> = (0..12).map(|cell| (cell, cell + 1)).collect();
        edges.push((0, 12));
        let bands = bands(&layers, &edges);
        assert_eq!(bands.iter().map(|band| band.members.len()).collect::<Vec<_>>(), [7 + 2, 6 + 2]);
        let ends: Vec<Member> = bands[0].members.iter().copied().filter(|m| matches!(m, Member::End { .. })).collect();
        assert_eq!(ends, [Member::End { number: 1, cell: 0 }, Member::End { number: 2, cell: 6 }]);
        let begins = [Member::Begin { number: 1, cell: 0 }, Member::Begin { number: 2, cell: 6 }];
        assert_eq!(bands[1].members[..2], begins);
        assert_eq!(bands[1].layers, [0, 0, 1, 2, 3, 4, 5, 6]);
    }
}

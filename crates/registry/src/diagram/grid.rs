//! The grid of one band: every cell and every line in a column and a row of its own.
//!
//! Lines that pass columns keep a row there, which is why none runs through a step. All lines of one cell run together until they part.

use super::{order, rows};
use std::collections::BTreeMap;

/// What is to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Its column.
    pub(super) layer: usize,
    /// Pieces of one column with the same number stand directly below each other.
    pub(super) block: Option<usize>,
    /// Among those that come after the same piece, lower ones stand above.
    pub(super) rank: usize,
    /// The piece in whose spot it stands too, if it has none of its own.
    pub(super) within: Option<usize>,
}

/// The rank of lines that pass a column: below what users have to do and above what they may leave out.
pub(super) const LINE_RANK: usize = 1;

/// Where everything stands.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// The pieces in their order, then parts of lines.
    pub(super) spots: Vec<Spot>,
    /// From one spot to another in the next column.
    pub(super) links: Vec<(usize, usize)>,
}

/// A piece, or the part of a line that passes one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) layer: usize,
    pub(super) row: usize,
    /// The piece, or the one that the line starts at.
    pub(super) piece: usize,
}

/// Places pieces; every edge leads from a lower to a higher column.
pub(super) fn arrange(pieces: &[Piece], edges: &[(usize, usize)]) -> Grid {
    let mut grid = Grid::default();
    let of_piece = |(piece, p): (usize, &Piece)| Spot { layer: p.layer, row: 0, piece };
    grid.spots.extend(pieces.iter().enumerate().map(of_piece));
    let mut lines: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for &(from, to) in edges {
        let mut end = from;
        for layer in pieces[from].layer + 1..pieces[to].layer {
            let next = *lines.entry((from, layer)).or_insert_with(|| {
                grid.spots.push(Spot { layer, row: 0, piece: from });
                grid.spots.len() - 1
            });
            grid.links.push((end, next));
            end = next;
        }
        grid.links.push((end, to));
    }
    grid.links.sort_unstable();
    grid.links.dedup();
    let spot_of = |at: usize| pieces.get(at).and_then(|piece| piece.within).unwrap_or(at);
    let links: Vec<(usize, usize)> = grid.links.iter().map(|(from, to)| (spot_of(*from), spot_of(*to))).collect();
    let columns = order::order(pieces, &grid.spots, &links);
    rows::assign(&columns, &links, &mut grid.spots);
    for at in 0..pieces.len() {
        grid.spots[at].row = grid.spots[spot_of(at)].row;
    }
    grid
}

//! The row of every spot: the main way runs straight on above, what goes beside it stands below.

use super::grid::Spot;
use super::order::Block;

/// Gives every spot a row, in the order of its column. No two spots of one column have the same.
pub(super) fn assign(columns: &[Vec<Block>], links: &[(usize, usize)], spots: &mut [Spot]) {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); spots.len()];
    for &(from, to) in links {
        before[to].push(from);
    }
    for column in columns {
        let mut free = 0;
        for block in column {
            // In line with the uppermost spot that leads to its first one.
            let rows = before[block[0]].iter().map(|spot| spots[*spot].row);
            let first = rows.min().unwrap_or(0).max(free);
            for (below, spot) in block.iter().enumerate() {
                spots[*spot].row = first + below;
            }
            free = first + block.len();
        }
    }
    close(columns, spots);
}

/// Takes out rows in which nothing stands.
fn close(columns: &[Vec<Block>], spots: &mut [Spot]) {
    let placed = || columns.iter().flatten().flatten();
    let mut used: Vec<usize> = placed().map(|spot| spots[*spot].row).collect();
    used.sort_unstable();
    used.dedup();
    for &spot in placed() {
        spots[spot].row = used.binary_search(&spots[spot].row).expect("it is one of them");
    }
}

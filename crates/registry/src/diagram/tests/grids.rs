//! Grids of arbitrary graphs.

use crate::diagram::grid::{Grid, Piece, arrange};
use crate::diagram::layers::layers;
use proptest::prelude::*;
use std::collections::HashSet;

/// Up to thirty pieces with edges from earlier to later ones.
fn graphs() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0_usize..29, 1_usize..8), 0..80)
        .prop_map(|edges| edges.into_iter().map(|(from, far)| (from, (from + far).min(29))).collect())
}

fn pieces(edges: &[(usize, usize)]) -> Vec<Piece> {
    let layers = layers(30, edges, |_| false);
    layers.into_iter().map(|layer| Piece { layer, block: None, rank: 0, within: None }).collect()
}

/// Whether there is a way between two pieces that leads over lines of the first one only.
fn leads(grid: &Grid, from: usize, to: usize) -> bool {
    let mut reached = vec![from];
    while let Some(spot) = reached.pop() {
        for (_, next) in grid.links.iter().filter(|(start, _)| *start == spot) {
            if *next == to {
                return true;
            }
            if *next >= 30 && grid.spots[*next].piece == from {
                reached.push(*next);
            }
        }
    }
    false
}

proptest! {
    #[test]
    fn nothing_stands_in_the_same_spot_and_all_lines_go_to_the_next_column(edges in graphs()) {
        let grid = arrange(&pieces(&edges), &edges);
        let spots: HashSet<(usize, usize)> = grid.spots.iter().map(|spot| (spot.layer, spot.row)).collect();
        prop_assert_eq!(spots.len(), grid.spots.len());
        for (from, to) in &grid.links {
            prop_assert_eq!(grid.spots[*from].layer + 1, grid.spots[*to].layer);
        }
    }

    #[test]
    fn every_edge_has_a_way_and_every_way_an_edge(edges in graphs()) {
        let grid = arrange(&pieces(&edges), &edges);
        for (from, to) in &edges {
            prop_assert!(leads(&grid, *from, *to), "{from} -> {to}");
        }
        for (from, to) in grid.links.iter().filter(|(_, to)| *to < 30) {
            prop_assert!(edges.contains(&(grid.spots[*from].piece, *to)));
        }
    }

    #[test]
    fn the_order_of_edges_does_not_matter(edges in graphs().prop_shuffle()) {
        let mut sorted = edges.clone();
        sorted.sort_unstable();
        let (one, other) = (arrange(&pieces(&edges), &edges), arrange(&pieces(&sorted), &sorted));
        let rows = |grid: &Grid| grid.spots[..30].iter().map(|spot| spot.row).collect::<Vec<_>>();
        prop_assert_eq!(rows(&one), rows(&other));
    }
}

/// The rows of pieces in the order of the file.
fn rows(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let pieces: Vec<Piece> = pieces(edges).into_iter().take(count).collect();
    arrange(&pieces, edges).spots[..count].iter().map(|spot| spot.row).collect()
}

#[test]
fn branches_stand_in_the_order_of_the_file_and_the_way_on_is_straight() {
    assert_eq!(rows(5, &[(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]), [0, 0, 1, 2, 0]);
}

#[test]
fn branches_that_would_cross_change_places() {
    // Sources 0 and 1, of which the first leads below and the second above.
    let edges = [(0, 3), (1, 2), (2, 4), (3, 5), (0, 5)];
    let pieces = pieces(&edges);
    let grid = arrange(&pieces, &edges);
    let order = |a: usize, b: usize| grid.spots[a].row < grid.spots[b].row;
    assert_eq!(order(0, 1), order(3, 2), "lines do not cross");
}

#[test]
fn two_hundred_steps_that_all_lead_to_each_other_are_placed() {
    let edges: Vec<(usize, usize)> = (0..200).flat_map(|from| (from + 1..200).map(move |to| (from, to))).collect();
    let layers = layers(200, &edges, |_| false);
    let pieces: Vec<Piece> =
        layers.into_iter().map(|layer| Piece { layer, block: None, rank: 0, within: None }).collect();
    let grid = arrange(&pieces, &edges);
    // One line of each step in each column that it passes, however many it leads to.
    assert_eq!(grid.spots.len(), 200 + (0..198).sum::<usize>() + 198);
}

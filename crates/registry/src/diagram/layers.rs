//! In which column each cell of a lane stands: as far right as the longest way to it has steps.

/// Column 0 is for the ways into a lane, so that steps stand in the same columns of all lanes.
pub(super) const FIRST: usize = 1;

/// The column of each of `count` cells. `edges` go from one cell to another, and never in a circle; a cell that is `outside` stands in column 0.
pub(super) fn layers(count: usize, edges: &[(usize, usize)], outside: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut layers: Vec<usize> = (0..count).map(|cell| if outside(cell) { 0 } else { FIRST }).collect();
    let mut before = vec![0_usize; count];
    let mut after = vec![Vec::new(); count];
    for &(from, to) in edges {
        before[to] += 1;
        after[from].push(to);
    }
    let mut ready: Vec<usize> = (0..count).filter(|cell| before[*cell] == 0).collect();
    while let Some(cell) = ready.pop() {
        for &next in &after[cell] {
            layers[next] = layers[next].max(layers[cell] + 1);
            before[next] -= 1;
            if before[next] == 0 {
                ready.push(next);
            }
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stands_behind_the_longest_way_to_it() {
        let edges = [(0, 1), (1, 2), (2, 3), (0, 3), (4, 3)];
        assert_eq!(layers(5, &edges, |_| false), [1, 2, 3, 4, 1]);
        assert_eq!(layers(5, &edges, |cell| cell == 0), [0, 1, 2, 3, 1]);
        assert_eq!(layers(0, &[], |_| false), [0_usize; 0]);
    }
}

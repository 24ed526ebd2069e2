//! The lines from the steps beside the lanes into the lanes: each goes down in a track of its own, and branches off to the right.

use super::place::Ports;
use super::scene::Trunk;
use std::cmp::Reverse;

/// Pixels between the steps beside the lanes and the first track, and between the last one and the lanes.
const MARGIN: usize = 22;
/// Pixels between two tracks.
const TRACK: usize = 14;
/// Pixels in height within which two lines would be taken for one.
const CLOSE: usize = 8;

/// How wide the tracks of so many trunks are.
pub(super) fn width(trunks: usize) -> usize {
    if trunks == 0 { 0 } else { 2 * MARGIN + (trunks - 1) * TRACK }
}

/// Whether a way out at this height runs along none of the ways into lanes that belong to other trunks.
pub(super) fn fits(trunk: usize, y: usize, entries: &Ports) -> bool {
    entries.iter().all(|(other, (_, entry))| *other == trunk || entry.abs_diff(y) >= CLOSE)
}

/// Lays the lines from ways out to ways in. The one with most branches stands next to the lanes, where they cross nothing.
pub(super) fn lay(exits: &Ports, entries: &Ports) -> Vec<Trunk> {
    let mut trunks: Vec<(usize, Trunk)> = exits
        .iter()
        .map(|&(number, start)| {
            let ends = entries.iter().filter(|(trunk, _)| *trunk == number).map(|(_, end)| *end).collect();
            (number, Trunk { start, x: 0, ends })
        })
        .collect();
    trunks.sort_by_key(|(number, trunk)| (trunk.ends.len(), Reverse(*number)));
    for (track, (_, trunk)) in trunks.iter_mut().enumerate() {
        trunk.x = trunk.start.0 + MARGIN + track * TRACK;
    }
    trunks.into_iter().map(|(_, trunk)| trunk).collect()
}

//! Alternatives that stand in a frame: lines that lead to each of them lead to the frame, and likewise those that lead from each of them.

use super::plan::{Cell, Lane};
use milepost_model::Name;
use std::collections::{BTreeMap, BTreeSet};

impl<'r> Lane<'r> {
    /// Adds a frame for each group of alternatives, and leads edges to and from it where that says the same.
    pub(super) fn frame(&mut self) {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, cell) in self.cells.iter().enumerate() {
            if let Some(number) = cell.used().and_then(|used| used.alternative) {
                groups.entry(number).or_default().push(at);
            }
        }
        let mut edges: BTreeSet<(usize, usize)> = self.edges.iter().copied().collect();
        for members in groups.into_values().filter(|members| members.len() > 1) {
            if !come_together(&members, &edges) {
                continue;
            }
            let frame = self.cells.len();
            replace(&members, frame, &mut edges);
            self.cells.push(Cell::Frame(members));
        }
        self.edges = edges.into_iter().collect();
    }

    /// For each cell the one that decides in which column it stands: alternatives in a frame stand where the frame does.
    pub(super) fn leaders(&self) -> Vec<usize> {
        let mut leaders: Vec<usize> = (0..self.cells.len()).collect();
        for (at, cell) in self.cells.iter().enumerate() {
            if let Cell::Frame(members) = cell {
                members.iter().for_each(|member| leaders[*member] = at);
            }
        }
        leaders
    }

    /// The steps that a cell stands for.
    pub(super) fn names(&self, cell: usize) -> Vec<&'r Name> {
        match &self.cells[cell] {
            Cell::Frame(members) => members.iter().flat_map(|member| self.names(*member)).collect(),
            other => other.used().map(|used| &used.step.name).into_iter().collect(),
        }
    }
}

/// Whether the same leads to all of them, and none of them to another.
fn come_together(members: &[usize], edges: &BTreeSet<(usize, usize)>) -> bool {
    let before =
        |member: usize| -> Vec<usize> { edges.iter().filter(|(_, to)| *to == member).map(|(from, _)| *from).collect() };
    let first = before(members[0]);
    members.iter().all(|member| !first.contains(member)) && members[1..].iter().all(|member| before(*member) == first)
}

fn replace(members: &[usize], frame: usize, edges: &mut BTreeSet<(usize, usize)>) {
    let mut after: BTreeMap<usize, usize> = BTreeMap::new();
    for (from, to) in edges.clone() {
        if members.contains(&to) {
            edges.remove(&(from, to));
            edges.insert((from, frame));
        } else if members.contains(&from) {
            *after.entry(to).or_default() += 1;
        }
    }
    for (to, _) in after.into_iter().filter(|(_, count)| *count == members.len()) {
        edges.retain(|(from, other)| *other != to || !members.contains(from));
        edges.insert((frame, to));
    }
}

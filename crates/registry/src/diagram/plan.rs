//! What the diagram of a product shows: which step is drawn where, and what leads to what. Nothing has a place yet.
//!
//! Both forms, SVG and Mermaid, are made from it.

use super::Selection;
use super::sharing::{Sharing, is_retried};
use crate::Registry;
use milepost_model::{Name, Objective, Product, Step, StepUse};
use std::collections::HashMap;

/// The diagram of one product.
pub(super) struct Plan<'r> {
    pub(super) product: &'r Product,
    /// The steps with which several objectives begin.
    pub(super) shared: Lane<'r>,
    /// What leads from those steps into lanes: the cell of `shared` that each line starts at.
    pub(super) trunks: Vec<usize>,
    /// The objectives in file order, and last the steps that none of them uses.
    pub(super) lanes: Vec<Lane<'r>>,
    steps: HashMap<&'r Name, &'r Step>,
}

/// An objective, or other steps that are drawn together.
#[derive(Default)]
pub(super) struct Lane<'r> {
    pub(super) objective: Option<&'r Objective>,
    /// Its steps are those with which several objectives begin.
    pub(super) is_shared: bool,
    /// In file order, after the ways in and before the frames.
    pub(super) cells: Vec<Cell<'r>>,
    /// From one cell to another; without circles.
    pub(super) edges: Vec<(usize, usize)>,
}

/// What can be drawn in one place.
pub(super) enum Cell<'r> {
    /// Where the trunk of this number comes in.
    Entry(usize),
    /// A step that is drawn here.
    Step(Use<'r>),
    /// A step that is drawn elsewhere: in the lane of this objective, or beside all lanes.
    Reference(Use<'r>, Option<&'r Objective>),
    /// All of several alternatives, the cells of which are these: what leads to each of them, or from each of them, leads here.
    Frame(Vec<usize>),
}

/// One use of a step, or those of several objectives.
pub(super) struct Use<'r> {
    pub(super) step: &'r Step,
    /// Users may leave it out.
    pub(super) optional: bool,
    /// The objectives in which users may leave it out, where it is not so in all of them.
    pub(super) optional_in: Vec<&'r Objective>,
    /// Users may come back to it at once.
    pub(super) retried: bool,
    /// One of several ways to go on: uses with the same number are alternatives to each other.
    pub(super) alternative: Option<usize>,
}

impl<'r> Plan<'r> {
    /// A step of the product.
    pub(super) fn step(&self, name: &Name) -> Option<&'r Step> {
        self.steps.get(name).copied()
    }
}

impl<'r> Cell<'r> {
    /// The use of a step, where it is one.
    pub(super) fn used(&self) -> Option<&Use<'r>> {
        match self {
            Self::Entry(_) | Self::Frame(_) => None,
            Self::Step(used) | Self::Reference(used, _) => Some(used),
        }
    }

    /// The cells in a frame.
    pub(super) fn members(&self) -> &[usize] {
        match self {
            Self::Frame(members) => members,
            _ => &[],
        }
    }
}

impl<'r> Lane<'r> {
    /// Cells by the names of their steps.
    fn positions(&self) -> HashMap<&'r Name, usize> {
        let steps = self.cells.iter().enumerate();
        steps.filter_map(|(at, cell)| Some((&cell.used()?.step.name, at))).collect()
    }

    /// Whether lines come in from steps beside the lanes.
    pub(super) fn has_entries(&self) -> bool {
        self.cells.iter().any(|cell| matches!(cell, Cell::Entry(_)))
    }

    /// The number of the alternatives of which a cell is one; `None` when it is the only one.
    pub(super) fn alternatives(&self, cell: usize) -> Option<usize> {
        let number = self.cells[cell].used()?.alternative;
        let same = self.cells.iter().filter_map(Cell::used).filter(|used| used.alternative == number);
        number.filter(|_| same.count() > 1)
    }
}

/// Plans the diagrams of all products that are selected.
pub(super) fn plans<'r>(registry: &'r Registry, selection: &Selection) -> Vec<Plan<'r>> {
    let mut objectives: HashMap<&Name, Vec<&Objective>> = HashMap::new();
    for objective in registry.objectives.iter().filter(|objective| selection.holds_objective(objective)) {
        objectives.entry(&objective.product).or_default().push(objective);
    }
    let mut steps: HashMap<&Name, Vec<&Step>> = HashMap::new();
    for step in &registry.steps {
        steps.entry(&step.product).or_default().push(step);
    }
    let products = registry.products.iter().filter(|product| {
        selection.holds(&product.name) && (selection.is_whole() || objectives.contains_key(&product.name))
    });
    let of_product = |product: &'r Product| {
        let objectives = objectives.get(&product.name).map_or(&[][..], |all| all);
        let steps = steps.get(&product.name).map_or(&[][..], |all| all);
        plan(product, objectives, steps, selection.is_whole())
    };
    products.map(of_product).collect()
}

fn plan<'r>(product: &'r Product, objectives: &[&'r Objective], all_steps: &[&'r Step], is_whole: bool) -> Plan<'r> {
    let steps: HashMap<&Name, &Step> = all_steps.iter().map(|step| (&step.name, *step)).collect();
    let sharing = Sharing::new(objectives);
    let shared = shared_lane(&sharing, objectives, &steps);
    let mut planner = Planner { homes: HashMap::new(), shared: &shared, trunks: Vec::new(), sharing, steps };
    let mut lanes: Vec<Lane<'r>> = objectives.iter().enumerate().map(|(at, o)| planner.lane(at, o)).collect();
    let Planner { homes, mut trunks, steps, .. } = planner;
    let drawn = shared.positions();
    let unused = all_steps.iter().filter(|s| !homes.contains_key(&s.name) && !drawn.contains_key(&s.name));
    let unused: Vec<Cell<'r>> = unused.map(|step| Cell::Step(alone(step))).collect();
    if is_whole && !unused.is_empty() {
        lanes.push(Lane { cells: unused, ..Lane::default() });
    }
    order_trunks(&mut trunks, &mut lanes);
    Plan { product, shared, trunks, lanes, steps }
}

/// Finds out lane by lane where each step is drawn.
struct Planner<'p, 'r> {
    /// The objective in whose lane each step is drawn.
    homes: HashMap<&'r Name, &'r Objective>,
    shared: &'p Lane<'r>,
    trunks: Vec<usize>,
    sharing: Sharing<'r>,
    steps: HashMap<&'r Name, &'r Step>,
}

/// A way into a lane: from a cell beside it to steps in it. Without steps nothing comes after.
struct Entry<'r> {
    from: usize,
    to: Vec<&'r Name>,
}

impl<'r> Planner<'_, 'r> {
    fn lane(&mut self, at: usize, objective: &'r Objective) -> Lane<'r> {
        let (joined, own): (Vec<&StepUse>, Vec<&StepUse>) =
            objective.steps.iter().partition(|u| self.sharing.is_joined(at, &u.step));
        let mut lane = Lane { objective: Some(objective), ..Lane::default() };
        let entries = self.entries(objective, &joined, &own);
        lane.cells.extend(entries.iter().map(|entry| Cell::Entry(self.trunk(entry.from))));
        lane.cells.extend(own.iter().filter_map(|used| self.cell(objective, used)));
        let positions = lane.positions();
        for (at, entry) in entries.iter().enumerate() {
            lane.edges.extend(entry.to.iter().filter_map(|name| Some((at, *positions.get(name)?))));
        }
        lane.edges.extend(edges(own.iter().copied(), &positions));
        lane.frame();
        lane
    }

    /// Where lines from the steps beside the lanes come in.
    fn entries(&self, objective: &'r Objective, joined: &[&'r StepUse], own: &[&'r StepUse]) -> Vec<Entry<'r>> {
        let positions = self.shared.positions();
        let mut entries: Vec<Entry<'r>> = Vec::new();
        for used in joined {
            let Some(&from) = positions.get(&used.step) else { continue };
            let to = own.iter().filter(|u| u.after.contains(&used.step)).map(|u| &u.step).collect();
            entries.push(Entry { from, to });
        }
        // What leads on in the same way from all alternatives leads on from their frame.
        for (at, cell) in self.shared.cells.iter().enumerate() {
            let Cell::Frame(members) = cell else { continue };
            let of_members: Vec<&Entry<'_>> = entries.iter().filter(|entry| members.contains(&entry.from)).collect();
            if let [first, rest @ ..] = &of_members[..]
                && rest.len() + 1 == members.len()
                && rest.iter().all(|entry| entry.to == first.to)
            {
                let to = first.to.clone();
                entries.retain(|entry| !members.contains(&entry.from));
                entries.push(Entry { from: at, to });
            }
        }
        // A step that leads only to others beside the lanes comes here through those.
        let leads_on = |entry: &Entry<'_>| {
            let names: Vec<&Name> = self.shared.names(entry.from);
            objective.steps.iter().any(|u| !names.contains(&&u.step) && names.iter().any(|name| u.after.contains(name)))
        };
        entries.retain(|entry| !entry.to.is_empty() || !leads_on(entry));
        entries
    }

    /// The number of the trunk that starts at a cell beside the lanes.
    fn trunk(&mut self, from: usize) -> usize {
        self.trunks.iter().position(|known| *known == from).unwrap_or_else(|| {
            self.trunks.push(from);
            self.trunks.len() - 1
        })
    }

    fn cell(&mut self, objective: &'r Objective, used: &'r StepUse) -> Option<Cell<'r>> {
        let step = *self.steps.get(&used.step)?;
        let drawn = Use {
            step,
            optional: used.optional,
            optional_in: Vec::new(),
            retried: is_retried(used),
            alternative: used.alternative,
        };
        if self.shared.positions().contains_key(&used.step) {
            return Some(Cell::Reference(drawn, None));
        }
        let home = *self.homes.entry(&step.name).or_insert(objective);
        Some(if home == objective { Cell::Step(drawn) } else { Cell::Reference(drawn, Some(home)) })
    }
}

/// The steps beside the lanes, and the order among them.
fn shared_lane<'r>(
    sharing: &Sharing<'r>,
    objectives: &[&'r Objective],
    steps: &HashMap<&'r Name, &'r Step>,
) -> Lane<'r> {
    let mut lane = Lane { is_shared: true, ..Lane::default() };
    for (number, (key, _)) in sharing.shared.iter().enumerate() {
        for step in key.iter().filter_map(|name| steps.get(name)) {
            let uses: Vec<(&'r Objective, &StepUse)> = joined_uses(sharing, objectives, &step.name);
            let may_leave_out: Vec<&'r Objective> =
                uses.iter().filter(|(_, u)| u.optional).map(|(objective, _)| *objective).collect();
            let optional = may_leave_out.len() == uses.len();
            lane.cells.push(Cell::Step(Use {
                step,
                optional,
                optional_in: if optional { Vec::new() } else { may_leave_out },
                retried: uses.iter().any(|(_, u)| is_retried(u)),
                alternative: (key.len() > 1).then_some(number),
            }));
        }
    }
    let positions = lane.positions();
    let mut edges = Vec::new();
    for (key, after) in &sharing.shared {
        for (from, to) in after.iter().flat_map(|from| key.iter().map(move |to| (from, to))) {
            edges.extend(positions.get(from).copied().zip(positions.get(to).copied()));
        }
    }
    lane.edges = edges;
    lane.frame();
    lane
}

fn joined_uses<'r>(
    sharing: &Sharing<'r>,
    objectives: &[&'r Objective],
    step: &Name,
) -> Vec<(&'r Objective, &'r StepUse)> {
    let joined = objectives.iter().enumerate().filter(|(at, _)| sharing.is_joined(*at, step));
    joined.filter_map(|(_, o)| Some((*o, o.steps.iter().find(|u| u.step == *step)?))).collect()
}

fn edges<'u>(uses: impl Iterator<Item = &'u StepUse>, positions: &HashMap<&Name, usize>) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for used in uses {
        let Some(&to) = positions.get(&used.step) else { continue };
        let before = used.after.iter().filter(|name| **name != used.step);
        edges.extend(before.filter_map(|name| Some((*positions.get(name)?, to))));
    }
    edges
}

fn alone(step: &Step) -> Use<'_> {
    Use { step, optional: false, optional_in: Vec::new(), retried: false, alternative: None }
}

/// Numbers the trunks as their steps stand, from above to below, and the ways into each lane likewise.
fn order_trunks(trunks: &mut Vec<usize>, lanes: &mut [Lane<'_>]) {
    let mut order: Vec<usize> = (0..trunks.len()).collect();
    order.sort_by_key(|at| trunks[*at]);
    let mut numbers = vec![0; order.len()];
    order.iter().enumerate().for_each(|(number, at)| numbers[*at] = number);
    *trunks = order.iter().map(|at| trunks[*at]).collect();
    for lane in lanes {
        for cell in &mut lane.cells {
            if let Cell::Entry(trunk) = cell {
                *trunk = numbers[*trunk];
            }
        }
    }
}

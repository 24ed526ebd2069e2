//! Whether the diagram says what the registry says, for arbitrary registries.

use super::world::{name, objectives, registry, registry_of};
use crate::Registry;
use crate::diagram::plan::{Cell, Lane, Plan, plans};
use crate::diagram::{Selection, mermaid};
use milepost_model::{Name, Objective};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Edges<'r> = BTreeSet<(&'r Name, &'r Name)>;

/// What leads to what in an objective.
fn declared(objective: &Objective) -> Edges<'_> {
    let uses = objective.steps.iter();
    uses.flat_map(|u| u.after.iter().filter(|a| **a != u.step).map(|a| (a, &u.step))).collect()
}

/// The same as it is drawn: frames stand for the steps in them, and ways in for what they come from.
fn drawn<'r>(plan: &Plan<'r>, lane: &Lane<'r>) -> Edges<'r> {
    let names = |lane: &Lane<'r>, cell: usize| match &lane.cells[cell] {
        Cell::Entry(trunk) => plan.shared.names(plan.trunks[*trunk]),
        _ => lane.names(cell),
    };
    let mut edges = Edges::new();
    for (from, to) in &lane.edges {
        let to = names(lane, *to);
        edges.extend(names(lane, *from).into_iter().flat_map(|from| to.iter().map(move |to| (from, *to))));
    }
    edges
}

/// How often each step is drawn.
fn times_drawn<'r>(plans: &[Plan<'r>]) -> BTreeMap<&'r Name, usize> {
    let mut times = BTreeMap::new();
    let lanes = plans.iter().flat_map(|plan| std::iter::once(&plan.shared).chain(&plan.lanes));
    for cell in lanes.flat_map(|lane| &lane.cells) {
        if let Cell::Step(used) = cell {
            *times.entry(&used.step.name).or_default() += 1;
        }
    }
    times
}

fn whole(registry: &Registry) -> Vec<Plan<'_>> {
    plans(registry, &Selection::default())
}

proptest! {
    #[test]
    fn every_step_is_drawn_once_and_lanes_keep_their_order(objectives in objectives()) {
        let registry = registry_of(&objectives);
        let plans = whole(&registry);
        let times = times_drawn(&plans);
        for step in &registry.steps {
            prop_assert_eq!(times.get(&step.name), Some(&1), "{}", step.name);
        }
        let lanes: Vec<&Name> = plans[0].lanes.iter().filter_map(|lane| Some(&lane.objective?.name)).collect();
        prop_assert_eq!(lanes, registry.objectives.iter().map(|o| &o.name).collect::<Vec<_>>());
    }

    #[test]
    fn what_leads_to_what_is_what_the_objective_says(objectives in objectives()) {
        let registry = registry_of(&objectives);
        let plans = whole(&registry);
        for lane in &plans[0].lanes {
            let Some(objective) = lane.objective else { continue };
            let (declared, drawn) = (declared(objective), drawn(&plans[0], lane));
            prop_assert!(drawn.is_subset(&declared), "{drawn:?} {declared:?}");
            // The rest stands beside the lanes.
            let beside = self::drawn(&plans[0], &plans[0].shared);
            let both: Edges<'_> = drawn.union(&beside).copied().collect();
            prop_assert!(declared.is_subset(&both), "{declared:?} {both:?}");
        }
    }

    #[test]
    fn an_objective_shows_all_of_its_steps(objectives in objectives()) {
        let registry = registry_of(&objectives);
        let plans = whole(&registry);
        for lane in plans[0].lanes.iter().filter(|lane| lane.objective.is_some()) {
            let mut shown: BTreeSet<&Name> = lane.cells.iter().filter_map(Cell::used).map(|used| &used.step.name).collect();
            // What stands beside the lanes shows by its lines, if need be through what comes next there.
            let mut reached: Vec<&Name> = lane.cells.iter().flat_map(|cell| match cell {
                Cell::Entry(trunk) => plans[0].shared.names(plans[0].trunks[*trunk]),
                _ => Vec::new(),
            }).collect();
            while let Some(step) = reached.pop() {
                shown.insert(step);
                let before = drawn(&plans[0], &plans[0].shared);
                reached.extend(before.into_iter().filter(|(_, to)| *to == step).map(|(from, _)| from));
            }
            for used in &lane.objective.unwrap().steps {
                prop_assert!(shown.contains(&used.step), "{} in {shown:?}", used.step);
            }
        }
    }

    #[test]
    fn mermaid_names_nothing_that_it_does_not_draw(objectives in objectives()) {
        let registry = registry_of(&objectives);
        let text = mermaid(&registry, &Selection::default());
        let word = |line: &str| line.trim().split(['[', '(']).next().unwrap().to_owned();
        let drawn: BTreeSet<String> = text.lines().filter(|line| line.contains('"')).map(|line| word(line.trim().trim_start_matches("subgraph "))).collect();
        for (from, to) in text.lines().filter_map(|line| line.trim().split_once(" --> ")) {
            prop_assert!(drawn.contains(from) && drawn.contains(to), "{from} {to}\n{text}");
        }
        prop_assert_eq!(text.matches("subgraph ").count(), text.lines().filter(|line| line.trim() == "end").count());
    }
}

#[test]
fn a_step_with_which_several_objectives_begin_stands_beside_them() {
    let registry = registry(&[("compose", "login write send"), ("read", "login open"), ("help", "read-help")]);
    let plans = whole(&registry);
    assert_eq!(plans[0].shared.names(0), [&name("login")]);
    assert_eq!(plans[0].lanes.iter().map(Lane::has_entries).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_step_amid_several_objectives_stands_in_the_first_and_is_referred_to_from_the_others() {
    let registry = registry(&[("look", "open view"), ("buy", "search view pay")]);
    let plans = whole(&registry);
    assert!(plans[0].shared.cells.is_empty());
    assert!(matches!(&plans[0].lanes[0].cells[1], Cell::Step(used) if used.step.name == name("view")));
    let Cell::Reference(_, Some(home)) = &plans[0].lanes[1].cells[1] else { panic!("it is drawn elsewhere") };
    assert_eq!(home.name, name("look"));
}

#[test]
fn objectives_that_begin_with_the_same_choice_share_its_frame() {
    let registry = registry(&[("buy", "login|register pay"), ("rate", "login|register write")]);
    let plans = whole(&registry);
    assert_eq!(plans[0].shared.cells.len(), 3);
    assert_eq!(plans[0].trunks, [2], "one line from the frame");
}

#[test]
fn an_objective_alone_shares_nothing() {
    let registry = registry(&[("compose", "login write"), ("read", "login open")]);
    let selection = Selection::new(&registry, None, &["read".to_owned()]).unwrap();
    let plans = plans(&registry, &selection);
    assert!(plans[0].shared.cells.is_empty());
    assert_eq!(plans[0].lanes.len(), 1);
    assert_eq!(times_drawn(&plans).len(), 2);
}

#[test]
fn what_leads_to_all_alternatives_leads_to_their_frame() {
    let registry = registry(&[("book", "search express|ordinary pay<express,ordinary ticket<express")]);
    let lane = &whole(&registry)[0].lanes[0];
    let frame = lane.cells.iter().position(|cell| matches!(cell, Cell::Frame(_))).unwrap();
    let of = |text: &str| lane.cells.iter().position(|c| c.used().is_some_and(|u| u.step.name == name(text))).unwrap();
    assert_eq!(lane.edges, [(of("search"), frame), (of("express"), of("ticket")), (frame, of("pay"))]);
}

#[test]
fn steps_of_no_objective_are_shown_apart() {
    let mut registry = registry(&[("read", "open")]);
    registry.steps.push(super::world::step("shop", "forgotten"));
    let plans = whole(&registry);
    assert!(plans[0].lanes[1].objective.is_none());
    assert_eq!(plans[0].lanes[1].names(0), [&name("forgotten")]);
}

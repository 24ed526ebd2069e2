//! The first line: how much of what has changed, in a sentence.

use super::{Change, ChangeKind, Diff, Noun, Trend};
use milepost_model::Criticality;
use std::collections::{BTreeMap, BTreeSet};

/// What has become of things, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Added,
    Removed,
    Renamed,
    Stricter,
    Looser,
    Changed,
    Critical,
    Important,
    Unimportant,
    OtherSeverity,
    OtherOperations,
}

/// Names of things, each with its product.
type Names<'d> = BTreeSet<(Option<&'d str>, &'d str)>;

impl Diff {
    /// How much of what has changed: `1 step changed, 1 SLO looser, 2 services become critical.`
    pub fn summary(&self) -> String {
        let mut counts: BTreeMap<(Noun, Verb), Names<'_>> = BTreeMap::new();
        for change in &self.changes {
            // Uses of one step are one step.
            let name = if change.noun == Noun::StepCriticality { bare(&change.name) } else { &change.name };
            let product = change.product.as_ref().map(milepost_model::Name::as_str);
            counts.entry((change.noun, verb(change))).or_default().insert((product, name));
        }
        if counts.is_empty() {
            return "Nothing has changed.".to_owned();
        }
        let parts: Vec<String> = counts.iter().map(|((noun, verb), names)| part(*noun, *verb, names.len())).collect();
        parts.join(", ") + "."
    }
}

fn bare(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn verb(change: &Change) -> Verb {
    match (&change.kind, change.trend) {
        (ChangeKind::Added, _) => Verb::Added,
        (ChangeKind::Removed, _) => Verb::Removed,
        (_, Some(Trend::Stricter)) => Verb::Stricter,
        (_, Some(Trend::Looser)) => Verb::Looser,
        (_, Some(Trend::Becomes(Criticality::Critical))) => Verb::Critical,
        (_, Some(Trend::Becomes(Criticality::Important))) => Verb::Important,
        (_, Some(Trend::Becomes(Criticality::None))) => Verb::Unimportant,
        (ChangeKind::Renamed { .. }, None) => Verb::Renamed,
        (ChangeKind::Changed, None) if change.noun == Noun::StepCriticality => Verb::OtherSeverity,
        (ChangeKind::Changed, None) if change.noun == Noun::ServiceCriticality => Verb::OtherOperations,
        (ChangeKind::Changed, None) => Verb::Changed,
    }
}

fn part(noun: Noun, verb: Verb, count: usize) -> String {
    let is_one = count == 1;
    let what = if is_one { format!("1 {}", noun.singular()) } else { format!("{count} {}", noun.plural()) };
    let become_ = if is_one { "becomes" } else { "become" };
    match verb {
        Verb::Added => format!("{what} added"),
        Verb::Removed => format!("{what} removed"),
        Verb::Renamed => format!("{what} renamed"),
        Verb::Stricter => format!("{what} stricter"),
        Verb::Looser => format!("{what} looser"),
        Verb::Changed => format!("{what} changed"),
        Verb::Critical => format!("{what} {become_} critical"),
        Verb::Important => format!("{what} {become_} important"),
        Verb::Unimportant if is_one => format!("{what} is no longer important"),
        Verb::Unimportant => format!("{what} are no longer important"),
        Verb::OtherOperations => format!("operations of {what} become more or less important"),
        Verb::OtherSeverity if is_one => format!("an outage of {what} gets another severity"),
        Verb::OtherSeverity => format!("outages of {what} get another severity"),
    }
}

//! What is said of one thing: aspects with their values, as text. Two lists of statements are held against each other here.

use super::Detail;
use std::fmt::Display;

/// All that is said of one thing, in the order in which it is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Statements {
    all: Vec<Statement>,
}

#[derive(Clone, Debug)]
struct Statement {
    aspect: String,
    value: String,
    /// Whether the order of several values means something.
    ordered: bool,
}

impl Statements {
    /// Says something that everything of its kind has.
    pub(super) fn one(&mut self, aspect: impl Into<String>, value: impl Display) {
        self.say(aspect, value, false);
    }

    /// Says something that is there or not.
    pub(super) fn maybe(&mut self, aspect: impl Into<String>, value: Option<impl Display>) {
        if let Some(value) = value {
            self.one(aspect, value);
        }
    }

    /// Says several things of one aspect, in whatever order.
    pub(super) fn each(&mut self, aspect: &str, values: impl IntoIterator<Item: Display>) {
        for value in values {
            self.say(aspect, value, false);
        }
    }

    /// Says several things of one aspect whose order means something.
    pub(super) fn in_order(&mut self, aspect: &str, values: impl IntoIterator<Item: Display>) {
        for value in values {
            self.say(aspect, value, true);
        }
    }

    fn say(&mut self, aspect: impl Into<String>, value: impl Display, ordered: bool) {
        // A text without anything in it says nothing.
        let value = value.to_string();
        if !value.is_empty() {
            self.all.push(Statement { aspect: aspect.into(), value, ordered });
        }
    }

    /// The statements of these aspects, each as a detail; values in no order are told together.
    pub(super) fn details(&self, aspects: &[&str], make: impl Fn(&str, String) -> Detail) -> Vec<Detail> {
        let told: Vec<&Statement> = self.all.iter().filter(|one| aspects.contains(&&*one.aspect)).collect();
        let together = told.chunk_by(|a, b| a.aspect == b.aspect && !a.ordered && !b.ordered);
        let detail = |statements: &[&Statement]| {
            let values: Vec<&str> = statements.iter().map(|one| &*one.value).collect();
            make(&statements[0].aspect, values.join(", "))
        };
        together.map(detail).collect()
    }

    /// What is different, in the order in which it is told after.
    pub(super) fn differences(&self, after: &Self) -> Vec<Detail> {
        let mut aspects: Vec<&str> = Vec::new();
        for statement in after.all.iter().chain(&self.all) {
            if !aspects.contains(&&*statement.aspect) {
                aspects.push(&statement.aspect);
            }
        }
        aspects.into_iter().flat_map(|aspect| differences(aspect, &self.of(aspect), &after.of(aspect))).collect()
    }

    fn of(&self, aspect: &str) -> Vec<&Statement> {
        self.all.iter().filter(|statement| statement.aspect == aspect).collect()
    }
}

fn differences(aspect: &str, before: &[&Statement], after: &[&Statement]) -> Vec<Detail> {
    let removed = without(before, after);
    let added = without(after, before);
    match (&removed[..], &added[..]) {
        ([], []) if before.iter().any(|statement| statement.ordered) => reordered(aspect, before, after),
        ([old], [new]) => vec![Detail::new(aspect, Some(old.clone()), Some(new.clone()))],
        _ => {
            let removed = removed.into_iter().map(|value| Detail::new(aspect, Some(value), None));
            removed.chain(added.into_iter().map(|value| Detail::new(aspect, None, Some(value)))).collect()
        }
    }
}

/// The values that others do not have, as often as they are too many.
fn without(values: &[&Statement], others: &[&Statement]) -> Vec<String> {
    let mut others: Vec<&str> = others.iter().map(|statement| &*statement.value).collect();
    let mut left = Vec::new();
    for statement in values {
        match others.iter().position(|other| *other == statement.value) {
            Some(at) => drop(others.swap_remove(at)),
            None => left.push(statement.value.clone()),
        }
    }
    left
}

fn reordered(aspect: &str, before: &[&Statement], after: &[&Statement]) -> Vec<Detail> {
    let [before, after] = [before, after].map(|side| {
        let values: Vec<&str> = side.iter().map(|statement| &*statement.value).collect();
        values.join("; ")
    });
    let is_same = before == after;
    if is_same { Vec::new() } else { vec![Detail::new(&format!("order of {aspect}"), Some(before), Some(after))] }
}

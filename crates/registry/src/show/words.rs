//! Words that several topics share: lists, counts and conditions in sentences.

use milepost_model::{Condition, Criticality, CriticalitySource, Role};

/// `a`, `a or b`, `a, b or c`.
pub(super) fn list<S: AsRef<str>>(words: &[S], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [before @ .., end] => {
            let before: Vec<&str> = before.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", before.join(", "), end.as_ref())
        }
    }
}

/// `1 step`, `2 steps`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A condition with the status codes that mean it.
pub(super) fn condition(condition: &Condition) -> String {
    if condition.statuses.is_empty() {
        return condition.text.clone();
    }
    let statuses: Vec<String> = condition.statuses.iter().map(ToString::to_string).collect();
    format!("{} (status {})", condition.text, list(&statuses, "or"))
}

/// The word with a capital at its front.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A role as people write it.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::ProductManager => "Product manager",
        Role::Ux => "UX",
        Role::Engineering => "Engineering",
        Role::Support => "Support",
        Role::Sre => "SRE",
    }
}

/// Where a criticality is declared.
pub(super) fn source(source: CriticalitySource) -> &'static str {
    match source {
        CriticalitySource::Use => "at this use",
        CriticalitySource::Step => "at the step",
        CriticalitySource::Objective => "at the objective",
        CriticalitySource::Unlaunched => "unlaunched",
        CriticalitySource::Nowhere => "not declared",
    }
}

/// What a criticality means.
pub(super) fn meaning(criticality: Criticality) -> &'static str {
    match criticality {
        Criticality::Critical => "Core features cannot do without it.",
        Criticality::Important => "It adds value, or core features use it and go on without it.",
        Criticality::None => "All else: internal, not launched yet, or no priority of the product.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_counts_read_as_people_say_them() {
        assert_eq!(list::<&str>(&[], "or"), "");
        assert_eq!(list(&["a", "b", "c"], "or"), "a, b or c");
        assert_eq!((count(1, "step"), count(0, "step")), ("1 step".to_owned(), "0 steps".to_owned()));
        assert_eq!((capital("major"), capital("")), ("Major".to_owned(), String::new()));
    }
}

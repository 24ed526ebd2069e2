//! What the errors of an operation did, in sentences.

use crate::report::{grouped, percent_of};
use milepost_server::attribution::{HarmBody, HurtStep};

/// `1.9% of 948 events failed: all failures of Send mail, and 40.0% of those of Save draft (2 of 5).`
pub(super) fn harm(of: &HarmBody) -> String {
    if of.errors == 0 {
        return format!("None of {} failed.", counted(of.events, "event"));
    }
    let share = format!("{} of {} failed", percent_of(of.errors, of.events), counted(of.events, "event"));
    match &of.steps[..] {
        [] => format!("{share}, and no attempt of a step with them."),
        steps => format!("{share}: {}.", listed(steps.iter().map(hurt))),
    }
}

/// The errors of which nobody noticed anything, or of which it is not known.
pub(super) fn rest(of: &HarmBody) -> Vec<String> {
    let errors = |count: u64, what: &str| (count > 0).then(|| format!("{} {what}.", counted(count, "error")));
    let by = of.errors_by;
    [
        errors(by.harmless, "hurt no step: all attempts in the same trace succeeded"),
        errors(by.without_attempt, "in traces without an attempt of a step"),
        errors(by.without_trace, "without a trace, of which nothing can be said"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `all failures of Send mail`, `40.0% of the failures of Save draft (2 of 5)`.
pub(super) fn hurt(step: &HurtStep) -> String {
    if step.failed_with == step.failed {
        let all = if step.failed == 1 {
            "the one failure".to_owned()
        } else {
            format!("all {} failures", grouped(step.failed))
        };
        return format!("{all} of {}", step.title);
    }
    let share = percent_of(step.failed_with, step.failed);
    format!("{share} of the failures of {} ({} of {})", step.title, grouped(step.failed_with), grouped(step.failed))
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    match &parts[..] {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}

fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_server::attribution::ErrorsBody;

    fn step(title: &str, failed_with: u64, failed: u64) -> HurtStep {
        let name = title.to_lowercase().replace(' ', "-");
        HurtStep {
            product: "mail".to_owned(),
            step: name,
            title: title.to_owned(),
            failed,
            failed_with,
            share: None,
            interval: None,
        }
    }

    fn body(events: u64, errors: u64, steps: Vec<HurtStep>) -> HarmBody {
        let errors_by = ErrorsBody { hurting: errors, harmless: 0, without_attempt: 0, without_trace: 0 };
        HarmBody { operation: "store WRITE".to_owned(), events, errors, share: None, interval: None, errors_by, steps }
    }

    #[test]
    fn a_few_errors_that_are_all_failures_of_a_step_are_said_to_be_that() {
        assert_eq!(
            harm(&body(2_500, 50, vec![step("Save draft", 50, 50)])),
            "2.0% of 2,500 events failed: all 50 failures of Save draft."
        );
        assert_eq!(
            harm(&body(2_500, 53, vec![step("Save draft", 50, 50), step("Send mail", 2, 5), step("Search", 1, 1)])),
            "2.1% of 2,500 events failed: all 50 failures of Save draft, 40.0% of the failures of Send mail (2 of 5), and the one failure of Search."
        );
    }

    #[test]
    fn errors_that_hurt_nobody_are_said_to() {
        let mut of = body(1, 1, Vec::new());
        of.errors_by = ErrorsBody { hurting: 0, harmless: 1, without_attempt: 0, without_trace: 1_200 };
        assert_eq!(harm(&of), "100% of 1 event failed, and no attempt of a step with them.");
        assert_eq!(
            rest(&of),
            [
                "1 error hurt no step: all attempts in the same trace succeeded.",
                "1,200 errors without a trace, of which nothing can be said."
            ]
        );
        assert_eq!(harm(&body(12, 0, Vec::new())), "None of 12 events failed.");
    }
}

//! What things mean: how a step is counted, which status means which outcome, and the words of the page.

use super::writer::Html;
use crate::report::model::StepReport;
use milepost_model::{Condition, Step};

/// How attempts of a step are told apart and judged, folded.
pub(super) fn conditions(html: &mut Html, row: &StepReport, step: &Step) {
    html.tag("details", &[], |html| {
        html.leaf("summary", "What counts as success");
        html.class("dl", "words", |html| {
            entry(html, "An attempt begins", |html| html.name(&step.start));
            for (name, conditions) in
                [("It succeeds", &step.success), ("It fails", &step.failure), ("It is abandoned", &step.abandoned)]
            {
                if !conditions.is_empty() {
                    entry(html, name, |html| list(html, conditions, condition));
                }
            }
            entry(html, "Status codes", |html| outcomes(html, &row.outcomes));
            if !step.measure.is_empty() {
                entry(html, "Measured at", |html| {
                    list(html, &step.measure, |html, operation| html.code(&operation.to_string()));
                });
            }
            entry(html, "Name", |html| html.code(&row.step));
            for slo in &row.slos {
                tag_entry(
                    html,
                    |html| html.code(&slo.name),
                    |html| {
                        html.text("counts ");
                        html.code(&slo.valid_when);
                        html.text("; good are those with ");
                        html.code(&slo.good_when);
                        html.text(format_args!(". Its window is {}; this page covers the time read.", slo.window));
                    },
                );
            }
        });
    });
}

/// The outcomes in words; the standard ones stand in one table for all steps.
fn outcomes(html: &mut Html, told: &str) {
    const STANDARD: &str = "standard outcomes";
    let Some(exceptions) = told.strip_prefix(STANDARD) else { return html.text(told) };
    html.tag("a", &[("href", &"#outcomes")], |html| html.text(STANDARD));
    html.text(exceptions);
}

fn condition(html: &mut Html, condition: &Condition) {
    html.name(&condition.text);
    if !condition.statuses.is_empty() {
        let statuses: Vec<String> = condition.statuses.iter().map(ToString::to_string).collect();
        html.text(format_args!(" (status {})", statuses.join(", ")));
    }
}

fn list<T>(html: &mut Html, items: &[T], mut item: impl FnMut(&mut Html, &T)) {
    match items {
        [only] => item(html, only),
        _ => html.tag("ul", &[], |html| {
            for each in items {
                html.tag("li", &[], |html| item(html, each));
            }
        }),
    }
}

fn entry(html: &mut Html, name: &str, content: impl FnOnce(&mut Html)) {
    tag_entry(html, |html| html.text(name), content);
}

fn tag_entry(html: &mut Html, name: impl FnOnce(&mut Html), content: impl FnOnce(&mut Html)) {
    html.tag("div", &[], |html| {
        html.tag("dt", &[], name);
        html.tag("dd", &[], content);
    });
}

/// The standard outcomes by status.
const OUTCOMES: [(&str, &str, &str); 4] = [
    ("success", "100 to 399, and 400 to 499 but for the below: the service has answered", "OK, and all but the below"),
    (
        "failure",
        "408, 429, 500 to 599 but for 504",
        "UNKNOWN, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS",
    ),
    ("timeout", "504; counts as failed", "DEADLINE_EXCEEDED; counts as failed"),
    ("abandoned", "499; left out, its share is shown", "CANCELLED; left out, its share is shown"),
];

/// The words of the page, each with what it means here.
const GLOSSARY: [(&str, &str); 17] = [
    ("Objective", "What a user wants to achieve, such as composing a mail. It groups steps."),
    ("Step", "One unit of what a user does, such as pressing Send, with conditions for success and failure."),
    (
        "Attempt",
        "One try of a step by a user, as its measuring point saw it. Failed and successful attempts count; abandoned ones do not.",
    ),
    (
        "Succeeded",
        "The share of attempts that met the success condition, of those that count. No attempts is no data, never 100%.",
    ),
    ("Failed", "The system did not do what the user wanted, or did not answer in time (timeout)."),
    (
        "Abandoned",
        "The user gave up before the attempt ended. Left out of the share; when more than 5% are, an availability is unknown.",
    ),
    (
        "95% interval",
        "What the true share could well be, given how few or many attempts there were (Wilson score interval). Wide means: few attempts.",
    ),
    (
        "SLO, target",
        "What is promised: the least share of good attempts. For latency, good is a success within the threshold.",
    ),
    (
        "Error budget",
        "The bad attempts that the target allows among those of the time covered: 1,000 attempts at 99.9% allow one.",
    ),
    (
        "p50, p95, p99",
        "Half, 95% and 99% of the attempts took at most this long, failed ones too and abandoned ones not. At most 0.55% off.",
    ),
    (
        "Of the failures",
        "Coverage: how much of the step's failures has this in common. An association, not yet a cause.",
    ),
    ("Of such attempts failed", "Precision: how many of the attempts that have this in common failed."),
    (
        "Traffic class",
        "Who made the attempt: interactive is users; crawlers, monitors, tests and batch jobs are counted apart.",
    ),
    (
        "Annotated",
        "The event is known to serve a step, by its own word, a rule, its operation or the shape of its trace.",
    ),
    ("Ambiguous", "Rules for several steps fit a trace equally well. It counts for none."),
    ("Incomplete", "Parts of a trace are missing, so it is not judged. It counts for none, and never as failed."),
    ("Unknown", "The data does not say whether a promise was kept. Never taken for good."),
];

/// The glossary with the outcome table.
pub(super) fn glossary(html: &mut Html) {
    html.class("dl", "words", |html| {
        for (word, meaning) in GLOSSARY {
            entry(html, word, |html| html.text(meaning));
        }
    });
    html.class("div", "scroll", |html| {
        html.tag("table", &[("id", &"outcomes")], |html| {
            html.leaf("caption", "Standard outcomes: which status means what, unless the step says otherwise");
            html.tag("thead", &[], |html| {
                html.tag("tr", &[], |html| {
                    for title in ["Outcome", "HTTP status", "gRPC status"] {
                        html.tag("th", &[("scope", &"col")], |html| html.text(title));
                    }
                });
            });
            html.tag("tbody", &[], |html| {
                for (outcome, http, grpc) in OUTCOMES {
                    html.tag("tr", &[], |html| {
                        html.tag("th", &[("scope", &"row")], |html| html.text(outcome));
                        html.class("td", "what", |html| html.text(http));
                        html.class("td", "what", |html| html.text(grpc));
                    });
                }
            });
        });
    });
}

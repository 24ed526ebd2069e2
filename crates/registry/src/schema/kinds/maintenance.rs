//! `kind: Maintenance`.

use super::super::forms::{DATE, DURATION, RECURRENCE, TIME, ZONE};
use super::super::table::{Field, Mapping, Rule, Shape};
use super::{TITLE, scope};
use milepost_slo::Category;

pub(super) static SPEC: Mapping = Mapping::new(
    "maintenance",
    None,
    &[
        TITLE,
        Field::required(
            "from",
            Shape::Text(&TIME),
            "when it begins, in UTC unless it says otherwise; with `repeats` the first time, on the clock of its time zone",
            "2026-02-01T22:00",
        ),
        Field::optional("to", Shape::Text(&TIME), "when it ends, if it comes once", "2026-02-01T23:30"),
        Field::optional(
            "repeats",
            Shape::Mapping(&REPEATS),
            "how it comes again; the keys are below",
            "{rule: FREQ=WEEKLY;BYDAY=SU, duration: 30m}",
        ),
        Field::optional(
            "category",
            Shape::Choice(|| Category::ALL.map(Category::as_str).to_vec()),
            "what kind of time it is; `maintenance`, if left out",
            "deployment",
        ),
        Field::required("reason", Shape::Prose, "why users are not let down", "Announced two weeks before."),
        Field::required("author", Shape::Prose, "who asks for it", "web-team"),
        Field::required("approver", Shape::Prose, "who agrees: another person, or another team", "sre"),
        Field::required("recordedOn", Shape::Text(&DATE), "the day on which this was written", "2026-01-12"),
        Field::optional(
            "appliesTo",
            Shape::Mapping(&scope::SCOPE),
            "the SLOs that any of the keys below names; left out, all of the product",
            "{steps: [send-mail]}",
        ),
        Field::optional(
            "errorBudget",
            Shape::Choice(|| vec!["excluded", "counted"]),
            "whether its time counts in error budgets and alerts; `excluded`, if left out",
            "counted",
        ),
        Field::optional(
            "alerts",
            Shape::Choice(|| vec!["silent", "told"]),
            "whether anybody is told of burns meanwhile; `silent`, if left out",
            "told",
        ),
    ],
)
.rules(&[Rule::OneOf(&["to", "repeats"])]);

static REPEATS: Mapping = Mapping::new(
    "repeats",
    Some("`repeats`"),
    &[
        Field::required(
            "rule",
            Shape::Text(&RECURRENCE),
            "the rule, as in RFC 5545: `FREQ`, `INTERVAL`, `BYDAY`, and `COUNT` or `UNTIL`",
            "FREQ=WEEKLY;BYDAY=SU",
        ),
        Field::required(
            "duration",
            Shape::Text(&DURATION),
            "how long it lasts each time: whole minutes, at most 7d",
            "30m",
        ),
        Field::optional("timeZone", Shape::Text(&ZONE), "the time zone; UTC, if left out", "Europe/Zurich"),
    ],
);

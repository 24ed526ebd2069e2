//! `kind: ErrorBudgetPolicy`.

use super::super::forms::{DATE, NAMES, SHARE};
use super::super::table::{Field, List, Mapping, Shape};
use super::{DESCRIPTION, TITLE, scope};

pub(super) static SPEC: Mapping = Mapping::new(
    "error-budget-policy",
    None,
    &[
        TITLE,
        DESCRIPTION,
        Field::required(
            "thresholds",
            Shape::List(&THRESHOLDS),
            "how much is spent, and what happens then; the keys are below",
            "[{spent: 100%, actions: [Only fixes are released.]}]",
        ),
        Field::required(
            "agreedBy",
            Shape::List(&NAMES),
            "the stakeholders who have agreed: one or a list",
            "[product-manager, sre]",
        ),
        Field::required("agreedOn", Shape::Text(&DATE), "the day on which they did", "2026-01-31"),
        Field::optional(
            "appliesTo",
            Shape::Mapping(&scope::SCOPE),
            "the SLOs that any of the keys below names; left out, all of the product",
            "{criticality: critical}",
        ),
    ],
);

static THRESHOLDS: List = List::of(Shape::Mapping(&THRESHOLD)).filled().distinct();
static ACTIONS: List = List::of(Shape::Prose).filled().distinct();

static THRESHOLD: Mapping = Mapping::new(
    "threshold",
    Some("a threshold"),
    &[
        Field::required("spent", Shape::Text(&SHARE), "the share of the budget that is spent", "50%"),
        Field::required(
            "actions",
            Shape::List(&ACTIONS),
            "what happens then, in words: one or a list",
            "[Only fixes are released.]",
        ),
    ],
);

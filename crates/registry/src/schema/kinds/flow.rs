//! `kind: Flow`.

use super::super::forms::{DURATION, EXPRESSION, NAMES, OPERATION, STEP_PATH};
use super::super::table::{Field, List, Mapping, Rule, Shape};
use super::{DESCRIPTION, TITLE};
use milepost_model::Outcome;

pub(super) static SPEC: Mapping = Mapping::new(
    "flow",
    None,
    &[
        TITLE,
        DESCRIPTION,
        Field::required(
            "step",
            Shape::Text(&STEP_PATH),
            "the step that it measures, or `objective/step`",
            "receive-mail",
        ),
        Field::required(
            "start",
            Shape::Mapping(&START),
            "the facts with which an interaction begins; the keys are below",
            "{operation: reports POST /reports}",
        ),
        Field::required(
            "ends",
            Shape::List(&ENDS),
            "how it can end, with the keys below; the first that fits decides",
            "[{operation: worker message reports, outcome: success}]",
        ),
        Field::required(
            "key",
            Shape::List(&NAMES),
            "what start and end have in common: `interaction`, or dimensions of the product",
            "interaction",
        ),
        Field::required(
            "deadline",
            Shape::Text(&DURATION),
            "the time by which it must have ended; at most `7d`",
            "15m",
        ),
        Field::optional(
            "sources",
            Shape::List(&NAMES),
            "services, and `client` for user interfaces, that results wait for; by default those of its operations and of where its steps are measured",
            "[reports, client]",
        ),
    ],
);

static ENDS: List = List::of(Shape::Mapping(&END)).filled().or_single();

const STEP: Field =
    Field::optional("step", Shape::Text(&STEP_PATH), "attempts at this step", "send-mail").when("or `operation`");
const OPERATION_KEY: Field = Field::optional(
    "operation",
    Shape::Text(&OPERATION),
    "facts of this operation, `SERVICE ACTION`",
    "reports POST /reports",
)
.when("or `step`");
const WHERE: Field = Field::optional(
    "where",
    Shape::Text(&EXPRESSION),
    "only those of them for which this expression holds",
    "kind = 'server'",
);

static START: Mapping =
    Mapping::new("start", Some("`start`"), &[STEP, OPERATION_KEY, WHERE]).rules(&[Rule::OneOf(&["step", "operation"])]);

static END: Mapping = Mapping::new(
    "end",
    Some("an end"),
    &[
        STEP,
        OPERATION_KEY,
        WHERE,
        Field::required(
            "outcome",
            Shape::Choice(|| [Outcome::Success, Outcome::Failure, Outcome::Abandoned].map(Outcome::as_str).into()),
            "what this end means",
            "success",
        ),
    ],
)
.rules(&[Rule::OneOf(&["step", "operation"])]);

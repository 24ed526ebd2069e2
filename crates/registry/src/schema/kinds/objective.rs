//! `kind: Objective`.

use super::super::forms::{CRITICALITY, DATE, MAYBE_NAMES, NAME, STAGE};
use super::super::table::{Field, List, Mapping, Rule, Shape};
use super::TITLE;

pub(super) static SPEC: Mapping = Mapping::new(
    "objective",
    None,
    &[
        TITLE,
        Field::required("description", Shape::Prose, "what the user wants to achieve", "Someone writes to others."),
        Field::optional("owner", Shape::Prose, "as for a product; the product's, if left out", "product-manager"),
        Field::optional(
            "reconfirmBy",
            Shape::Text(&DATE),
            "the day by which the owner looks at it again; the product's, if left out",
            "2027-01-31",
        ),
        Field::optional("criticality", CRITICALITY, "how important its steps are", "critical"),
        Field::optional("stage", STAGE, "whether users have it", "live").default("live"),
        Field::required(
            "steps",
            Shape::List(&USES),
            "the steps, in order: names, or mappings with the keys below",
            "[open-inbox, {step: read-mail, optional: true}]",
        ),
    ],
);

static USES: List = List::of(Shape::Any(&[Shape::Text(&NAME), Shape::Mapping(&USE)])).filled().distinct();

static USE: Mapping = Mapping::new(
    "use",
    Some("a step's entry"),
    &[
        Field::optional("step", Shape::Text(&NAME), "the step", "send-mail").when("or `oneOf`"),
        Field::optional(
            "oneOf",
            Shape::List(&ALTERNATIVES),
            "instead of `step`: alternatives, one of which is taken: names, or mappings with the keys below",
            "[card, {step: invoice, criticality: important}]",
        )
        .when("or `step`"),
        Field::optional(
            "after",
            Shape::List(&MAYBE_NAMES),
            "steps of this objective after any of which it can come; left out: the entry before; `[]`: a start",
            "[open-inbox]",
        ),
        Field::optional(
            "criticality",
            CRITICALITY,
            "how important the step is in this objective, when that differs",
            "important",
        ),
        Field::optional("optional", Shape::Flag, "`true` when users may leave it out", "true").default("false"),
    ],
)
.rules(&[Rule::OneOf(&["step", "oneOf"])]);

static ALTERNATIVES: List =
    List::of(Shape::Any(&[Shape::Text(&NAME), Shape::Mapping(&ALTERNATIVE)])).filled().distinct();

static ALTERNATIVE: Mapping = Mapping::new(
    "alternative",
    Some("an alternative of `oneOf`"),
    &[
        Field::required("step", Shape::Text(&NAME), "the step", "invoice"),
        Field::optional(
            "criticality",
            CRITICALITY,
            "how important the step is in this objective, when that differs from what the entry says",
            "important",
        ),
    ],
);

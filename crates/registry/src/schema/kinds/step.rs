//! `kind: Step`.

use super::super::forms::{CRITICALITY, MAYBE_NAMES, OPERATIONS, STAGE, STATUS};
use super::super::table::{Field, List, Mapping, Shape};
use super::TITLE;

pub(super) static SPEC: Mapping = Mapping::new(
    "step",
    None,
    &[
        TITLE,
        Field::required("description", Shape::Prose, "what the user does", "The user sends the message."),
        Field::optional("owner", Shape::Prose, "as for a product; the product's, if left out", "product-manager"),
        Field::required("start", Shape::Prose, "when an attempt begins", "The user clicks Send."),
        Field::required(
            "success",
            Shape::List(&CONDITIONS),
            "conditions of success: texts, or mappings with the keys below",
            "The message is on its way.",
        ),
        Field::optional(
            "failure",
            Shape::List(&CONDITIONS),
            "conditions of failure",
            "[{text: The message is too large., status: [413]}]",
        ),
        Field::optional(
            "abandoned",
            Shape::List(&CONDITIONS),
            "conditions of the user giving up",
            "The user closes the window.",
        ),
        Field::optional("async", Shape::Flag, "`true` when the work goes on after the user has moved on", "true")
            .default("false"),
        Field::optional(
            "tags",
            Shape::List(&MAYBE_NAMES),
            "words to group by, such as `core` and `auxiliary`",
            "[core]",
        ),
        Field::optional("criticality", CRITICALITY, "how important it is in all objectives", "critical"),
        Field::optional("stage", STAGE, "whether users have it", "live").default("live"),
        Field::optional(
            "measure",
            Shape::List(&OPERATIONS),
            "operations at which one event stands for one attempt",
            "[outbox POST /messages]",
        ),
        Field::optional(
            "operations",
            Shape::Any(&[Shape::List(&OPERATIONS), Shape::Mapping(&DEPENDENCIES)]),
            "further operations it uses: a list, or a mapping with the keys below",
            "{required: [store mail.v1.Store/Put], optional: [search POST /index]}",
        ),
    ],
);

static CONDITIONS: List = List::of(Shape::Any(&[Shape::Prose, Shape::Mapping(&CONDITION)])).filled().or_single();

static CONDITION: Mapping = Mapping::new(
    "condition",
    Some("a condition"),
    &[
        Field::required("text", Shape::Prose, "the condition in words", "The message is too large."),
        Field::required(
            "status",
            Shape::List(&STATUSES),
            "HTTP codes (`404`), classes of them (`5xx`) and gRPC codes (`NOT_FOUND`) that mean it: one or a list",
            "[413, 5xx, RESOURCE_EXHAUSTED]",
        ),
    ],
);

static STATUSES: List = List::of(Shape::Text(&STATUS)).filled().distinct();

static DEPENDENCIES: Mapping = Mapping::new(
    "operations",
    Some("`operations`"),
    &[
        Field::optional(
            "required",
            Shape::List(&OPERATIONS),
            "those without which the step fails",
            "[store mail.v1.Store/Put]",
        ),
        Field::optional(
            "optional",
            Shape::List(&OPERATIONS),
            "those without which it goes on with less",
            "[search POST /index]",
        ),
    ],
);

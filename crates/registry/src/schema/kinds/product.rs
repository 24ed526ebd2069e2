//! `kind: Product`.

use super::super::forms::{ACTIVITY, DATE, MAYBE_NAMES, NAME, SOURCE, STEP_PATHS};
use super::super::table::{Field, Mapping, Shape};
use super::{TITLE, people};

pub(super) static SPEC: Mapping = Mapping::new(
    "product",
    None,
    &[
        TITLE,
        Field::required(
            "description",
            Shape::Prose,
            "what users do with it, in a sentence",
            "People read and write their mail.",
        ),
        Field::required(
            "owner",
            Shape::Prose,
            "the role or team that answers for it; where there are stakeholders, a product manager or UX among them",
            "product-manager",
        ),
        Field::optional(
            "reconfirmBy",
            Shape::Text(&DATE),
            "the day by which the owner looks at it again",
            "2027-01-31",
        )
        .when("with stakeholders"),
        Field::optional(
            "stakeholders",
            Shape::List(&people::STAKEHOLDERS),
            "who has a say: roles, or mappings with the keys below",
            "[product-manager, {name: web-team, role: engineering}]",
        ),
        Field::optional(
            "responsibilities",
            Shape::Map(&ACTIVITY, &Shape::Mapping(&people::RESPONSIBILITY)),
            "the RACI matrix: activities, each with the keys below",
            "{Agree on targets: {accountable: product-manager}}",
        ),
        Field::optional(
            "kpis",
            Shape::Map(&NAME, &Shape::Mapping(&KPI)),
            "what the product is judged by: names, each with the keys below",
            "{messages-sent: {description: How much people write., unit: messages}}",
        ),
        Field::optional(
            "trafficClasses",
            Shape::List(&MAYBE_NAMES),
            "classes beyond `interactive`, `batch`, `test`, `crawler`, `scanner` and `monitor`",
            "[partner]",
        ),
        Field::optional(
            "dimensions",
            Shape::Map(&NAME, &Shape::Text(&SOURCE)),
            "what to keep on facts, and where on an event it is found: `attribute KEY`, `header NAME` or `query NAME`",
            "{region: attribute cloud.region, plan: header x-plan}",
        ),
    ],
);

static KPI: Mapping = Mapping::new(
    "kpi",
    Some("a KPI"),
    &[
        Field::optional("title", Shape::Prose, "what people call it; the name, if left out", "Messages sent"),
        Field::required("description", Shape::Prose, "what it tells", "How much people write."),
        Field::required("unit", Shape::Prose, "what it is counted in", "messages"),
        Field::optional(
            "value",
            Shape::Text(&SOURCE),
            "where on an event its number is found, written as for a dimension",
            "attribute mail.count",
        ),
        Field::optional("steps", Shape::List(&STEP_PATHS), "the steps that move it", "[send-mail]"),
    ],
);

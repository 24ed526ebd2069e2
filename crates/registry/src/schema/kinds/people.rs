//! The people of a product.

use super::super::forms::NAME;
use super::super::forms::NAMES;
use super::super::table::{Field, List, Mapping, Shape};
use milepost_model::Role;

const ROLE: Shape = Shape::Choice(|| Role::ALL.map(Role::as_str).into());

/// Those who have a say.
pub(super) static STAKEHOLDERS: List = List::of(Shape::Any(&[ROLE, Shape::Mapping(&STAKEHOLDER)])).filled().distinct();

static STAKEHOLDER: Mapping = Mapping::new(
    "stakeholder",
    Some("a stakeholder"),
    &[
        Field::required("name", Shape::Text(&NAME), "the team or role", "web-team"),
        Field::required("role", ROLE, "what it brings", "engineering"),
        Field::optional("contact", Shape::Prose, "where it is reached", "\"#web\""),
    ],
);

static ONE: List = List { items: Shape::Text(&NAME), size: (1, Some(1)), distinct: false, single: false };

/// One row of the RACI matrix.
pub(super) static RESPONSIBILITY: Mapping = Mapping::new(
    "responsibility",
    Some("a responsibility"),
    &[
        Field::required(
            "accountable",
            Shape::List(&ONE),
            "the one stakeholder who answers for the activity",
            "product-manager",
        ),
        Field::optional("responsible", Shape::List(&NAMES), "who does it: one or a list", "[web-team, sre]"),
        Field::optional("consulted", Shape::List(&NAMES), "who is asked before: one or a list", "ux"),
        Field::optional("informed", Shape::List(&NAMES), "who is told after: one or a list", "support"),
    ],
);

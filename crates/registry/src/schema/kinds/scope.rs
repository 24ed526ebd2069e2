//! `appliesTo:`: which SLOs of the product something is about.

use super::super::forms::{CRITICALITIES, NAMES, STEP_PATHS};
use super::super::table::{Field, Mapping, Rule, Shape};

pub(super) static SCOPE: Mapping = Mapping::new(
    "slo-scope",
    Some("`appliesTo`"),
    &[
        Field::optional("slos", Shape::List(&NAMES), "SLOs: one or a list", "[send-mail-availability]"),
        Field::optional("steps", Shape::List(&STEP_PATHS), "steps and uses of steps: one or a list", "[send-mail]"),
        Field::optional("criticality", Shape::List(&CRITICALITIES), "criticalities: one or a list", "critical"),
    ],
)
.rules(&[Rule::AnyOf(&["slos", "steps", "criticality"])]);

//! `kind: FitAssessment`.

use super::super::forms::{DATE, NAMES};
use super::super::table::{Field, Mapping, Shape};
use milepost_model::{InfrastructureOption, Met};

pub(super) static SPEC: Mapping = Mapping::new(
    "fit-assessment",
    None,
    &[
        answer("roles", "clear roles and responsibilities"),
        answer("definitions", "objectives and steps that those who decide about the product own"),
        answer("servers", "servers that are easily maintained"),
        answer("connection", "a clear connection to what users see"),
        Field::optional(
            "infrastructure",
            Shape::Choice(|| InfrastructureOption::ALL.map(InfrastructureOption::as_str).into()),
            "for a product whose users are programs, what is taken for a user",
            "clients-as-users",
        ),
        Field::required(
            "assessedBy",
            Shape::List(&NAMES),
            "the stakeholders who assessed it: one or a list",
            "[sre, product-manager]",
        ),
        Field::required("assessedOn", Shape::Text(&DATE), "the day on which they did", "2026-01-31"),
    ],
);

const fn answer(requirement: &'static str, meaning: &'static str) -> Field {
    Field::required(requirement, Shape::Mapping(&ANSWER), meaning, "{met: yes, evidence: As the matrix shows.}")
}

static ANSWER: Mapping = Mapping::new(
    "answer",
    Some("a requirement"),
    &[
        Field::required("met", Shape::Choice(|| Met::ALL.map(Met::as_str).into()), "whether there is that", "partly"),
        Field::required("evidence", Shape::Prose, "what shows it", "Two of four services have dashboards."),
        Field::optional("plan", Shape::Prose, "what is done about it", "The other two get them in March.")
            .when("where it is not met in full"),
    ],
);

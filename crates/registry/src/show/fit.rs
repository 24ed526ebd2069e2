//! Whether the product-focused model fits the product: four requirements with evidence, and what is done where one is not met.

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use super::words::{capital, list};
use milepost_model::{FitAnswer, FitAssessment, FitRequirement, InfrastructureOption, Met, Name};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Fit<'r> {
    fit_assessments: Vec<AssessmentRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct AssessmentRecord<'r> {
    product: &'r str,
    name: &'r str,
    requirements: Vec<RequirementRecord<'r>>,
    infrastructure: Option<OptionRecord>,
    assessed_by: Vec<&'r str>,
    assessed_on: String,
}

#[derive(Debug, Serialize)]
struct RequirementRecord<'r> {
    name: &'static str,
    meaning: &'static str,
    met: &'static str,
    evidence: &'r str,
    plan: Option<&'r str>,
}

#[derive(Debug, Serialize)]
struct OptionRecord {
    name: &'static str,
    meaning: &'static str,
}

impl<'r> Fit<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let assessment = |of: &Of<'r>| assessment(of).map(|assessment| record(of, assessment));
        Self { fit_assessments: products.iter().filter_map(assessment).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        match self.fit_assessments.iter().find(|assessment| assessment.product == product) {
            Some(assessment) => vec![sheet(assessment)],
            None => vec![not_assessed()],
        }
    }
}

/// The assessment of a product, once there is one.
pub(super) fn assessment<'r>(of: &Of<'r>) -> Option<&'r FitAssessment> {
    of.registry.fit_assessments.iter().find(|assessment| assessment.product == of.product.name)
}

fn headings() -> Sheet {
    Sheet::new(&[
        ("Requirement", ColumnKind::Prose),
        ("Met", ColumnKind::Words),
        ("Evidence", ColumnKind::Prose),
        ("Plan", ColumnKind::Prose),
    ])
}

fn sheet(assessment: &AssessmentRecord<'_>) -> Sheet {
    let mut sheet = headings();
    for answer in &assessment.requirements {
        let style = if answer.met == Met::Yes.as_str() { Style::Good } else { Style::Attention };
        let cells = [
            Cell::line(Style::Strong, &capital(answer.meaning)),
            Cell::line(style, answer.met),
            Cell::plain(answer.evidence),
            Cell::plain(answer.plan.unwrap_or_default()),
        ];
        sheet.row(true, cells);
    }
    if let Some(option) = &assessment.infrastructure {
        sheet.note(&format!("Its users are other programs: {} ({}).", option.meaning, option.name));
    }
    let by = list(&assessment.assessed_by, "and");
    sheet.note(&format!("Assessed by {by} on {}.", assessment.assessed_on));
    sheet
}

fn not_assessed() -> Sheet {
    let mut sheet = headings();
    for requirement in FitRequirement::ALL {
        let open = Cell::line(Style::Attention, "not assessed");
        let title = Cell::line(Style::Strong, &capital(requirement.meaning()));
        sheet.row(true, [title, open, Cell::default(), Cell::default()]);
    }
    sheet.note(
        "Nobody has assessed it yet: add a document of kind FitAssessment with an answer and its evidence for each.",
    );
    sheet
}

fn record<'r>(of: &Of<'r>, assessment: &'r FitAssessment) -> AssessmentRecord<'r> {
    AssessmentRecord {
        product: of.name(),
        name: assessment.name.as_str(),
        requirements: assessment.answers.iter().map(requirement).collect(),
        infrastructure: assessment
            .infrastructure
            .map(|option| OptionRecord { name: option.as_str(), meaning: meaning(option) }),
        assessed_by: assessment.assessed_by.iter().map(Name::as_str).collect(),
        assessed_on: assessment.assessed_on.to_string(),
    }
}

fn requirement(answer: &FitAnswer) -> RequirementRecord<'_> {
    RequirementRecord {
        name: answer.requirement.as_str(),
        meaning: answer.requirement.meaning(),
        met: answer.met.as_str(),
        evidence: &answer.evidence,
        plan: answer.plan.as_deref(),
    }
}

fn meaning(option: InfrastructureOption) -> &'static str {
    match option {
        InfrastructureOption::ClientsAsUsers => {
            "they are taken for users, with objectives and steps of the interface that those who decide about the product define"
        }
        InfrastructureOption::ClientsAnnotate => "they say with each request which step of their own users it serves",
        InfrastructureOption::ServicesOnly => "no product focus is taken, and the services keep SLOs of their own",
    }
}

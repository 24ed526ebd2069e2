//! `kind: FitAssessment`.

use super::Header;
use super::words::{read_date, read_names};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::Spanned;
use crate::yaml::Node;
use milepost_model::{Date, FitAnswer, FitRequirement, InfrastructureOption, Met, Name};

/// An assessment as written.
#[derive(Debug)]
pub(crate) struct DeclaredFit {
    pub(crate) header: Header,
    pub(crate) answers: Vec<FitAnswer>,
    pub(crate) infrastructure: Option<InfrastructureOption>,
    pub(crate) assessed_by: Vec<Spanned<Name>>,
    pub(crate) assessed_on: Option<Spanned<Date>>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredFit> {
    let mut fields = reader.fields(spec, format!("the `spec` of fit assessment `{}`", header.name.value))?;
    let answers = FitRequirement::ALL
        .into_iter()
        .filter_map(|requirement| read_answer(requirement, &mut fields, reader))
        .collect();
    let options = InfrastructureOption::ALL.map(|o| (o.as_str(), o));
    let infrastructure = fields.optional("infrastructure");
    let infrastructure = infrastructure.and_then(|n| reader.choice(n, "a way for infrastructure", &options));
    let help = "name the stakeholders who assessed it: `assessedBy: [sre, product-manager]`";
    let assessed_by = fields.required("assessedBy", reader, help);
    let assessed_by = assessed_by.map_or_else(Vec::new, |n| read_names(n, "assessedBy", "stakeholder", reader));
    let assessed_on = fields.required("assessedOn", reader, "say on which day: `assessedOn: 2026-01-31`");
    let assessed_on = assessed_on.and_then(|n| read_date(n, reader));
    fields.finish(reader);
    Some(DeclaredFit { header, answers, infrastructure, assessed_by, assessed_on })
}

fn read_answer(requirement: FitRequirement, fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<FitAnswer> {
    let key = requirement.as_str();
    let help = format!("say whether there are {}: `{key}: {{met: yes, evidence: ...}}`", requirement.meaning());
    let node = fields.required(key, reader, &help)?;
    let mut fields = reader.fields(node, format!("`{key}`"))?;
    let met = fields.required("met", reader, "write `met: yes`, `met: partly` or `met: no`");
    let answers = Met::ALL.map(|m| (m.as_str(), m));
    let met = met.and_then(|n| reader.choice(n, "an answer", &answers).map(|m| reader.spanned(n, m)));
    let evidence = fields.required_prose("evidence", reader, "say what shows it: `evidence: ...`");
    let plan = fields.optional_prose("plan", reader);
    if let Some(met) = met.as_ref().filter(|met| met.value != Met::Yes && !fields.has("plan")) {
        let message = format!("`{key}` is not met in full, and nothing is planned");
        let help = "add `plan:` and say what is done about it, or what the product does without it";
        reader.report(Diagnostic::new(Code::UnmetWithoutPlan, met.place.clone(), message).help(help));
    }
    fields.finish(reader);
    Some(FitAnswer { requirement, met: met?.value, evidence, plan })
}

//! `kind: ErrorBudgetPolicy`.

use super::scope::{DeclaredScope, read_scope};
use super::words::{read_date, read_names};
use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::yaml::Node;
use milepost_model::{Date, Name, Share};
use milepost_slo::BudgetThreshold;

/// Most thresholds of a policy, and most actions of one.
const MAX_THRESHOLDS: usize = 20;

/// An error budget policy as written.
#[derive(Debug)]
pub(crate) struct DeclaredBudgetPolicy {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) thresholds: Vec<BudgetThreshold>,
    pub(crate) agreed_by: Vec<Spanned<Name>>,
    pub(crate) agreed_on: Option<Spanned<Date>>,
    /// What it applies to; everything where there is none.
    pub(crate) scope: Option<DeclaredScope>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredBudgetPolicy> {
    let mut fields = reader.fields(spec, format!("the `spec` of error budget policy `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let description = fields.optional_prose("description", reader).unwrap_or_default();
    let help = "say what happens when: `- {spent: 100%, actions: Only fixes are released.}`";
    let thresholds = fields.required("thresholds", reader, help);
    let thresholds = thresholds.map_or_else(Vec::new, |n| read_thresholds(n, help, reader));
    let help = "name the stakeholders who have agreed: `agreedBy: [product-manager, web-team, sre]`";
    let agreed_by = fields.required("agreedBy", reader, help);
    let agreed_by = agreed_by.map_or_else(Vec::new, |n| read_names(n, "agreedBy", "stakeholder", reader));
    let agreed_on = fields.required("agreedOn", reader, "say on which day: `agreedOn: 2026-01-31`");
    let agreed_on = agreed_on.and_then(|n| read_date(n, reader));
    let scope = fields.optional("appliesTo").and_then(|n| read_scope(n, "the policy", reader));
    fields.finish(reader);
    Some(DeclaredBudgetPolicy { header, title, description, thresholds, agreed_by, agreed_on, scope })
}

fn read_thresholds(node: &Node, help: &str, reader: &mut Reader<'_>) -> Vec<BudgetThreshold> {
    let items = reader.filled_list(node, "`thresholds`", help);
    let items = reader.at_most(MAX_THRESHOLDS, items, node, "`thresholds`");
    let mut thresholds: Vec<(Spanned<Share>, Vec<String>)> = Vec::new();
    for item in items {
        let Some(mut fields) = reader.fields(item, "a threshold") else { continue };
        let spent = fields.required("spent", reader, "say how much of the budget is spent: `spent: 50%`");
        let spent = spent.and_then(|n| {
            reader.parse_or::<Share>(n, "a share of the budget", Code::BadValue, |text| format!("{text}%"))
        });
        let help = "say what happens then: `actions: [Only fixes are released.]`";
        let mut actions = Vec::new();
        if let Some(node) = fields.required("actions", reader, help) {
            let items = reader.filled_list(node, "`actions`", help);
            let items = reader.at_most(MAX_THRESHOLDS, items, node, "`actions`");
            let read: Vec<_> = items.iter().filter_map(|n| reader.spanned_prose(n, "an action")).collect();
            check_duplicates(&read, "action", reader);
            actions.extend(read.into_iter().map(|action| action.value));
        }
        fields.finish(reader);
        if let Some(spent) = &spent
            && spent.value == Share::ZERO
        {
            let diagnostic =
                Diagnostic::new(Code::BadValue, spent.place.clone(), "nothing of a budget is always spent");
            reader.report(diagnostic.help("write a share above 0, such as `spent: 50%`"));
        }
        thresholds.extend(spent.map(|spent| (spent, actions)));
    }
    check_duplicates(thresholds.iter().map(|(spent, _)| spent), "threshold", reader);
    thresholds.sort_by_key(|(spent, _)| spent.value);
    thresholds.into_iter().map(|(spent, actions)| BudgetThreshold { spent: spent.value, actions }).collect()
}

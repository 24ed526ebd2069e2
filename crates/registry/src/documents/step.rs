//! `kind: Step`.

use super::words::{read_criticality, read_stage};
use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::{Node, NodeValue};
use milepost_model::{Condition, Criticality, Name, Need, Operation, Outcome, OutcomeTable, Stage, StatusPattern};
use std::collections::BTreeMap;

/// A step as written.
#[derive(Debug)]
pub(crate) struct DeclaredStep {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) owner: Option<Spanned<String>>,
    pub(crate) start: String,
    pub(crate) success: Vec<Condition>,
    pub(crate) failure: Vec<Condition>,
    pub(crate) abandoned: Vec<Condition>,
    pub(crate) asynchronous: bool,
    pub(crate) tags: Vec<Name>,
    pub(crate) criticality: Option<Spanned<Criticality>>,
    pub(crate) stage: Stage,
    pub(crate) measure: Vec<Spanned<Operation>>,
    /// Whether measuring points are written, readable or not.
    pub(crate) has_measure: bool,
    pub(crate) operations: Vec<(Spanned<Operation>, Need)>,
    pub(crate) outcomes: OutcomeTable,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredStep> {
    let mut fields = reader.fields(spec, format!("the `spec` of step `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let help = "say in a sentence what the user does: `description: ...`";
    let description = fields.required_prose("description", reader, help);
    let owner = fields.optional("owner").and_then(|n| reader.spanned_prose(n, "`owner`"));
    let start = fields.required_prose("start", reader, "say when an attempt begins: `start: The user clicks Send.`");
    let help = "say how one sees that an attempt succeeded: `success: ...`";
    let success = fields.required("success", reader, help);
    let mut table = Overrides::default();
    let success = success.map_or_else(Vec::new, |n| read_conditions(n, Outcome::Success, &mut table, reader));
    let mut conditions = |key, outcome, fields: &mut Fields<'_>, reader: &mut Reader<'_>| {
        fields.optional(key).map_or_else(Vec::new, |n| read_conditions(n, outcome, &mut table, reader))
    };
    let failure = conditions("failure", Outcome::Failure, &mut fields, reader);
    let abandoned = conditions("abandoned", Outcome::Abandoned, &mut fields, reader);
    let asynchronous = fields.optional("async").is_some_and(|n| reader.boolean(n, "`async`"));
    let tags = fields.optional("tags").map_or_else(Vec::new, |n| read_tags(n, reader));
    let criticality = fields.optional("criticality").and_then(|n| read_criticality(n, reader));
    let stage = read_stage(&mut fields, reader);
    let measure = fields.optional("measure");
    let has_measure = measure.is_some_and(|n| !matches!(&n.value, NodeValue::List(items) if items.is_empty()));
    let measure = measure.map_or_else(Vec::new, |n| read_operations(n, "`measure`", reader));
    let operations = fields.optional("operations").map_or_else(Vec::new, |n| read_dependencies(n, reader));
    fields.finish(reader);
    check_duplicates(&measure, "operation", reader);
    Some(DeclaredStep {
        header,
        title,
        description,
        owner,
        start,
        success,
        failure,
        abandoned,
        asynchronous,
        tags,
        criticality,
        stage,
        measure,
        has_measure,
        operations,
        outcomes: OutcomeTable::with_overrides(table.outcomes),
    })
}

/// The status codes that a step's conditions name.
#[derive(Default)]
struct Overrides {
    outcomes: BTreeMap<StatusPattern, Outcome>,
    places: BTreeMap<StatusPattern, Place>,
}

/// Conditions are text, or mappings of `text:` and `status:`.
fn read_conditions(node: &Node, outcome: Outcome, table: &mut Overrides, reader: &mut Reader<'_>) -> Vec<Condition> {
    let single = node.is_map().then(|| std::slice::from_ref(node));
    let help = "write a condition, or remove the key";
    let items = single.unwrap_or_else(|| reader.filled_list(node, "a list of conditions", help));
    let mut conditions = Vec::new();
    for item in items {
        if !item.is_map() {
            let text = reader.prose(item, "a condition");
            conditions.extend(text.map(|text| Condition { text, statuses: Vec::new() }));
            continue;
        }
        let Some(mut fields) = reader.fields(item, "a condition") else { continue };
        let text = fields.required_prose("text", reader, "say the condition in words: `text: ...`");
        let mut statuses = Vec::new();
        let help =
            "list the status codes that mean it, such as `[404, 5xx, NOT_FOUND]`; without any, write the text alone";
        if let Some(node) = fields.required("status", reader, help) {
            for code in reader.filled_list(node, "`status`", help) {
                let Some(pattern) =
                    reader.parse_or::<StatusPattern>(code, "a status code", Code::BadStatus, usual_case)
                else {
                    continue;
                };
                table.add(&pattern, outcome, reader);
                statuses.push(pattern.value);
            }
        }
        fields.finish(reader);
        conditions.push(Condition { text, statuses });
    }
    conditions
}

impl Overrides {
    fn add(&mut self, pattern: &Spanned<StatusPattern>, outcome: Outcome, reader: &mut Reader<'_>) {
        let Some(first) = self.places.get(&pattern.value) else {
            self.outcomes.insert(pattern.value, outcome);
            self.places.insert(pattern.value, pattern.place.clone());
            return;
        };
        let before = self.outcomes.get(&pattern.value).copied().unwrap_or(outcome);
        let message = match before == outcome {
            true => format!("status `{}` is named twice", pattern.value),
            false => format!("status `{}` means both {before} and {outcome}", pattern.value),
        };
        let diagnostic = Diagnostic::new(Code::TwoOutcomes, pattern.place.clone(), message);
        let diagnostic = diagnostic.label("the second one").related(first.clone(), "the first one");
        reader.report(diagnostic.help("a status has one outcome in a step: keep it under one condition"));
    }
}

fn read_tags(node: &Node, reader: &mut Reader<'_>) -> Vec<Name> {
    let items = reader.list(node, "`tags`");
    let tags: Vec<Spanned<Name>> = items.iter().filter_map(|n| reader.name(n, "a tag")).collect();
    check_duplicates(&tags, "tag", reader);
    tags.into_iter().map(|t| t.value).collect()
}

fn read_operations(node: &Node, what: &str, reader: &mut Reader<'_>) -> Vec<Spanned<Operation>> {
    let items = reader.list(node, what);
    items.iter().filter_map(|n| reader.parse(n, "an operation", Code::BadOperation)).collect()
}

/// `operations:` is a list of what is required, or a mapping of `required:` and `optional:`.
fn read_dependencies(node: &Node, reader: &mut Reader<'_>) -> Vec<(Spanned<Operation>, Need)> {
    let with = |need| move |operation| (operation, need);
    let mut operations: Vec<(Spanned<Operation>, Need)> = Vec::new();
    if node.is_map() {
        let Some(mut fields) = reader.fields(node, "`operations`") else { return operations };
        for (key, need) in [("required", Need::Required), ("optional", Need::Optional)] {
            if let Some(list) = fields.optional(key) {
                operations.extend(read_operations(list, &format!("`{key}`"), reader).into_iter().map(with(need)));
            }
        }
        fields.finish(reader);
    } else {
        operations.extend(read_operations(node, "`operations`", reader).into_iter().map(with(Need::Required)));
    }
    check_duplicates(operations.iter().map(|(o, _)| o), "operation", reader);
    operations
}

/// A status as it is usually written: `5xx`, `NOT_FOUND`.
fn usual_case(text: &str) -> String {
    if text.starts_with(|c: char| c.is_ascii_digit()) { text.to_ascii_lowercase() } else { text.to_ascii_uppercase() }
}

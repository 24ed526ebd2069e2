//! `kind: Step`.

use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::yaml::{Node, NodeValue};
use milepost_model::{Condition, Criticality, Name, Need, Operation, Outcome, OutcomeTable, Stage, StatusPattern};
use std::collections::BTreeMap;

/// A step as written.
#[derive(Debug)]
pub(crate) struct DeclaredStep {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) owner: Option<String>,
    pub(crate) start: String,
    pub(crate) success: Vec<Condition>,
    pub(crate) failure: Vec<Condition>,
    pub(crate) abandoned: Vec<Condition>,
    pub(crate) asynchronous: bool,
    pub(crate) tags: Vec<Name>,
    pub(crate) criticality: Option<Criticality>,
    pub(crate) stage: Stage,
    pub(crate) measure: Vec<Spanned<Operation>>,
    pub(crate) operations: Vec<(Spanned<Operation>, Need)>,
    pub(crate) outcomes: OutcomeTable,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredStep> {
    let mut fields = reader.fields(spec, "the `spec` of a step")?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let description = fields.required_prose("description", reader, "say in a sentence what the user does");
    let owner = fields.optional_prose("owner", reader);
    let start = fields.required_prose("start", reader, "say when an attempt begins: `start: The user clicks Send.`");
    let success = fields.required("success", reader, "say how one sees that an attempt succeeded");
    let mut table = Overrides::default();
    let success = success.map_or_else(Vec::new, |n| read_conditions(n, Outcome::Success, &mut table, reader));
    let mut conditions = |key, outcome, fields: &mut crate::reader::Fields<'_>, reader: &mut Reader<'_>| {
        fields.optional(key).map_or_else(Vec::new, |n| read_conditions(n, outcome, &mut table, reader))
    };
    let failure = conditions("failure", Outcome::Failure, &mut fields, reader);
    let abandoned = conditions("abandoned", Outcome::Abandoned, &mut fields, reader);
    let asynchronous = fields.optional("async").is_some_and(|n| reader.boolean(n, "`async`"));
    let tags = fields.optional("tags").map_or_else(Vec::new, |n| read_tags(n, reader));
    let levels = [Criticality::Critical, Criticality::Important, Criticality::None].map(|c| (c.as_str(), c));
    let criticality = fields.optional("criticality").and_then(|n| reader.choice(n, "a criticality", &levels));
    let stages = [Stage::Unlaunched, Stage::Live].map(|s| (s.as_str(), s));
    let stage = fields.optional("stage").and_then(|n| reader.choice(n, "a stage", &stages)).unwrap_or_default();
    let measure = fields.optional("measure").map_or_else(Vec::new, |n| read_operations(n, "`measure`", reader));
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
        operations,
        outcomes: OutcomeTable::with_overrides(table.outcomes),
    })
}

/// The status codes that a step's conditions name.
#[derive(Default)]
struct Overrides {
    outcomes: BTreeMap<StatusPattern, Outcome>,
    places: BTreeMap<StatusPattern, crate::source::Place>,
}

/// Conditions are text, or mappings of `text:` and `status:`.
fn read_conditions(node: &Node, outcome: Outcome, table: &mut Overrides, reader: &mut Reader<'_>) -> Vec<Condition> {
    let single = matches!(node.value, NodeValue::Map(_)).then(|| std::slice::from_ref(node));
    let items = single.unwrap_or_else(|| reader.list(node, "conditions"));
    let mut conditions = Vec::new();
    for item in items {
        if !matches!(item.value, NodeValue::Map(_)) {
            let text = reader.prose(item, "a condition");
            conditions.extend(text.map(|text| Condition { text, statuses: Vec::new() }));
            continue;
        }
        let Some(mut fields) = reader.fields(item, "a condition") else { continue };
        let text = fields.required_prose("text", reader, "say the condition in words");
        let mut statuses = Vec::new();
        let help =
            "list the status codes that mean it, such as `[404, 5xx, NOT_FOUND]`; without any, write the text alone";
        if let Some(node) = fields.required("status", reader, help) {
            for code in reader.list(node, "`status`") {
                let Some(pattern) = reader.parse::<StatusPattern>(code, "a status code", Code::BadStatus) else {
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
        match self.places.get(&pattern.value) {
            Some(first) => {
                let message = format!("status `{}` is named by two conditions of this step", pattern.value);
                let diagnostic = Diagnostic::new(Code::TwoOutcomes, pattern.place.clone(), message);
                let help = "a status means one outcome: keep it in one condition";
                reader.report(diagnostic.related(first.clone(), "here it has an outcome already").help(help));
            }
            None => {
                self.outcomes.insert(pattern.value, outcome);
                self.places.insert(pattern.value, pattern.place.clone());
            }
        }
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
    if matches!(node.value, NodeValue::Map(_)) {
        let Some(mut fields) = reader.fields(node, "`operations`") else { return operations };
        for (key, need) in [("required", Need::Required), ("optional", Need::Optional)] {
            if let Some(list) = fields.optional(key) {
                operations.extend(read_operations(list, "a list of operations", reader).into_iter().map(with(need)));
            }
        }
        fields.finish(reader);
    } else {
        operations.extend(read_operations(node, "`operations`", reader).into_iter().map(with(Need::Required)));
    }
    let all: Vec<Spanned<Operation>> = operations.iter().map(|(o, _)| o.clone()).collect();
    check_duplicates(&all, "operation", reader);
    operations
}

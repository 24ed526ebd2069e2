//! `kind: Objective`.

use super::Header;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::yaml::{Node, NodeValue};
use milepost_model::Name;

/// An objective as written.
#[derive(Debug)]
pub(crate) struct DeclaredObjective {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) owner: Option<String>,
    pub(crate) steps: Vec<DeclaredUse>,
}

/// One use of a step as written.
#[derive(Debug)]
pub(crate) struct DeclaredUse {
    pub(crate) step: Spanned<Name>,
    /// `None`: after the one before it in the list.
    pub(crate) after: Option<Vec<Spanned<Name>>>,
    pub(crate) optional: bool,
    pub(crate) alternative: Option<usize>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredObjective> {
    let mut fields = reader.fields(spec, "the `spec` of an objective")?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let description = fields.required_prose("description", reader, "say in a sentence what the user wants to achieve");
    let owner = fields.optional_prose("owner", reader);
    let mut steps = Vec::new();
    let help = "list the steps that users take, in order";
    if let Some(node) = fields.required("steps", reader, help) {
        for (at, item) in reader.list(node, "`steps`").iter().enumerate() {
            read_use(item, at, reader, &mut steps);
        }
    }
    fields.finish(reader);
    for (i, step) in steps.iter().enumerate() {
        if let Some(first) = steps[..i].iter().find(|s: &&DeclaredUse| s.step.value == step.step.value) {
            let message = format!("step `{}` is used twice in this objective", step.step.value);
            let diagnostic = Diagnostic::new(Code::DuplicateEntry, step.step.place.clone(), message);
            reader.report(diagnostic.related(first.step.place.clone(), "the first one").help("list each step once"));
        }
    }
    Some(DeclaredObjective { header, title, description, owner, steps })
}

/// An item is a step's name, a mapping with `step:`, or a mapping with `oneOf:`.
fn read_use(item: &Node, at: usize, reader: &mut Reader<'_>, steps: &mut Vec<DeclaredUse>) {
    if !matches!(item.value, NodeValue::Map(_)) {
        if let Some(step) = reader.name(item, "a step's name") {
            steps.push(DeclaredUse { step, after: None, optional: false, alternative: None });
        }
        return;
    }
    let Some(mut fields) = reader.fields(item, "a step of an objective") else { return };
    let after = fields.optional("after").map(|node| read_names(node, "`after`", reader));
    let optional = fields.optional("optional").is_some_and(|n| reader.boolean(n, "`optional`"));
    if let Some(node) = fields.optional("oneOf") {
        for step in read_names(node, "`oneOf`", reader) {
            steps.push(DeclaredUse { step, after: after.clone(), optional, alternative: Some(at) });
        }
    } else if let Some(step) =
        fields.required("step", reader, "write `step:` with a step's name, or `oneOf:` with several")
        && let Some(step) = reader.name(step, "a step's name")
    {
        steps.push(DeclaredUse { step, after, optional, alternative: None });
    }
    fields.finish(reader);
}

fn read_names(node: &Node, what: &str, reader: &mut Reader<'_>) -> Vec<Spanned<Name>> {
    let items = reader.list(node, what);
    items.iter().filter_map(|n| reader.name(n, "a step's name")).collect()
}

//! `kind: Objective`.

use super::words::{read_criticality, read_date, read_stage};
use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::Spanned;
use crate::suggest::nearest;
use crate::yaml::{Node, NodeValue};
use milepost_model::{Criticality, Date, Name, Stage};

/// Most steps of one objective: it is a picture that people can take in, and each step can come after every other.
const MAX_STEPS: usize = 200;
/// Most alternatives to each other: what follows them comes after each.
const MAX_ALTERNATIVES: usize = 20;

/// An objective as written.
#[derive(Debug)]
pub(crate) struct DeclaredObjective {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) owner: Option<Spanned<String>>,
    pub(crate) reconfirm_by: Option<Spanned<Date>>,
    pub(crate) criticality: Option<Spanned<Criticality>>,
    pub(crate) stage: Stage,
    pub(crate) steps: Vec<DeclaredUse>,
}

/// One use of a step as written.
#[derive(Debug)]
pub(crate) struct DeclaredUse {
    pub(crate) step: Spanned<Name>,
    /// `None`: after the one before it in the list.
    pub(crate) after: Option<Vec<Spanned<Name>>>,
    pub(crate) criticality: Option<Spanned<Criticality>>,
    pub(crate) optional: bool,
    pub(crate) alternative: Option<usize>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredObjective> {
    let mut fields = reader.fields(spec, format!("the `spec` of objective `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let help = "say in a sentence what the user wants to achieve: `description: ...`";
    let description = fields.required_prose("description", reader, help);
    let owner = fields.optional("owner").and_then(|n| reader.spanned_prose(n, "`owner`"));
    let reconfirm_by = fields.optional("reconfirmBy").and_then(|n| read_date(n, reader));
    let criticality = fields.optional("criticality").and_then(|n| read_criticality(n, reader));
    let stage = read_stage(&mut fields, reader);
    let mut steps = Vec::new();
    let help = "list the steps that users take, in order";
    if let Some(node) = fields.required("steps", reader, help) {
        for (at, item) in reader.filled_list(node, "`steps`", help).iter().enumerate() {
            read_use(item, at, reader, &mut steps);
        }
        if steps.len() > MAX_STEPS {
            let message = format!("objective `{}` has {} steps", header.name.value, steps.len());
            let help = format!("an objective has at most {MAX_STEPS}: make several objectives of it");
            reader.report(Diagnostic::new(Code::TooLarge, reader.key_place(node), message).help(help));
            steps.truncate(MAX_STEPS);
        }
    }
    fields.finish(reader);
    check_duplicates(steps.iter().map(|u| &u.step), "step", reader);
    Some(DeclaredObjective { header, title, description, owner, reconfirm_by, criticality, stage, steps })
}

/// An item is a step's name, a mapping with `step:`, or a mapping with `oneOf:`.
fn read_use(item: &Node, at: usize, reader: &mut Reader<'_>, steps: &mut Vec<DeclaredUse>) {
    if !item.is_map() {
        let step = reader.name(item, "a step's name");
        let used = |step| DeclaredUse { step, after: None, criticality: None, optional: false, alternative: None };
        steps.extend(step.map(used));
        return;
    }
    let Some(mut fields) = reader.fields(item, "a step of an objective") else { return };
    let after = fields.optional("after").map(|node| {
        let names = read_names(node, "`after`", reader);
        check_duplicates(&names, "step", reader);
        names
    });
    let criticality = fields.optional("criticality").and_then(|n| read_criticality(n, reader));
    let optional = fields.optional("optional").is_some_and(|n| reader.boolean(n, "`optional`"));
    if fields.has("oneOf") {
        for (step, own) in read_alternatives(&mut fields, reader) {
            let (after, criticality) = (after.clone(), own.or_else(|| criticality.clone()));
            steps.push(DeclaredUse { step, after, criticality, optional, alternative: Some(at) });
        }
    } else if is_slip_of_one_of(item) {
        // What is unknown is reported with what was meant; nothing is missing beside it.
        let _ = fields.optional("oneOf");
    } else if let Some(step) =
        fields.required("step", reader, "write `step:` with a step's name, or `oneOf:` with several")
        && let Some(step) = reader.name(step, "a step's name")
    {
        steps.push(DeclaredUse { step, after, criticality, optional, alternative: None });
    }
    fields.finish(reader);
}

/// Whether the entry has alternatives under a key that is written in another case, such as `oneof`.
fn is_slip_of_one_of(item: &Node) -> bool {
    let NodeValue::Map(entries) = &item.value else { return false };
    entries.iter().any(|(key, _)| matches!(&key.value, NodeValue::Scalar { text, .. } if nearest(text, &["step", "oneOf"]) == Some("oneOf")))
}

/// One of several steps, and how important it is where it differs from the others.
type Alternative = (Spanned<Name>, Option<Spanned<Criticality>>);

fn read_alternatives(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Vec<Alternative> {
    let beside = |place| {
        let diagnostic = Diagnostic::new(Code::UnknownKey, place, "`step` and `oneOf` stand in one entry");
        diagnostic.help("make the step an entry of its own, or one of the alternatives")
    };
    fields.refuse("step", beside, reader);
    let help = "list the steps of which users take one: `oneOf: [card, invoice]`";
    let Some(node) = fields.required("oneOf", reader, help) else { return Vec::new() };
    reader.filled_list(node, "`oneOf`", help);
    let items = reader.list(node, "`oneOf`");
    let mut steps: Vec<Alternative> = items.iter().filter_map(|item| read_alternative(item, reader)).collect();
    if steps.len() > MAX_ALTERNATIVES {
        let message = format!("{} steps are alternatives to each other", steps.len());
        let help = format!("write at most {MAX_ALTERNATIVES}");
        reader.report(Diagnostic::new(Code::TooLarge, reader.key_place(node), message).help(help));
        steps.truncate(MAX_ALTERNATIVES);
    }
    steps
}

/// A step's name, or a mapping with `step:` and `criticality:`.
fn read_alternative(item: &Node, reader: &mut Reader<'_>) -> Option<Alternative> {
    if !item.is_map() {
        return Some((reader.name(item, "a step's name")?, None));
    }
    let mut fields = reader.fields(item, "an alternative")?;
    let step = fields.required("step", reader, "write `step:` with a step's name");
    let step = step.and_then(|node| reader.name(node, "a step's name"));
    let criticality = fields.optional("criticality").and_then(|node| read_criticality(node, reader));
    fields.finish(reader);
    Some((step?, criticality))
}

fn read_names(node: &Node, what: &str, reader: &mut Reader<'_>) -> Vec<Spanned<Name>> {
    let items = reader.list(node, what);
    items.iter().filter_map(|n| reader.name(n, "a step's name")).collect()
}

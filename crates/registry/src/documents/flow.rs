//! `kind: Flow`.

use super::slo::{Expression, read_expression};
use super::words::{MAX_NAMES, read_names, read_path};
use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::Node;
use milepost_model::{DurationNs, Name, Operation, Outcome, StepPath};

/// Longest deadline: results that come later help nobody, and every open interaction is held until then.
const MAX_DEADLINE: DurationNs = DurationNs::from_seconds(7 * 86_400);
/// Most ends of a flow: each fact is held against each of them.
const MAX_ENDS: usize = 20;

/// A flow as written; what was missing or wrong is `None` and reported.
#[derive(Debug)]
pub(crate) struct DeclaredFlow {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) step: Option<Spanned<StepPath>>,
    pub(crate) start: Option<DeclaredFacts>,
    pub(crate) ends: Vec<DeclaredEnd>,
    /// Where the ends stand, when all of them could be read.
    pub(crate) ends_place: Option<Place>,
    pub(crate) key: Vec<Spanned<Name>>,
    pub(crate) deadline: Option<DurationNs>,
    /// `None` where those of start and ends are meant.
    pub(crate) sources: Option<Vec<Spanned<Name>>>,
    pub(crate) sources_place: Option<Place>,
}

/// Some facts as written.
#[derive(Debug)]
pub(crate) struct DeclaredFacts {
    pub(crate) subject: Option<DeclaredSubject>,
    pub(crate) condition: Option<Expression>,
}

/// What they are of.
#[derive(Debug)]
pub(crate) enum DeclaredSubject {
    Step(Spanned<StepPath>),
    Operation(Spanned<Operation>),
}

/// One end as written.
#[derive(Debug)]
pub(crate) struct DeclaredEnd {
    pub(crate) facts: DeclaredFacts,
    pub(crate) outcome: Option<Outcome>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredFlow> {
    let mut fields = reader.fields(spec, format!("the `spec` of flow `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let description = fields.optional_prose("description", reader).unwrap_or_default();
    let step = fields.required("step", reader, "name the step that the flow measures: `step: receive-mail`");
    let step = step.and_then(|n| read_path(n, reader));
    let help = "say with which facts it begins: `start: {operation: reports POST /reports}`";
    let start = fields.required("start", reader, help).and_then(|n| read_start(n, reader));
    let mut ends = Vec::new();
    let mut ends_place = None;
    let help = "list how it can end: `- {operation: worker message reports, outcome: success}`";
    if let Some(node) = fields.required("ends", reader, help) {
        let single = node.is_map().then(|| std::slice::from_ref(node));
        let items = single.unwrap_or_else(|| reader.filled_list(node, "`ends`", help));
        let items = reader.at_most(MAX_ENDS, items, node, "`ends`");
        ends.extend(items.iter().filter_map(|item| read_end(item, reader)));
        let is_whole = !items.is_empty() && ends.len() == items.len() && ends.iter().all(|end| end.outcome.is_some());
        ends_place = is_whole.then(|| reader.key_place(node));
    }
    let help = "say what start and end have in common: `key: interaction`, or dimensions such as `key: [report]`";
    let key = fields.required("key", reader, help);
    let key = key.map_or_else(Vec::new, |n| read_names(n, "key", "dimension", reader));
    let deadline = fields.required("deadline", reader, "say by when it must have ended: `deadline: 15m`");
    let deadline = deadline.and_then(|n| read_deadline(n, reader));
    let sources_node = fields.optional("sources");
    let sources = sources_node.map(|n| read_sources(n, reader));
    let sources_place = sources_node.map(|n| reader.key_place(n));
    fields.finish(reader);
    Some(DeclaredFlow {
        header,
        title,
        description,
        step,
        start,
        ends,
        ends_place,
        key,
        deadline,
        sources,
        sources_place,
    })
}

fn read_start(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredFacts> {
    let mut fields = reader.fields(node, "`start`")?;
    let facts = read_facts(&mut fields, reader);
    fields.finish(reader);
    Some(facts)
}

fn read_end(item: &Node, reader: &mut Reader<'_>) -> Option<DeclaredEnd> {
    let mut fields = reader.fields(item, "an end of a flow")?;
    let facts = read_facts(&mut fields, reader);
    let outcome = fields.required("outcome", reader, "say what this end means: `outcome: success`");
    // That it never ended is what the deadline says.
    let outcomes = [Outcome::Success, Outcome::Failure, Outcome::Abandoned].map(|o| (o.as_str(), o));
    let outcome = outcome.and_then(|n| reader.choice(n, "an outcome of an end", &outcomes));
    fields.finish(reader);
    Some(DeclaredEnd { facts, outcome })
}

/// `step:` or `operation:`, and `where:`.
fn read_facts(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> DeclaredFacts {
    let step = fields.optional("step");
    if step.is_some() {
        let both = |place| {
            let diagnostic = Diagnostic::new(Code::UnknownKey, place, "`step` and `operation` stand in one entry");
            diagnostic.help("keep the one whose facts are meant")
        };
        fields.refuse("operation", both, reader);
    }
    let subject = match step {
        Some(node) => read_path(node, reader).map(DeclaredSubject::Step),
        None if fields.has("step") => None,
        None => {
            let help = "say which facts: `operation: reports POST /reports`, or `step:` for attempts at a step";
            let node = fields.required("operation", reader, help);
            let operation = node.and_then(|n| reader.parse(n, "an operation", Code::BadOperation));
            operation.map(DeclaredSubject::Operation)
        }
    };
    let condition = fields.optional("where").and_then(|n| read_expression(n, reader));
    DeclaredFacts { subject, condition }
}

fn read_deadline(node: &Node, reader: &mut Reader<'_>) -> Option<DurationNs> {
    let deadline = reader.parse::<DurationNs>(node, "a duration", Code::BadValue)?;
    if deadline.value.nanos() == 0 || deadline.value > MAX_DEADLINE {
        let message = format!("a flow cannot wait for {}", deadline.value);
        let help = format!("write the time by which users have given up, at most {MAX_DEADLINE}");
        reader.report(Diagnostic::new(Code::BadValue, deadline.place, message).help(help));
        return None;
    }
    Some(deadline.value)
}

fn read_sources(node: &Node, reader: &mut Reader<'_>) -> Vec<Spanned<Name>> {
    let help = "name the services, or `client`, that send its facts, or remove the key";
    let items = reader.filled_list(node, "`sources`", help);
    let items = reader.at_most(MAX_NAMES, items, node, "`sources`");
    let sources: Vec<_> = items.iter().filter_map(|n| reader.name(n, "the name of a source")).collect();
    check_duplicates(&sources, "source", reader);
    sources
}

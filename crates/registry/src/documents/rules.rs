//! `kind: AnnotationRules`: rules over single events, and rules over traces.

mod condition;

use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::Node;
use milepost_annotate::{Confidence, Predicate, Scope};
use milepost_model::{Name, Operation, StepPath};

/// A document of rules as written.
#[derive(Debug)]
pub(crate) struct DeclaredRules {
    pub(crate) header: Header,
    pub(crate) rules: Vec<DeclaredRule>,
    pub(crate) trace_rules: Vec<DeclaredTraceRule>,
}

/// What every rule may say of itself.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) name: Option<Spanned<Name>>,
    /// The rule's name, or the rule.
    pub(crate) place: Place,
    pub(crate) step: Option<Spanned<StepPath>>,
    pub(crate) assumption: String,
    pub(crate) confidence: Confidence,
}

/// One rule as written.
#[derive(Debug)]
pub(crate) struct DeclaredRule {
    pub(crate) common: Common,
    /// `None` when some of them could not be read: without those the rule would mean something else.
    pub(crate) predicates: Option<Vec<Predicate>>,
    /// The services that it looks for by their whole names.
    pub(crate) services: Vec<Spanned<String>>,
    pub(crate) class: Option<Spanned<Name>>,
}

/// One trace rule as written.
#[derive(Debug)]
pub(crate) struct DeclaredTraceRule {
    pub(crate) common: Common,
    pub(crate) root: Option<Spanned<Operation>>,
    pub(crate) scope: Scope,
    pub(crate) when: Vec<Spanned<Operation>>,
    pub(crate) requires: Vec<Spanned<Operation>>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredRules> {
    let mut fields = reader.fields(spec, format!("the `spec` of rules `{}`", header.name.value))?;
    let mut rules = Vec::new();
    let mut trace_rules = Vec::new();
    let events = fields.optional("rules");
    let traces = fields.optional("traceRules");
    if !fields.has("rules") && !fields.has("traceRules") {
        fields.required("rules", reader, "list `rules:` over single events or `traceRules:` over traces");
    }
    for node in events.map_or(&[][..], |n| reader.list(n, "`rules`")) {
        rules.extend(read_rule(node, reader));
    }
    for node in traces.map_or(&[][..], |n| reader.list(n, "`traceRules`")) {
        trace_rules.extend(read_trace_rule(node, reader));
    }
    fields.finish(reader);
    let names = rules.iter().map(|r| &r.common).chain(trace_rules.iter().map(|r| &r.common));
    check_duplicates(names.filter_map(|c| c.name.as_ref()), "rule", reader);
    Some(DeclaredRules { header, rules, trace_rules })
}

fn read_common(fields: &mut Fields<'_>, node: &Node, reader: &mut Reader<'_>) -> Common {
    let name = fields.optional("name").and_then(|n| reader.name(n, "a rule's name"));
    let place = name.as_ref().map_or_else(|| reader.place(node), |n| n.place.clone());
    let step = fields.optional("step");
    let assumption = fields.optional_prose("assumes", reader);
    if let Some(step) = step
        && !fields.has("assumes")
    {
        let message = "a rule that gives a step lacks `assumes`";
        let help = "add `assumes:` and say what must be true of such requests, so that others can doubt it";
        reader.report(Diagnostic::new(Code::NoAssumption, reader.place(step), message).help(help));
    }
    let levels = [Confidence::High, Confidence::Medium, Confidence::Low].map(|c| (c.as_str(), c));
    let confidence = fields.optional("confidence").and_then(|n| reader.choice(n, "a confidence", &levels));
    Common {
        name,
        place,
        step: step.and_then(|n| reader.parse(n, "a step, or `objective/step`", Code::BadName)),
        assumption: assumption.unwrap_or_default(),
        confidence: confidence.unwrap_or(Confidence::Medium),
    }
}

fn read_rule(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredRule> {
    let mut fields = reader.fields(node, "a rule")?;
    let help = "say what requests look like, such as `match: {path: /inbox}`";
    let conditions = fields.required("match", reader, help);
    let mut services = Vec::new();
    let predicates = conditions.and_then(|node| condition::read(node, &mut services, reader));
    let common = read_common(&mut fields, node, reader);
    let class = fields.optional("class").and_then(|n| reader.name(n, "the name of a traffic class"));
    if !fields.has("step") && !fields.has("class") {
        let diagnostic = Diagnostic::new(Code::NoResult, common.place.clone(), "a rule gives neither step nor class");
        reader.report(diagnostic.help("add `step:`, `class:` or both"));
    }
    fields.finish(reader);
    Some(DeclaredRule { common, predicates, services, class })
}

fn read_trace_rule(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredTraceRule> {
    let mut fields = reader.fields(node, "a trace rule")?;
    let root =
        fields.required("root", reader, "name the operation of the root span, such as `root: frontend GET /cart`");
    let root = root.and_then(|n| reader.parse(n, "an operation", Code::BadOperation));
    let scopes = [Scope::RootChildren, Scope::Trace].map(|s| (s.as_str(), s));
    let scope =
        fields.optional("scope").and_then(|n| reader.choice(n, "a scope", &scopes)).unwrap_or(Scope::RootChildren);
    let when = fields.optional("when").map_or_else(Vec::new, |n| read_operations(n, "`when`", reader));
    let requires = fields.optional("requires").map_or_else(Vec::new, |n| read_operations(n, "`requires`", reader));
    let common = read_common(&mut fields, node, reader);
    if !fields.has("when") {
        let help = "list under `when:` the calls that identify the attempt (what is under `requires:` does not); `when: []` takes every trace with this root";
        let diagnostic = Diagnostic::new(Code::EmptyTraceRule, common.place.clone(), "a trace rule lacks `when`");
        reader.report(diagnostic.help(help));
    }
    if !fields.has("step") {
        let diagnostic = Diagnostic::new(Code::NoResult, common.place.clone(), "a trace rule gives no step");
        reader.report(diagnostic.help("add `step:`, the step that such a trace is an attempt of"));
    }
    fields.finish(reader);
    Some(DeclaredTraceRule { common, root, scope, when, requires })
}

fn read_operations(node: &Node, what: &str, reader: &mut Reader<'_>) -> Vec<Spanned<Operation>> {
    let items = reader.list(node, what);
    let operations: Vec<_> = items.iter().filter_map(|n| reader.parse(n, "an operation", Code::BadOperation)).collect();
    check_duplicates(&operations, "operation", reader);
    operations
}

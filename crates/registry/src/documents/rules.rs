//! `kind: AnnotationRules`: rules over single events, and rules over traces.

use super::Header;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::suggest::did_you_mean;
use crate::yaml::{Node, NodeValue};
use milepost_annotate::{Confidence, PatternError, Predicate, Scope, Subject, Test, TextPattern};
use milepost_model::{Name, Operation, PathTemplate, StepPath};

/// A document of rules as written.
#[derive(Debug)]
pub(crate) struct DeclaredRules {
    pub(crate) header: Header,
    pub(crate) rules: Vec<DeclaredRule>,
    pub(crate) trace_rules: Vec<DeclaredTraceRule>,
}

/// One rule as written.
#[derive(Debug)]
pub(crate) struct DeclaredRule {
    pub(crate) name: Option<Spanned<Name>>,
    pub(crate) place: Place,
    pub(crate) predicates: Vec<Predicate>,
    pub(crate) step: Option<Spanned<StepPath>>,
    pub(crate) class: Option<Spanned<Name>>,
    pub(crate) assumption: String,
    pub(crate) confidence: Confidence,
}

/// One trace rule as written.
#[derive(Debug)]
pub(crate) struct DeclaredTraceRule {
    pub(crate) name: Option<Spanned<Name>>,
    pub(crate) place: Place,
    pub(crate) root: Spanned<Operation>,
    pub(crate) scope: Scope,
    pub(crate) when: Vec<Spanned<Operation>>,
    pub(crate) requires: Vec<Spanned<Operation>>,
    pub(crate) step: Spanned<StepPath>,
    pub(crate) assumption: String,
    pub(crate) confidence: Confidence,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredRules> {
    let mut fields = reader.fields(spec, "the `spec` of annotation rules")?;
    let mut rules = Vec::new();
    let mut trace_rules = Vec::new();
    let events = fields.optional("rules");
    let traces = fields.optional("traceRules");
    if events.is_none() && traces.is_none() {
        fields.required("rules", reader, "list `rules:` over single events or `traceRules:` over traces");
    }
    for node in events.map_or(&[][..], |n| reader.list(n, "`rules`")) {
        rules.extend(read_rule(node, reader));
    }
    for node in traces.map_or(&[][..], |n| reader.list(n, "`traceRules`")) {
        trace_rules.extend(read_trace_rule(node, reader));
    }
    fields.finish(reader);
    check_names(&rules, &trace_rules, reader);
    Some(DeclaredRules { header, rules, trace_rules })
}

fn check_names(rules: &[DeclaredRule], trace_rules: &[DeclaredTraceRule], reader: &mut Reader<'_>) {
    let names = rules.iter().map(|r| &r.name).chain(trace_rules.iter().map(|r| &r.name));
    let names: Vec<Spanned<Name>> = names.flatten().cloned().collect();
    super::check_duplicates(&names, "rule", reader);
}

/// What every rule may say of itself.
struct Common {
    name: Option<Spanned<Name>>,
    step: Option<Spanned<StepPath>>,
    assumption: String,
    confidence: Confidence,
}

fn read_common(fields: &mut Fields<'_>, place: &Place, reader: &mut Reader<'_>) -> Common {
    let name = fields.optional("name").and_then(|n| reader.name(n, "a rule's name"));
    let step = fields.optional("step");
    let assumption = fields.optional_prose("assumes", reader);
    if step.is_some() && assumption.is_none() {
        let help = "add `assumes:` with what must be true of such requests, in words, so that others can doubt it";
        let message = "a rule that gives a step lacks `assumes`";
        reader.report(Diagnostic::new(Code::NoAssumption, place.clone(), message).help(help));
    }
    let levels = [Confidence::High, Confidence::Medium, Confidence::Low].map(|c| (c.as_str(), c));
    let confidence = fields.optional("confidence").and_then(|n| reader.choice(n, "a confidence", &levels));
    Common {
        name,
        step: step.and_then(|n| reader.parse(n, "a step, or `objective/step`", Code::BadName)),
        assumption: assumption.unwrap_or_default(),
        confidence: confidence.unwrap_or(Confidence::Medium),
    }
}

fn read_rule(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredRule> {
    let mut fields = reader.fields(node, "a rule")?;
    let place = reader.place(node);
    let predicates =
        match fields.required("match", reader, "say what requests look like, such as `match: {path: /inbox}`") {
            Some(node) => read_match(node, reader),
            None => Vec::new(),
        };
    let has_step = fields.has("step");
    let common = read_common(&mut fields, &place, reader);
    let class = fields.optional("class");
    if !has_step && class.is_none() {
        let help = "add `step:`, `class:` or both";
        reader.report(Diagnostic::new(Code::NoResult, place.clone(), "a rule gives neither step nor class").help(help));
    }
    let class = class.and_then(|n| reader.name(n, "the name of a traffic class"));
    fields.finish(reader);
    Some(DeclaredRule {
        name: common.name,
        place,
        predicates,
        step: common.step,
        class,
        assumption: common.assumption,
        confidence: common.confidence,
    })
}

fn read_match(node: &Node, reader: &mut Reader<'_>) -> Vec<Predicate> {
    let Some(mut fields) = reader.fields(node, "`match`") else { return Vec::new() };
    let entries = fields.rest();
    if entries.is_empty() {
        let diagnostic =
            Diagnostic::new(Code::NoMatch, reader.place(node), "a rule without conditions matches everything");
        reader.report(diagnostic.help("add at least one condition, such as `path: /inbox`"));
    }
    let mut predicates = Vec::new();
    for (name, key, value) in entries {
        let Some(subject) = Subject::parse(name) else {
            let message = format!("`{name}` is nothing that a rule can look at");
            let mut known: Vec<&str> = Subject::SIMPLE.iter().map(|(n, _)| *n).collect();
            known.extend(["query.NAME", "header.NAME", "attribute.NAME"]);
            let diagnostic = Diagnostic::new(Code::UnknownKey, reader.place(key), message);
            reader.report(diagnostic.help(did_you_mean(name, &known)));
            continue;
        };
        let test = read_test(&subject, value, reader);
        predicates.extend(test.map(|test| Predicate { subject, test }));
    }
    predicates
}

/// A value is text, a list of texts, `{regex: ...}` or `{present: true}`.
fn read_test(subject: &Subject, node: &Node, reader: &mut Reader<'_>) -> Option<Test> {
    let ignore_case = *subject == Subject::UserAgent;
    if matches!(node.value, NodeValue::Map(_)) {
        let mut fields = reader.fields(node, "a condition")?;
        let present = fields.optional("present").map(|n| Test::Present(reader.boolean(n, "`present`")));
        let regex = fields.optional("regex");
        if present.is_none() && regex.is_none() {
            reader.wrong_shape(node, "a condition", "text, a list of texts, `{regex: ...}` or `{present: true}`");
        }
        let patterns = regex.map(|n| reader.list(n, "`regex`")).unwrap_or_default();
        let patterns = read_patterns(patterns, reader, |text| TextPattern::regex(text, ignore_case));
        fields.finish(reader);
        return present.or_else(|| (!patterns.is_empty()).then_some(Test::Text(patterns)));
    }
    let items = reader.list(node, "a condition");
    if matches!(subject, Subject::Path | Subject::Route) {
        let templates: Vec<PathTemplate> = (items.iter())
            .filter_map(|n| reader.parse(n, "the shape of a path", Code::BadPattern))
            .map(|t| t.value)
            .collect();
        return (!templates.is_empty()).then_some(Test::Path(templates));
    }
    let patterns = read_patterns(items, reader, |text| TextPattern::glob(text, ignore_case));
    (!patterns.is_empty()).then_some(Test::Text(patterns))
}

fn read_patterns(
    items: &[Node],
    reader: &mut Reader<'_>,
    make: impl Fn(&str) -> Result<TextPattern, PatternError>,
) -> Vec<TextPattern> {
    let mut patterns = Vec::new();
    for item in items {
        let Some(text) = reader.text(item, "a pattern") else { continue };
        match make(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                let diagnostic = Diagnostic::new(Code::BadPattern, reader.place(item), error.to_string());
                reader.report(diagnostic.help("`*` stands for any characters; the rest is taken as it is"));
            }
        }
    }
    patterns
}

fn read_trace_rule(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredTraceRule> {
    let mut fields = reader.fields(node, "a trace rule")?;
    let place = reader.place(node);
    let root =
        fields.required("root", reader, "name the operation of the root span, such as `root: frontend GET /cart`");
    let root = root.and_then(|n| reader.parse(n, "an operation", Code::BadOperation));
    let scopes = [Scope::RootChildren, Scope::Trace].map(|s| (s.as_str(), s));
    let scope =
        fields.optional("scope").and_then(|n| reader.choice(n, "a scope", &scopes)).unwrap_or(Scope::RootChildren);
    let has_when = fields.has("when");
    let when = fields.optional("when").map_or_else(Vec::new, |n| read_operations(n, reader));
    let requires = fields.optional("requires").map_or_else(Vec::new, |n| read_operations(n, reader));
    if when.is_empty() && requires.is_empty() && !has_when {
        let help = "list under `when:` the calls that identify the attempt; `when: []` takes attempts without any";
        reader.report(Diagnostic::new(Code::EmptyTraceRule, place.clone(), "a trace rule lacks `when`").help(help));
    }
    let has_step = fields.has("step");
    let common = read_common(&mut fields, &place, reader);
    if !has_step {
        let diagnostic = Diagnostic::new(Code::NoResult, place.clone(), "a trace rule gives no step");
        reader.report(diagnostic.help("add `step:`"));
    }
    fields.finish(reader);
    Some(DeclaredTraceRule {
        name: common.name,
        place,
        root: root?,
        scope,
        when,
        requires,
        step: common.step?,
        assumption: common.assumption,
        confidence: common.confidence,
    })
}

fn read_operations(node: &Node, reader: &mut Reader<'_>) -> Vec<Spanned<Operation>> {
    let items = reader.list(node, "a list of operations");
    let operations: Vec<_> = items.iter().filter_map(|n| reader.parse(n, "an operation", Code::BadOperation)).collect();
    super::check_duplicates(&operations, "operation", reader);
    operations
}

//! `kind: SeverityPolicy`.

use super::words::{MAX_NAMES, read_criticalities, read_criticality, read_date, read_names, read_paths};
use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::suggest::choices;
use crate::yaml::Node;
use milepost_impact::{SeverityPolicy, Threshold};
use milepost_model::{Criticality, Date, Name, StepPath};

/// Most levels of severity: people tell them apart in their sleep.
const MAX_LEVELS: usize = 10;
/// Most rules of a policy.
const MAX_RULES: usize = 100;
/// Most steps, tags and KPIs that the rules of a policy name together: each is held against each step.
const MAX_SCOPE_ENTRIES: usize = 1_000;

/// A severity policy as written.
#[derive(Debug)]
pub(crate) struct DeclaredSeverityPolicy {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) levels: Vec<Name>,
    pub(crate) rules: Vec<DeclaredSeverityRule>,
    pub(crate) signed_off: Option<DeclaredSignOff>,
    /// Whether a sign-off is written, readable or not.
    pub(crate) has_signed_off: bool,
    pub(crate) criticality: Vec<(Name, Criticality)>,
    /// Whether all of it could be read, so that conclusions can be drawn from what it does not say.
    pub(crate) is_whole: bool,
}

/// One rule as written; what was missing or wrong is `None` and reported.
#[derive(Debug)]
pub(crate) struct DeclaredSeverityRule {
    /// The level, or the rule.
    pub(crate) place: Place,
    pub(crate) level: Option<Name>,
    pub(crate) scope: Option<DeclaredScope>,
    pub(crate) impact: Option<Threshold>,
    pub(crate) pooled: bool,
}

/// What a rule is about.
#[derive(Debug)]
pub(crate) enum DeclaredScope {
    All,
    Any {
        steps: Vec<Spanned<StepPath>>,
        tags: Vec<Spanned<Name>>,
        criticality: Vec<Criticality>,
        kpis: Vec<Spanned<Name>>,
    },
}

/// Who has signed, as written.
#[derive(Debug)]
pub(crate) struct DeclaredSignOff {
    pub(crate) product: Option<Spanned<Name>>,
    pub(crate) engineering: Option<Spanned<Name>>,
    pub(crate) on: Option<Spanned<Date>>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredSeverityPolicy> {
    let errors = reader.found.errors();
    let mut fields = reader.fields(spec, format!("the `spec` of severity policy `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let description = fields.optional_prose("description", reader).unwrap_or_default();
    let levels = fields.optional("levels").map(|n| read_levels(n, reader));
    let levels = levels.filter(|l| !l.is_empty()).unwrap_or_else(default_levels);
    let mut rules = Vec::new();
    let help = "list the rules: `- {level: major, scope: {tags: [core]}, impact: \"> 20%\"}`";
    if let Some(node) = fields.required("rules", reader, help) {
        let items = reader.filled_list(node, "`rules`", help);
        let items = reader.at_most(MAX_RULES, items, node, "`rules`");
        rules.extend(items.iter().filter_map(|item| read_rule(item, &levels, reader)));
        check_size(&mut rules, node, reader);
        check_same(&rules, reader);
    }
    let criticality = fields.optional("criticality").map_or_else(Vec::new, |n| read_map(n, &levels, reader));
    let signed_off = fields.optional("signedOff").and_then(|n| read_sign_off(n, reader));
    let has_signed_off = fields.has("signedOff");
    fields.finish(reader);
    let is_whole = reader.found.errors() == errors;
    Some(DeclaredSeverityPolicy {
        header,
        title,
        description,
        levels,
        rules,
        signed_off,
        has_signed_off,
        criticality,
        is_whole,
    })
}

fn default_levels() -> Vec<Name> {
    SeverityPolicy::LEVELS.map(|text| Name::new(text).expect("built-in levels are names")).into()
}

fn read_levels(node: &Node, reader: &mut Reader<'_>) -> Vec<Name> {
    let help = "name the levels, worst first: `levels: [major, medium, minor]`";
    let items = reader.filled_list(node, "`levels`", help);
    let items = reader.at_most(MAX_LEVELS, items, node, "`levels`");
    let levels: Vec<_> = items.iter().filter_map(|n| reader.name(n, "the name of a level")).collect();
    check_duplicates(&levels, "level", reader);
    levels.into_iter().map(|l| l.value).collect()
}

/// A level that the policy has.
fn known_level(node: &Node, levels: &[Name], reader: &mut Reader<'_>) -> Option<Spanned<Name>> {
    let level = reader.name(node, "the name of a level")?;
    if levels.contains(&level.value) {
        return Some(level);
    }
    let message = format!("there is no level `{}` in this policy", level.value);
    let known: Vec<&str> = levels.iter().map(Name::as_str).collect();
    // All of them: levels are few, and those that are numbered resemble each other.
    let help = choices(&known);
    reader.report(Diagnostic::new(Code::UnknownLevel, level.place, message).help(help));
    None
}

fn read_rule(item: &Node, levels: &[Name], reader: &mut Reader<'_>) -> Option<DeclaredSeverityRule> {
    let mut fields = reader.fields(item, "a severity rule")?;
    let level = fields.required("level", reader, "say how bad it is: `level: major`");
    let level = level.and_then(|n| known_level(n, levels, reader));
    let help = "say which steps it is about: `scope: all`, `scope: {tags: [core]}` or `scope: {steps: [send-mail]}`";
    let scope = fields.required("scope", reader, help).and_then(|n| read_scope(n, reader));
    let impact = fields.required("impact", reader, "say how much of them is hit: `impact: \"> 20%\"` or `impact: any`");
    let impact = impact.and_then(|n| {
        let above = |text: &str| format!("> {}", text.trim_start_matches(['>', '=', ' ']));
        reader.parse_or::<Threshold>(n, "a threshold of impact", Code::BadImpact, above)
    });
    let pooled = fields.optional("pooled").is_some_and(|n| reader.boolean(n, "`pooled`"));
    fields.finish(reader);
    let place = level.as_ref().map_or_else(|| reader.place(item), |l| l.place.clone());
    let (level, impact) = (level.map(|l| l.value), impact.map(|i| i.value));
    Some(DeclaredSeverityRule { place, level, scope, impact, pooled })
}

/// `all`, or a mapping of `steps:`, `tags:`, `criticality:` and `kpi:`.
fn read_scope(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredScope> {
    if !node.is_map() {
        return reader.choice(node, "a scope", &[("all", ())]).map(|()| DeclaredScope::All);
    }
    let mut fields = reader.fields(node, "`scope`")?;
    let keys = ["steps", "tags", "criticality", "kpi"];
    let names_nothing = !keys.iter().any(|key| fields.has(key));
    let is_empty = fields.is_empty();
    let steps = fields.optional("steps").map_or_else(Vec::new, |n| read_paths(n, "`steps`", reader));
    let tags = fields.optional("tags").map_or_else(Vec::new, |n| read_names(n, "tags", "tag", reader));
    let criticality = fields.optional("criticality").map_or_else(Vec::new, |n| read_criticalities(n, reader));
    let kpis = fields.optional("kpi").map_or_else(Vec::new, |n| read_names(n, "kpi", "KPI", reader));
    fields.finish(reader);
    if names_nothing && !is_empty {
        // Its keys were reported as unknown.
        return None;
    }
    if is_empty {
        let diagnostic = Diagnostic::new(Code::WrongShape, reader.key_place(node), "a scope names nothing");
        let help = "write `steps:`, `tags:`, `criticality:` or `kpi:`, or `scope: all`";
        reader.report(diagnostic.help(help));
        return None;
    }
    Some(DeclaredScope::Any { steps, tags, criticality, kpis })
}

fn check_size(rules: &mut Vec<DeclaredSeverityRule>, node: &Node, reader: &mut Reader<'_>) {
    let size = |rule: &DeclaredSeverityRule| match &rule.scope {
        Some(DeclaredScope::Any { steps, tags, kpis, .. }) => steps.len() + tags.len() + kpis.len(),
        _ => 0,
    };
    let total: usize = rules.iter().map(size).sum();
    if total > MAX_SCOPE_ENTRIES {
        let message = format!("the rules of this policy name {total} things");
        let help = format!("name at most {MAX_SCOPE_ENTRIES}: give steps a tag, and name that");
        reader.report(Diagnostic::new(Code::TooLarge, reader.key_place(node), message).help(help));
        rules.truncate(MAX_SCOPE_ENTRIES / (3 * MAX_NAMES));
    }
}

/// Reports rules that say what one before them says.
fn check_same(rules: &[DeclaredSeverityRule], reader: &mut Reader<'_>) {
    for (at, rule) in rules.iter().enumerate() {
        if let Some(first) = rules[..at].iter().find(|first| first.is_same(rule)) {
            let diagnostic =
                Diagnostic::new(Code::DuplicateEntry, rule.place.clone(), "a rule stands twice in this list");
            let diagnostic = diagnostic.label("the second one").related(first.place.clone(), "the first one");
            reader.report(diagnostic.help("keep one of them"));
        }
    }
}

impl DeclaredSeverityRule {
    fn is_same(&self, other: &Self) -> bool {
        let values = |scope: &Option<DeclaredScope>| match scope {
            Some(DeclaredScope::All) => Some(None),
            Some(DeclaredScope::Any { steps, tags, criticality, kpis }) => {
                let names = |list: &[Spanned<Name>]| list.iter().map(|n| n.value.clone()).collect::<Vec<_>>();
                let steps: Vec<_> = steps.iter().map(|s| s.value.clone()).collect();
                Some(Some((steps, names(tags), criticality.clone(), names(kpis))))
            }
            None => None,
        };
        let scope = values(&self.scope);
        let is_whole = scope.is_some() && self.level.is_some() && self.impact.is_some();
        let same = (&self.level, &self.impact, self.pooled) == (&other.level, &other.impact, other.pooled);
        is_whole && same && scope == values(&other.scope)
    }
}

fn read_map(node: &Node, levels: &[Name], reader: &mut Reader<'_>) -> Vec<(Name, Criticality)> {
    let Some(mut fields) = reader.fields(node, "`criticality`") else { return Vec::new() };
    let mut map = Vec::new();
    for (_, key, value) in fields.rest() {
        let level = known_level(key, levels, reader);
        let criticality = read_criticality(value, reader);
        if let (Some(level), Some(criticality)) = (level, criticality) {
            map.push((level.value, criticality.value));
        }
    }
    map
}

fn read_sign_off(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredSignOff> {
    let mut fields = reader.fields(node, "`signedOff`")?;
    let signer = |key, help, fields: &mut Fields<'_>, reader: &mut Reader<'_>| {
        let node = fields.required(key, reader, help);
        node.and_then(|n| reader.name(n, "the name of a stakeholder"))
    };
    let product = signer("product", "name who agreed for the product: `product: product-manager`", &mut fields, reader);
    let help = "name who agreed for engineering: `engineering: web-team`";
    let engineering = signer("engineering", help, &mut fields, reader);
    let on = fields.required("on", reader, "say on which day: `on: 2026-01-31`").and_then(|n| read_date(n, reader));
    fields.finish(reader);
    Some(DeclaredSignOff { product, engineering, on })
}

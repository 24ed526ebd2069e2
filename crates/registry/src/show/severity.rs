//! The severity guidelines in words: what it takes for an incident to be this bad.

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use super::words::{capital, list};
use milepost_impact::{Scope, SeverityPolicy, SeverityRule, Threshold};
use milepost_model::{Kpi, Name};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Serialize)]
pub(super) struct Severity<'r> {
    severity_policies: Vec<PolicyRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct PolicyRecord<'r> {
    product: &'r str,
    name: String,
    title: String,
    description: String,
    /// Whether it is the one that ships with Milepost.
    default: bool,
    levels: Vec<LevelRecord>,
    tags: Vec<TagRecord<'r>>,
    kpis: Vec<KpiRecord>,
    signed_off: Option<SignOffRecord>,
}

#[derive(Debug, Serialize)]
struct LevelRecord {
    name: String,
    /// How important a step is whose total outage has this level.
    criticality: &'static str,
    rules: Vec<RuleRecord>,
}

#[derive(Debug, Serialize)]
struct RuleRecord {
    description: String,
    more_than: String,
    pooled: bool,
    scope: ScopeRecord,
}

#[derive(Debug, Serialize)]
struct ScopeRecord {
    all: bool,
    steps: Vec<String>,
    tags: Vec<String>,
    criticality: Vec<&'static str>,
    kpis: Vec<String>,
}

/// The steps that a tag of the rules means.
#[derive(Debug, Serialize)]
struct TagRecord<'r> {
    name: String,
    steps: Vec<&'r str>,
    #[serde(skip)]
    titles: Vec<&'r str>,
}

/// The steps that a KPI of the rules means.
#[derive(Debug, Serialize)]
struct KpiRecord {
    name: String,
    steps: Vec<String>,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    titles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SignOffRecord {
    product: String,
    engineering: String,
    on: String,
}

impl<'r> Severity<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        Self { severity_policies: products.iter().map(policy).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        self.severity_policies.iter().filter(|policy| policy.product == product).flat_map(sheets).collect()
    }
}

fn sheets(policy: &PolicyRecord<'_>) -> Vec<Sheet> {
    let mut sheet = Sheet::new(&[("Severity", ColumnKind::Words), ("Description", ColumnKind::Prose)]);
    for level in &policy.levels {
        let rules = Cell::lines(Style::Plain, level.rules.iter().map(|rule| &rule.description));
        let none = if level.rules.is_empty() { "no rule" } else { "" };
        sheet.row(true, [Cell::line(Style::Strong, &level_title(&level.name)), rules.and(Style::Muted, [none])]);
    }
    sheet.note("The worst severity that any rule gives is the one that counts.");
    sheet.note(&policy.description);
    match (&policy.signed_off, policy.default) {
        (Some(SignOffRecord { product, engineering, on }), _) => sheet.note(&format!(
            "Signed off by {product} for the product and by {engineering} for engineering, on {on}."
        )),
        (None, false) => sheet.note(
            "Not signed off yet: product and engineering should agree. Add signedOff to the document when they have.",
        ),
        (None, true) => sheet.note(
            "The product has written none of its own, so these rules hold, which ship with Milepost: add a document of kind SeverityPolicy that product and engineering agree on.",
        ),
    }
    let mut sheets = vec![sheet];
    if !policy.tags.is_empty() || !policy.kpis.is_empty() {
        let mut features = Sheet::new(&[("Features", ColumnKind::Words), ("Steps", ColumnKind::Prose)])
            .titled("What the rules are about");
        for tag in &policy.tags {
            let none = if tag.titles.is_empty() { "no step has this tag" } else { "" };
            let steps = Cell::plain(&tag.titles.join(", ")).and(Style::Attention, [none]);
            features.row(false, [Cell::plain(&tag.name), steps]);
        }
        for kpi in &policy.kpis {
            let none = if kpi.titles.is_empty() { "no step is said to move it" } else { "" };
            let steps = Cell::plain(&kpi.titles.join(", ")).and(Style::Attention, [none]);
            features.row(false, [Cell::plain(&format!("move {}", kpi.title)), steps]);
        }
        sheets.push(features);
    }
    sheets
}

/// A word is set as a word; what has digits, such as `sev1`, is a name.
fn level_title(name: &str) -> String {
    if name.contains(|c: char| c.is_ascii_digit()) { name.to_owned() } else { capital(name) }
}

fn policy<'r>(of: &Of<'r>) -> PolicyRecord<'r> {
    let policy = of.severity_policy();
    let level = |(at, name): (usize, &Name)| LevelRecord {
        name: name.to_string(),
        criticality: policy.criticality[at].as_str(),
        rules: policy.rules.iter().filter(|rule| rule.level == at).map(|rule| rule_record(of, rule)).collect(),
    };
    PolicyRecord {
        product: of.name(),
        name: policy.name.to_string(),
        title: policy.title.clone(),
        description: policy.description.clone(),
        default: !of.has_severity_policy(),
        levels: policy.levels.iter().enumerate().map(level).collect(),
        tags: tags(of, &policy),
        kpis: kpis(of, &policy),
        signed_off: policy.signed_off.as_ref().map(|signed| SignOffRecord {
            product: signed.product.to_string(),
            engineering: signed.engineering.to_string(),
            on: signed.on.to_string(),
        }),
    }
}

/// The tags that the rules name, with the steps that have them.
fn tags<'r>(of: &Of<'r>, policy: &SeverityPolicy) -> Vec<TagRecord<'r>> {
    let mut seen = BTreeSet::new();
    let mut records = Vec::new();
    for rule in &policy.rules {
        let Scope::Any { tags, .. } = &rule.scope else { continue };
        for tag in tags {
            if seen.insert(tag.clone()) {
                let tagged: Vec<_> = of.steps().filter(|step| step.tags.contains(tag)).collect();
                records.push(TagRecord {
                    name: tag.to_string(),
                    steps: tagged.iter().map(|step| step.name.as_str()).collect(),
                    titles: tagged.iter().map(|step| step.title.as_str()).collect(),
                });
            }
        }
    }
    records
}

/// The KPIs that the rules name, with the steps that move them.
fn kpis(of: &Of<'_>, policy: &SeverityPolicy) -> Vec<KpiRecord> {
    let mut seen = BTreeSet::new();
    let named = policy.rules.iter().flat_map(|rule| match &rule.scope {
        Scope::Any { kpis, .. } => &kpis[..],
        Scope::All => &[],
    });
    let named = named.filter(|name| seen.insert((*name).clone())).filter_map(|name| of.product.kpi(name));
    let record = |kpi: &Kpi| KpiRecord {
        name: kpi.name.to_string(),
        steps: kpi.steps.iter().map(ToString::to_string).collect(),
        title: kpi.title.clone(),
        titles: kpi.steps.iter().map(|path| of.title_of(path)).collect(),
    };
    named.map(record).collect()
}

fn rule_record(of: &Of<'_>, rule: &SeverityRule) -> RuleRecord {
    let scope = match &rule.scope {
        Scope::All => ScopeRecord { all: true, steps: vec![], tags: vec![], criticality: vec![], kpis: vec![] },
        Scope::Any { steps, tags, criticality, kpis } => ScopeRecord {
            all: false,
            steps: steps.iter().map(ToString::to_string).collect(),
            tags: tags.iter().map(ToString::to_string).collect(),
            criticality: criticality.iter().map(|one| one.as_str()).collect(),
            kpis: kpis.iter().map(ToString::to_string).collect(),
        },
    };
    RuleRecord {
        description: sentence(of, rule),
        more_than: rule.impact.share().to_string(),
        pooled: rule.pooled,
        scope,
    }
}

/// A rule as guidelines say it: `> 20% impact to core features`.
pub(super) fn sentence(of: &Of<'_>, rule: &SeverityRule) -> String {
    let scope = scope(of, &rule.scope);
    let together = if rule.pooled { ", taken together" } else { "" };
    match rule.impact {
        Threshold::ANY if rule.scope != Scope::All => format!("Any impact to {scope}{together}"),
        more => format!("{more} impact to {scope}{together}"),
    }
}

fn scope(of: &Of<'_>, scope: &Scope) -> String {
    let Scope::Any { steps, tags, criticality, kpis } = scope else { return "any feature".to_owned() };
    let mut parts: Vec<String> = steps.iter().map(|path| of.title_of(path)).collect();
    parts.extend(tags.iter().map(|tag| format!("{tag} features")));
    parts.extend(criticality.iter().map(|one| match one {
        milepost_model::Criticality::None => "steps that are no priority".to_owned(),
        other => format!("{other} steps"),
    }));
    let title = |name: &Name| of.product.kpi(name).map_or(name.as_str(), |kpi| &kpi.title).to_owned();
    parts.extend(kpis.iter().map(|name| format!("what steps move of {}", title(name))));
    list(&parts, "or")
}

//! What is said of how bad an incident is: levels, rules and who has agreed.

use super::compare::{Thing, list, things};
use super::product::Owned;
use super::statements::Statements;
use super::{Change, ChangeKind, Detail, Noun, Sides};
use crate::Registry;
use milepost_impact::{Implications, Scope, SeverityPolicy, SeverityRule, Subject, Threshold};
use milepost_model::Name;
use std::borrow::Cow;

/// Compares the policies that hold: of a product that has written none, the one that ships with Milepost.
pub(super) fn changes(sides: &Sides<'_>, changes: &mut Vec<Change>) {
    let policies = |registry| -> Vec<(&Name, Cow<'_, SeverityPolicy>)> {
        let registry: &Registry = registry;
        sides.products().map(|product| (product, registry.severity_policy(product))).collect()
    };
    let (before, after) = (policies(&sides.before), policies(sides.after));
    let owned = |all| -> Vec<Owned<'_, SeverityPolicy>> {
        let all: &[(&Name, Cow<'_, SeverityPolicy>)] = all;
        all.iter().map(|(product, policy)| Owned { product, thing: policy.as_ref() }).collect()
    };
    let mut found = Vec::new();
    things(&owned(&before), &owned(&after), sides, &mut found);
    changes.extend(found.into_iter().map(|change| written_or_not(change, sides)));
}

/// A policy that is no longer written is removed, and one that was not is new, though another one holds in its place.
fn written_or_not(mut change: Change, sides: &Sides<'_>) -> Change {
    let of = |registry: &Registry| {
        let of_product = |policy: &&SeverityPolicy| Some(&policy.product) == change.product.as_ref();
        registry.severity_policies.iter().find(of_product).map(|policy| policy.title.clone())
    };
    let shipped = "the rules that ship with Milepost";
    match (of(&sides.before), of(sides.after)) {
        (Some(title), None) => {
            (change.kind, change.title) = (ChangeKind::Removed, title);
            change.details.retain(|detail| detail.before.is_some());
            change.details.iter_mut().for_each(|detail| detail.after = None);
            change.details.push(Detail::new("from now on", Some(format!("{shipped} hold")), None));
        }
        (None, Some(title)) => {
            (change.kind, change.title) = (ChangeKind::Added, title);
            change.details.retain(|detail| detail.after.is_some());
            change.details.iter_mut().for_each(|detail| detail.before = None);
            change.details.push(Detail::new("until now", None, Some(format!("{shipped} held"))));
        }
        _ => {}
    }
    change
}

impl Thing for Owned<'_, SeverityPolicy> {
    const NOUN: Noun = Noun::SeverityPolicy;
    const BRIEF: &'static [&'static str] = &[];

    fn product(&self) -> Option<&Name> {
        Some(self.product)
    }

    /// A product has one, whatever it is called.
    fn name(&self) -> String {
        "severity".to_owned()
    }

    fn title(&self) -> String {
        self.thing.title.clone()
    }

    fn statements(&self, registry: &Registry) -> Statements {
        let policy = self.thing;
        let is_written = registry.severity_policies.iter().any(|p| p.product == *self.product);
        let mut said = Statements::default();
        said.one("policy", if is_written { policy.name.as_str() } else { "the one that ships with Milepost" });
        said.one("title", &policy.title);
        said.one("description", &policy.description);
        said.one("levels, worst first", policy.levels.iter().map(Name::as_str).collect::<Vec<_>>().join(", "));
        for rule in &policy.rules {
            said.one(scope(&rule.scope), impact(rule, policy));
        }
        for (level, criticality) in policy.levels.iter().zip(&policy.criticality) {
            said.one(of_level(level.as_str()), criticality);
        }
        let signed = policy.signed_off.as_ref();
        said.maybe("agreed for the product by", signed.map(|s| &s.product));
        said.maybe("agreed for engineering by", signed.map(|s| &s.engineering));
        said.maybe("agreed on", signed.map(|s| s.on));
        said
    }

    fn add_effects(change: &mut Change, _: &Self, after: &Self, sides: &Sides<'_>) {
        let policy = after.thing;
        let subjects = subjects(sides.after, after.product);
        let implications = Implications::new(policy, &subjects);
        for detail in &mut change.details {
            if detail.before.is_none() || detail.after.is_none() {
                continue;
            }
            let has_level = |subject: &&Subject<'_>| {
                let rule = implications.criticality(subject).rule.and_then(|at| policy.rules.get(at));
                rule.is_some_and(|rule| detail.aspect == of_level(level(rule.level, policy)))
            };
            let is_told = |rule: &&SeverityRule| scope(&rule.scope) == detail.aspect && rule.scope != Scope::All;
            let named = match policy.rules.iter().find(is_told) {
                Some(rule) => some(subjects.iter().filter(|subject| rule.scope.holds(subject))),
                None => some(subjects.iter().filter(has_level)),
            };
            detail.effects.extend(named.map(|named| format!("it is about {named}")));
        }
    }
}

/// Every use of a step of a product, and the steps that no objective uses.
pub(super) fn subjects<'r>(registry: &'r Registry, product: &Name) -> Vec<Subject<'r>> {
    let kpis = registry.product(product).map_or(&[][..], |p| &p.kpis);
    let mut all = Vec::new();
    for step in registry.steps.iter().filter(|step| step.product == *product) {
        let before = all.len();
        all.extend(registry.objectives_of(step).map(|objective| Subject::of_use(step, objective, kpis)));
        if all.len() == before {
            all.push(Subject::of_step(step, [], kpis));
        }
    }
    all
}

/// Most uses of steps that are named in one line.
const MOST_NAMED: usize = 12;

/// The paths of some subjects, as many as one can read; nothing where there are none.
fn some<'s, 'm: 's>(subjects: impl Iterator<Item = &'s Subject<'m>>) -> Option<String> {
    let paths: Vec<String> = subjects.map(|subject| subject.path.to_string()).collect();
    match paths.len() {
        0 => None,
        number @ ..=MOST_NAMED => Some(list(&paths[..number])),
        number => Some(format!("{} and {} more", paths[..MOST_NAMED].join(", "), number - MOST_NAMED)),
    }
}

fn of_level(level: &str) -> String {
    format!("a step whose outage is {level} is")
}

/// A whole rule in one line.
pub(super) fn rule_line(rule: &SeverityRule, policy: &SeverityPolicy) -> String {
    format!("{}: {}", scope(&rule.scope), impact(rule, policy))
}

/// The name of a level.
pub(super) fn level(at: usize, policy: &SeverityPolicy) -> &str {
    policy.levels.get(at).map_or("no level", Name::as_str)
}

fn impact(rule: &SeverityRule, policy: &SeverityPolicy) -> String {
    let level = level(rule.level, policy);
    let how = match rule.impact {
        Threshold::ANY => format!("{level} at any impact"),
        other => format!("{level} when more than {} is hit", other.share()),
    };
    if rule.pooled { format!("{how}, all of them taken together") } else { how }
}

fn scope(scope: &Scope) -> String {
    let Scope::Any { steps, tags, criticality, kpis } = scope else { return "every step".to_owned() };
    let part = |what: &str, names: Vec<String>| (!names.is_empty()).then(|| format!("{what} {}", list(names)));
    let texts = |names: &[Name]| names.iter().map(Name::to_string).collect::<Vec<_>>();
    let parts = [
        part("", steps.iter().map(ToString::to_string).collect()),
        part("steps tagged", texts(tags)),
        part("steps that are", criticality.iter().map(ToString::to_string).collect()),
        part("what steps move of", texts(kpis)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().map(|part| part.trim_start().to_owned()).collect();
    parts.join(", or ")
}

//! How important steps, services and operations are before and after, and how bad it is when a step fails for everybody.

use super::severity::{level, rule_line, subjects};
use super::{Change, ChangeKind, Detail, Noun, Sides, Trend};
use crate::Registry;
use milepost_impact::{Implications, Inheritance, Inherited, Subject};
use milepost_model::{Criticality, CriticalitySource, EffectiveCriticality, Name, Need, Operation, Stage, StepPath};
use std::collections::{BTreeMap, BTreeSet};

/// Compares what follows for the products that both sides have.
pub(super) fn changes(sides: &Sides<'_>, changes: &mut Vec<Change>) {
    let inheritances = [sides.before.inheritance(), sides.after.inheritance()];
    for product in sides.products() {
        steps(product, sides, changes);
        services(product, sides, &inheritances, changes);
    }
}

/// What is known of one use of a step.
struct Standing {
    declared: EffectiveCriticality,
    /// Whether users can reach it.
    is_live: bool,
    /// The level of a total outage.
    outage: Option<String>,
    /// The rule that says so.
    rule: Option<String>,
    /// How important that makes it.
    implied: Criticality,
}

/// By step and use.
type Standings = BTreeMap<StepPath, Standing>;

fn steps(product: &Name, sides: &Sides<'_>, changes: &mut Vec<Change>) {
    let before = standings(&sides.before, product);
    let after = standings(sides.after, product);
    for (path, new) in &after {
        let was = before.get(path);
        let Some(old) = was.or_else(|| otherwise_used(path, &before, &after)) else { continue };
        let mut details = Vec::new();
        if old.declared.criticality != new.declared.criticality {
            let [from, to] = [old, new].map(|s| s.declared.criticality.to_string());
            let mut detail = Detail::new("criticality", Some(from), Some(to));
            let is_unused = was.is_none() && path.objective.is_none();
            detail.effects.push(if is_unused {
                "no objective uses it any more".to_owned()
            } else {
                because(&new.declared)
            });
            details.push(detail);
        }
        // That a level implies something else is said of the policy, once for all steps.
        if old.outage != new.outage {
            details.push(outage(old, new));
        }
        if !details.is_empty() {
            let name = path.to_string();
            let step = sides.after.steps.iter().find(|step| step.product == *product && step.name == path.step);
            let title = step.map_or_else(|| name.clone(), |step| step.title.clone());
            let trend = becomes(old.declared.criticality, new.declared.criticality);
            changes.push(change(product, Noun::StepCriticality, name, title, details, trend));
        }
    }
}

/// What was known of a step that was used and is not, or the other way round: the most important of its uses stands for all.
fn otherwise_used<'s>(path: &StepPath, before: &'s Standings, after: &Standings) -> Option<&'s Standing> {
    let unused = StepPath { objective: None, step: path.step.clone() };
    match &path.objective {
        None => most_important(&path.step, before).map(|(_, standing)| standing),
        Some(_) => {
            let is_chief = most_important(&path.step, after).is_some_and(|(chief, _)| chief == path);
            before.get(&unused).filter(|_| is_chief)
        }
    }
}

fn most_important<'s>(step: &Name, standings: &'s Standings) -> Option<(&'s StepPath, &'s Standing)> {
    let uses = standings.iter().filter(|(used, _)| used.objective.is_some() && used.step == *step);
    uses.max_by_key(|(_, standing)| standing.declared.criticality)
}

fn becomes(old: Criticality, new: Criticality) -> Option<Trend> {
    (old != new).then_some(Trend::Becomes(new))
}

fn change(
    product: &Name,
    noun: Noun,
    name: String,
    title: String,
    details: Vec<Detail>,
    trend: Option<Trend>,
) -> Change {
    Change { product: Some(product.clone()), noun, name, title, kind: ChangeKind::Changed, details, trend }
}

/// What a total outage is now, and by which rule.
fn outage(old: &Standing, new: &Standing) -> Detail {
    let told = |standing: &Standing| match &standing.outage {
        Some(level) => level.clone(),
        None if standing.is_live => "in no rule".to_owned(),
        None => "nothing that users notice".to_owned(),
    };
    let mut detail = Detail::new("a total outage is", Some(told(old)), Some(told(new)));
    match &new.rule {
        Some(rule) => detail.effects.push(format!("by the rule \"{rule}\"")),
        None if new.is_live => detail.effects.push("no rule of severity is certain to hold for it".to_owned()),
        None => detail.effects.push("it is not launched".to_owned()),
    }
    if old.implied != new.implied {
        detail.effects.push(format!("that implies: {} -> {}", old.implied, new.implied));
    }
    if new.implied != new.declared.criticality {
        detail.effects.push(format!("declared is: {}", new.declared.criticality));
    }
    detail
}

fn because(effective: &EffectiveCriticality) -> String {
    let objective = effective.objective.as_ref().map_or_else(String::new, Name::to_string);
    match effective.source {
        CriticalitySource::Use => format!("declared where {objective} uses it"),
        CriticalitySource::Step => "declared at the step".to_owned(),
        CriticalitySource::Objective => format!("declared for all steps of {objective}"),
        CriticalitySource::Unlaunched => "users cannot reach it yet".to_owned(),
        CriticalitySource::Nowhere => "nothing is declared of it".to_owned(),
    }
}

/// Every use of a step, and every step that no objective uses.
fn standings(registry: &Registry, product: &Name) -> Standings {
    let policy = registry.severity_policy(product);
    let subjects = subjects(registry, product);
    let implications = Implications::new(&policy, &subjects);
    let standing = |subject: &Subject<'_>| {
        let declared = registry.criticality(product, &subject.path)?;
        let implied = implications.criticality(subject);
        let rule = implied.rule.and_then(|at| policy.rules.get(at));
        let standing = Standing {
            declared,
            is_live: subject.stage == Stage::Live,
            outage: rule.map(|rule| level(rule.level, &policy).to_owned()),
            rule: rule.map(|rule| rule_line(rule, &policy)),
            implied: implied.criticality,
        };
        Some((subject.path.clone(), standing))
    };
    subjects.iter().filter_map(standing).collect()
}

fn services(product: &Name, sides: &Sides<'_>, [old, new]: &[Inheritance; 2], changes: &mut Vec<Change>) {
    let before = used(&sides.before, product);
    let after = used(sides.after, product);
    for (service, operations) in &after {
        let Some(known) = before.get(service) else { continue };
        let now = |inherited: &Inherited| why_less(inherited, product, sides, |used| used.service == **service);
        let of_service = compared("criticality", old.service(product, service), new.service(product, service), now);
        let trend = match (old.service(product, service), new.service(product, service)) {
            (old, Some(new)) => becomes(old.map_or(Criticality::None, |i| i.criticality), new.criticality),
            _ => None,
        };
        let both = operations.iter().filter(|operation| known.contains(*operation));
        let of_operations = both.filter_map(|operation| {
            let aspect = format!("operation {}", operation.action);
            let now = |inherited: &Inherited| why_less(inherited, product, sides, |used| used == *operation);
            let detail = compared(&aspect, old.operation(product, operation), new.operation(product, operation), now)?;
            let is_said = of_service.as_ref().is_some_and(|s| s.before == detail.before && s.after == detail.after);
            (!is_said).then_some(detail)
        });
        let of_operations: Vec<Detail> = of_operations.collect();
        let details: Vec<Detail> = of_service.into_iter().chain(of_operations).collect();
        if !details.is_empty() {
            let declared = sides.after.services.iter().find(|s| s.product == *product && s.name == **service);
            let title = declared.map_or_else(|| service.to_string(), |service| service.title.clone());
            changes.push(change(product, Noun::ServiceCriticality, service.to_string(), title, details, trend));
        }
    }
}

/// Why a step no longer makes something as important as it did.
fn why_less(old: &Inherited, product: &Name, sides: &Sides<'_>, is_it: impl Fn(&Operation) -> bool) -> String {
    let name = &old.step;
    let Some(step) = sides.after.steps.iter().find(|step| step.product == *product && step.name == *name) else {
        return format!("step {name}, which used it, is removed");
    };
    let needs: Vec<Need> = step.operations().filter(|(used, _)| is_it(used)).map(|(_, need)| need).collect();
    let path = StepPath { objective: None, step: name.clone() };
    let criticality = sides.after.criticality(product, &path).map_or(Criticality::None, |c| c.criticality);
    match () {
        () if needs.is_empty() => format!("step {name} no longer uses it"),
        () if old.need == Need::Required && !needs.contains(&Need::Required) => {
            format!("step {name} can do without it now")
        }
        () => format!("step {name}, which uses it, is {criticality} now"),
    }
}

/// The services of a product that are described or used, with the operations that steps use.
fn used<'r>(registry: &'r Registry, product: &Name) -> BTreeMap<&'r Name, BTreeSet<&'r Operation>> {
    let mut services: BTreeMap<&Name, BTreeSet<&Operation>> = BTreeMap::new();
    for service in registry.services.iter().filter(|service| service.product == *product) {
        services.entry(&service.name).or_default();
    }
    for step in registry.steps.iter().filter(|step| step.product == *product) {
        for (operation, _) in step.operations() {
            services.entry(&operation.service).or_default().insert(operation);
        }
    }
    services
}

fn compared(
    aspect: &str,
    old: Option<&Inherited>,
    new: Option<&Inherited>,
    why_less: impl Fn(&Inherited) -> String,
) -> Option<Detail> {
    let told = |inherited: Option<&Inherited>| match inherited {
        Some(inherited) => inherited.criticality.to_string(),
        None => "used by no step".to_owned(),
    };
    let (before, after) = (told(old), told(new));
    if before == after {
        return None;
    }
    let mut detail = Detail::new(aspect, Some(before), Some(after));
    let less = old.filter(|old| new.is_some_and(|new| new.criticality < old.criticality));
    detail.effects.extend(match (less, new) {
        (Some(old), _) => Some(why_less(old)),
        (None, Some(inherited)) => Some(match inherited.need {
            Need::Required => format!("step {} cannot do without it", inherited.step),
            Need::Optional => format!("step {} uses it, and can do without it", inherited.step),
        }),
        (None, None) => None,
    });
    Some(detail)
}

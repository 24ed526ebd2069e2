//! Severity policies: built, and held against what is declared of the steps.

use super::{Resolver, duplicate_of_product, key};
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use crate::documents::severity::{DeclaredScope, DeclaredSeverityPolicy, DeclaredSeverityRule};
use crate::source::Place;
use crate::suggest::{did_you_mean, or_else};
use milepost_impact::{Implications, Scope, SeverityPolicy, SeverityRule, SignOff, Subject};
use milepost_model::{Criticality, CriticalitySource, EffectiveCriticality, Kpi, Name, Stage};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A step or a use of it, as it is declared.
struct Declaration<'m> {
    subject: Subject<'m>,
    effective: EffectiveCriticality,
    /// The name of the step, or its entry in the objective.
    place: &'m Place,
    /// Where its criticality is written, or should be.
    said: &'m Place,
    /// Where its objective says it, when it has it from there.
    objective: Option<&'m Place>,
}

/// A declared criticality, and the other one that a rule implies.
struct Contradiction<'d, 'm> {
    declaration: &'d Declaration<'m>,
    implied: Criticality,
    /// The position of the rule that decides.
    rule: usize,
}

impl Resolver<'_> {
    pub(super) fn severity_policies(&mut self, declared: &[DeclaredSeverityPolicy]) -> Vec<SeverityPolicy> {
        let mut seen: HashMap<Name, &Place> = HashMap::new();
        let mut policies = Vec::new();
        for written in declared {
            let Some((product, _)) = key(&written.header) else { continue };
            let place = &written.header.name.place;
            let policy = self.severity_policy(written, &product);
            if let Some(first) = seen.get(&product) {
                self.found.push(duplicate_of_product(&product, "severity policies", place, first));
                continue;
            }
            seen.insert(product, place);
            policies.push(policy);
        }
        policies
    }

    fn severity_policy(&mut self, written: &DeclaredSeverityPolicy, product: &Name) -> SeverityPolicy {
        let rules =
            written.rules.iter().filter_map(|rule| self.severity_rule(rule, &written.levels, product)).collect();
        let of_level = |(at, level): (usize, &Name)| {
            let said = written.criticality.iter().find(|(name, _)| name == level).map(|(_, c)| *c);
            said.unwrap_or_else(|| SeverityPolicy::default_criticality(at))
        };
        let signed_off = written.signed_off.as_ref().and_then(|signed| {
            let product = signed.product.as_ref()?.value.clone();
            let engineering = signed.engineering.as_ref()?.value.clone();
            Some(SignOff { product, engineering, on: signed.on.as_ref()?.value })
        });
        SeverityPolicy {
            product: product.clone(),
            name: written.header.name.value.clone(),
            title: written.title.clone(),
            description: written.description.clone(),
            levels: written.levels.clone(),
            rules,
            signed_off,
            criticality: written.levels.iter().enumerate().map(of_level).collect(),
        }
    }

    fn severity_rule(&mut self, rule: &DeclaredSeverityRule, levels: &[Name], product: &Name) -> Option<SeverityRule> {
        let scope = match rule.scope.as_ref()? {
            DeclaredScope::All => Scope::All,
            DeclaredScope::Any { steps, tags, criticality, kpis } => Scope::Any {
                steps: self.own_paths(product, steps),
                tags: tags.iter().map(|tag| tag.value.clone()).collect(),
                criticality: criticality.clone(),
                kpis: kpis.iter().filter(|kpi| self.known_kpi(product, kpi)).map(|kpi| kpi.value.clone()).collect(),
            },
        };
        let level = levels.iter().position(|level| Some(level) == rule.level.as_ref())?;
        Some(SeverityRule { level, scope, impact: rule.impact?, pooled: rule.pooled })
    }

    /// Holds what is declared against what the policies say of it.
    pub(super) fn check_severity(&mut self, declared: &Declared, registry: &Registry) {
        // What is missing may stand where nothing could be read.
        if !self.unread.is_empty() {
            return;
        }
        let mut written: HashMap<&Name, &DeclaredSeverityPolicy> = HashMap::new();
        for policy in &declared.severity {
            if let Some(product) = &policy.header.belongs {
                written.entry(product).or_insert(policy);
            }
        }
        let mut declarations = self.declarations(declared, registry);
        for product in &registry.products {
            let declared = declarations.remove(&product.name).unwrap_or_default();
            let policy = registry.severity_policy(&product.name);
            match written.get(&product.name) {
                Some(written) if written.is_whole && written.rules.len() == policy.rules.len() => {
                    self.check_tags(written, &declared);
                    self.check_amounts(written, product, &registry.steps);
                    self.check_contradictions(&policy, Some(written), &declared);
                    self.check_reached(&policy, &declared);
                }
                Some(_) => {}
                None => self.check_contradictions(&policy, None, &declared),
            }
        }
    }

    /// All uses of steps, and the steps without any, by product.
    fn declarations<'m>(
        &self,
        declared: &'m Declared,
        registry: &'m Registry,
    ) -> HashMap<&'m Name, Vec<Declaration<'m>>> {
        let kpis: HashMap<&Name, &[Kpi]> = registry.products.iter().map(|p| (&p.name, &p.kpis[..])).collect();
        let of_product = |product| kpis.get(product).copied().unwrap_or_default();
        let steps = self.first_steps(declared);
        let mut all: HashMap<&Name, Vec<Declaration<'m>>> = HashMap::new();
        let mut used = vec![false; steps.len()];
        for (objective, written) in registry.objectives.iter().zip(self.first_objectives(declared)) {
            for entry in &written.steps {
                let id =
                    self.steps.get(&(objective.product.clone(), entry.step.value.clone())).map(|(id, _)| id.index());
                let Some((at, step)) = id.and_then(|at| Some((at, registry.steps.get(at)?))) else { continue };
                used[at] = true;
                let effective = EffectiveCriticality::of_use(step, objective);
                let said = match effective.source {
                    CriticalitySource::Use => entry.criticality.as_ref(),
                    CriticalitySource::Step => steps[at].criticality.as_ref(),
                    _ => None,
                };
                let objective_said = (effective.source == CriticalitySource::Objective)
                    .then(|| written.criticality.as_ref().map(|c| &c.place));
                all.entry(&objective.product).or_default().push(Declaration {
                    subject: Subject::of_use(step, objective, of_product(&objective.product)),
                    effective,
                    place: &entry.step.place,
                    said: said.map_or(&entry.step.place, |c| &c.place),
                    objective: objective_said.flatten(),
                });
            }
        }
        for (step, written) in
            registry.steps.iter().zip(&steps).zip(used).filter(|(_, used)| !used).map(|(both, _)| both)
        {
            let place = &written.header.name.place;
            all.entry(&step.product).or_default().push(Declaration {
                subject: Subject::of_step(step, [], of_product(&step.product)),
                effective: EffectiveCriticality::of_step(step, []),
                place,
                said: written.criticality.as_ref().map_or(place, |c| &c.place),
                objective: None,
            });
        }
        all
    }

    fn check_tags(&mut self, written: &DeclaredSeverityPolicy, declarations: &[Declaration<'_>]) {
        let known: BTreeSet<&str> = declarations.iter().flat_map(|d| d.subject.tags).map(Name::as_str).collect();
        let known: Vec<&str> = known.into_iter().collect();
        for rule in &written.rules {
            let Some(DeclaredScope::Any { tags, .. }) = &rule.scope else { continue };
            for tag in tags.iter().filter(|tag| !known.contains(&tag.value.as_str())) {
                let message = format!("no step has the tag `{}`", tag.value);
                let help = or_else(&did_you_mean(tag.value.as_str(), &known), "give the steps that are meant this tag");
                self.found.push(Diagnostic::new(Code::EmptyScope, tag.place.clone(), message).help(help));
            }
        }
    }

    /// Declared criticalities that are not what a total outage would imply. Without a policy of its own, a product has only agreed to what
    /// its tags `core` and `auxiliary` say.
    fn check_contradictions(
        &mut self,
        policy: &SeverityPolicy,
        written: Option<&DeclaredSeverityPolicy>,
        declarations: &[Declaration<'_>],
    ) {
        let subjects: Vec<Subject<'_>> = declarations.iter().map(|d| d.subject.clone()).collect();
        let implications = Implications::new(policy, &subjects);
        let is_decided = |subject: &Subject<'_>| {
            let by_default = |tag: &Name| [SeverityPolicy::CORE, SeverityPolicy::AUXILIARY].contains(&tag.as_str());
            written.is_some() || subject.tags.iter().any(by_default)
        };
        let mut told = HashSet::new();
        let mut all = Vec::new();
        for declaration in declarations.iter().filter(|d| d.effective.is_declared() && is_decided(&d.subject)) {
            let implied = implications.criticality(&declaration.subject);
            let Some(rule) = implied.rule else { continue };
            // A step's own criticality is one text, however many uses it has.
            if implied.criticality != declaration.effective.criticality && told.insert(declaration.said) {
                all.push(Contradiction { declaration, implied: implied.criticality, rule });
            }
        }
        let mut by_objective: HashMap<&Place, Vec<&Contradiction<'_, '_>>> = HashMap::new();
        for contradiction in &all {
            if let Some(objective) = contradiction.declaration.objective {
                by_objective.entry(objective).or_default().push(contradiction);
            }
        }
        let inheriting = |objective| declarations.iter().filter(|d| d.objective == Some(objective)).count();
        by_objective.retain(|objective, of| {
            of.len() > 1 && of.len() == inheriting(*objective) && of.iter().all(|one| one.implied == of[0].implied)
        });
        for contradiction in &all {
            let declaration = contradiction.declaration;
            match declaration.objective.and_then(|objective| Some((objective, by_objective.get(objective)?))) {
                Some((place, of)) if std::ptr::eq(of[0], contradiction) => {
                    self.objective_contradicts(policy, written, place, of);
                }
                Some(_) => {}
                None => self.contradicts(policy, written, contradiction),
            }
        }
    }

    /// All steps that have their criticality from an objective contradict it in the same way: so the objective is to be mended.
    fn objective_contradicts(
        &mut self,
        policy: &SeverityPolicy,
        written: Option<&DeclaredSeverityPolicy>,
        place: &Place,
        of: &[&Contradiction<'_, '_>],
    ) {
        let (first, number) = (of[0], of.len());
        let subject = &first.declaration.subject;
        let objective = subject.path.objective.as_ref().map_or("", Name::as_str);
        let (declared, implied) = (first.declaration.effective.criticality, first.implied);
        let message = format!(
            "objective `{objective}` is declared `{declared}`, and a total outage of any of the {number} steps that have it from there implies `{implied}`"
        );
        let diagnostic = Diagnostic::new(Code::Contradiction, place.clone(), message);
        let mend = format!("write `{implied}` here, or `criticality` beside the steps that differ");
        self.found.push(with_rule(diagnostic, &mend, policy, written, first.rule));
    }

    fn contradicts(
        &mut self,
        policy: &SeverityPolicy,
        written: Option<&DeclaredSeverityPolicy>,
        contradiction: &Contradiction<'_, '_>,
    ) {
        let Contradiction { declaration, implied, rule } = contradiction;
        let (path, declared) = (&declaration.subject.path, declaration.effective.criticality);
        let level = &policy.levels[policy.rules[*rule].level];
        let message = format!(
            "`{path}` is declared `{declared}`, and a total outage of it is `{level}`, which implies `{implied}`"
        );
        let diagnostic = Diagnostic::new(Code::Contradiction, declaration.said.clone(), message);
        let (diagnostic, mend) = match declaration.effective.source {
            CriticalitySource::Objective => (
                diagnostic.label(format!("it has `{declared}` from its objective")),
                format!("write `{{step: {}, criticality: {implied}}}` here", path.step),
            ),
            _ => (diagnostic, format!("write `{implied}` here")),
        };
        let mend = match level_of(policy, declared).filter(|_| written.is_some() && declared > *implied) {
            Some(level) => {
                format!("{mend}, add the rule `{{level: {level}, scope: {{steps: {path}}}, impact: \"> 20%\"}}`")
            }
            None => mend,
        };
        self.found.push(with_rule(diagnostic, &mend, policy, written, *rule));
    }

    /// Live steps, and uses of them, that no rule is about.
    fn check_reached(&mut self, policy: &SeverityPolicy, declarations: &[Declaration<'_>]) {
        let is_live = |d: &&Declaration<'_>| d.subject.stage == Stage::Live;
        for declaration in declarations.iter().filter(is_live).filter(|d| !policy.reaches(&d.subject)) {
            let message =
                format!("no rule of severity policy `{}` is about `{}`", policy.name, declaration.subject.path);
            let diagnostic = Diagnostic::new(Code::Unreached, declaration.place.clone(), message);
            let help = "when it fails nobody would know how bad that is: add a rule, or end the policy with `{level: minor, scope: all, impact: any}`";
            self.found.push(diagnostic.help(help));
        }
    }
}

/// The least level that implies a criticality. A rule can only make a step more important: of several the worst level counts.
fn level_of(policy: &SeverityPolicy, criticality: Criticality) -> Option<&Name> {
    let mut levels = policy.levels.iter().zip(&policy.criticality).rev();
    levels.find(|(_, implied)| **implied == criticality).map(|(level, _)| level)
}

/// A contradiction with the rule that decides, and what can be done beside mending the declaration.
fn with_rule(
    diagnostic: Diagnostic,
    mend: &str,
    policy: &SeverityPolicy,
    written: Option<&DeclaredSeverityPolicy>,
    rule: usize,
) -> Diagnostic {
    match written {
        Some(written) => {
            let help = format!("{mend}, or change the rule: the two must agree on how much the step matters");
            diagnostic.related(written.rules[rule].place.clone(), "this rule decides").help(help)
        }
        None => {
            let (impact, level) = (policy.rules[rule].impact, &policy.levels[policy.rules[rule].level]);
            let help = format!(
                "{mend}, change the step's tags, or write a `SeverityPolicy`: without one, impact {impact} on it is `{level}`"
            );
            diagnostic.help(help)
        }
    }
}

//! Steps as severity judges them: which of them and of their uses, what their SLOs tolerate, what says that an attempt was slow, and who answers.

use crate::Registry;
use milepost_impact::{Scope, SeverityPolicy, Subject, Tolerated};
use milepost_model::{Kpi, Name, Step, StepPath};
use milepost_slo::{Indicator, Method, SliType, Slo, Urgency};
use std::collections::BTreeSet;

/// A step, or a use of one, as severity judges it.
#[derive(Clone, Debug)]
pub struct JudgedStep<'r> {
    /// The step.
    pub step: &'r Step,
    /// As scopes are held against it.
    pub subject: Subject<'r>,
    /// What its SLOs tolerate.
    pub tolerated: Tolerated,
    /// Says which of its successes are slow, where an SLO does.
    pub slow_by: Option<&'r Indicator>,
}

impl Registry {
    /// Everything of a product that its severity policy judges: its steps, then the uses of steps that a rule or a KPI names.
    pub fn judged_steps(&self, product: &Name, policy: &SeverityPolicy) -> Vec<JudgedStep<'_>> {
        let kpis: &[Kpi] = self.product(product).map_or(&[], |product| &product.kpis);
        let steps = || self.steps.iter().filter(|step| step.product == *product);
        let whole = steps().map(|step| self.judged_step(step, kpis));
        let of_kpis = kpis.iter().flat_map(|kpi| &kpi.steps);
        let named: Vec<&StepPath> =
            policy.rules.iter().flat_map(|rule| uses_named(&rule.scope)).chain(of_kpis).collect();
        let uses = steps().flat_map(|step| self.objectives_of(step).map(move |objective| (step, objective)));
        let uses = uses.filter_map(|(step, objective)| {
            let subject = Subject::of_use(step, objective, kpis);
            named.contains(&&subject.path).then_some((step, subject))
        });
        whole.chain(uses.map(|(step, subject)| self.judged(step, subject))).collect()
    }

    /// A step as such, in all its uses.
    pub fn judged_step<'r>(&'r self, step: &'r Step, kpis: &'r [Kpi]) -> JudgedStep<'r> {
        self.judged(step, Subject::of_step(step, self.objectives_of(step), kpis))
    }

    fn judged<'r>(&'r self, step: &'r Step, subject: Subject<'r>) -> JudgedStep<'r> {
        let path = subject.path.clone();
        let of_path = || self.slos_at_service(step).filter(|slo| is_about(&path, &slo.indicator.path));
        let availability = of_path().filter(|slo| slo.indicator.sli == SliType::Availability);
        let latency = || of_path().filter(|slo| matches!(slo.indicator.sli, SliType::Latency(_)));
        let tolerated = Tolerated::by(availability.map(|slo| slo.target), latency().map(|slo| slo.target));
        let slow_by = latency().next();
        JudgedStep { step, subject, tolerated, slow_by: slow_by.map(|slo| &slo.indicator) }
    }

    /// The SLOs of a step, or of a use of it, by what is seen at the service.
    pub fn slos_at_service<'r>(&'r self, step: &'r Step) -> impl Iterator<Item = &'r Slo> {
        let of_step = |slo: &&Slo| slo.product == step.product && slo.indicator.path.step == step.name;
        self.slos.iter().filter(move |slo| of_step(slo) && slo.indicator.method == Method::Service)
    }

    /// The services by whose telemetry attempts of a step are counted: those of its measuring points, and of the roots of traces that are such attempts.
    pub fn sources_of(&self, step: &Step) -> Vec<Name> {
        let id = self.step(&step.product, &step.name);
        let roots = self.trace_rules.iter().filter(|rule| Some(rule.step.step) == id).map(|rule| &rule.root);
        let services: BTreeSet<&Name> = step.measure.iter().chain(roots).map(|of| &of.service).collect();
        let is_known = |name: &&Name| self.services.iter().any(|service| service.name == **name);
        services.into_iter().filter(is_known).cloned().collect()
    }

    /// Whether somebody has promised to be woken for a step: an SLO of it, or of a use of it, pages, or one of another tool is bound to it.
    pub fn is_supported(&self, step: &Step) -> bool {
        let pages = |slo: &Slo| slo.alerts.tiers.iter().any(|tier| tier.urgency == Urgency::Page);
        let is_own = |slo: &&Slo| slo.product == step.product && slo.indicator.path.step == step.name;
        let is_bound = |slo: &milepost_slo::open::OpenSlo| {
            slo.binding.as_ref().is_some_and(|to| to.product == step.product && to.path.step == step.name)
        };
        self.slos.iter().filter(is_own).any(pages) || self.open_slos.iter().any(is_bound)
    }

    /// The team that answers for a step: its own, else the one of the first objective that uses it, else the product's.
    pub fn owner_of<'r>(&'r self, step: &'r Step) -> &'r str {
        let of_objective = || self.objectives_of(step).find_map(|objective| objective.owner.as_deref());
        let of_product = || self.product(&step.product).map(|product| product.owner.as_str());
        step.owner.as_deref().or_else(of_objective).or_else(of_product).unwrap_or_default()
    }
}

/// Whether what an SLO promises says something of a step or a use of it.
fn is_about(judged: &StepPath, promised: &StepPath) -> bool {
    judged.covers(promised) || promised.covers(judged)
}

fn uses_named(scope: &Scope) -> impl Iterator<Item = &StepPath> {
    let steps: &[StepPath] = match scope {
        Scope::All => &[],
        Scope::Any { steps, .. } => steps,
    };
    steps.iter().filter(|path| path.objective.is_some())
}

#[cfg(test)]
mod tests {
    const SHOP: &str = "
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: d, owner: o}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: d, steps: [login, order]}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: look}, spec: {description: d, owner: lookers, steps: [login]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [web POST /orders]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: login}, spec: {description: d, start: s, success: t, measure: [web POST /login]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: o}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: fast}, spec: {step: look/login, type: latency, threshold: 1s, target: 97%}}
---
{apiVersion: milepost/v1, kind: SeverityPolicy, metadata: {name: severity}, spec: {description: d, rules: [
  {level: major, scope: {steps: [look/login]}, impact: any}, {level: minor, scope: all, impact: any}]}}
";

    #[test]
    fn steps_are_judged_and_the_uses_that_a_rule_names() {
        let registry = crate::read_texts([("shop.yaml", SHOP)]).registry.expect("a registry");
        let product = &registry.products[0].name;
        let judged = registry.judged_steps(product, &registry.severity_policy(product));
        let told = judged.iter().map(|of| {
            let slow = of.slow_by.map(|indicator| indicator.sli.to_string()).unwrap_or_default();
            (of.subject.path.to_string(), of.tolerated.slow.to_string(), slow)
        });
        let expected = [("order", "1%", ""), ("login", "3%", "latency"), ("look/login", "3%", "latency")];
        for (told, (path, tolerated, slow)) in told.zip(expected) {
            assert_eq!((told.0.as_str(), told.1.as_str()), (path, tolerated));
            assert!(told.2.starts_with(slow) && told.2.is_empty() == slow.is_empty(), "{}", told.2);
        }
        assert_eq!(judged.len(), 3);
    }

    #[test]
    fn steps_are_supported_by_slos_that_page_and_belong_to_somebody() {
        let registry = crate::read_texts([("shop.yaml", SHOP)]).registry.expect("a registry");
        let of =
            |place: usize| (registry.is_supported(&registry.steps[place]), registry.owner_of(&registry.steps[place]));
        assert_eq!([of(0), of(1)], [(false, "o"), (true, "lookers")]);
    }
}

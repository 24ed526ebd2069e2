//! Rules: steps and classes looked up, disagreements found.

use super::Resolver;
use super::attempt::Attempts;
use super::reference::Sort;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::rules::{Common, DeclaredRule, DeclaredRules, DeclaredTraceRule};
use crate::quote::quote;
use crate::source::{Place, Spanned};
use milepost_annotate::{Rule, StepChoice, TraceRule, conflicts, trace_conflicts};
use milepost_model::{Name, Operation, Service, Step};
use std::collections::{HashMap, HashSet};

const SAME_RANK: &str = "they are equally specific, so only their order would decide: add a condition to one of them";
const SAME_CALLS: &str = "they look for the same calls: name under `when:` a call that only one of the steps makes";

impl Resolver<'_> {
    pub(super) fn rules(
        &mut self,
        declared: &[DeclaredRules],
        steps: &[Step],
        services: &[Service],
    ) -> (Vec<Rule>, Vec<TraceRule>) {
        let mut rules: Vec<(Rule, &Common)> = Vec::new();
        let mut trace_rules: Vec<(TraceRule, &Common)> = Vec::new();
        // Rules that fit nothing since they name a service that is not there: that is said once.
        let mut slips: HashSet<String> = HashSet::new();
        let mut seen: HashMap<&Name, &Place> = HashMap::new();
        for document in declared {
            let name = &document.header.name;
            let first = *seen.entry(&name.value).or_insert(&name.place);
            let is_again = *first != name.place;
            if is_again {
                self.found.push(super::duplicate_of(&document.header, "annotation rules", first));
            }
            let product = document.header.belongs.as_ref();
            for (at, declared) in document.rules.iter().enumerate() {
                let id = rule_id(&name.value, &declared.common, at);
                if !self.are_services(&declared.services, product) {
                    slips.insert(id.clone());
                }
                let rule = self.rule(id, declared, product).filter(|_| !is_again);
                rules.extend(rule.map(|rule| (rule, &declared.common)));
            }
            for (at, declared) in document.trace_rules.iter().enumerate() {
                let Some(product) = product else { continue };
                let id = rule_id(&name.value, &declared.common, document.rules.len() + at);
                let rule = self.trace_rule(id, declared, product).filter(|_| !is_again);
                trace_rules.extend(rule.map(|rule| (rule, &declared.common)));
            }
        }
        self.check_counted_twice(&trace_rules, steps);
        let attempts = Attempts::new(steps, services);
        for (rule, common) in
            rules.iter().filter(|(rule, _)| !slips.contains(&rule.id) && attempts.are_impossible(rule))
        {
            self.never_an_attempt(rule, common, steps);
        }
        let (rules, said): (Vec<Rule>, Vec<&Common>) = rules.into_iter().unzip();
        for conflict in conflicts(&rules) {
            let both = [conflict.first.index(), conflict.second.index()];
            self.disagree(both.map(|at| (&*rules[at].id, &said[at].place)), SAME_RANK);
        }
        let (trace_rules, said): (Vec<TraceRule>, Vec<&Common>) = trace_rules.into_iter().unzip();
        for (first, second) in trace_conflicts(&trace_rules) {
            self.disagree([first, second].map(|at| (&*trace_rules[at].id, &said[at].place)), SAME_CALLS);
        }
        (rules, trace_rules)
    }

    fn rule(&mut self, id: String, declared: &DeclaredRule, product: Option<&Name>) -> Option<Rule> {
        let common = &declared.common;
        let step = common.step.as_ref().and_then(|path| {
            let (step, objective) = self.known_path(product?, path)?;
            Some(StepChoice { step, objective })
        });
        let class = declared.class.as_ref().and_then(|class| self.known_class(class));
        if step.is_some() != common.step.is_some() || class.is_some() != declared.class.is_some() {
            return None;
        }
        let (assumption, confidence) = (common.assumption.clone(), common.confidence);
        Some(Rule { id, predicates: declared.predicates.clone()?, step, class, assumption, confidence })
    }

    fn trace_rule(&mut self, id: String, declared: &DeclaredTraceRule, product: &Name) -> Option<TraceRule> {
        for operation in declared.root.iter().chain(&declared.when).chain(&declared.requires) {
            self.check_operation(product, operation);
        }
        let common = &declared.common;
        let (step, objective) = self.known_path(product, common.step.as_ref()?)?;
        let values = |operations: &[Spanned<Operation>]| operations.iter().map(|o| o.value.clone()).collect();
        Some(TraceRule {
            id,
            root: declared.root.as_ref()?.value.clone(),
            scope: declared.scope,
            when: values(&declared.when),
            requires: values(&declared.requires),
            step: StepChoice { step, objective },
            product: product.clone(),
            assumption: common.assumption.clone(),
            confidence: common.confidence,
        })
    }

    /// Whether the registry has the services that a rule names. Those of rules that belong to no product may be of any.
    fn are_services(&mut self, services: &[Spanned<String>], product: Option<&Name>) -> bool {
        let mut all = true;
        for service in services {
            let is_of = |of: &Name| product.is_none_or(|product| product == of);
            let is_known = self.offers.keys().any(|(of, name)| is_of(of) && name.as_str() == service.value);
            if is_known || self.unread.may_declare(&service.value) {
                continue;
            }
            all = false;
            let message = format!("there is no service {}", quote(&service.value));
            let products: Vec<Name> = product.map_or_else(
                || self.products.iter().map(|p| p.name.clone()).collect(),
                |product| vec![product.clone()],
            );
            let known: Vec<_> =
                products.iter().flat_map(|product| self.names(Sort::Service, product).to_vec()).collect();
            let help = match self.known.nearest(&service.value, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "declare it with a document of `kind: Service`, so that people know whose it is".to_owned(),
            };
            self.found.push(Diagnostic::new(Code::NoSuchService, service.place.clone(), message).help(help));
        }
        all
    }

    /// Where a trace has a measuring point of the step beside the root that a trace rule judges, both count it. A root that is a measuring
    /// point itself is left alone by trace rules.
    fn check_counted_twice(&mut self, trace_rules: &[(TraceRule, &Common)], steps: &[Step]) {
        for (rule, common) in trace_rules {
            let step = &steps[rule.step.step.index()];
            let Some(measured) = step.measure.iter().find(|operation| **operation != rule.root) else { continue };
            let message =
                format!("attempts of `{}` may count twice: by this trace rule and at `{measured}`", step.name);
            let help = "remove one of the two: `measure:` of the step, or the trace rule";
            let place = common.step.as_ref().map_or(&common.place, |step| &step.place).clone();
            self.found.push(Diagnostic::new(Code::CountedTwice, place, message).help(help));
        }
    }

    fn never_an_attempt(&mut self, rule: &Rule, common: &Common, steps: &[Step]) {
        let (Some(choice), Some(path)) = (rule.step, &common.step) else { return };
        let step = &steps[choice.step.index()];
        let message = format!("rule `{}` fits no request that `{}` is measured at", rule.id, step.name);
        let measured: Vec<String> = step.measure.iter().take(3).map(|o| format!("`{o}`")).collect();
        let more = if step.measure.len() > measured.len() { ", ..." } else { "" };
        let help = format!(
            "attempts at the step are counted at {}{more}: make the rule fit one of them, or name what it fits under `measure:`",
            measured.join(", ")
        );
        self.found.push(Diagnostic::new(Code::NeverAnAttempt, path.place.clone(), message).help(help));
    }

    fn disagree(&mut self, [(first, first_place), (second, second_place)]: [(&str, &Place); 2], help: &str) {
        let message = format!("rules `{first}` and `{second}` give different steps to the same requests");
        let diagnostic = Diagnostic::new(Code::RulesDisagree, second_place.clone(), message);
        self.found.push(diagnostic.related(first_place.clone(), "the other rule").help(help));
    }
}

fn rule_id(document: &Name, common: &Common, at: usize) -> String {
    match &common.name {
        Some(name) => format!("{document}/{}", name.value),
        None => format!("{document}/{}", at + 1),
    }
}

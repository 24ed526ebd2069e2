//! Rules: steps and classes looked up, disagreements found.

use super::Resolver;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::rules::{DeclaredRule, DeclaredRules, DeclaredTraceRule};
use crate::source::Place;
use milepost_annotate::{Rule, StepChoice, TraceRule, conflicts, trace_conflicts};
use milepost_model::{Name, ObjectiveId, StepId};

impl Resolver<'_> {
    pub(super) fn rules(&mut self, declared: &[DeclaredRules]) -> (Vec<Rule>, Vec<TraceRule>) {
        let mut rules = Vec::new();
        let mut rule_places: Vec<&Place> = Vec::new();
        let mut trace_rules = Vec::new();
        let mut trace_places: Vec<&Place> = Vec::new();
        let mut seen: Vec<&super::Header> = Vec::new();
        for document in declared {
            let name = &document.header.name;
            if let Some(first) = seen.iter().find(|h| h.name.value == name.value) {
                self.found.push(super::duplicate("annotation rules", &name.value, &name.place, &first.name.place));
                continue;
            }
            seen.push(&document.header);
            // Rules that only give classes hold for every product.
            let names_step = document.rules.iter().any(|r| r.step.is_some()) || !document.trace_rules.is_empty();
            let product = if names_step { self.product(&document.header) } else { None };
            for (at, rule) in document.rules.iter().enumerate() {
                let id = rule_id(&name.value, rule.name.as_ref().map(|n| &n.value), at);
                if let Some(rule) = self.rule(id, rule, product.as_ref()) {
                    rules.push(rule);
                    rule_places.push(&document.rules[at].place);
                }
            }
            for (at, rule) in document.trace_rules.iter().enumerate() {
                let id = rule_id(&name.value, rule.name.as_ref().map(|n| &n.value), document.rules.len() + at);
                let Some(product) = &product else { continue };
                if let Some(rule) = self.trace_rule(id, rule, product) {
                    trace_rules.push(rule);
                    trace_places.push(&document.trace_rules[at].place);
                }
            }
        }
        for conflict in conflicts(&rules) {
            let (first, second) = (conflict.first.index(), conflict.second.index());
            self.disagree(&rules[first].id, rule_places[first], &rules[second].id, rule_places[second]);
        }
        for (first, second) in trace_conflicts(&trace_rules) {
            self.disagree(&trace_rules[first].id, trace_places[first], &trace_rules[second].id, trace_places[second]);
        }
        (rules, trace_rules)
    }

    fn rule(&mut self, id: String, declared: &DeclaredRule, product: Option<&Name>) -> Option<Rule> {
        let step = match &declared.step {
            Some(path) => Some(choice(self.known_path(product?, path)?)),
            None => None,
        };
        let class = match &declared.class {
            Some(class) => Some(self.known_class(class)?),
            None => None,
        };
        Some(Rule {
            id,
            predicates: declared.predicates.clone(),
            step,
            class,
            assumption: declared.assumption.clone(),
            confidence: declared.confidence,
        })
    }

    fn trace_rule(&mut self, id: String, declared: &DeclaredTraceRule, product: &Name) -> Option<TraceRule> {
        for operation in std::iter::once(&declared.root).chain(&declared.when).chain(&declared.requires) {
            self.check_operation(product, operation);
        }
        let values = |operations: &[crate::source::Spanned<milepost_model::Operation>]| {
            operations.iter().map(|o| o.value.clone()).collect()
        };
        Some(TraceRule {
            id,
            root: declared.root.value.clone(),
            scope: declared.scope,
            when: values(&declared.when),
            requires: values(&declared.requires),
            step: choice(self.known_path(product, &declared.step)?),
            product: product.clone(),
            assumption: declared.assumption.clone(),
            confidence: declared.confidence,
        })
    }

    fn disagree(&mut self, first: &str, first_place: &Place, second: &str, second_place: &Place) {
        let message = format!("rules `{first}` and `{second}` give different steps to the same requests");
        let help = "they are equally specific, so only their order would decide: add a condition to one of them";
        let diagnostic = Diagnostic::new(Code::RulesDisagree, second_place.clone(), message);
        self.found.push(diagnostic.related(first_place.clone(), "the other rule").help(help));
    }
}

fn rule_id(document: &Name, rule: Option<&Name>, at: usize) -> String {
    match rule {
        Some(name) => format!("{document}/{name}"),
        None => format!("{document}/{}", at + 1),
    }
}

fn choice((step, objective): (StepId, Option<ObjectiveId>)) -> StepChoice {
    StepChoice { step, objective }
}

//! SLOs: indicators built from steps, types and expressions.

use super::Resolver;
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::slo::DeclaredSlo;
use crate::source::{Place, Spanned};
use milepost_expr::{Columns, Expr};
use milepost_model::{Name, StepPath, TrafficClass};
use milepost_slo::{Indicator, Method, Slo};
use std::collections::HashMap;

impl Resolver<'_> {
    pub(super) fn slos(&mut self, declared: &[DeclaredSlo], registry: &mut Registry) {
        // Resolving emptied these into the registry; looking up goes on by what it holds.
        self.products.clone_from(&registry.products);
        self.classes.clone_from(&registry.classes);
        let mut seen: HashMap<(Name, Name), Place> = HashMap::new();
        for slo in declared {
            let Some(product) = self.product(&slo.header) else { continue };
            let name = &slo.header.name;
            let key = (product.clone(), name.value.clone());
            if let Some(first) = seen.get(&key) {
                self.found.push(super::duplicate("SLO", &name.value, &name.place, first));
                continue;
            }
            seen.insert(key, name.place.clone());
            let columns = registry.columns(&product);
            if let Some(indicator) = self.indicator(slo, &product, &columns, registry) {
                registry.slos.push(Slo {
                    product,
                    name: name.value.clone(),
                    title: slo.title.clone(),
                    description: slo.description.clone(),
                    indicator,
                    target: slo.target,
                    window: slo.window.clone(),
                    budgeting: slo.budgeting,
                });
            }
        }
    }

    fn indicator(
        &mut self,
        slo: &DeclaredSlo,
        product: &Name,
        columns: &Columns,
        registry: &Registry,
    ) -> Option<Indicator> {
        let path = self.known_path(product, &slo.step);
        let class = match &slo.class {
            Some(class) => self.known_class(class).map(|id| registry.classes[id.index()].clone()),
            None => Some(TrafficClass::default()),
        };
        if slo.method != Method::Service
            && let Some(place) = &slo.method_place
        {
            let message = format!("`{}` measurements are not read by this version", slo.method.as_str());
            let help = "the SLO has no data until they are; `method: service` is measured";
            self.found.push(Diagnostic::new(Code::NoFacts, place.clone(), message).help(help));
        }
        let extra = slo.valid.as_ref().map(|text| self.expression(text, columns));
        let good = match (&slo.good, slo.sli.default_good()) {
            (Some(text), _) => self.expression(text, columns),
            (None, Some(text)) => built_in(&text, columns),
            (None, None) => {
                let message = format!("an SLO of type `{}` lacks `good`", slo.sli.as_str());
                let help =
                    "say which events are good, as an expression over the columns of facts: `good: cache = 'fresh'`";
                let diagnostic = Diagnostic::new(Code::MissingGood, slo.header.name.place.clone(), message);
                self.found.push(diagnostic.help(help));
                None
            }
        };
        let (step, _) = path?;
        let class = class?;
        let scope = scope(&slo.step.value, slo.method, &class);
        let mut valid = vec![built_in(&scope, columns)?, built_in(&slo.sli.valid(), columns)?];
        if let Some(extra) = extra {
            valid.push(extra?);
        }
        Some(Indicator {
            product: product.clone(),
            path: slo.step.value.clone(),
            method: slo.method,
            class,
            sli: slo.sli,
            valid: Expr::and(valid),
            good: good?,
            outcomes: registry.steps[step.index()].outcomes.clone(),
        })
    }

    fn expression(&mut self, text: &Spanned<String>, columns: &Columns) -> Option<Expr> {
        let errors = match Expr::parse(&text.value, columns) {
            Ok(expr) => return Some(expr),
            Err(errors) => errors,
        };
        for error in errors {
            // Within the text as it stands in the file; folded text has no such place, so the whole of it is shown.
            let length = text.place.range.len();
            let start = text.place.range.start;
            let range = match error.span.end <= length && text.value.len() <= length {
                true => start + error.span.start..start + error.span.end.max(error.span.start + 1).min(length),
                false => text.place.range.clone(),
            };
            let place = Place { file: text.place.file, range };
            self.found.push(Diagnostic::new(Code::BadExpression, place, error.message).help(error.help));
        }
        None
    }
}

/// Which facts of the step count at all.
fn scope(path: &StepPath, method: Method, class: &TrafficClass) -> String {
    let mut text =
        format!("role = 'step' AND source = '{}' AND class = '{class}' AND step = '{}'", method.source(), path.step);
    if let Some(objective) = &path.objective {
        text.push_str(&format!(" AND objective = '{objective}'"));
    }
    text
}

/// An expression of ours, which parses.
fn built_in(text: &str, columns: &Columns) -> Option<Expr> {
    let parsed = Expr::parse(text, columns);
    debug_assert!(parsed.is_ok(), "{text}: {parsed:?}");
    parsed.ok()
}

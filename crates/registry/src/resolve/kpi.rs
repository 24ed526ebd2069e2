//! KPIs that severity rules judge: whether any step tells an amount of them.

use super::Resolver;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::severity::{DeclaredScope, DeclaredSeverityPolicy};
use milepost_model::{Kpi, Product, Step};

impl Resolver<'_> {
    /// Reports KPIs of rules that nothing is ever known of: no step moves them, or their number is carried where none is read.
    pub(super) fn check_amounts(&mut self, written: &DeclaredSeverityPolicy, product: &Product, steps: &[Step]) {
        for rule in &written.rules {
            let Some(DeclaredScope::Any { kpis, .. }) = &rule.scope else { continue };
            for named in kpis {
                let Some((message, help)) = product.kpi(&named.value).and_then(|kpi| nothing_told(kpi, product, steps))
                else {
                    continue;
                };
                self.found.push(Diagnostic::new(Code::NoAmounts, named.place.clone(), message).help(help));
            }
        }
    }
}

/// Why no amount is ever told of a KPI, and what would be right.
fn nothing_told(kpi: &Kpi, product: &Product, steps: &[Step]) -> Option<(String, String)> {
    let name = &kpi.name;
    if kpi.steps.is_empty() {
        let help = format!("say which steps move it, under the product's `kpis`: `{name}: {{steps: [...]}}`");
        return Some((format!("no step moves the KPI `{name}`"), help));
    }
    let value = kpi.value.as_ref()?;
    let moving = |step: &&Step| step.product == product.name && kpi.steps.iter().any(|path| path.step == step.name);
    let mut moving = steps.iter().filter(moving);
    let is_carried = moving.any(|step| !step.measure.is_empty());
    (!is_carried).then(|| {
        let message = format!("no step that moves the KPI `{name}` is measured at an operation that could carry {value}");
        let help = format!(
            "attempts that trace rules find carry no number: measure one of its steps at an operation, or leave out `value` of `{name}`, so that each success counts as one"
        );
        (message, help)
    })
}

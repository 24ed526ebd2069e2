//! Grafana dashboards: one for each product, with a row for each step that has SLOs.
//!
//! Panels ask the recorded series of [`crate::prometheus`] and the metrics of a Milepost server. The data source is a variable, and ids are made of names, so that
//! a dashboard that is exported again replaces itself.

mod dashboard;
mod panel;

use crate::prometheus::Rules;
use crate::remark::Remarks;
use milepost_model::Name;
use milepost_registry::Registry;
use serde_json::Value;

/// The dashboards of a registry.
#[derive(Clone, Debug, Default)]
pub struct Dashboards {
    /// One for each product with SLOs that Milepost measures, in the order of the products.
    pub products: Vec<(Name, Value)>,
    /// How many SLOs they show.
    pub slos: usize,
    /// What is left out: SLOs that have no rules.
    pub remarks: Remarks,
}

impl Dashboards {
    /// The dashboards over the rules of a registry.
    pub fn of(registry: &Registry) -> Self {
        let Rules { slos, mut remarks, .. } = Rules::of(registry);
        // How alerts differ is told where the rules are exported.
        remarks.only_left_out();
        let with_rules = registry.products.iter().filter_map(|product| {
            let is_shown = |slo: &&milepost_slo::Slo| slo.product == product.name && !remarks.is_left_out(slo);
            let shown: Vec<&milepost_slo::Slo> = registry.slos.iter().filter(is_shown).collect();
            (!shown.is_empty()).then(|| (product.name.clone(), dashboard::dashboard(registry, product, &shown)))
        });
        let products = with_rules.collect();
        Self { products, slos, remarks }
    }
}

/// A dashboard as a file that Grafana reads.
pub fn text(dashboard: &Value) -> String {
    // Writing a value to a string cannot fail.
    serde_json::to_string_pretty(dashboard).unwrap_or_default() + "\n"
}

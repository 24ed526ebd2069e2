//! Labels of recorded series and alerts: Sloth's, by which its dashboards find an SLO, and Milepost's own.

use crate::yaml::Yaml;
use milepost_model::Criticality;
use milepost_registry::Registry;
use milepost_slo::Slo;
use std::collections::BTreeMap;

/// The labels of everything of an SLO, by name.
pub(super) struct Labels {
    common: BTreeMap<&'static str, String>,
}

impl Labels {
    pub(super) fn of(registry: &Registry, slo: &Slo) -> Self {
        let path = &slo.indicator.path;
        let criticality = registry.criticality(&slo.product, path);
        let criticality = criticality.map_or(Criticality::None, |effective| effective.criticality);
        let mut common = BTreeMap::from([
            ("class", slo.indicator.class.to_string()),
            ("criticality", criticality.to_string()),
            ("method", slo.indicator.method.as_str().to_owned()),
            ("product", slo.product.to_string()),
            ("slo", slo.name.to_string()),
            ("sloth_id", format!("{}-{}", slo.product, slo.name)),
            ("sloth_service", slo.product.to_string()),
            ("sloth_slo", slo.name.to_string()),
            ("step", path.step.to_string()),
        ]);
        // Prometheus takes an empty label for none.
        common.extend(path.objective.as_ref().map(|objective| ("objective", objective.to_string())));
        Self { common }
    }

    /// The matchers that select the SLO's recorded series.
    pub(super) fn matchers(&self) -> String {
        let of = |label: &str| format!("{label}=\"{}\"", self.common[label]);
        [of("sloth_id"), of("sloth_service"), of("sloth_slo")].join(", ")
    }

    /// The labels with these beside them.
    pub(super) fn with<'l>(&self, more: impl IntoIterator<Item = (&'l str, String)>) -> Yaml {
        let mut labels: BTreeMap<&str, String> = self.common.iter().map(|(name, text)| (*name, text.clone())).collect();
        labels.extend(more);
        Yaml::Map(labels.into_iter().map(|(name, text)| (name.to_owned(), Yaml::Text(text))).collect())
    }
}

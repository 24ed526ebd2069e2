//! Which SLOs of a product a policy or a maintenance is about.

use milepost_model::{Criticality, Name, StepPath};

/// Which SLOs of a product something applies to: those that any of its lists has; all of the product when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SloScope {
    /// SLOs by name.
    pub slos: Vec<Name>,
    /// Steps, or uses of steps.
    pub steps: Vec<StepPath>,
    /// Steps of these criticalities.
    pub criticality: Vec<Criticality>,
}

impl SloScope {
    /// Whether it is for every SLO of the product.
    pub fn is_everything(&self) -> bool {
        self.slos.is_empty() && self.steps.is_empty() && self.criticality.is_empty()
    }

    /// Whether it holds for an SLO by this name, of this step path and criticality.
    pub fn holds(&self, slo: &str, path: &StepPath, criticality: Criticality) -> bool {
        self.is_everything()
            || self.slos.iter().any(|name| name.as_str() == slo)
            || self.steps.iter().any(|scope| scope.covers(path))
            || self.criticality.contains(&criticality)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_holds_for_what_any_of_its_lists_has() {
        let slo = "send-mail-latency";
        let path: StepPath = "compose-mail/send-mail".parse().unwrap();
        let none = Criticality::None;
        let scope = |slos: &[&str], steps: &[&str], criticality: &[Criticality]| SloScope {
            slos: slos.iter().map(|text| Name::new(text).unwrap()).collect(),
            steps: steps.iter().map(|text| text.parse().unwrap()).collect(),
            criticality: criticality.to_vec(),
        };
        assert!(SloScope::default().holds(slo, &path, none));
        assert!(scope(&["send-mail-latency"], &[], &[]).holds(slo, &path, none));
        assert!(scope(&["other"], &["send-mail"], &[]).holds(slo, &path, none));
        assert!(scope(&[], &["other/send-mail"], &[Criticality::None]).holds(slo, &path, none));
        assert!(!scope(&["other"], &["other/send-mail"], &[Criticality::Critical]).holds(slo, &path, none));
    }
}

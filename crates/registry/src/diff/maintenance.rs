//! What is said of a maintenance: when it is, why, who has agreed, and for which SLOs.

use super::Noun;
use super::budget_policy::scope;
use super::compare::Thing;
use super::statements::Statements;
use crate::Registry;
use milepost_model::Name;
use milepost_slo::{Maintenance, When};

impl Thing for Maintenance {
    const NOUN: Noun = Noun::Maintenance;
    const BRIEF: &'static [&'static str] = &["when", "reason", "applies to"];

    fn product(&self) -> Option<&Name> {
        Some(&self.product)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn statements(&self, registry: &Registry) -> Statements {
        let mut said = Statements::default();
        let (author, approver) = self.correction.people();
        said.one("title", &self.title);
        said.one("when", when(self.correction.when()));
        said.one("category", self.correction.category().as_str());
        said.one("reason", self.correction.reason());
        said.one("author", author);
        said.one("approver", approver);
        said.one("recorded at", self.correction.recorded_at());
        said.one("applies to", scope(&self.scope));
        said.each("SLOs under it", registry.slos_of(self).map(|slo| slo.name));
        said.one("error budget", if self.is_excluded { "excluded" } else { "counted" });
        said.one("alerts", if self.is_silent { "silent" } else { "told" });
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.correction == other.correction
    }
}

fn when(when: &When) -> String {
    match when {
        When::Once { from, to } => format!("{from} to {to}"),
        When::Recurring(recurrence) => recurrence.to_string(),
    }
}

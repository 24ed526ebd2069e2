//! Severity policies: how bad an incident is, by which steps it hits and how much of them.

use crate::{Scope, Threshold};
use milepost_model::{Criticality, Date, Name, Share};

/// The severity guidelines of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityPolicy {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, unique in the product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// Why it is what it is, in words.
    pub description: String,
    /// The severities, worst first.
    pub levels: Vec<Name>,
    /// The rules, in the order in which they are written.
    pub rules: Vec<SeverityRule>,
    /// Who has agreed to it, once they have.
    pub signed_off: Option<SignOff>,
    /// How important a step is whose total outage has each level, by position in the levels.
    pub criticality: Vec<Criticality>,
}

/// One line of the guidelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityRule {
    /// The severity, as a position in the policy's levels.
    pub level: usize,
    /// Which steps it is about.
    pub scope: Scope,
    /// How much of them must be hit.
    pub impact: Threshold,
    /// Judges all attempts at the steps in scope together, and not each step alone.
    pub pooled: bool,
}

/// That product and engineering have agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    /// The stakeholder who did for the product.
    pub product: Name,
    /// The stakeholder who did for engineering.
    pub engineering: Name,
    /// The day.
    pub on: Date,
}

impl SeverityPolicy {
    /// The names of the levels when none are written, worst first.
    pub const LEVELS: [&str; 3] = ["major", "medium", "minor"];
    /// The tag of steps without which the product is of no use.
    pub const CORE: &str = "core";
    /// The tag of steps that are nice to have.
    pub const AUXILIARY: &str = "auxiliary";
    /// The name of the policy that ships with Milepost.
    pub const DEFAULT_NAME: &str = "default";

    /// The policy of a product that has written none: by the tags `core` and `auxiliary`.
    pub fn default_of(product: &Name) -> Self {
        let name = |text: &str| Name::new(text).expect("built-in words are names");
        let rule = |level, scope, percent| SeverityRule {
            level,
            scope,
            impact: Threshold::more_than(Share::from_percent(percent)).unwrap_or(Threshold::ANY),
            pooled: false,
        };
        let [core, auxiliary] = [Self::CORE, Self::AUXILIARY].map(|tag| Scope::of_tag(&name(tag)));
        Self {
            product: product.clone(),
            name: name(Self::DEFAULT_NAME),
            title: "Default severity".to_owned(),
            description: "How bad an incident is where the product has written no policy of its own.".to_owned(),
            levels: Self::LEVELS.map(name).into(),
            rules: vec![rule(0, core.clone(), 20), rule(1, core, 5), rule(1, auxiliary, 20), rule(2, Scope::All, 0)],
            signed_off: None,
            criticality: (0..Self::LEVELS.len()).map(Self::default_criticality).collect(),
        }
    }

    /// How important a step is whose total outage has the level at this position: critical, important, then none.
    pub fn default_criticality(level: usize) -> Criticality {
        match level {
            0 => Criticality::Critical,
            1 => Criticality::Important,
            _ => Criticality::None,
        }
    }
}

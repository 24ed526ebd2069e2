//! An SLO as it might be where its terms alone differ: what is counted stays, so that counts of it can be gone through without the facts.

use crate::{AlertTier, Alerts, Slo, Window};
use milepost_model::Target;

/// What is different; the rest is that of the SLO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The share that must be good.
    pub target: Option<Target>,
    /// The time over which.
    pub window: Option<Window>,
    /// The tiers of burn alerts by their names, such as `page-1h`: those of the SLO, and those that an SLO has when it says nothing.
    pub tiers: Option<Vec<String>>,
}

/// Why an SLO cannot be as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No tier has this name.
    #[error("there is no tier `{name}`: there are {}", known.join(", "))]
    UnknownTier {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// It would look at time that no window has.
    #[error("`{name}` looks back longer than the window, {window}")]
    BeyondWindow {
        /// The tier.
        name: String,
        /// The window.
        window: String,
    },
}

impl Change {
    /// Whether nothing is different.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The SLO with the change in it. Where the window alone is shorter, tiers that look back longer than it are left out.
    ///
    /// # Errors
    /// A tier that is asked for is none, or looks back longer than the window.
    pub fn of(&self, slo: &Slo) -> Result<Slo, ChangeError> {
        let mut changed = slo.clone();
        changed.target = self.target.unwrap_or(slo.target);
        changed.window = self.window.clone().unwrap_or_else(|| slo.window.clone());
        let longest = changed.window.shortest();
        changed.alerts = match &self.tiers {
            None => {
                let fitting = slo.alerts.tiers.iter().filter(|tier| tier.long <= longest);
                Alerts { form: slo.alerts.form, tiers: fitting.copied().collect() }
            }
            Some(names) => {
                let known = known(slo);
                let tiers: Result<Vec<AlertTier>, ChangeError> = names.iter().map(|name| named(name, &known)).collect();
                let mut tiers = tiers?;
                tiers.dedup();
                if let Some(beyond) = tiers.iter().find(|tier| tier.long > longest) {
                    return Err(ChangeError::BeyondWindow { name: beyond.name(), window: changed.window.to_string() });
                }
                Alerts { form: slo.alerts.form, tiers }
            }
        };
        Ok(changed)
    }
}

/// The tiers that can be asked for: those of the SLO, and the usual ones, each name once.
fn known(slo: &Slo) -> Vec<AlertTier> {
    let mut known = slo.alerts.tiers.clone();
    for (_, tier) in AlertTier::DEFAULT {
        if known.iter().all(|other| other.name() != tier.name()) {
            known.push(tier);
        }
    }
    known
}

fn named(name: &str, known: &[AlertTier]) -> Result<AlertTier, ChangeError> {
    known.iter().find(|tier| tier.name() == name).copied().ok_or_else(|| ChangeError::UnknownTier {
        name: name.to_owned(),
        known: known.iter().map(|tier| tier.name()).collect(),
    })
}

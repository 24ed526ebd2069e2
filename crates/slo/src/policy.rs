//! Error budget policies: what happens when so much of a budget is spent, and who has agreed to it.

use crate::{Fraction, SloScope};
use milepost_model::{Date, Name, Share};

/// What happens as the error budgets of some SLOs are spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorBudgetPolicy {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, unique in the product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// Why it is what it is, in words.
    pub description: String,
    /// What happens when, the lowest share first.
    pub thresholds: Vec<BudgetThreshold>,
    /// The stakeholders who have agreed.
    pub agreed_by: Vec<Name>,
    /// When they did.
    pub agreed_on: Date,
    /// Which SLOs it applies to.
    pub scope: SloScope,
}

/// What happens when a share of the budget is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetThreshold {
    /// How much is spent.
    pub spent: Share,
    /// What happens then, in words.
    pub actions: Vec<String>,
}

/// Where an error budget is by its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyStatus<'p> {
    /// Nobody can say how much is spent.
    Unknown,
    /// Below the first threshold.
    Within {
        /// What comes next, if anything.
        next: Option<&'p BudgetThreshold>,
    },
    /// A threshold is reached: its actions are due.
    Reached {
        /// The highest that is reached.
        threshold: &'p BudgetThreshold,
        /// What comes next, if anything.
        next: Option<&'p BudgetThreshold>,
    },
}

impl<'p> PolicyStatus<'p> {
    /// The name in reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Within { .. } => "within",
            Self::Reached { .. } => "reached",
        }
    }

    /// What is to be done.
    pub fn actions(self) -> &'p [String] {
        match self {
            Self::Reached { threshold, .. } => &threshold.actions,
            Self::Unknown | Self::Within { .. } => &[],
        }
    }
}

impl ErrorBudgetPolicy {
    /// The highest threshold that is reached when so much of the budget is spent.
    pub fn reached(&self, spent: Share) -> Option<&BudgetThreshold> {
        self.thresholds.iter().filter(|t| t.spent <= spent).max_by_key(|t| t.spent)
    }

    /// Where a budget is of which so much is spent; decided exactly. `None` is nobody can say, which is not nothing.
    pub fn status(&self, spent: Option<Fraction>) -> PolicyStatus<'_> {
        let Some(spent) = spent else { return PolicyStatus::Unknown };
        let is_reached = |threshold: &&BudgetThreshold| Fraction::from(threshold.spent) <= spent;
        let next = self.thresholds.iter().filter(|threshold| !is_reached(threshold)).min_by_key(|t| t.spent);
        match self.thresholds.iter().filter(is_reached).max_by_key(|t| t.spent) {
            Some(threshold) => PolicyStatus::Reached { threshold, next },
            None => PolicyStatus::Within { next },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(shares: &[u16]) -> ErrorBudgetPolicy {
        let name = Name::new("mail").unwrap();
        let threshold = |percent: &u16| BudgetThreshold { spent: Share::from_percent(*percent), actions: Vec::new() };
        ErrorBudgetPolicy {
            product: name.clone(),
            name,
            title: String::new(),
            description: String::new(),
            thresholds: shares.iter().map(threshold).collect(),
            agreed_by: Vec::new(),
            agreed_on: "2026-01-31".parse().unwrap(),
            scope: SloScope::default(),
        }
    }

    #[test]
    fn the_highest_threshold_that_is_reached_counts() {
        let policy = policy(&[50, 100]);
        let reached = |text: &str| policy.reached(text.parse().unwrap()).map(|t| t.spent.to_string());
        assert_eq!(reached("49.9%"), None);
        assert_eq!(reached("50%").as_deref(), Some("50%"));
        assert_eq!(reached("250%").as_deref(), Some("100%"));
    }

    #[test]
    fn a_status_says_what_is_due_and_what_comes_next() {
        let mut policy = policy(&[50, 100]);
        policy.thresholds[1].actions = vec!["freeze releases".to_owned()];
        let status = |above, below| policy.status(Fraction::new(above, below));
        let spent = |threshold: Option<&BudgetThreshold>| threshold.map(|t| t.spent.to_string());
        assert_eq!((status(1, 0), status(1, 0).as_str()), (PolicyStatus::Unknown, "unknown"));
        let PolicyStatus::Within { next } = status(4_999, 10_000) else { unreachable!("below 50 %") };
        assert_eq!(spent(next).as_deref(), Some("50%"));
        assert_eq!(status(4_999, 10_000).actions(), [] as [String; 0]);
        let PolicyStatus::Reached { threshold, next } = status(1, 2) else { unreachable!("50 %") };
        assert_eq!((threshold.spent.to_string().as_str(), spent(next).as_deref()), ("50%", Some("100%")));
        assert_eq!(status(3, 1).actions(), ["freeze releases"]);
    }
}

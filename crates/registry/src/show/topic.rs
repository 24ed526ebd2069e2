//! What can be shown of a product.

use crate::suggest::did_you_mean;
use std::fmt;
use std::str::FromStr;

/// One view of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What users want to achieve, and the steps that lead there.
    Objectives,
    /// Each step with its conditions, its operations and its SLOs.
    Steps,
    /// The business measures that it is judged by.
    Kpis,
    /// Who has which part in which activity.
    Raci,
    /// How bad an incident is.
    Severity,
    /// How important each use of a step is, as declared and as implied.
    Criticality,
    /// What each step promises.
    Slos,
    /// What happens when an error budget is spent.
    Budgets,
    /// What is measured from end to end.
    Flows,
    /// What each service offers, and how important that makes it.
    Services,
    /// How far the four steps of the model are taken.
    Engagement,
    /// Whether this way of working fits the product.
    Fit,
}

/// Why a text is not a [`Topic`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownTopic(String);

impl Topic {
    /// All topics, in the order in which a product is made known.
    pub const ALL: [Self; 12] = [
        Self::Objectives,
        Self::Steps,
        Self::Kpis,
        Self::Raci,
        Self::Severity,
        Self::Criticality,
        Self::Slos,
        Self::Budgets,
        Self::Flows,
        Self::Services,
        Self::Engagement,
        Self::Fit,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Objectives => "objectives",
            Self::Steps => "steps",
            Self::Kpis => "kpis",
            Self::Raci => "raci",
            Self::Severity => "severity",
            Self::Criticality => "criticality",
            Self::Slos => "slos",
            Self::Budgets => "budgets",
            Self::Flows => "flows",
            Self::Services => "services",
            Self::Engagement => "engagement",
            Self::Fit => "fit",
        }
    }

    /// The heading of its page.
    pub fn title(self) -> &'static str {
        match self {
            Self::Objectives => "User objectives and steps",
            Self::Steps => "Steps in detail",
            Self::Kpis => "Business measures",
            Self::Raci => "Roles and responsibilities",
            Self::Severity => "Severity of incidents",
            Self::Criticality => "Product criticality",
            Self::Slos => "Product SLOs",
            Self::Budgets => "Error budget policies",
            Self::Flows => "End-to-end flows",
            Self::Services => "Services and what depends on them",
            Self::Engagement => "Engagement",
            Self::Fit => "Is the model a good fit?",
        }
    }

    /// What it shows, in a line.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Objectives => "what users want to achieve, and the steps that lead there",
            Self::Steps => "each step: start, success and failure, operations, criticality, SLOs",
            Self::Kpis => "the business measures that the product is judged by, and the steps that move them",
            Self::Raci => "who is responsible, accountable, consulted and informed",
            Self::Severity => "how bad an incident is, by what it hits and how much of it",
            Self::Criticality => "how important each step is, as declared and as the severity rules imply",
            Self::Slos => "what each step promises, what counts and is good, and which steps promise nothing yet",
            Self::Budgets => "what happens when how much of an error budget is spent, and who has agreed",
            Self::Flows => "what is measured from end to end: beginning, ends, deadline",
            Self::Services => "who owns each service, what it offers, and how important that makes it",
            Self::Engagement => "the four steps of the model: what is done, what is missing, what is next",
            Self::Fit => "the four requirements, with evidence and plan",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Topic {
    type Err = UnknownTopic;
    fn from_str(text: &str) -> Result<Self, UnknownTopic> {
        let known = Self::ALL.map(Self::as_str);
        let found = Self::ALL.into_iter().find(|topic| topic.as_str() == text);
        found.ok_or_else(|| UnknownTopic(did_you_mean(text, &known)))
    }
}

//! Stakeholders: who has a say in a product, and in what.

use crate::Name;
use std::fmt;
use std::str::FromStr;

/// What a stakeholder brings to a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Decides what the product is and requires.
    ProductManager,
    /// Turns requirements into what users see and do, and finds out what they want.
    Ux,
    /// Builds the features and what they run on.
    Engineering,
    /// Talks with users when something is wrong.
    Support,
    /// Answers for the reliability of what is supported.
    Sre,
}

impl Role {
    /// All roles, those that define the product first.
    pub const ALL: [Self; 5] = [Self::ProductManager, Self::Ux, Self::Engineering, Self::Support, Self::Sre];

    /// The name in registry files, reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProductManager => "product-manager",
            Self::Ux => "ux",
            Self::Engineering => "engineering",
            Self::Support => "support",
            Self::Sre => "sre",
        }
    }

    /// Whether it decides what the product is, so that it can own objectives and steps.
    pub fn defines_product(self) -> bool {
        matches!(self, Self::ProductManager | Self::Ux)
    }

    /// Whether it builds or runs the product.
    pub fn builds_product(self) -> bool {
        matches!(self, Self::Engineering | Self::Sre)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}

/// A team or role with a say in a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stakeholder {
    /// What others call it, unique in the product: a team's name, or that of its role.
    pub name: Name,
    /// What it brings.
    pub role: Role,
    /// Where to reach it, such as a mailing list or a channel.
    pub contact: Option<String>,
}

/// One row of the RACI matrix: who does what in an activity. Names are those of stakeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responsibility {
    /// The activity, in words.
    pub activity: String,
    /// Who answers for it.
    pub accountable: Name,
    /// Who does it.
    pub responsible: Vec<Name>,
    /// Who is asked before.
    pub consulted: Vec<Name>,
    /// Who is told after.
    pub informed: Vec<Name>,
}

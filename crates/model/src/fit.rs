//! Whether the product-focused model fits a product: four requirements, each with an answer and its evidence.

use crate::{Date, Name};
use std::fmt;

/// What must hold for the model to be of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FitRequirement {
    /// Clear roles and responsibilities: somebody decides how slow is too slow.
    Roles,
    /// Objectives and steps that those who decide about the product own.
    Definitions,
    /// Servers that are easily maintained, so that there is time for the product.
    Servers,
    /// A clear connection to what users see.
    Connection,
}

impl FitRequirement {
    /// All requirements, in the order in which they are asked.
    pub const ALL: [Self; 4] = [Self::Roles, Self::Definitions, Self::Servers, Self::Connection];

    /// The name in registry files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Definitions => "definitions",
            Self::Servers => "servers",
            Self::Connection => "connection",
        }
    }

    /// What it asks for, in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Roles => "clear roles and responsibilities",
            Self::Definitions => "definitions of objectives and steps, owned by those who decide about the product",
            Self::Servers => "servers that are easily maintained",
            Self::Connection => "a clear connection to what users see",
        }
    }
}

/// Whether a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Met {
    /// Not yet.
    No,
    /// In part.
    Partly,
    /// In full.
    Yes,
}

impl Met {
    /// The answers, best first.
    pub const ALL: [Self; 3] = [Self::Yes, Self::Partly, Self::No];

    /// The name in registry files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
        }
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The answer to one requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitAnswer {
    /// What was asked.
    pub requirement: FitRequirement,
    /// Whether it is met.
    pub met: Met,
    /// What shows it.
    pub evidence: String,
    /// What is done about it where it is not met.
    pub plan: Option<String>,
}

/// How a product whose users are other programs takes up the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InfrastructureOption {
    /// The clients are taken for users, with objectives and steps of the interface.
    ClientsAsUsers,
    /// The clients say which step of their own users each request serves.
    ClientsAnnotate,
    /// No product focus: the services keep service SLOs.
    ServicesOnly,
}

impl InfrastructureOption {
    /// All options, in the order in which they are discussed.
    pub const ALL: [Self; 3] = [Self::ClientsAsUsers, Self::ClientsAnnotate, Self::ServicesOnly];

    /// The name in registry files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientsAsUsers => "clients-as-users",
            Self::ClientsAnnotate => "clients-annotate",
            Self::ServicesOnly => "services-only",
        }
    }
}

/// An assessment of whether the model fits a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitAssessment {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, unique in the product.
    pub name: Name,
    /// The answers, one for each requirement, in their order.
    pub answers: Vec<FitAnswer>,
    /// For a product whose users are other programs: how it takes up the model.
    pub infrastructure: Option<InfrastructureOption>,
    /// The stakeholders who assessed it.
    pub assessed_by: Vec<Name>,
    /// When they did.
    pub assessed_on: Date,
}

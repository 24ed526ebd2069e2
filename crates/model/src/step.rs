//! Steps: isolated units of user action.

use crate::{Criticality, Name, Operation, OutcomeTable, StatusPattern};

/// One isolated unit of user action, with the conditions that start and end it and the operations it uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, unique in the product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// What the user does, in words.
    pub description: String,
    /// The role or team that answers for it, when it is not the product's owner.
    pub owner: Option<String>,
    /// When an attempt begins.
    pub start: String,
    /// How one sees that it succeeded.
    pub success: Vec<Condition>,
    /// How one sees that it failed.
    pub failure: Vec<Condition>,
    /// How one sees that the user gave up.
    pub abandoned: Vec<Condition>,
    /// The work goes on after the user has moved on.
    pub asynchronous: bool,
    /// Words to group steps by, such as core and auxiliary.
    pub tags: Vec<Name>,
    /// How important it is, where that is declared.
    pub criticality: Option<Criticality>,
    /// Whether users can reach it yet.
    pub stage: Stage,
    /// The operations at which attempts are counted: its measuring points.
    pub measure: Vec<Operation>,
    /// The operations it uses beyond its measuring points.
    pub dependencies: Vec<Dependency>,
    /// Which status means which outcome here.
    pub outcomes: OutcomeTable,
}

impl Step {
    /// Every operation the step uses, its measuring points first; those are always required.
    pub fn operations(&self) -> impl Iterator<Item = (&Operation, Need)> {
        let measured = self.measure.iter().map(|o| (o, Need::Required));
        measured.chain(self.dependencies.iter().map(|d| (&d.operation, d.need)))
    }
}

/// A condition in words, with the status codes that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The condition, for people.
    pub text: String,
    /// Status codes that mean it.
    pub statuses: Vec<StatusPattern>,
}

/// An operation that a step uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What it uses.
    pub operation: Operation,
    /// Whether it can do without.
    pub need: Need,
}

/// Whether a step can do without an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The step fails without it.
    Required,
    /// The step goes on without it, with less.
    Optional,
}

/// Whether users can reach a step yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Not yet: criticality none, no severity rule applies.
    Unlaunched,
    /// Users use it.
    #[default]
    Live,
}

impl Stage {
    /// Both stages, in the order of time.
    pub const ALL: [Self; 2] = [Self::Unlaunched, Self::Live];

    /// The name in registry files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unlaunched => "unlaunched",
            Self::Live => "live",
        }
    }
}

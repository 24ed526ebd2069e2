//! Flows: interactions that begin at one place and end at another, as they are declared.
//!
//! Joining their events is not here: this says which facts begin and end an interaction and what makes them one.

use milepost_expr::Expr;
use milepost_model::{DurationNs, Name, Operation, Outcome, StepPath};
use std::fmt;

/// An end-to-end measurement of a step: every interaction that starts has a deadline by which one of the ends must be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, unique in the product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// What it follows, in words.
    pub description: String,
    /// The step that it measures, or one use of it.
    pub step: StepPath,
    /// The facts with which an interaction begins.
    pub start: FlowFacts,
    /// The facts with which it ends, the first that fits deciding.
    pub ends: Vec<FlowEnd>,
    /// What start and end of one interaction have in common.
    pub key: FlowKey,
    /// The time from the start by which it must have ended.
    pub deadline: DurationNs,
    /// Where its facts come from: results are provisional until all of these have settled.
    pub sources: Vec<FlowSource>,
}

/// Some of the facts of a step or an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowFacts {
    /// What they are of.
    pub of: FlowSubject,
    /// What must hold for them beside that.
    pub condition: Option<Expr>,
}

/// What facts are of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FlowSubject {
    /// Attempts at a step.
    Step(StepPath),
    /// Events of an operation.
    Operation(Operation),
}

/// How an interaction can end.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowEnd {
    /// The facts that end it.
    pub facts: FlowFacts,
    /// What it means.
    pub outcome: Outcome,
}

/// What joins the facts of one interaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FlowKey {
    /// The interaction's id, which the annotation carries.
    Interaction,
    /// Dimensions of the product, which must all be equal.
    Dimensions(Vec<Name>),
}

impl FlowKey {
    /// Stands for the interaction's id in registry files.
    pub const INTERACTION: &str = "interaction";
}

/// Where facts of a flow come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowSource {
    /// The user interface.
    Client,
    /// A service.
    Service(Name),
}

impl FlowSource {
    /// Stands for the user interface in registry files.
    pub const CLIENT: &str = "client";
    /// How long after a minute events of user interfaces have come in, as a rule: they are sent in batches, when there is a connection.
    pub const CLIENT_SETTLING: DurationNs = DurationNs::from_seconds(60 * 60);
}

impl fmt::Display for FlowSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => f.pad(Self::CLIENT),
            Self::Service(name) => f.pad(name.as_str()),
        }
    }
}

impl fmt::Display for FlowSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(path) => write!(f, "step {path}"),
            Self::Operation(operation) => write!(f, "operation {operation}"),
        }
    }
}

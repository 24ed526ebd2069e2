//! Objectives: what users try to achieve, as a small graph of steps.

use crate::{Criticality, Date, Name, Stage};

/// A user's intent, which groups steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objective {
    /// The product it belongs to.
    pub product: Name,
    /// The objective's name, unique in its product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// What the user wants, in words.
    pub description: String,
    /// The role or team that answers for it.
    pub owner: Option<String>,
    /// The day by which the owner must confirm again, when it is not the product's.
    pub reconfirm_by: Option<Date>,
    /// How important all of its steps are, where nothing else is said of one.
    pub criticality: Option<Criticality>,
    /// Whether users can reach it yet.
    pub stage: Stage,
    /// Its steps in the order they were written.
    pub steps: Vec<StepUse>,
}

/// One use of a step within an objective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUse {
    /// The step.
    pub step: Name,
    /// The steps of this objective after any of which this one can come; empty at a start.
    pub after: Vec<Name>,
    /// How important the step is here, when that differs.
    pub criticality: Option<Criticality>,
    /// Users may leave it out.
    pub optional: bool,
    /// One of several ways to go on: uses with the same number are alternatives to each other.
    pub alternative: Option<usize>,
}

//! Products.

use crate::{Date, Name, Responsibility, Role, Stakeholder, StepPath, TrafficClass};
use std::fmt;

/// What users use; owns objectives, steps, services, rules and SLOs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The product's name, first part of every key and route.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// What it is for, in its users' words.
    pub description: String,
    /// The role or team that answers for it.
    pub owner: String,
    /// The day by which the owner must confirm again that they own it.
    pub reconfirm_by: Option<Date>,
    /// Who has a say in it.
    pub stakeholders: Vec<Stakeholder>,
    /// Who does what: the RACI matrix, a row for each activity.
    pub responsibilities: Vec<Responsibility>,
    /// What it is judged by.
    pub kpis: Vec<Kpi>,
    /// Traffic classes beyond the built-in ones.
    pub classes: Vec<TrafficClass>,
    /// Attributes kept on facts, to slice by and to use in expressions.
    pub dimensions: Vec<Dimension>,
}

impl Product {
    /// A stakeholder by name.
    pub fn stakeholder(&self, name: &str) -> Option<&Stakeholder> {
        self.stakeholders.iter().find(|s| s.name.as_str() == name)
    }

    /// The stakeholders of a role.
    pub fn stakeholders_of(&self, role: Role) -> impl Iterator<Item = &Stakeholder> {
        self.stakeholders.iter().filter(move |s| s.role == role)
    }

    /// A KPI by name.
    pub fn kpi(&self, name: &Name) -> Option<&Kpi> {
        self.kpis.iter().find(|k| k.name == *name)
    }
}

/// A business measure that a product is judged by, such as messages sent or revenue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kpi {
    /// Its name, unique in the product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// What it says, in words.
    pub description: String,
    /// What it is counted in.
    pub unit: String,
    /// Where on an event its number is found, when events carry it.
    pub value: Option<DimensionSource>,
    /// The steps that move it, or uses of steps.
    pub steps: Vec<StepPath>,
}

/// An attribute of requests that facts keep, such as the region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// The dimension's name; in expressions, hyphens become underscores.
    pub name: Name,
    /// Where its value is found.
    pub source: DimensionSource,
}

/// Where a dimension's value is found in telemetry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DimensionSource {
    /// An attribute of the span, log record or resource; in access logs, a field of that name.
    Attribute(String),
    /// A request header, lower case.
    Header(String),
    /// A parameter of the query.
    Query(String),
}

impl fmt::Display for DimensionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "attribute {name}"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Query(name) => write!(f, "query {name}"),
        }
    }
}

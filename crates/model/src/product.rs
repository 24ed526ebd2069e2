//! Products.

use crate::{Name, TrafficClass};

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
    /// Traffic classes beyond the built-in ones.
    pub classes: Vec<TrafficClass>,
    /// Attributes kept on facts, to slice by and to use in expressions.
    pub dimensions: Vec<Dimension>,
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

//! SLOs as OpenSLO documents declare them: what is measured elsewhere, and what is promised of it.
//!
//! Plain types with their invariants. They are read and their references followed in `registry`; nothing here asks a metric source. What of them is
//! evaluated becomes a [`crate::Subject`]. Rules are those of the OpenSLO specification, `openslo/v1`. What several SLOs can refer to is shared, so that many references to
//! something large cost little.

mod alerts;
mod decimal;
mod evaluation;
mod name;
mod share;
mod shorthand;

pub use alerts::Unjudged;
pub use decimal::{Decimal, DecimalError};
pub use evaluation::OpenWindowError;
pub use name::{OpenName, OpenNameError};
pub use share::{Share, ShareError};
pub use shorthand::{Shorthand, ShorthandError, ShorthandUnit};

use crate::Method;
use milepost_model::{DurationNs, Name, StepPath, Target};
use std::fmt;
use std::sync::Arc;

/// An SLO of an OpenSLO document, with what it refers to put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSlo {
    /// Its name, unique among the SLOs of OpenSLO documents.
    pub name: OpenName,
    /// What people call it: `displayName`, or the name.
    pub title: String,
    /// Why it is what it is, in words.
    pub description: String,
    /// The service that it is grouped under, as written; it may be one that no document describes.
    pub service: String,
    /// The step that it is about; `None` where the document does not say.
    pub binding: Option<Binding>,
    /// The time over which its targets hold.
    pub window: OpenWindow,
    /// What is measured, and what is promised of it.
    pub promise: Promise,
    /// When somebody is told.
    pub alert_policies: Vec<Arc<AlertPolicy>>,
}

/// What binds an SLO to the product: the annotations `milepost/...` of its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The product of the step.
    pub product: Name,
    /// The step, or one use of it.
    pub path: StepPath,
    /// How the step is measured.
    pub method: Method,
    /// What the SLO says of the step, where the document tells.
    pub kind: Option<SliKind>,
}

/// What an SLO is about, without the numbers that [`crate::SliType`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SliKind {
    /// The share of attempts that succeed.
    Availability,
    /// The share of successes that are fast enough.
    Latency,
    /// The share of attempts served with fresh data.
    Freshness,
    /// The share of successes that are right.
    Correctness,
    /// The share of due records that were processed.
    Coverage,
    /// The share of minutes with enough good events.
    Throughput,
}

impl SliKind {
    /// All kinds with their names, as [`crate::SliType::NAMES`] has them.
    pub const NAMED: [(&str, Self); 6] = [
        ("availability", Self::Availability),
        ("latency", Self::Latency),
        ("freshness", Self::Freshness),
        ("correctness", Self::Correctness),
        ("coverage", Self::Coverage),
        ("throughput", Self::Throughput),
    ];
}

/// The time over which targets hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenWindow {
    /// The last so much time; months count 30 days, quarters 90 and years 365.
    Rolling(DurationNs),
    /// Periods of a calendar, one after the other.
    Calendar {
        /// How long a period is: days, weeks, months, quarters or years.
        length: Shorthand,
        /// When the first one begins, as written: `2020-01-21 12:30:00` on a clock of the time zone.
        start: String,
        /// The time zone, by its name in the time-zone database.
        time_zone: String,
    },
}

/// `28d`, or `each 1M from 2020-01-21 12:30:00 (UTC)`
impl fmt::Display for OpenWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(length) => length.fmt(f),
            Self::Calendar { length, start, time_zone } => write!(f, "each {length} from {start} ({time_zone})"),
        }
    }
}

/// What is measured, and what is promised of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promise {
    /// One indicator, with one objective or several.
    Plain {
        /// What is measured.
        indicator: Arc<OpenIndicator>,
        /// What is promised of it, in the order of the document.
        objectives: Vec<OpenObjective>,
    },
    /// Several indicators, each with its objective.
    Composite(Vec<Part>),
}

/// One part of a composite SLO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What is measured.
    pub indicator: Arc<OpenIndicator>,
    /// What is promised of it.
    pub objective: OpenObjective,
    /// How much it counts beside the other parts: above 0, 1 where none is written.
    pub weight: Decimal,
}

/// What is promised of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenObjective {
    /// What people call it, if anything.
    pub title: String,
    /// The share that must be good.
    pub target: Target,
    /// How a metric becomes good or bad; always there for a threshold metric.
    pub comparison: Option<Comparison>,
    /// What the share is of.
    pub budgeting: OpenBudgeting,
}

/// A comparison with a number: `metric <= value` is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How it is compared.
    pub operator: Operator,
    /// What with.
    pub value: Decimal,
}

/// How a metric is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Below it or equal.
    AtMost,
    /// Above it or equal.
    AtLeast,
    /// Below it.
    Below,
    /// Above it.
    Above,
}

impl Operator {
    /// All operators with their names in documents.
    pub const NAMED: [(&str, Self); 4] =
        [("lte", Self::AtMost), ("gte", Self::AtLeast), ("lt", Self::Below), ("gt", Self::Above)];
}

/// What the share of a target is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenBudgeting {
    /// Of events.
    Occurrences,
    /// Of slices of time, each of which is good or bad.
    Timeslices {
        /// How long a slice is: whole minutes.
        slice: DurationNs,
        /// The share of good events that makes a slice good.
        target: Share,
    },
    /// Of slices of time, each counted by its share of good events.
    RatioTimeslices {
        /// How long a slice is: whole minutes.
        slice: DurationNs,
    },
}

/// What is measured: a metric of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenIndicator {
    /// Values, each compared with that of the objective.
    Threshold(Metric),
    /// Good or bad events of all events.
    Ratio {
        /// Whether the metrics are counters that only grow.
        counter: bool,
        /// The numerator.
        part: RatioPart,
        /// The denominator.
        total: Metric,
    },
    /// A ratio that the other system has computed.
    Raw {
        /// Whether it is the share of good or of bad events.
        kind: RawKind,
        /// The ratio.
        metric: Metric,
    },
}

/// The numerator of a ratio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RatioPart {
    /// Counts good events.
    Good(Metric),
    /// Counts bad events.
    Bad(Metric),
}

/// What a ratio computed elsewhere is the share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawKind {
    /// Of good events.
    Success,
    /// Of bad events.
    Failure,
}

impl RawKind {
    /// Both kinds with their names in documents.
    pub const NAMED: [(&str, Self); 2] = [("success", Self::Success), ("failure", Self::Failure)];
}

/// A query to another system, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// What kind of system it is, such as `Prometheus`: the metric's own `type`, else that of its data source.
    pub source_type: Arc<str>,
    /// The data source that it names, if it does.
    pub source: Option<OpenName>,
    /// What to ask it: the `spec` of the document's `metricSource`.
    pub spec: Verbatim,
}

/// A value of a document that only the other system understands. Text is as written, with its quotes resolved: `0.50` stays `0.50`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verbatim {
    /// A key with nothing behind it.
    Nothing,
    /// A text or a number.
    Text(String),
    /// Several values.
    List(Vec<Verbatim>),
    /// Values by key, in the order of the document.
    Map(Vec<(String, Verbatim)>),
}

impl Verbatim {
    /// The text behind a key, such as `query`.
    pub fn text(&self, key: &str) -> Option<&str> {
        let Self::Map(entries) = self else { return None };
        match entries.iter().find(|(name, _)| name == key)? {
            (_, Self::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// When somebody is told of an SLO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertPolicy {
    /// Its name.
    pub name: OpenName,
    /// Whether they are told that the condition holds.
    pub when_breaching: bool,
    /// Whether they are told that it no longer holds.
    pub when_resolved: bool,
    /// Whether they are told that there is no data.
    pub when_no_data: bool,
    /// The condition.
    pub condition: Arc<AlertCondition>,
    /// Who is told.
    pub targets: Vec<Arc<AlertTarget>>,
}

/// A burn rate that is too high for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertCondition {
    /// Its name.
    pub name: OpenName,
    /// How bad it is, in the words of whoever is told.
    pub severity: String,
    /// How the burn rate is compared with the threshold, where the document tells.
    pub operator: Option<Operator>,
    /// The burn rate that is too high.
    pub threshold: Decimal,
    /// The time over which it is computed.
    pub lookback: DurationNs,
    /// How long it must be too high; 0 where nothing is written.
    pub after: DurationNs,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertTarget {
    /// Its name.
    pub name: OpenName,
    /// The way to reach them, such as `email`.
    pub target: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SliType;

    #[test]
    fn the_kinds_are_the_types() {
        assert_eq!(SliKind::NAMED.map(|(name, _)| name), SliType::NAMES);
    }

    #[test]
    fn a_text_of_a_query_is_found_by_its_key() {
        let text = |text: &str| Verbatim::Text(text.to_owned());
        let spec = Verbatim::Map(vec![("query".to_owned(), text("up")), ("labels".to_owned(), Verbatim::List(vec![]))]);
        assert_eq!((spec.text("query"), spec.text("labels"), spec.text("other")), (Some("up"), None, None));
        assert_eq!(text("up").text("query"), None);
    }
}

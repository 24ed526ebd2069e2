//! SLO maths: indicators, targets, error budgets, burn alerts, corrections, data quality; and what flows and budget policies declare.
//!
//! Knows no clock and no storage: counts and times come in as values, decisions go out. What is declared ([`Slo`], [`Terms`]) becomes a [`Subject`] of
//! an [`Evaluator`], which keeps a [`Series`] of running sums for each indicator and way of [`Counting`], asks a source of [`Minutes`] for what enters and
//! leaves windows, and tells [`Transition`]s. [`script`] is the language in which that is tested.
#![deny(missing_docs)]

mod alert;
pub mod backtest;
mod budget;
pub mod calendar;
mod composite;
mod correction;
mod counting;
mod error_budget;
mod evaluator;
mod explain;
mod flow;
mod fraction;
mod indicator;
mod interval;
mod maintenance;
pub mod open;
mod period;
mod policy;
mod quality;
mod recorded;
mod scope;
pub mod script;
mod series;
mod slo;
pub mod suggest;

pub use alert::{AlertChange, AlertForm, AlertState, AlertTier, Alerts, Burn, NeverFires, Phase, TierState, Urgency};
pub use budget::{Budget, Counts, Verdict};
pub use composite::{Composite, Feasibility, Product, feasibility, required};
pub use correction::{
    Category, Correction, CorrectionError, FURTHEST_BACK, Recurrence, RecurrenceError, RuleError, Sponsors, When,
};
pub use counting::{Counting, Slices};
pub use error_budget::{ErrorBudget, LEAST_HISTORY_MINUTES, Total, burn_rate};
pub use evaluator::{Evaluator, Subject, Terms, Transition, View};
pub use explain::{Cause, Cells, Explanation, GAP_MINUTES, Range};
pub use flow::{Flow, FlowEnd, FlowFacts, FlowKey, FlowSource, FlowSubject};
pub use fraction::Fraction;
pub use indicator::{Indicator, IndicatorId, Method, SliType};
pub use interval::{Interval, wilson};
pub use maintenance::Maintenance;
pub use period::{Period, minutes_of};
pub use policy::{BudgetThreshold, ErrorBudgetPolicy, PolicyStatus};
pub use quality::{Bounds, Capture, Doubt, MOST_ABANDONED, Quality, SILENCE, SloState, is_alive, lag};
pub use recorded::Recorded;
pub use scope::SloScope;
pub use series::{Exclusions, IndicatorIndex, Minutes, Series, WindowKey};
pub use slo::{Budgeting, CalendarUnit, NoData, Slo, Window};

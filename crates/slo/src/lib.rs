//! SLO maths: indicators, targets, error budgets, burn alerts and intervals, as pure functions; and what flows and budget policies declare.
//!
//! Knows no clock and no storage: counts and times come in as values, decisions go out.
#![deny(missing_docs)]

mod alert;
mod budget;
pub mod calendar;
mod flow;
mod indicator;
mod interval;
pub mod open;
mod period;
mod policy;
mod slo;
mod tally;

pub use alert::{AlertForm, AlertTier, Alerts, NeverFires, Urgency};
pub use budget::{Budget, Counts, Verdict};
pub use flow::{Flow, FlowEnd, FlowFacts, FlowKey, FlowSource, FlowSubject};
pub use indicator::{Indicator, IndicatorId, Method, SliType};
pub use interval::{Interval, wilson};
pub use period::{Period, minutes_of};
pub use policy::{BudgetScope, BudgetThreshold, ErrorBudgetPolicy};
pub use slo::{Budgeting, CalendarUnit, Slo, Window};
pub use tally::tally;

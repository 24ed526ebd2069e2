//! SLO maths: indicators, targets, error budgets and intervals, as pure functions.
//!
//! Knows no clock and no storage: counts and times come in as values, decisions go out.
#![deny(missing_docs)]

mod budget;
mod indicator;
mod interval;
pub mod open;
mod slo;
mod tally;

pub use budget::{Budget, Counts, Verdict};
pub use indicator::{Indicator, IndicatorId, Method, SliType};
pub use interval::{Interval, wilson};
pub use slo::{Budgeting, CalendarUnit, Slo, Window};
pub use tally::tally;

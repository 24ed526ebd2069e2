//! What a backtest tells: records for programs, and a page for people.

mod model;
mod page;

pub(crate) use model::{Basis, Told};
pub(crate) use page::page;

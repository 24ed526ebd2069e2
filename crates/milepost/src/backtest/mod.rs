//! What a backtest tells: records for programs, and a page for people.

mod model;
mod page;
mod tried;

pub(crate) use model::{Basis, Told};
pub(crate) use page::page;
pub(crate) use tried::Tried;

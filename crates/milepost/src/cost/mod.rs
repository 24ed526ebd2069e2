//! What SLOs cost, which to retire, and which are missing: records for programs, and pages for people.

mod coverage;
mod model;
mod page;

pub(crate) use model::{Cost, Measured};
pub(crate) use page::pages;

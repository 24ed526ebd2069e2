//! How bad what is recorded was: levels over time, and why a step has the one that it has.

mod page;
mod replay;

pub(crate) use page::page;
pub(crate) use replay::{Found, Question};

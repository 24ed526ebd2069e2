//! What is suggested for steps: records for programs, pages for people, and the words of each reason.

mod model;
mod page;
mod slo;
mod words;

pub(crate) use model::{Question, SloAdvice, Suggestions};
pub(crate) use page::pages;

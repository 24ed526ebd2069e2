//! Recordings played to a live server, as if they came now.

mod found;
mod merge;

pub(crate) use found::Replayed;
pub(crate) use merge::Merge;

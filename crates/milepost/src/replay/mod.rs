//! Recordings played to a live server, as if they came now.

mod merge;

pub(crate) use merge::Merge;

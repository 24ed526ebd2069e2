//! One module a command.

pub(crate) mod check;

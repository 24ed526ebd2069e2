//! The only place in xtask that prints. A reader that has gone away is no error.

use std::fmt::Display;
use std::io::Write as _;

/// What is going on, for whoever waits: to stderr, in one stream with what cargo says.
pub(crate) fn progress(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What was asked for: to stdout.
pub(crate) fn result(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

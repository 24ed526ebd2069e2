//! Diagnostics as records: what `--format json` prints and the API answers.

use super::{At, Diagnostic, Severity, first_line};
use crate::source::Sources;
use serde::Serialize;

/// A diagnostic as other programs read it.
#[derive(Clone, Debug, Serialize)]
pub struct DiagnosticRecord<'a> {
    /// `MP`, area letter, three digits.
    pub code: &'static str,
    /// Error, warning or note.
    pub severity: Severity,
    /// The file, as it was found.
    pub file: &'a str,
    /// Line from 1; none for a file as a whole.
    pub line: Option<usize>,
    /// Column from 1, in characters.
    pub column: Option<usize>,
    /// Line where the place ends.
    pub end_line: Option<usize>,
    /// Column just after the place.
    pub end_column: Option<usize>,
    /// What is wrong.
    pub message: &'a str,
    /// What would be right.
    pub help: Option<&'a str>,
}

pub(super) fn record<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> DiagnosticRecord<'a> {
    let (file, start, end) = match &diagnostic.place {
        At::Path(path) => (path.as_str(), None, None),
        At::Place(place) => {
            let range = first_line(sources, place);
            let at = |offset| Some(sources.position(place.file, offset));
            (sources.file(place.file).path.as_str(), at(range.start), at(range.end))
        }
    };
    DiagnosticRecord {
        code: diagnostic.code.as_str(),
        severity: diagnostic.code.severity(),
        file,
        line: start.map(|p| p.line),
        column: start.map(|p| p.column),
        end_line: end.map(|p| p.line),
        end_column: end.map(|p| p.column),
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
    }
}

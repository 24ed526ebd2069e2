//! Paths in the manner of other tools: `/users/:id` and `/files/*` are paths here, of which each segment stands for itself.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::source::Place;
use milepost_model::{PathTemplate, Segment};

/// A warning when segments look as if they were meant for parameters. What is written with `{...}` instead also fits routes that frameworks
/// report in their own manner, so that it is right whichever was meant.
pub(crate) fn literal_segments(template: &PathTemplate, place: &Place) -> Option<Diagnostic> {
    let segments = template.segments();
    // A gateway that matches everything reports `/*`; nobody means a parameter by that.
    if let [Segment::Literal(only)] = segments
        && only.starts_with('*')
    {
        return None;
    }
    let wrong = segments.iter().find_map(|segment| match segment {
        Segment::Literal(text) if is_foreign(text) => Some(text),
        _ => None,
    })?;
    let last = segments.len() - 1;
    let meant: String =
        segments.iter().enumerate().map(|(at, segment)| format!("/{}", meant(segment, at == last))).collect();
    let message = format!("`{wrong}` stands for itself in a path");
    let help = format!("write `{meant}`: `{{...}}` fits any text, also what frameworks report such as `{wrong}`");
    Some(Diagnostic::new(Code::LiteralSegment, place.clone(), message).help(help))
}

fn is_foreign(text: &str) -> bool {
    text.contains('*') || text.strip_prefix(':').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn meant(segment: &Segment, is_last: bool) -> String {
    match segment {
        Segment::Literal(text) if is_foreign(text) => match text.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None if is_last && text.bytes().all(|b| b == b'*') => "{rest...}".to_owned(),
            None => {
                let (before, after) = text.split_once('*').unwrap_or((text, ""));
                format!("{before}{{any}}{}", after.replace('*', ""))
            }
        },
        Segment::Literal(text) => text.clone(),
        Segment::Parameter { prefix, name, suffix } => format!("{prefix}{{{name}}}{suffix}"),
        Segment::Rest(name) => format!("{{{name}...}}"),
    }
}

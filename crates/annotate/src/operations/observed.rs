//! Names for operations that nobody declared, in the form in which they could be declared.

use crate::event::{rpc_method, trim_route};
use crate::field::{Slot, Slots};
use milepost_model::{HttpMethod, PathTemplate};
use std::fmt::Write as _;

/// Most path segments in a name; what follows is `{rest...}`.
const MAX_SEGMENTS: usize = 6;
/// Longest segment of a raw path that is taken for a name, in bytes.
const LONGEST_WORD: usize = 40;

/// Writes a name for the operation of an event that nobody declared, as it could be declared: `GET /messages/{id}`. Parts of a raw path that
/// look like ids become parameters, so that one route does not get a name for each of its objects; so do the parameters of routes, however
/// the framework writes them.
pub fn observed_action(slots: &Slots<'_>, out: &mut String) {
    out.clear();
    let mut scratch = String::new();
    let (route, path) = (slots.text(Slot::ROUTE), slots.text(Slot::PATH));
    if let Some(method) = rpc_method(slots, &mut scratch).filter(|method| is_rpc(method)) {
        out.push_str(method);
    } else if let Some(name) = slots.text(Slot::DESTINATION).filter(|name| is_plain(name)) {
        let _ = write!(out, "message {name}");
    } else if route.is_some() || path.is_some() {
        if let Some(method) = slots.text(Slot::METHOD).and_then(|m| HttpMethod::new(&m.to_ascii_uppercase())) {
            let _ = write!(out, "{method} ");
        }
        if !route.is_some_and(|route| push_route(route, out)) {
            push_path(path.or(route).unwrap_or_default(), out);
        }
    } else {
        let name = slots.text(Slot::SPAN_NAME).filter(|name| is_plain(name));
        let _ = write!(out, "span {}", name.unwrap_or("unnamed"));
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.trim() == name
}

fn is_rpc(method: &str) -> bool {
    let named = method.rsplit_once('/').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    named && !method.starts_with('/') && !method.contains(char::is_whitespace)
}

/// Writes a route as a template; writes nothing when it cannot be one.
fn push_route(route: &str, out: &mut String) -> bool {
    let before = out.len();
    let mut segments = trim_route(route).split('/').filter(|s| !s.is_empty()).peekable();
    while let Some(segment) = segments.next() {
        out.push('/');
        if segments.peek().is_none() && takes_the_rest(segment) {
            out.push_str("{rest...}");
        } else {
            push_route_segment(segment, out);
        }
    }
    if out.len() == before {
        out.push('/');
    }
    let is_template = out[before..].parse::<PathTemplate>().is_ok();
    if !is_template {
        out.truncate(before);
    }
    is_template
}

/// `*`, `*name`, `{*name}`, `{name...}`, `[...name]`, `{proxy+}`, `{name:path}`, `<path:name>`, `{name:.*}`.
fn takes_the_rest(segment: &str) -> bool {
    let inner = segment.trim_start_matches(['{', '[', '<']).trim_end_matches(['}', ']', '>', '?']);
    let is_parameter = inner.len() < segment.len();
    let is_named = |before: &str| before.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let says_so = inner.starts_with("...")
        || inner.starts_with("path:")
        || ["...", "+", ":path", ":.*", ":.+"].iter().any(|end| inner.strip_suffix(end).is_some_and(is_named));
    inner.starts_with('*') || is_parameter && says_so
}

/// Writes one segment; a parameter as `{name}` with the text around it.
fn push_route_segment(segment: &str, out: &mut String) {
    match parameter(segment) {
        Some((prefix, inside, suffix)) => {
            let name = parameter_name(inside);
            // A question mark alone says that the parameter may be left out.
            let suffix = if suffix == "?" { "" } else { suffix };
            let _ = write!(out, "{prefix}{{{name}}}{suffix}");
        }
        None => out.push_str(segment),
    }
}

/// The parameter in a segment: what is before it, what it says of itself, what is after it.
fn parameter(segment: &str) -> Option<(&str, &str, &str)> {
    if segment.starts_with('*') {
        return Some(("", "any", ""));
    }
    if let Some(inside) = segment.strip_prefix(':') {
        let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
        let (name, suffix) = inside.split_at(end);
        // What may stand in parentheses, such as `(\d+)`, says what the parameter looks like.
        let suffix = if suffix.starts_with('(') { suffix.rsplit_once(')')?.1 } else { suffix };
        return Some(("", name, suffix));
    }
    [('{', '}'), ('<', '>'), ('[', ']')].iter().find_map(|(open, close)| {
        let (prefix, rest) = segment.split_once(*open)?;
        let (inside, suffix) = rest.rsplit_once(*close)?;
        Some((prefix, inside, suffix))
    })
}

/// The name in `id`, `id:int`, `int:id`, `id?`, `*id`.
fn parameter_name(inside: &str) -> &str {
    const TYPES: [&str; 6] = ["int", "str", "string", "slug", "uuid", "float"];
    let name = match inside.split_once(':') {
        Some((kind, name)) if TYPES.contains(&kind) => name,
        Some((name, _)) => name,
        None => inside,
    };
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if plain && !name.is_empty() { name } else { "id" }
}

fn push_path(path: &str, out: &mut String) {
    let mut segments = path.split('/').filter(|s| !s.is_empty());
    let before = out.len();
    for segment in segments.by_ref().take(MAX_SEGMENTS) {
        out.push('/');
        let (stem, extension) = match segment.rsplit_once('.') {
            Some((stem, extension)) if is_extension(extension) && is_stem(stem) => (stem, Some(extension)),
            _ => (segment, None),
        };
        if is_word(stem) {
            out.push_str(stem);
        } else {
            out.push_str("{id}");
        }
        if let Some(extension) = extension {
            out.push('.');
            out.push_str(extension);
        }
    }
    if segments.next().is_some() {
        out.push_str("/{rest...}");
    }
    if out.len() == before {
        out.push('/');
    }
}

/// What an extension may follow: an address or a token in parts has none.
fn is_stem(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_WORD && !text.contains(['@', '%', ':', '='])
}

/// `html`, `nccsvMetadata`, `mp3`: where there are digits it is short, or it is an id.
fn is_extension(text: &str) -> bool {
    let longest = if text.bytes().any(|b| b.is_ascii_digit()) { 5 } else { 16 };
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether a segment is a name rather than an id: short, of plain characters, and with no digit but for a version such as `v1`.
fn is_word(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'));
    let version = text.len() <= 3 && text.strip_prefix('v').is_some_and(|v| v.bytes().all(|b| b.is_ascii_digit()));
    plain && text.len() <= LONGEST_WORD && (version || !text.bytes().any(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests;

//! Access logs: one line, one request.
//!
//! [`LineParser`] turns a line into an [`AccessLine`] borrowed from it, or says by [`Rejected`] why it is none. It knows
//! no files (see [`crate::input`]), no registry and no facts. Called for every line of a log, so it allocates nothing
//! and looks at each byte a few times at most.
//!
//! What is borne with, and flagged so that the caller can count it: stray text after the last field, lines cut off
//! after the status, requests that are no request line, text that is not UTF-8. `-` and nothing mean that there is no
//! value. A time without a zone is taken for UTC.

mod clock;
mod combined;
mod declared;
mod detect;
mod envoy;
mod fields;
mod haproxy;
mod json;
mod line;
mod rejected;
mod scan;

use clock::Clock;
use combined::Shape;
use declared::DeclaredParser;
use fields::FieldMap;
use json::JsonParser;
use line::FieldValues;
use milepost_model::{GrpcStatus, LogFormat};

pub use detect::{DETECT_LINES, detect};
pub use fields::{Field, MAX_FIELDS, TooManyFields};
pub use line::AccessLine;
pub use rejected::Rejected;

/// The longest line. Servers bound request lines and headers at 8 to 64 KiB each, so a longer one is no access log.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// Reads lines of one format.
///
/// Keeps the minute of the last time read, and buffers for lines that must be rewritten (escapes in JSON, bytes that are
/// not UTF-8), both reused from line to line.
#[derive(Clone, Debug)]
pub struct LineParser {
    format: Parser,
    clock: Clock,
    fields: FieldMap,
    /// A line that was not UTF-8, mended.
    mended: String,
}

#[derive(Clone, Debug)]
enum Parser {
    Plain(Shape),
    Envoy,
    Haproxy,
    Json(Box<JsonParser>),
    Declared(Box<DeclaredParser>),
}

impl LineParser {
    /// A parser for a format.
    pub fn new(format: &LogFormat) -> Self {
        Self::with_fields(format, &[]).expect("no field is not too many")
    }

    /// A parser that also keeps the values of `fields`, for [`AccessLine::field`] by their place in that list. Fields
    /// that the format does not have are never there.
    ///
    /// # Errors
    /// More than [`MAX_FIELDS`] are asked for.
    pub fn with_fields(format: &LogFormat, fields: &[Field]) -> Result<Self, TooManyFields> {
        if fields.len() > MAX_FIELDS {
            return Err(TooManyFields { wanted: fields.len() });
        }
        let (parser, map) = match format {
            LogFormat::Common => (Parser::Plain(Shape::Common), FieldMap::new(&combined::FIELDS, fields)),
            LogFormat::Combined => (Parser::Plain(Shape::Combined), FieldMap::new(&combined::FIELDS, fields)),
            LogFormat::Envoy => (Parser::Envoy, FieldMap::new(&envoy::FIELDS, fields)),
            LogFormat::Haproxy => (Parser::Haproxy, FieldMap::new(&haproxy::FIELDS, fields)),
            LogFormat::Json => (Parser::Json(Box::new(JsonParser::new(fields))), FieldMap::new(&[], &[])),
            LogFormat::Declared(template) => {
                let parser = DeclaredParser::new(template);
                let map = parser.map_fields(fields);
                (Parser::Declared(Box::new(parser)), map)
            }
        };
        Ok(Self { format: parser, clock: Clock::default(), fields: map, mended: String::new() })
    }

    /// The fields that formats without keys or variables have, to ask for by [`Field::Named`]: of the format `common` or
    /// `combined`, of `envoy`, of `haproxy`.
    pub const NAMED_FIELDS: [&[&str]; 3] = [&combined::FIELDS, &envoy::FIELDS, &haproxy::FIELDS];

    /// Reads one line, without its line break. The event borrows from the line and from the parser.
    ///
    /// # Errors
    /// The line is no event; the reason is a constant, so that rejecting costs no more than accepting.
    pub fn parse<'a>(&'a mut self, line: &'a [u8]) -> Result<AccessLine<'a>, Rejected> {
        if line.len() > MAX_LINE_BYTES {
            return Err(Rejected::TooLong);
        }
        let Self { format, clock, fields, mended } = self;
        let (text, lossy) = match std::str::from_utf8(line) {
            Ok(text) => (text, false),
            Err(_) => {
                mended.clear();
                mend(line, mended);
                (mended.as_str(), true)
            }
        };
        if text.trim_ascii_start().is_empty() {
            return Err(Rejected::Empty);
        }
        fields.clear();
        let mut event = match format {
            Parser::Plain(shape) => combined::parse(text, *shape, clock, fields)?,
            Parser::Envoy => envoy::parse(text, clock, fields)?,
            Parser::Haproxy => haproxy::parse(text, clock, fields)?,
            Parser::Declared(parser) => parser.parse(text, clock, fields)?,
            Parser::Json(parser) => return parser.parse(text, clock).map(|event| finish(event, lossy)),
        };
        event.fields = FieldValues { text, scratch: "", spans: fields.spans() };
        Ok(finish(event, lossy))
    }
}

fn finish(mut event: AccessLine<'_>, lossy: bool) -> AccessLine<'_> {
    event.lossy = lossy;
    event.host = event.host.or_else(|| line::split_host(event.target).0);
    event
}

/// Copies a line, putting `U+FFFD` in the place of what is not UTF-8.
fn mend(line: &[u8], out: &mut String) {
    for chunk in line.utf8_chunks() {
        out.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// A gRPC status as servers write it: `14`, `UNAVAILABLE`, Envoy's `Unavailable` and `DeadlineExceeded`.
fn grpc_status(text: &str) -> Option<GrpcStatus> {
    GrpcStatus::parse(text).or_else(|| {
        let wanted = if text.eq_ignore_ascii_case("canceled") { "CANCELLED" } else { text };
        GrpcStatus::all().find(|status| letters(status.as_str()).eq(letters(wanted)))
    })
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_uppercase())
}

#[cfg(test)]
mod tests;

//! Fields that the caller asks for by name, beside those that every event has.

use super::line::Span;

/// The most fields that one log may be asked for; a registry's rules and dimensions need a handful.
pub const MAX_FIELDS: usize = 64;

/// More fields are asked for than a log can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rules and dimensions look at {wanted} fields of an access log; at most {MAX_FIELDS} can be taken from one")]
pub struct TooManyFields {
    /// How many.
    pub wanted: usize,
}

/// A field to look for in each line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A field by the name the format has for it: a variable of a declared format (`upstream_addr`), a key of a JSON
    /// object (`request.headers.X-Region`; upper and lower case, `-` and `_` are the same), or one of
    /// [`super::LineParser::NAMED_FIELDS`].
    Named(String),
    /// A request header, where the format logs it: `$http_x_region`, or a JSON key that is known to hold it.
    Header(String),
}

impl Field {
    /// Names under which formats other than JSON may have the field: lower case with underscores.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Named(name) => normal(name),
            Self::Header(name) => format!("http_{}", normal(name)),
        }
    }

    /// Keys under which a JSON object may have the field, normalised, the likeliest first.
    pub(super) fn json_keys(&self) -> Vec<String> {
        match self {
            Self::Named(name) => vec![normal(name)],
            Self::Header(name) => {
                let name = normal(name);
                let nested = ["request.headers.", "http.request.headers.", "headers.", "http.request.header."];
                let flat = ["http_", "request_", "req_", ""];
                nested.iter().chain(&flat).map(|prefix| format!("{prefix}{name}")).collect()
            }
        }
    }
}

/// A name as it is compared: lower case, `-` as `_`.
pub(super) fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

pub(super) fn normal_byte(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }
}

/// Where the fields of a format that has fixed ones go.
#[derive(Clone, Debug)]
pub(super) struct FieldMap {
    /// For each of the format's fields, the caller's indexes.
    wanted: Vec<Box<[usize]>>,
    spans: Vec<Option<Span>>,
}

impl FieldMap {
    /// `names` are the format's fields, by their numbers.
    pub(super) fn new(names: &[&str], fields: &[Field]) -> Self {
        let asked: Vec<String> = fields.iter().map(Field::name).collect();
        let indexes = |name: &&str| (0..asked.len()).filter(|i| asked[*i] == *name).collect();
        Self { wanted: names.iter().map(indexes).collect(), spans: vec![None; fields.len()] }
    }

    pub(super) fn clear(&mut self) {
        self.spans.fill(None);
    }

    /// Keeps `value`, a slice of `text`, if the field is wanted and there is one.
    pub(super) fn set(&mut self, field: usize, value: &str, text: &str) {
        let Some(indexes) = self.wanted.get(field) else { return };
        if !indexes.is_empty() && super::scan::present(value).is_some() {
            for index in indexes {
                self.spans[*index] = Some(Span::of(value, text));
            }
        }
    }

    pub(super) fn spans(&self) -> &[Option<Span>] {
        &self.spans
    }
}

//! Access logs of one JSON object a line, with the key names that nginx configurations, Caddy, Traefik, Envoy, Istio
//! and Apache configurations use.
//!
//! Which keys are known is in [`alias`]; [`object`] walks the text; [`event`] makes the event of what was found. There
//! is no tree: keys that nothing wants are stepped over.

mod alias;
mod event;
mod object;

use super::Rejected;
use super::clock::Clock;
use super::fields::Field;
use super::line::{AccessLine, FieldValues};
use alias::Keys;
use object::Values;

/// Reads lines of JSON.
#[derive(Clone, Debug)]
pub(super) struct JsonParser {
    keys: Keys,
    values: Values,
    /// Strings that had escapes, without them, for one line.
    scratch: String,
}

impl JsonParser {
    pub(super) fn new(fields: &[Field]) -> Self {
        Self { keys: Keys::new(fields), values: Values::new(fields.len()), scratch: String::new() }
    }

    pub(super) fn parse<'a>(&'a mut self, text: &'a str, clock: &mut Clock) -> Result<AccessLine<'a>, Rejected> {
        let Self { keys, values, scratch } = self;
        values.clear();
        scratch.clear();
        let end = object::walk(text, keys, values, scratch).ok_or(Rejected::NotJson)?;
        let mut line = event::assemble(values, text, scratch, clock)?;
        line.trailing = !text[end..].trim_ascii().is_empty();
        line.fields = FieldValues { text, scratch, spans: values.fields() };
        Ok(line)
    }
}

#[cfg(test)]
mod tests;

//! The keys of one mapping: each once, each known, and those there that must be.

use super::Reader;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::source::Place;
use crate::suggest::did_you_mean;
use crate::yaml::{Node, NodeValue, Style};
use std::collections::HashMap;

/// The keys of one mapping; what is never asked for is unknown.
pub(crate) struct Fields<'n> {
    node: &'n Node,
    what: String,
    entries: Vec<Entry<'n>>,
    known: Vec<&'static str>,
}

struct Entry<'n> {
    name: &'n str,
    key: &'n Node,
    value: &'n Node,
    state: State,
    /// Where the key stands again, and how often in all.
    again: Option<(&'n Node, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody asked for it.
    Unknown,
    Taken,
    /// What is wrong with it was reported.
    Reported,
}

impl Reader<'_> {
    /// The keys of a mapping.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, what: impl Into<String>) -> Option<Fields<'n>> {
        let what = what.into();
        let NodeValue::Map(written) = &node.value else {
            self.wrong_shape(node, &what, "a mapping");
            return None;
        };
        let mut entries: Vec<Entry<'n>> = Vec::with_capacity(written.len());
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(written.len());
        for (key, value) in written {
            let NodeValue::Scalar { text, style } = &key.value else {
                self.wrong_shape(key, "a key", "text");
                continue;
            };
            if text == "<<" && *style == Style::Plain {
                let diagnostic = Diagnostic::new(Code::UnknownKey, self.place(key), "a registry has no merge keys");
                self.report(diagnostic.help("write out the keys that it would bring"));
                continue;
            }
            if let Some(first) = seen.get(text.as_str()) {
                let again = &mut entries[*first].again;
                *again = Some(again.map_or((key, 2), |(second, times)| (second, times + 1)));
                continue;
            }
            seen.insert(text, entries.len());
            entries.push(Entry { name: text, key, value, state: State::Unknown, again: None });
        }
        let fields = Fields { node, what, entries, known: Vec::new() };
        fields.report_again(self);
        Some(fields)
    }
}

impl<'n> Fields<'n> {
    /// The value of a key, if it is there and not empty.
    pub(crate) fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let entry = self.entries.iter_mut().find(|e| e.name == key)?;
        entry.state = State::Taken;
        (!entry.value.is_null()).then_some(entry.value)
    }

    /// Whether the key is written at all, even with nothing behind it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|e| e.name == key)
    }

    /// Whether no key is written, not even one that nobody knows.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The key as it is written, whatever stands behind it.
    pub(crate) fn key(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|e| e.name == key).map(|e| e.key)
    }

    /// What the mapping is, for messages.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// The value of a key that must be there.
    pub(crate) fn required(&mut self, key: &'static str, reader: &mut Reader<'_>, help: &str) -> Option<&'n Node> {
        let value = self.optional(key);
        if value.is_none() {
            let (place, message) = match self.entries.iter_mut().find(|e| e.name == key) {
                Some(empty) => {
                    empty.state = State::Reported;
                    (reader.place(empty.key), format!("`{key}` has nothing behind it"))
                }
                None => (reader.key_place(self.node), format!("{} lacks `{key}`", self.what)),
            };
            reader.report(Diagnostic::new(Code::MissingKey, place, message).help(help));
        }
        value
    }

    /// Prose that must be there.
    pub(crate) fn required_prose(&mut self, key: &'static str, reader: &mut Reader<'_>, help: &str) -> String {
        let node = self.required(key, reader, help);
        node.and_then(|n| reader.prose(n, &format!("`{key}`"))).unwrap_or_default()
    }

    /// Prose that may be there.
    pub(crate) fn optional_prose(&mut self, key: &'static str, reader: &mut Reader<'_>) -> Option<String> {
        self.optional(key).and_then(|n| reader.prose(n, &format!("`{key}`")))
    }

    /// All keys not asked for yet, with their values: for mappings with free keys.
    pub(crate) fn rest(&mut self) -> Vec<(&'n str, &'n Node, &'n Node)> {
        let rest = self.entries.iter_mut().filter(|e| e.state == State::Unknown);
        rest.map(|e| {
            e.state = State::Reported;
            (e.name, e.key, e.value)
        })
        .collect()
    }

    /// Reports a key that does not belong here for another reason than that nobody knows it.
    pub(crate) fn refuse(&mut self, key: &str, diagnostic: impl FnOnce(Place) -> Diagnostic, reader: &mut Reader<'_>) {
        if let Some(entry) = self.entries.iter_mut().find(|e| e.name == key) {
            entry.state = State::Reported;
            reader.report(diagnostic(reader.place(entry.key)));
        }
    }

    /// Reports the keys that nobody asked for, and those with nothing behind them.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) {
        #[cfg(test)]
        super::probe::look(self.entries.iter().map(|entry| entry.name), &self.known);
        for (at, entry) in self.entries.iter().enumerate() {
            let place = reader.place(entry.key);
            match entry.state {
                State::Unknown => {
                    let message = format!("{} is not a key of {}", quote(entry.name), self.what);
                    let before = at.checked_sub(1).and_then(|at| self.entries.get(at));
                    let help = before.and_then(|before| decimal_comma(before, entry));
                    let help = help.unwrap_or_else(|| did_you_mean(entry.name, &self.known));
                    reader.report(Diagnostic::new(Code::UnknownKey, place, message).help(help));
                }
                State::Taken if entry.value.is_null() => {
                    let message = format!("`{}` has nothing behind it", entry.name);
                    let diagnostic = Diagnostic::new(Code::WrongShape, place, message);
                    reader.report(diagnostic.help("write the value behind it, or remove the key"));
                }
                State::Taken | State::Reported => {}
            }
        }
    }

    fn report_again(&self, reader: &mut Reader<'_>) {
        for entry in &self.entries {
            let Some((second, times)) = entry.again else { continue };
            let often = if times == 2 { "twice".to_owned() } else { format!("{times} times") };
            let message = format!("{} stands {often} in {}", quote(entry.name), self.what);
            let diagnostic = Diagnostic::new(Code::DuplicateKey, reader.place(second), message);
            let related = reader.place(entry.key);
            reader
                .report(diagnostic.label("the second one").related(related, "the first one").help("keep one of them"));
        }
    }
}

/// What is meant where a comma in a number has parted it in two, as in `{target: 99,5%}`.
fn decimal_comma(before: &Entry<'_>, entry: &Entry<'_>) -> Option<String> {
    let NodeValue::Scalar { text, style: Style::Plain } = &before.value.value else { return None };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fraction = entry.name.starts_with(|c: char| c.is_ascii_digit());
    (entry.value.is_null() && fraction && is_number(text)).then(|| {
        format!(
            "a comma parts entries, and decimals have a point: did you mean `{}: {text}.{}`?",
            before.name, entry.name
        )
    })
}

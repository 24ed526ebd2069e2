//! Strict reading of YAML nodes: every wrong value becomes a diagnostic, and reading goes on.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Place, Spanned};
use crate::suggest::did_you_mean;
use crate::yaml::{Node, NodeValue};
use milepost_model::Name;
use std::fmt::Display;
use std::str::FromStr;

/// Reads the nodes of one file and collects what is wrong with them.
pub(crate) struct Reader<'d> {
    pub(crate) file: FileId,
    pub(crate) diagnostics: &'d mut Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(crate) fn place(&self, node: &Node) -> Place {
        Place { file: self.file, range: node.range.clone() }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn spanned<T>(&self, node: &Node, value: T) -> Spanned<T> {
        Spanned { value, place: self.place(node) }
    }

    /// The keys of a mapping.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        let NodeValue::Map(entries) = &node.value else {
            self.wrong_shape(node, what, "a mapping of keys to values");
            return None;
        };
        let mut fields = Fields { node, what, entries: Vec::new(), known: Vec::new() };
        for (key, value) in entries {
            let NodeValue::Scalar { text, .. } = &key.value else {
                self.wrong_shape(key, "a key", "text");
                continue;
            };
            if let Some(first) = fields.entries.iter().find(|e| e.name == *text) {
                let earlier = Place { file: self.file, range: first.key.range.clone() };
                let message = format!("`{text}` stands twice in {what}");
                let twice = Diagnostic::new(Code::DuplicateKey, self.place(key), message)
                    .label("the second one")
                    .related(earlier, "the first one")
                    .help("keep one of them");
                self.report(twice);
                continue;
            }
            fields.entries.push(Entry { name: text, key, value, taken: false });
        }
        Some(fields)
    }

    pub(crate) fn wrong_shape(&mut self, node: &Node, what: &str, right: &str) {
        let message = format!("{what} must be {right}, not {}", node.describe());
        self.report(Diagnostic::new(Code::WrongShape, self.place(node), message));
    }

    /// Text, as written.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.value {
            NodeValue::Scalar { text, .. } if !text.trim().is_empty() => Some(text),
            NodeValue::Scalar { .. } => {
                self.wrong_shape(node, what, "text with something in it");
                None
            }
            _ => {
                self.wrong_shape(node, what, "text");
                None
            }
        }
    }

    /// Text for people: line breaks of folded blocks are trimmed at the end.
    pub(crate) fn prose(&mut self, node: &Node, what: &str) -> Option<String> {
        self.text(node, what).map(|t| t.trim().to_owned())
    }

    /// Text read as a type whose error says what would be right.
    pub(crate) fn parse<T: FromStr<Err: Display>>(
        &mut self,
        node: &Node,
        what: &str,
        code: Code,
    ) -> Option<Spanned<T>> {
        let text = self.text(node, what)?;
        match text.parse() {
            Ok(value) => Some(self.spanned(node, value)),
            Err(error) => {
                let message = format!("`{text}` is not {what}");
                self.report(Diagnostic::new(code, self.place(node), message).help(error.to_string()));
                None
            }
        }
    }

    /// A name; the message proposes the nearest one.
    pub(crate) fn name(&mut self, node: &Node, what: &str) -> Option<Spanned<Name>> {
        let text = self.text(node, what)?;
        match Name::new(text) {
            Ok(name) => Some(self.spanned(node, name)),
            Err(error) => {
                let message = format!("`{text}` is not {what}: {error}");
                let diagnostic = Diagnostic::new(Code::BadName, self.place(node), message);
                self.report(match Name::suggest(text) {
                    Some(name) => diagnostic.help(format!("write `{name}`")),
                    None => diagnostic,
                });
                None
            }
        }
    }

    /// One of a few texts.
    pub(crate) fn choice<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let message = format!("`{text}` is not {what}");
        self.report(Diagnostic::new(Code::BadValue, self.place(node), message).help(did_you_mean(text, &names)));
        None
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, node: &Node, what: &str) -> bool {
        self.choice(node, what, &[("true", true), ("false", false)]).unwrap_or(false)
    }

    /// The items of a list; a single value is a list of one.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            NodeValue::List(items) => items,
            NodeValue::Scalar { .. } => std::slice::from_ref(node),
            NodeValue::Null => &[],
            NodeValue::Map(_) => {
                self.wrong_shape(node, what, "a list");
                &[]
            }
        }
    }
}

/// The keys of one mapping; what is never asked for is unknown.
pub(crate) struct Fields<'n> {
    pub(crate) node: &'n Node,
    what: &'static str,
    entries: Vec<Entry<'n>>,
    known: Vec<&'static str>,
}

struct Entry<'n> {
    name: &'n str,
    key: &'n Node,
    value: &'n Node,
    taken: bool,
}

impl<'n> Fields<'n> {
    /// The value of a key, if it is there and not empty.
    pub(crate) fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let entry = self.entries.iter_mut().find(|e| e.name == key)?;
        entry.taken = true;
        (!matches!(entry.value.value, NodeValue::Null)).then_some(entry.value)
    }

    /// Whether the key is written at all, even with nothing after it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|e| e.name == key)
    }

    /// The value of a key that must be there.
    pub(crate) fn required(&mut self, key: &'static str, reader: &mut Reader<'_>, help: &str) -> Option<&'n Node> {
        let value = self.optional(key);
        if value.is_none() {
            let message = format!("{} lacks `{key}`", self.what);
            let empty = self.entries.iter().find(|e| e.name == key).map(|e| e.key);
            let place = reader.place(empty.unwrap_or(self.node));
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
        let rest = self.entries.iter_mut().filter(|e| !e.taken);
        rest.map(|e| {
            e.taken = true;
            (e.name, e.key, e.value)
        })
        .collect()
    }

    /// Reports the keys that nobody asked for.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) {
        for entry in self.entries.iter().filter(|e| !e.taken) {
            let message = format!("{} has no key `{}`", self.what, entry.name);
            let help = did_you_mean(entry.name, &self.known);
            let diagnostic = Diagnostic::new(Code::UnknownKey, reader.place(entry.key), message);
            reader.report(diagnostic.help(help));
        }
    }
}

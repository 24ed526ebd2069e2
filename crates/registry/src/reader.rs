//! Strict reading of YAML nodes: every wrong value becomes a diagnostic, and reading goes on.
//!
//! Called by `documents`, which knows the kinds. A reader gives `None` for a value that is wrong and was reported.

mod fields;
#[cfg(test)]
pub(crate) mod probe;
#[cfg(test)]
mod tests;

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Found};
use crate::quote::quote;
use crate::source::{FileId, Place, Spanned};
use crate::starter::PLACEHOLDER;
use crate::suggest::did_you_mean;
use crate::yaml::{Node, NodeValue};
pub(crate) use fields::Fields;
use milepost_model::Name;
use std::fmt::Display;
use std::str::FromStr;

/// Longest text of one value: what a person reads is far shorter, and expressions, patterns and names have bounds of their own.
const MAX_TEXT_BYTES: usize = 64 << 10;

/// Reads the nodes of one file and collects what is wrong with them.
pub(crate) struct Reader<'d> {
    pub(crate) file: FileId,
    pub(crate) found: &'d mut Found,
}

impl Reader<'_> {
    pub(crate) fn place(&self, node: &Node) -> Place {
        Place { file: self.file, range: node.range.clone() }
    }

    /// Where to say that something is missing in a value: at the key that it stands behind, if there is one.
    pub(crate) fn key_place(&self, node: &Node) -> Place {
        Place { file: self.file, range: node.key.clone().unwrap_or_else(|| node.range.clone()) }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    pub(crate) fn spanned<T>(&self, node: &Node, value: T) -> Spanned<T> {
        Spanned { value, place: self.place(node) }
    }

    pub(crate) fn wrong_shape(&mut self, node: &Node, what: &str, right: &str) {
        let message = format!("{what} must be {right}, not {}", node.describe());
        let place = if node.is_null() { self.key_place(node) } else { self.place(node) };
        let help = match (right, &node.value) {
            (_, NodeValue::Null) => "write the value behind it",
            ("text", NodeValue::Map(_)) => "put text that holds `: ` between quotes",
            ("text", _) => "write one text, without `- ` or brackets",
            ("a mapping", _) => "write `key: value` lines, indented below it",
            ("a list", _) => "write `- ` before each item",
            _ => "see the other entries of this kind",
        };
        self.report(Diagnostic::new(Code::WrongShape, place, message).help(help));
    }

    /// Text, as written.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let NodeValue::Scalar { text, .. } = &node.value else {
            self.wrong_shape(node, what, "text");
            return None;
        };
        if text.trim().is_empty() {
            let diagnostic = Diagnostic::new(Code::WrongShape, self.place(node), format!("{what} is empty"));
            self.report(diagnostic.help("write the text between the quotes, or remove the key"));
            return None;
        }
        if text.len() > MAX_TEXT_BYTES {
            let message = format!("{what} has {} KiB of text", text.len().div_ceil(1 << 10));
            let help = format!("write at most {} KiB, and link to what is longer", MAX_TEXT_BYTES >> 10);
            self.report(Diagnostic::new(Code::TooLarge, self.place(node), message).help(help));
            return None;
        }
        if let Some(c) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            let message = format!("{what} has a control character, `{}`", c.escape_default());
            self.report(Diagnostic::new(Code::BadValue, self.place(node), message).help("remove it"));
            return None;
        }
        Some(text)
    }

    /// Text for people: line breaks of folded blocks are trimmed at the end.
    pub(crate) fn prose(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.text(node, what)?.trim();
        if text.ends_with(PLACEHOLDER) {
            let message = format!("{what} is still the sentence that `milepost init` wrote");
            let help = "replace it by your own words: this is what people read";
            self.report(Diagnostic::new(Code::Placeholder, self.place(node), message).help(help));
        }
        Some(text.to_owned())
    }

    /// Text for people, with its place.
    pub(crate) fn spanned_prose(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        self.prose(node, what).map(|text| self.spanned(node, text))
    }

    /// Reports a list with more entries than there may be, and gives as many as there may.
    pub(crate) fn at_most<'n>(&mut self, most: usize, items: &'n [Node], node: &Node, what: &str) -> &'n [Node] {
        if items.len() > most {
            let message = format!("{what} has {} entries", items.len());
            let place = self.key_place(node);
            self.report(Diagnostic::new(Code::TooLarge, place, message).help(format!("write at most {most}")));
        }
        &items[..items.len().min(most)]
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
                let message = format!("{} is not {what}", quote(text));
                self.report(Diagnostic::new(code, self.place(node), message).help(error.to_string()));
                None
            }
        }
    }

    /// The same, where another text may be meant, which is proposed when it is right.
    pub(crate) fn parse_or<T: FromStr<Err: Display>>(
        &mut self,
        node: &Node,
        what: &str,
        code: Code,
        meant: impl Fn(&str) -> String,
    ) -> Option<Spanned<T>> {
        let text = self.text(node, what)?;
        let meant = meant(text);
        if text.parse::<T>().is_ok() || meant.parse::<T>().is_err() {
            return self.parse(node, what, code);
        }
        let quoted = if meant.starts_with('>') { format!("\"{meant}\"") } else { meant };
        let message = format!("{} is not {what}", quote(text));
        let diagnostic = Diagnostic::new(code, self.place(node), message);
        self.report(diagnostic.help(format!("did you mean `{quoted}`?")));
        None
    }

    /// A name; the message proposes the nearest one.
    pub(crate) fn name(&mut self, node: &Node, what: &str) -> Option<Spanned<Name>> {
        let text = self.text(node, what)?;
        match Name::new(text) {
            Ok(name) => Some(self.spanned(node, name)),
            Err(error) => {
                let message = format!("{} is not {what}", quote(text));
                let help = match Name::suggest(text) {
                    Some(name) => format!("{error}: write `{name}`"),
                    None => error.to_string(),
                };
                self.report(Diagnostic::new(Code::BadName, self.place(node), message).help(help));
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
        let message = format!("{} is not {what}", quote(text));
        self.report(Diagnostic::new(Code::BadValue, self.place(node), message).help(did_you_mean(text, &names)));
        None
    }

    /// `true` or `false`; false where it is neither.
    pub(crate) fn boolean(&mut self, node: &Node, what: &str) -> bool {
        let Some(text) = self.text(node, what) else { return false };
        let help = match text {
            "true" => return true,
            "false" => return false,
            // As other versions of YAML and other tools have it.
            _ if ["true", "yes", "on", "y", "1"].contains(&&*text.to_ascii_lowercase()) => "write `true`",
            _ if ["false", "no", "off", "n", "0"].contains(&&*text.to_ascii_lowercase()) => "write `false`",
            _ => "write one of the two",
        };
        let message = format!("{what} must be `true` or `false`, not {}", quote(text));
        self.report(Diagnostic::new(Code::BadValue, self.place(node), message).help(help));
        false
    }

    /// The items of a list; a single text is a list of one.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            NodeValue::List(items) => items,
            NodeValue::Scalar { .. } => std::slice::from_ref(node),
            NodeValue::Null | NodeValue::Map(_) => {
                self.wrong_shape(node, what, "a list");
                &[]
            }
        }
    }

    /// The items of a list that says nothing when it is empty.
    pub(crate) fn filled_list<'n>(&mut self, node: &'n Node, what: &str, help: &str) -> &'n [Node] {
        if matches!(&node.value, NodeValue::List(items) if items.is_empty()) {
            let message = format!("{what} is empty");
            self.report(Diagnostic::new(Code::WrongShape, self.place(node), message).help(help));
        }
        self.list(node, what)
    }
}

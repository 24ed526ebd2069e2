//! Values that several kinds of OpenSLO documents have: names, descriptions, numbers, and keys of which one must be there.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::{Node, NodeValue};
use milepost_model::Name;
use milepost_slo::open::{Decimal, OpenName, Verbatim};

/// Longest description, as the specification has it.
const MAX_DESCRIPTION_CHARACTERS: usize = 1_050;

/// A name; the message proposes the nearest one.
pub(super) fn read_name(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<Spanned<OpenName>> {
    let text = reader.text(node, what)?;
    match text.parse::<OpenName>() {
        Ok(name) => Some(reader.spanned(node, name)),
        Err(error) => {
            let message = format!("{} is not {what}", quote(text));
            let help = match Name::suggest(&with_hyphens(text)) {
                Some(name) => format!("{error}: write `{name}`"),
                None => error.to_string(),
            };
            reader.report(Diagnostic::new(Code::BadName, reader.place(node), message).help(help));
            None
        }
    }
}

/// The text with a hyphen before each word that begins with a capital letter, as in `OnCall`.
fn with_hyphens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_uppercase() && out.ends_with(|before: char| before.is_lowercase() || before.is_ascii_digit()) {
            out.push('-');
        }
        out.push(c);
    }
    out
}

/// `description`, which may be left out.
pub(super) fn read_description(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> String {
    let Some(node) = fields.optional("description") else { return String::new() };
    let Some(text) = reader.prose(node, "`description`") else { return String::new() };
    let characters = text.chars().count();
    if characters > MAX_DESCRIPTION_CHARACTERS {
        let message = format!("`description` has {characters} characters");
        let help =
            format!("OpenSLO allows {MAX_DESCRIPTION_CHARACTERS}: keep the first sentences, and link to the rest");
        reader.report(Diagnostic::new(Code::TooLarge, reader.place(node), message).help(help));
    }
    text
}

/// A number.
pub(super) fn read_decimal(node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Decimal>> {
    reader.parse(node, "a number", Code::BadValue)
}

/// A number above 0.
pub(super) fn read_positive(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<Decimal> {
    let number = read_decimal(node, reader)?;
    if number.value <= Decimal::ZERO {
        let diagnostic = Diagnostic::new(Code::BadValue, number.place, format!("{what} is not above 0"));
        reader.report(diagnostic.help("write a number above 0, such as `1`"));
        return None;
    }
    Some(number.value)
}

/// The one that is there of keys that stand for each other. None and several are reported at their place; `help` says how to choose.
pub(super) fn exactly_one<'n>(
    fields: &mut Fields<'n>,
    keys: &[&'static str],
    place: Place,
    help: &str,
    reader: &mut Reader<'_>,
) -> Option<(&'static str, &'n Node)> {
    let there: Vec<(&'static str, Place)> =
        keys.iter().filter_map(|key| Some((*key, reader.place(fields.key(key)?)))).collect();
    let values: Vec<_> = keys.iter().map(|key| (*key, fields.optional(key))).collect();
    match &there[..] {
        [] => {
            let message = format!("{} lacks {}", fields.what(), or(keys));
            reader.report(Diagnostic::new(Code::EitherOr, place, message).help(help));
            None
        }
        // What is wrong with a key with nothing behind it is said elsewhere.
        [(key, _)] => values.into_iter().find_map(|(name, value)| (name == *key).then_some((name, value?))),
        [(first, first_place), (second, second_place), ..] => {
            report_both(first, first_place, second, second_place, help, reader);
            None
        }
    }
}

/// Reports two keys that stand together and must not.
pub(super) fn report_both(
    first: &str,
    first_place: &Place,
    second: &str,
    second_place: &Place,
    help: &str,
    reader: &mut Reader<'_>,
) {
    let message = format!("`{first}` and `{second}` stand together");
    let diagnostic = Diagnostic::new(Code::EitherOr, second_place.clone(), message);
    reader.report(diagnostic.related(first_place.clone(), "the other one").help(help));
}

/// Reports a key that does nothing.
pub(super) fn report_no_effect(fields: &Fields<'_>, key: &str, why: &str, reader: &mut Reader<'_>) {
    if let Some(node) = fields.key(key) {
        let message = format!("`{key}` has no effect {why}");
        let diagnostic = Diagnostic::new(Code::NoEffect, reader.place(node), message);
        reader.report(diagnostic.help("remove it, or mend what it was meant to go with"));
    }
}

fn or(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or ")
}

/// A value that only another system understands; keys must be text.
pub(super) fn read_verbatim(node: &Node, reader: &mut Reader<'_>) -> Verbatim {
    match &node.value {
        NodeValue::Null => Verbatim::Nothing,
        NodeValue::Scalar { text, .. } => Verbatim::Text(text.clone()),
        NodeValue::List(items) => Verbatim::List(items.iter().map(|item| read_verbatim(item, reader)).collect()),
        NodeValue::Map(_) => {
            let Some(mut fields) = reader.fields(node, "a mapping for another system") else {
                return Verbatim::Nothing;
            };
            let entries = fields.rest().into_iter();
            Verbatim::Map(entries.map(|(name, _, value)| (name.to_owned(), read_verbatim(value, reader))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_name_in_capital_letters_are_kept_apart() {
        assert_eq!(with_hyphens("OnCallMail"), "On-Call-Mail");
        assert_eq!(with_hyphens("SLO for URLs"), "SLO for URLs");
        assert_eq!(with_hyphens("v2Api"), "v2-Api");
    }
}

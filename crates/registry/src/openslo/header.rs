//! `metadata` of an OpenSLO document: its name, what people call it, and the annotations that bind it to a step.

use super::value;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::suggest::{did_you_mean, nearest};
use crate::yaml::{Node, NodeValue};
use milepost_model::{Name, StepPath};
use milepost_slo::Method;
use milepost_slo::open::{OpenName, SliKind};

/// What an OpenSLO document, or an object within one, says of itself.
#[derive(Debug)]
pub(crate) struct OpenHeader {
    pub(crate) name: Spanned<OpenName>,
    /// What people call it: `displayName`, or the name.
    pub(crate) title: String,
    pub(crate) bound: Bound,
}

/// The annotations of ours.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    pub(crate) step: Option<Spanned<StepPath>>,
    pub(crate) product: Option<Spanned<Name>>,
    pub(crate) method: Option<Method>,
    pub(crate) kind: Option<SliKind>,
    /// Whether a step is written, readable or not.
    pub(crate) has_step: bool,
    /// Whether there are annotations at all.
    pub(crate) has_annotations: bool,
    /// A key that is nearly that of the step.
    pub(crate) near_step: Option<String>,
    /// The first of ours that is there.
    first: Option<Place>,
}

const PREFIX: &str = "milepost/";
const STEP: &str = "milepost/step";
const PRODUCT: &str = "milepost/product";
const METHOD: &str = "milepost/method";
const TYPE: &str = "milepost/type";
const OURS: [&str; 4] = [STEP, PRODUCT, METHOD, TYPE];

/// `metadata` and `spec` of an object of a kind.
pub(super) fn read_with_spec<'n>(
    fields: &mut Fields<'n>,
    kind: &str,
    reader: &mut Reader<'_>,
) -> (Option<OpenHeader>, Option<&'n Node>) {
    let metadata = fields.required("metadata", reader, "write `metadata:` with a `name:` in it");
    let header = metadata.and_then(|node| read(node, reader));
    if let Some(OpenHeader { bound: Bound { first: Some(place), .. }, .. }) = &header
        && kind != "SLO"
    {
        let message = format!("annotations `{PREFIX}...` have no effect on kind `{kind}`");
        let diagnostic = Diagnostic::new(Code::NoEffect, place.clone(), message);
        reader.report(diagnostic.help("an SLO is what is bound to a step: move them there, or remove them"));
    }
    let spec = fields.required("spec", reader, "write `spec:` with what the document says");
    (header, spec)
}

fn read(node: &Node, reader: &mut Reader<'_>) -> Option<OpenHeader> {
    let mut fields = reader.fields(node, "`metadata`")?;
    let name = fields.required("name", reader, "give it a `name:`, in lower case, such as `main-page`");
    let name = name.and_then(|n| value::read_name(n, "a name", reader));
    let title = fields.optional_prose("displayName", reader);
    if let Some(labels) = fields.optional("labels") {
        check_labels(labels, reader);
    }
    let bound = fields.optional("annotations").map_or_else(Bound::default, |n| read_annotations(n, reader));
    fields.finish(reader);
    let name = name?;
    Some(OpenHeader { title: title.unwrap_or_else(|| name.value.to_string()), name, bound })
}

/// Labels are for people and other tools: any keys, each with a text or several.
fn check_labels(node: &Node, reader: &mut Reader<'_>) {
    let Some(mut fields) = reader.fields(node, "`labels`") else { return };
    for (name, _, value) in fields.rest() {
        let what = format!("label {}", quote(name));
        match &value.value {
            NodeValue::List(items) => items.iter().for_each(|item| {
                let _ = reader.text(item, &what);
            }),
            _ => {
                let _ = reader.text(value, &what);
            }
        }
    }
}

const ANNOTATION_KEY: &str = "write a name of letters, digits, `-`, `_` and `.`, at most 63, if need be after a domain in lower case and `/`, \
    such as `example.com/dashboard`";
/// Longest name of an annotation, and longest domain before it.
const MAX_ANNOTATION_NAME: usize = 63;
const MAX_ANNOTATION_DOMAIN: usize = 253;

/// A name, or a domain, `/` and a name.
fn is_annotation_key(key: &str) -> bool {
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    let is_edge = |c: char| c.is_ascii_alphanumeric();
    let is_name = name.len() <= MAX_ANNOTATION_NAME
        && name.starts_with(is_edge)
        && name.ends_with(is_edge)
        && name.chars().all(|c| is_edge(c) || matches!(c, '-' | '_' | '.'));
    let is_label = |label: &str| Name::check(label).is_ok();
    is_name && domain.is_none_or(|d| d.len() <= MAX_ANNOTATION_DOMAIN && d.split('.').all(is_label))
}

/// Ours are read; those of other tools may have any key and a text.
fn read_annotations(node: &Node, reader: &mut Reader<'_>) -> Bound {
    let Some(mut fields) = reader.fields(node, "`annotations`") else { return Bound::default() };
    let methods = Method::ALL.map(|m| (m.as_str(), m));
    let first = OURS.iter().find_map(|key| fields.key(key)).map(|key| reader.place(key));
    let has_step = fields.has(STEP);
    let step = fields.optional(STEP).and_then(|n| reader.parse(n, "a step, or `objective/step`", Code::BadName));
    let product = fields.optional(PRODUCT).and_then(|n| reader.name(n, "a product's name"));
    let method = fields.optional(METHOD).and_then(|n| reader.choice(n, "a method", &methods));
    let kind = fields.optional(TYPE).and_then(|n| reader.choice(n, "a type of SLO", &SliKind::NAMED));
    let mut near_step = None;
    for (name, key, value) in fields.rest() {
        let is_near = name.to_ascii_lowercase().contains("milepost") && nearest(name, &OURS) == Some(STEP);
        if is_near && !name.starts_with(PREFIX) {
            near_step = Some(name.to_owned());
        }
        if name.starts_with(PREFIX) {
            let message = format!("{} is not an annotation that Milepost reads", quote(name));
            let diagnostic = Diagnostic::new(Code::UnknownKey, reader.place(key), message);
            reader.report(diagnostic.help(did_you_mean(name, &OURS)));
            continue;
        }
        if !is_annotation_key(name) {
            let message = format!("{} is not a name of an annotation", quote(name));
            let diagnostic = Diagnostic::new(Code::BadName, reader.place(key), message);
            reader.report(diagnostic.help(ANNOTATION_KEY));
        }
        let _ = reader.text(value, &format!("annotation {}", quote(name)));
    }
    fields.finish(reader);
    Bound { step, product, method, kind, has_step, has_annotations: true, near_step, first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_an_annotation_is_a_name_with_a_domain_or_without() {
        for key in ["owner", "example.com/dashboard", "openslo.com/key_1", "a/B.c-D", &"x".repeat(63)] {
            assert!(is_annotation_key(key), "{key}");
        }
        for key in ["", "/", "a/", "/a", "-a", "a.", "Example.com/a", "a b", "a/b/c", "a..b/c", &"x".repeat(64)] {
            assert!(!is_annotation_key(key), "{key}");
        }
    }
}

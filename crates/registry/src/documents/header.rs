//! `metadata:`: what every document says of itself.

use crate::reader::Reader;
use crate::source::Spanned;
use crate::yaml::{Node, NodeValue};
use milepost_model::Name;

/// What every document says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: Spanned<Name>,
    /// The product, when the document says it.
    pub(crate) product: Option<Spanned<Name>>,
    /// The product that it belongs to, once that is known.
    pub(crate) belongs: Option<Name>,
}

/// The name that a document seems to be meant to have.
pub(super) fn meant_name(metadata: Option<&Node>) -> Option<String> {
    let NodeValue::Map(entries) = &metadata?.value else { return None };
    let is_name = |key: &Node| matches!(&key.value, NodeValue::Scalar { text, .. } if text == "name");
    match &entries.iter().find(|(key, _)| is_name(key))?.1.value {
        NodeValue::Scalar { text, .. } => Name::suggest(text).map(|name| name.to_string()),
        _ => None,
    }
}

pub(super) fn read_header(node: &Node, is_product: bool, reader: &mut Reader<'_>) -> Option<Header> {
    let mut fields = reader.fields(node, "`metadata`")?;
    let name = fields.required("name", reader, "give the document a `name:`, a lower-case label such as `send-mail`");
    let name = name.and_then(|n| reader.name(n, "a name"));
    let product = match is_product {
        true => None,
        false => fields.optional("product").and_then(|n| reader.name(n, "a product's name")),
    };
    fields.finish(reader);
    Some(Header { name: name?, product, belongs: None })
}

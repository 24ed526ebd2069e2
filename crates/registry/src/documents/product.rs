//! `kind: Product`.

use super::Header;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::Place;
use crate::yaml::Node;
use milepost_expr::Columns;
use milepost_model::{Dimension, DimensionSource, Product, TrafficClass};
use std::collections::HashSet;

/// A product as written.
#[derive(Debug)]
pub(crate) struct DeclaredProduct {
    pub(crate) product: Product,
    pub(crate) place: Place,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredProduct> {
    let name = header.name.value;
    let mut fields = reader.fields(spec, format!("the `spec` of product `{name}`"))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| name.to_string());
    let description =
        fields.required_prose("description", reader, "say in a sentence what users do with it: `description: ...`");
    let owner = fields.required_prose("owner", reader, "name the role or team that answers for it: `owner: ...`");
    let classes = fields.optional("trafficClasses").map_or_else(Vec::new, |n| read_classes(n, reader));
    let dimensions = fields.optional("dimensions").map_or_else(Vec::new, |n| read_dimensions(n, reader));
    fields.finish(reader);
    Some(DeclaredProduct {
        product: Product { name, title, description, owner, classes, dimensions },
        place: header.name.place,
    })
}

fn read_classes(node: &Node, reader: &mut Reader<'_>) -> Vec<TrafficClass> {
    let mut classes = Vec::new();
    let mut seen = HashSet::new();
    for item in reader.list(node, "`trafficClasses`") {
        let Some(name) = reader.name(item, "the name of a traffic class") else { continue };
        let Ok(class) = TrafficClass::new(name.value.as_str()) else { continue };
        if class.is_built_in() || !seen.insert(class.clone()) {
            let (message, help) = match class.is_built_in() {
                true => (format!("traffic class `{class}` is built in"), "remove it: every product has it"),
                false => (format!("traffic class `{class}` stands twice in this list"), "keep one of them"),
            };
            reader.report(Diagnostic::new(Code::DuplicateEntry, name.place, message).help(help));
            continue;
        }
        classes.push(class);
    }
    classes
}

fn read_dimensions(node: &Node, reader: &mut Reader<'_>) -> Vec<Dimension> {
    let Some(mut fields) = reader.fields(node, "`dimensions`") else { return Vec::new() };
    let mut dimensions = Vec::new();
    let mut columns = Columns::facts();
    for (_, key, value) in fields.rest() {
        let name = reader.name(key, "the name of a dimension");
        let source = read_source(value, reader);
        let Some(name) = name else { continue };
        if let Err(error) = columns.declare(&name.value) {
            let message = format!("`{}` cannot be a dimension", name.value);
            reader.report(Diagnostic::new(Code::BadName, name.place, message).help(error.to_string()));
            continue;
        }
        dimensions.extend(source.map(|source| Dimension { name: name.value, source }));
    }
    dimensions
}

/// `attribute KEY`, `header NAME` or `query NAME`.
fn read_source(node: &Node, reader: &mut Reader<'_>) -> Option<DimensionSource> {
    let text = reader.text(node, "where a dimension is found")?;
    match text.split_once(' ').map(|(word, rest)| (word, rest.trim())) {
        Some(("attribute", key)) => Some(DimensionSource::Attribute(key.to_owned())),
        Some(("header", key)) => Some(DimensionSource::Header(key.to_ascii_lowercase())),
        Some(("query", key)) => Some(DimensionSource::Query(key.to_owned())),
        _ => {
            let message = format!("{} does not say where a dimension is found", quote(text));
            let help = "write `attribute`, `header` or `query` and a key, such as `attribute cloud.region`";
            reader.report(Diagnostic::new(Code::BadValue, reader.place(node), message).help(help));
            None
        }
    }
}

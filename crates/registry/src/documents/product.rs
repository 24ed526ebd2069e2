//! `kind: Product`.

use super::Header;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::source::Place;
use crate::yaml::Node;
use milepost_model::{Dimension, DimensionSource, Product, TrafficClass};

/// A product as written.
#[derive(Debug)]
pub(crate) struct DeclaredProduct {
    pub(crate) product: Product,
    pub(crate) place: Place,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredProduct> {
    let mut fields = reader.fields(spec, "the `spec` of a product")?;
    let name = header.name.value;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| name.to_string());
    let description = fields.required_prose("description", reader, "say in a sentence what users do with the product");
    let owner = fields.required_prose("owner", reader, "name the role or team that answers for the product");
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
    for item in reader.list(node, "`trafficClasses`") {
        let Some(name) = reader.name(item, "the name of a traffic class") else { continue };
        let Ok(class) = TrafficClass::new(name.value.as_str()) else { continue };
        if class.is_built_in() || classes.contains(&class) {
            let message = format!("traffic class `{class}` is there already");
            let help = "every product has the built-in classes; list only those beyond them, each once";
            reader.report(Diagnostic::new(Code::DuplicateEntry, name.place, message).help(help));
            continue;
        }
        classes.push(class);
    }
    classes
}

/// Where dimensions are found: the first word of their value.
const SOURCES: [&str; 3] = ["attribute", "header", "query"];

fn read_dimensions(node: &Node, reader: &mut Reader<'_>) -> Vec<Dimension> {
    let Some(mut fields) = reader.fields(node, "`dimensions`") else { return Vec::new() };
    let mut dimensions = Vec::new();
    let mut columns = milepost_expr::Columns::facts();
    for (_, key, value) in fields.rest() {
        let name = reader.name(key, "the name of a dimension");
        let Some(text) = reader.text(value, "where the dimension is found") else { continue };
        let source = match text.split_once(' ').map(|(word, rest)| (word, rest.trim())) {
            Some(("attribute", key)) => DimensionSource::Attribute(key.to_owned()),
            Some(("header", key)) => DimensionSource::Header(key.to_ascii_lowercase()),
            Some(("query", key)) => DimensionSource::Query(key.to_owned()),
            _ => {
                let message = format!("`{text}` does not say where a dimension is found");
                let help = format!("write one of {} and a key, such as `attribute cloud.region`", SOURCES.join(", "));
                reader.report(Diagnostic::new(Code::BadValue, reader.place(value), message).help(help));
                continue;
            }
        };
        let Some(name) = name else { continue };
        if let Err(error) = columns.declare(&name.value) {
            let message = format!("`{}` cannot be a dimension", name.value);
            reader.report(Diagnostic::new(Code::BadName, name.place, message).help(error.to_string()));
            continue;
        }
        dimensions.push(Dimension { name: name.value, source });
    }
    dimensions
}

//! What events carry and a product is judged by: where values are found, dimensions, KPIs.

use super::words::read_paths;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::yaml::Node;
use milepost_expr::Columns;
use milepost_model::{Dimension, DimensionSource, Kpi, StepPath};

/// Most KPIs: what everybody is judged by can be told in a minute.
const MAX_KPIS: usize = 50;

pub(super) fn read_dimensions(node: &Node, reader: &mut Reader<'_>) -> Vec<Dimension> {
    let Some(mut fields) = reader.fields(node, "`dimensions`") else { return Vec::new() };
    let mut dimensions = Vec::new();
    let mut columns = Columns::facts();
    for (_, key, value) in fields.rest() {
        let name = reader.name(key, "the name of a dimension");
        let source = read_source(value, "a dimension", reader);
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

/// KPIs by name, and the steps that they name, with their places.
pub(super) fn read_kpis(node: &Node, reader: &mut Reader<'_>) -> (Vec<Kpi>, Vec<Spanned<StepPath>>) {
    let Some(mut fields) = reader.fields(node, "`kpis`") else { return (Vec::new(), Vec::new()) };
    let (mut kpis, mut steps) = (Vec::new(), Vec::new());
    let entries = fields.rest();
    if entries.len() > MAX_KPIS {
        let message = format!("`kpis` has {} entries", entries.len());
        let help = format!("write at most {MAX_KPIS}");
        reader.report(Diagnostic::new(Code::TooLarge, reader.key_place(node), message).help(help));
    }
    for (_, key, value) in entries.into_iter().take(MAX_KPIS) {
        let name = reader.name(key, "the name of a KPI");
        let Some(mut fields) = reader.fields(value, "a KPI") else { continue };
        let title = fields.optional_prose("title", reader);
        let help = "say in a sentence what it tells: `description: ...`";
        let description = fields.required_prose("description", reader, help);
        let unit = fields.required_prose("unit", reader, "say what it is counted in: `unit: messages`");
        let value = fields.optional("value").and_then(|n| read_source(n, "the number of a KPI", reader));
        let of = fields.optional("steps").map_or_else(Vec::new, |n| read_paths(n, "`steps`", reader));
        fields.finish(reader);
        let Some(name) = name else { continue };
        let title = title.unwrap_or_else(|| name.value.to_string());
        let paths = of.iter().map(|path| path.value.clone()).collect();
        kpis.push(Kpi { name: name.value, title, description, unit, value, steps: paths });
        steps.extend(of);
    }
    (kpis, steps)
}

/// `attribute KEY`, `header NAME` or `query NAME`.
fn read_source(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<DimensionSource> {
    let text = reader.text(node, &format!("where {what} is found"))?;
    match text.split_once(' ').map(|(word, rest)| (word, rest.trim())) {
        Some(("attribute", key)) => Some(DimensionSource::Attribute(key.to_owned())),
        Some(("header", key)) => Some(DimensionSource::Header(key.to_ascii_lowercase())),
        Some(("query", key)) => Some(DimensionSource::Query(key.to_owned())),
        _ => {
            let message = format!("{} does not say where {what} is found", quote(text));
            let help = "write `attribute`, `header` or `query` and a key, such as `attribute cloud.region`";
            reader.report(Diagnostic::new(Code::BadValue, reader.place(node), message).help(help));
            None
        }
    }
}

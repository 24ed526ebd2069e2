//! `kind: Product`.

use super::Header;
use super::measure::{read_dimensions, read_kpis};
use super::people::{DeclaredResponsibility, read_responsibilities, read_stakeholders};
use super::words::read_date;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::source::{Place, Spanned};
use crate::yaml::Node;
use milepost_model::{Date, Name, Product, Responsibility, StepPath, TrafficClass};
use std::collections::HashSet;

/// A product as written.
#[derive(Debug)]
pub(crate) struct DeclaredProduct {
    pub(crate) product: Product,
    pub(crate) place: Place,
    pub(crate) owner: Option<Spanned<String>>,
    pub(crate) reconfirm_by: Option<Spanned<Date>>,
    /// Whether stakeholders are written, readable or not.
    pub(crate) has_stakeholders: bool,
    /// Whether a day is written, readable or not.
    pub(crate) has_reconfirm_by: bool,
    pub(crate) responsibilities: Vec<DeclaredResponsibility>,
    /// The steps that KPIs name.
    pub(crate) kpi_steps: Vec<Spanned<StepPath>>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredProduct> {
    let name = header.name.value;
    let mut fields = reader.fields(spec, format!("the `spec` of product `{name}`"))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| name.to_string());
    let description =
        fields.required_prose("description", reader, "say in a sentence what users do with it: `description: ...`");
    let owner = fields.required("owner", reader, "name the role or team that answers for it: `owner: ...`");
    let owner = owner.and_then(|n| reader.spanned_prose(n, "`owner`"));
    let reconfirm_by = fields.optional("reconfirmBy").and_then(|n| read_date(n, reader));
    let stakeholders = fields.optional("stakeholders").map_or_else(Vec::new, |n| read_stakeholders(n, reader));
    let rows = fields.optional("responsibilities").map_or_else(Vec::new, |n| read_responsibilities(n, reader));
    let (kpis, kpi_steps) = fields.optional("kpis").map_or_else(Default::default, |n| read_kpis(n, reader));
    let classes = fields.optional("trafficClasses").map_or_else(Vec::new, |n| read_classes(n, reader));
    let dimensions = fields.optional("dimensions").map_or_else(Vec::new, |n| read_dimensions(n, reader));
    let (has_stakeholders, has_reconfirm_by) = (fields.has("stakeholders"), fields.has("reconfirmBy"));
    fields.finish(reader);
    let product = Product {
        name,
        title,
        description,
        owner: owner.as_ref().map_or_else(String::new, |o| o.value.clone()),
        reconfirm_by: reconfirm_by.as_ref().map(|d| d.value),
        stakeholders,
        responsibilities: rows.iter().filter_map(responsibility).collect(),
        kpis,
        classes,
        dimensions,
    };
    Some(DeclaredProduct {
        product,
        place: header.name.place,
        owner,
        reconfirm_by,
        has_stakeholders,
        has_reconfirm_by,
        responsibilities: rows,
        kpi_steps,
    })
}

fn responsibility(row: &DeclaredResponsibility) -> Option<Responsibility> {
    let names = |people: &[Spanned<Name>]| people.iter().map(|name| name.value.clone()).collect();
    Some(Responsibility {
        activity: row.activity.clone(),
        accountable: row.accountable.as_ref()?.value.clone(),
        responsible: names(&row.responsible),
        consulted: names(&row.consulted),
        informed: names(&row.informed),
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

//! The business measures that the product is judged by, and the steps that move each.

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use milepost_model::{DimensionSource, Kpi, StepPath};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Kpis<'r> {
    kpis: Vec<KpiRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct KpiRecord<'r> {
    product: &'r str,
    name: &'r str,
    title: &'r str,
    description: &'r str,
    unit: &'r str,
    /// Where on an event its number is found, such as `attribute order.total`.
    value: Option<String>,
    steps: Vec<String>,
    #[serde(skip)]
    titles: Vec<String>,
}

impl<'r> Kpis<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        Self { kpis: products.iter().flat_map(|of| of.product.kpis.iter().map(|kpi| record(of, kpi))).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let kpis: Vec<_> = self.kpis.iter().filter(|kpi| kpi.product == product).collect();
        if kpis.is_empty() {
            return vec![Sheet::of_note(
                "The product is judged by nothing yet: add `kpis` to the document of kind Product, each with a unit and the steps that move it.",
            )];
        }
        let mut sheet = Sheet::new(&[
            ("KPI", ColumnKind::Words),
            ("What it says", ColumnKind::Prose),
            ("Counted in", ColumnKind::Words),
            ("Moved by", ColumnKind::Prose),
            ("Number on events", ColumnKind::Words),
        ]);
        for kpi in kpis {
            let nowhere = kpi.titles.is_empty().then_some("no step yet");
            let cells = [
                Cell::line(Style::Strong, kpi.title).and(Style::Code, [kpi.name]),
                Cell::plain(kpi.description),
                Cell::plain(kpi.unit),
                Cell::lines(Style::Plain, &kpi.titles).and(Style::Attention, nowhere),
                Cell::lines(Style::Code, &kpi.value).and(Style::Muted, kpi.value.is_none().then_some("none")),
            ];
            sheet.row(true, cells);
        }
        vec![sheet]
    }
}

fn record<'r>(of: &Of<'r>, kpi: &'r Kpi) -> KpiRecord<'r> {
    KpiRecord {
        product: of.name(),
        name: kpi.name.as_str(),
        title: &kpi.title,
        description: &kpi.description,
        unit: &kpi.unit,
        value: kpi.value.as_ref().map(DimensionSource::to_string),
        steps: kpi.steps.iter().map(StepPath::to_string).collect(),
        titles: kpi.steps.iter().map(|path| of.title_of(path)).collect(),
    }
}

//! Where events carry what a registry asks for by name: values of dimensions, and numbers of KPIs.

use milepost_annotate::{FieldPlan, Slot, Slots, Value};
use milepost_model::{Amount, AmountError, DimensionSource, Step};
use milepost_registry::Registry;

/// Where the value of a dimension, or the number of a KPI, is found in an event.
#[derive(Clone, Debug)]
pub(crate) enum FoundIn {
    Slot(Slot),
    Query(String),
}

impl FoundIn {
    pub(crate) fn new(source: &DimensionSource, plan: &mut FieldPlan) -> Self {
        match source {
            DimensionSource::Attribute(key) => Self::Slot(plan.want_attribute(key)),
            DimensionSource::Header(name) => Self::Slot(plan.want_header(name)),
            DimensionSource::Query(name) => Self::Query(name.clone()),
        }
    }

    /// What an event has there.
    pub(crate) fn value<'a>(&self, slots: &Slots<'a>) -> Value<'a> {
        match self {
            Self::Slot(slot) => slots.get(*slot),
            Self::Query(name) => query_parameter(slots, name).map_or(Value::Missing, Value::Text),
        }
    }
}

/// The numbers of KPIs that attempts of a step carry.
pub(crate) fn carried(registry: &Registry, step: &Step, plan: &mut FieldPlan) -> Vec<(usize, FoundIn)> {
    let names = registry.carried_kpis();
    let kpis = registry.product(&step.product).map_or(&[][..], |product| &product.kpis);
    let moved = kpis.iter().filter(|kpi| kpi.steps.iter().any(|path| path.step == step.name));
    let found = moved.filter_map(|kpi| {
        let at = names.iter().position(|name| **name == kpi.name)?;
        Some((at, FoundIn::new(kpi.value.as_ref()?, plan)))
    });
    found.collect()
}

/// What a value says of a KPI; nothing where it is empty, or the dash of access logs.
pub(crate) fn amount(value: Value<'_>) -> Result<Option<Amount>, AmountError> {
    match value {
        Value::Missing | Value::Text("" | "-") => Ok(None),
        Value::Text(text) => text.parse().map(Some),
        Value::Int(number) => Amount::from_whole(number).map(Some),
        Value::Double(number) => Amount::from_double(number).map(Some),
        Value::Bool(_) => Err(AmountError::NoNumber),
    }
}

fn query_parameter<'a>(slots: &Slots<'a>, name: &str) -> Option<&'a str> {
    let pairs = slots.text(Slot::QUERY)?.split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

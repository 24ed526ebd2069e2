//! KPIs as they are told: for the API and for `milepost report`, whoever counted, so that both say the same.

use milepost_facts::KpiSum;
use milepost_impact::Values;
use milepost_model::{Amount, DimensionSource, Kpi, Name, StepPath};
use serde::Serialize;
use utoipa::ToSchema;

/// A business measure, with what users' attempts came to in a time.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = KpiItem)]
pub struct KpiBody {
    /// The product.
    pub product: String,
    /// The KPI's name.
    pub kpi: String,
    /// What people call it.
    pub title: String,
    /// What it says, in words.
    pub description: String,
    /// What it is counted in.
    pub unit: String,
    /// Where on an event its number is found; null where each success counts as one.
    pub value: Option<String>,
    /// The steps that move it, or uses of steps.
    pub steps: Vec<String>,
    /// What successes came to, in its unit.
    pub sum: f64,
    /// The same as an exact decimal number.
    pub sum_exact: String,
    /// Successes that the sum is of.
    pub counted: u64,
    /// Successes that carried no number, or none that can be counted; they add nothing.
    pub without: u64,
    /// What failed attempts would have come to, of those that carried a number, in its unit.
    pub failed_sum: f64,
    /// Failed attempts that carried a number.
    pub failed_counted: u64,
}

impl KpiBody {
    /// A KPI of a product with its sums.
    pub fn new(product: &Name, kpi: &Kpi, sum: &KpiSum) -> Self {
        Self {
            product: product.to_string(),
            kpi: kpi.name.to_string(),
            title: kpi.title.clone(),
            description: kpi.description.clone(),
            unit: kpi.unit.clone(),
            value: kpi.value.as_ref().map(DimensionSource::to_string),
            steps: kpi.steps.iter().map(StepPath::to_string).collect(),
            sum: units(&sum.kept),
            sum_exact: exact(&sum.kept),
            counted: sum.kept.count(),
            without: sum.without,
            failed_sum: units(&sum.bad),
            failed_counted: sum.bad.count(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the exact number stands beside it")]
fn units(values: &Values) -> f64 {
    values.sum_micros() as f64 / Amount::ONE.micros() as f64
}

/// A decimal number without zeros behind.
fn exact(values: &Values) -> String {
    let unit = u128::from(Amount::ONE.micros());
    let (whole, rest) = (values.sum_micros() / unit, values.sum_micros() % unit);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_told_to_the_last_millionth() {
        let told = |micros| exact(&Values::of(1, Amount::from_micros(micros).unwrap()));
        assert_eq!([told(0), told(1), told(12_340_000), told(100_000_000)], ["0", "0.000001", "12.34", "100"]);
    }
}

//! KPIs as they are told: for the API and for `milepost report`, whoever counted, so that both say the same.

use milepost_facts::KpiSum;
use milepost_impact::{Attempts, KpiWindow, Lost, LostKpi, Values, Worth};
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
    /// Failed attempts, with a number or without.
    pub failed: u64,
    /// What failed attempts would have come to, in its unit: what they carried, and as much as successes do on average for each that carried no number. Null where
    /// some failed and nobody knows what an attempt is worth. What never came is not in it: incidents tell that.
    pub lost: Option<f64>,
    /// At least so much, at 99 %.
    pub lost_low: Option<f64>,
    /// At most so much, at 99 %; null where too few numbers are known.
    pub lost_high: Option<f64>,
}

impl KpiBody {
    /// A KPI of a product with its sums.
    pub fn new(product: &Name, kpi: &Kpi, sum: &KpiSum) -> Self {
        let lost = lost(kpi, sum);
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
            failed: sum.failed,
            lost: lost.map(|lost| signed_units(lost.lost_micros)),
            lost_low: lost.map(|lost| signed_units(lost.low_micros)),
            lost_high: lost.and_then(|lost| lost.high_micros).map(signed_units),
        }
    }
}

/// What failed attempts would have come to; nothing where nobody knows.
fn lost(kpi: &Kpi, sum: &KpiSum) -> Option<LostKpi> {
    let failed = Attempts::whole(sum.failed);
    let lost = Lost { gross: failed, net: failed, low: failed, high: failed };
    if sum.failed == 0 {
        return Some(LostKpi { lost_micros: 0, low_micros: 0, high_micros: Some(0) });
    }
    let worth = if kpi.value.is_some() { Worth::Usual(sum.kept) } else { Worth::One };
    // What is usual is what successes of the same time carried.
    LostKpi::of(&KpiWindow { kept: Values::default(), bad: sum.bad, worth, lost })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn signed_units(micros: i128) -> f64 {
    micros as f64 / Amount::ONE.micros() as f64
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

    #[test]
    fn what_failed_is_lost_as_far_as_anybody_knows_what_it_is_worth() {
        let ten = |count| Values::of(count, Amount::from_whole(10).unwrap());
        let kpi = |value: Option<&str>| Kpi {
            name: Name::new("revenue").unwrap(),
            title: "Revenue".to_owned(),
            description: String::new(),
            unit: "euros".to_owned(),
            value: value.map(|key| DimensionSource::Attribute(key.to_owned())),
            steps: Vec::new(),
        };
        let told = |kpi: &Kpi, sum: KpiSum| {
            let body = KpiBody::new(&Name::new("shop").unwrap(), kpi, &sum);
            (body.lost, body.lost_low, body.lost_high)
        };
        let carried = kpi(Some("shop.revenue"));
        let of = |kept, bad, failed| told(&carried, KpiSum { kept, bad, failed, without: 0 });
        assert_eq!(of(ten(100), Values::default(), 5), (Some(50.0), Some(50.0), Some(50.0)));
        assert_eq!(of(ten(0), Values::default(), 5), (None, None, None));
        assert_eq!(of(ten(0), Values::default(), 0), (Some(0.0), Some(0.0), Some(0.0)));
        // Few numbers give an estimate, and no bound above.
        assert_eq!(of(ten(3), ten(2), 5), (Some(50.0), Some(20.0), None));
        let counts = told(&kpi(None), KpiSum { kept: Values::of(9, Amount::ONE), failed: 5, ..KpiSum::default() });
        assert_eq!(counts, (Some(5.0), Some(5.0), Some(5.0)));
    }
}

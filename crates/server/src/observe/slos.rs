//! SLOs in `/metrics`: what they counted, what is spent of their error budgets, and whether they are burning.

use super::family::{Family, Kind, Value};
use crate::counts::{Counts, SeriesKey};
use crate::shared::Shared;
use milepost_slo::{Fraction, Slo, Urgency};

/// The SLOs as of the last round; nothing while their history is being read.
pub(super) fn slos(shared: &Shared, families: &mut Vec<Family>) {
    let (version, board) = (shared.versions.current(), shared.board());
    if board.at.is_none() || board.version != version.number {
        return;
    }
    let help = "The share of the error budget of a whole window that is spent.";
    let mut spent = Family::new("milepost_slo_error_budget_spent_ratio", Kind::Gauge, help);
    let help = "1 when a burn alert of the SLO fires, by how urgent it is.";
    let mut firing = Family::new("milepost_slo_alert_firing", Kind::Gauge, help);
    for (slo, standing) in version.setup.registry.slos.iter().zip(&board.standings) {
        let Some(standing) = standing else { continue };
        if let Some(share) = standing.budget.spent() {
            spent.add(&labels(slo), Value::Real(Fraction::to_f64(share)));
        }
        for urgency in Urgency::ALL {
            let mut tiers = slo.alerts.tiers.iter().zip(standing.alerts.tiers());
            let fires = tiers.any(|(tier, state)| tier.urgency == urgency && state.is_firing());
            let mut labels = labels(slo).to_vec();
            labels.push(("severity", urgency.as_str()));
            firing.add(&labels, u64::from(fires));
        }
    }
    super::open::add_standings(shared, &mut spent, &mut firing);
    families.extend([spent, firing]);
}

/// What each SLO has counted: no other metric knows its threshold and its expressions.
///
/// An SLO that counted nothing yet has zeros, so that its first event is an increase. What an SLO counts after an edit of its threshold or expressions is
/// another series, so that what the two have counted is no increase of either.
pub(super) fn events(slos: &[Slo], counts: &Counts) -> Family {
    let help = "Attempts that count in an SLO, good and bad ones, since the data directory was begun.";
    let mut events = Family::new("milepost_slo_events_total", Kind::Counter, help);
    for slo in slos {
        let indicator = slo.indicator.id().to_string();
        let series = counts.series.find(&SeriesKey::Indicator(indicator.clone()).text());
        let [valid, good, ..] = series.map(|series| counts.total(series)).unwrap_or_default();
        for (result, count) in [("good", good), ("bad", valid - good)] {
            let mut labels = labels(slo).to_vec();
            labels.extend([
                ("method", slo.indicator.method.as_str()),
                ("class", slo.indicator.class.as_str()),
                ("indicator", &indicator),
                ("result", result),
            ]);
            events.add(&labels, count);
        }
    }
    events
}

fn labels(slo: &Slo) -> [(&'static str, &str); 4] {
    let path = &slo.indicator.path;
    [
        ("product", slo.product.as_str()),
        ("objective", path.objective.as_ref().map_or("", |objective| objective.as_str())),
        ("step", path.step.as_str()),
        ("slo", slo.name.as_str()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::CountBounds;
    use milepost_model::Minute;
    use milepost_store::SeriesFile;

    const SHOP: &str = "
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: d, owner: o}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: d, steps: [order]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [web POST /orders]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: o}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: fast}, spec: {step: order, type: latency, threshold: 1s, target: 99%}}
";

    /// The series of the one SLO of a registry: whether it is of good or bad, its indicator, and what it counted.
    fn counted(registry: &str, counts: &mut Counts, more: Option<[u64; 2]>) -> Vec<(String, String, u64)> {
        let slos = milepost_registry::read_texts([("shop.yaml", registry)]).registry.expect("a registry").slos;
        if let Some([valid, good]) = more {
            let key = SeriesKey::Indicator(slos[0].indicator.id().to_string()).text();
            let series = counts.series(&key, "other");
            let mut cell = crate::counts::Cell::default();
            (cell[0], cell[1]) = (valid, good);
            counts.add(series, Minute::new(0), &cell);
        }
        let samples = events(&slos, counts).samples.into_iter();
        samples
            .map(|sample| {
                let label = |name| sample.labels.iter().find(|(known, _)| *known == name).expect("a label").1.clone();
                let Value::Whole(value) = sample.value else { panic!("{sample:?}") };
                (label("result"), label("indicator"), value)
            })
            .collect()
    }

    #[test]
    fn an_edit_of_what_counts_begins_another_series_with_zeros() {
        let folder = tempfile::tempdir().expect("a folder");
        let (series, _) = SeriesFile::open(folder.path()).expect("a file of series");
        let mut counts = Counts::new(series, CountBounds::NONE);
        let before = counted(SHOP, &mut counts, Some([10, 7]));
        let values = |samples: &[(String, String, u64)]| samples.iter().map(|(_, _, value)| *value).collect::<Vec<_>>();
        assert_eq!(values(&before), [7, 3]);
        let edited = counted(&SHOP.replace("1s", "2s"), &mut counts, None);
        assert_eq!(values(&edited), [0, 0]);
        assert_ne!(before[0].1, edited[0].1);
        // Another target counts the same.
        assert_eq!(counted(&SHOP.replace("99%", "95%"), &mut counts, None), before);
    }
}

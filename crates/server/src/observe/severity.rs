//! Severity and incidents in `/metrics`: which steps have which level, and how many incidents go on.

use super::family::{Family, Kind};
use crate::shared::Shared;
use milepost_impact::incident::IncidentKind;
use std::collections::BTreeMap;

/// As of the last round; nothing while it is being learnt what is usual.
pub(super) fn severity(shared: &Shared, families: &mut Vec<Family>) {
    let (version, board) = (shared.versions.current(), shared.severity());
    if board.at.is_none() || board.version != version.number {
        return;
    }
    let help = "1 when the step has this severity by the product's rules.";
    let mut steps = Family::new("milepost_step_severity", Kind::Gauge, help);
    let help = "Incidents that go on, by the severity that counts; `none` where it has none.";
    let mut open = Family::new("milepost_incidents_open", Kind::Gauge, help);
    let help = "1 when an incident goes on because no telemetry is received.";
    let mut lost = Family::new("milepost_telemetry_lost", Kind::Gauge, help);
    for product in &board.products {
        let name = product.product.as_str();
        for (place, of) in product.paths.iter().enumerate() {
            let level = product.verdict(place).map(|verdict| verdict.level);
            let objective = of.path.objective.as_ref().map_or("", |objective| objective.as_str());
            for (at, severity) in product.policy.levels.iter().enumerate() {
                let labels = [
                    ("product", name),
                    ("objective", objective),
                    ("step", of.path.step.as_str()),
                    ("severity", severity.as_str()),
                ];
                steps.add(&labels, u64::from(level == Some(at)));
            }
        }
        let incidents = shared.incidents.of(name);
        let of_kind = |kind| incidents.open().filter(move |incident| incident.kind == kind);
        let mut counts: BTreeMap<&str, u64> = product.policy.levels.iter().map(|name| (name.as_str(), 0)).collect();
        counts.insert("none", 0);
        for incident in of_kind(IncidentKind::Impact) {
            *counts.entry(incident.level().map_or("none", |level| level.name.as_str())).or_default() += 1;
        }
        for (severity, count) in counts {
            open.add(&[("product", name), ("severity", severity)], count);
        }
        lost.add(&[("product", name)], u64::from(of_kind(IncidentKind::TelemetryLost).next().is_some()));
    }
    families.extend([steps, open, lost]);
}

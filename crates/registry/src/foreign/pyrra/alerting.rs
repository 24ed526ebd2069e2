//! `alerting` of Pyrra: its burn alerts, whose windows are parts of the SLO's own.

use crate::foreign::context::{Burn, Context};
use crate::yaml::Node;
use milepost_model::DurationNs;
use milepost_slo::open::AlertPolicy;
use std::sync::Arc;

/// Pyrra's alerts: severity, burn rate, and the minutes of the long window and of how long it has to hold, for a window of 28 days.
const ALERTS: [(&str, &str, u64, u64); 4] =
    [("critical", "14", 60, 2), ("critical", "7", 360, 15), ("warning", "2", 1_440, 60), ("warning", "1", 5_760, 180)];
const MINUTE_NANOS: u64 = 60_000_000_000;
const MINUTES_OF_28_DAYS: u64 = 28 * 1_440;

const NAMES: &str = "it is left out: Milepost's alerts are told by product, objective, step, SLO and severity";

/// A policy for each alert, where there are any.
pub(super) fn read(
    node: Option<&Node>,
    window: Option<DurationNs>,
    context: &mut Context<'_>,
) -> Vec<Arc<AlertPolicy>> {
    let (mut burn_rates, mut absent) = (true, true);
    if let Some(mut fields) = node.and_then(|node| context.reader.fields(node, "`alerting`")) {
        let mut switch =
            |key: &'static str| fields.optional(key).map(|node| context.reader.boolean(node, &format!("`{key}`")));
        let (disabled, rates, absence) = (switch("disabled"), switch("burnrates"), switch("absent"));
        burn_rates = rates.unwrap_or(true) && disabled != Some(true);
        absent = absence.unwrap_or(true) && disabled != Some(true);
        for key in ["name", "absentName", "severities"] {
            context.drop_key(&mut fields, key, NAMES);
        }
        if let Some(kind) = fields.optional("burnRateType")
            && context.reader.text(kind, "`burnRateType`").is_some_and(|kind| kind != "static")
        {
            let message = "burn rates that follow the traffic have no counterpart in OpenSLO";
            context.no_counterpart(
                kind,
                message,
                "the usual ones are written; Milepost's own SLOs have `alerts: {form: share}` for that",
            );
        }
        context.rest(fields);
    }
    let Some(window) = window.filter(|_| burn_rates) else { return Vec::new() };
    let of = |(severity, threshold, long, after): (&'static str, &'static str, u64, u64)| {
        let lookback = part(window, long).max(DurationNs::from_nanos(MINUTE_NANOS));
        let name = format!("{severity}-{lookback}");
        let when_no_data = absent && severity == "critical";
        let threshold = threshold.parse().expect("a number");
        Burn { name, severity, threshold, lookback, after: part(window, after), when_no_data }.policy()
    };
    let mut policies: Vec<Arc<AlertPolicy>> = ALERTS.into_iter().map(of).collect();
    // In a short window two alerts can look at the same minute.
    policies.dedup_by(|later, first| later.name == first.name);
    policies
}

/// So many minutes of 28 days as the same part of a window, in whole minutes as Pyrra rounds them.
fn part(window: DurationNs, minutes: u64) -> DurationNs {
    let nanos = u128::from(window.nanos()) * u128::from(minutes) / u128::from(MINUTES_OF_28_DAYS);
    let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
    DurationNs::from_nanos((nanos + MINUTE_NANOS / 2) / MINUTE_NANOS * MINUTE_NANOS)
}

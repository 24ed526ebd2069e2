//! `alerting` of Sloth: which of its burn alerts there are.

use super::{Key, optional};
use crate::foreign::context::{Burn, Context};
use crate::reader::Fields;
use crate::yaml::Node;
use milepost_model::DurationNs;
use milepost_slo::open::{AlertPolicy, Decimal};
use std::sync::Arc;

/// Sloth's alerts: urgency, the hundredths of the error budget that the long window may spend, and the hours of that window.
const ALERTS: [(&str, u64, u64); 4] = [("page", 2, 1), ("page", 5, 6), ("ticket", 10, 24), ("ticket", 10, 72)];

const PAGE_ALERT: Key = ["page_alert", "pageAlert"];
const TICKET_ALERT: Key = ["ticket_alert", "ticketAlert"];

const NAMES: &str = "it is left out: Milepost's alerts are told by product, objective, step, SLO and severity";

/// A policy for each alert that is not disabled. Those over another period than Sloth's own are said at the name of the SLO.
pub(super) fn read(node: Option<&Node>, name: Option<&Node>, context: &mut Context<'_>) -> Vec<Arc<AlertPolicy>> {
    let [page, ticket] = read_alerts(node, context);
    let period = context.unsaid.sloth_period;
    if period.has_alerts() {
        return policies(period.duration(), page, ticket);
    }
    if let Some(name) = name.filter(|_| page.is_some() || ticket.is_some()) {
        let message =
            format!("alerts over {period} are in a catalog of windows that Sloth is given, and in no document");
        context.no_counterpart(name, message, "they are left out, and Milepost's usual alerts stand in for them");
    }
    Vec::new()
}

/// For how long pages and tickets have to hold; `None` of those that are disabled.
fn read_alerts(node: Option<&Node>, context: &mut Context<'_>) -> [Option<DurationNs>; 2] {
    let Some(mut fields) = node.and_then(|node| context.reader.fields(node, "`alerting`")) else {
        return [Some(NO_TIME); 2];
    };
    for key in ["name", "labels", "annotations"] {
        context.drop_key(&mut fields, key, NAMES);
    }
    let page = read_alert(&mut fields, PAGE_ALERT, context);
    let ticket = read_alert(&mut fields, TICKET_ALERT, context);
    context.rest(fields);
    [page, ticket]
}

const NO_TIME: DurationNs = DurationNs::from_nanos(0);

/// For how long an alert has to hold; `None` when it is disabled.
fn read_alert(outer: &mut Fields<'_>, key: Key, context: &mut Context<'_>) -> Option<DurationNs> {
    let written = if outer.has(key[1]) { key[1] } else { key[0] };
    let alert = optional(outer, key).and_then(|node| context.reader.fields(node, format!("`{written}`")));
    let Some(mut fields) = alert else {
        return Some(NO_TIME);
    };
    let is_disabled = fields.optional("disable").is_some_and(|node| context.reader.boolean(node, "`disable`"));
    for key in ["labels", "annotations"] {
        context.drop_key(&mut fields, key, NAMES);
    }
    let after = fields.optional("for").and_then(|node| context.minutes(node, "`for`"));
    context.rest(fields);
    (!is_disabled).then_some(after.unwrap_or(NO_TIME))
}

fn policies(period: DurationNs, page: Option<DurationNs>, ticket: Option<DurationNs>) -> Vec<Arc<AlertPolicy>> {
    let of = |(severity, hundredths, hours): (&'static str, u64, u64)| {
        let after = if severity == "page" { page } else { ticket }?;
        let lookback = DurationNs::from_seconds(hours * 3_600);
        let name = format!("{severity}-{lookback}");
        let threshold = burn_rate(hundredths, period, lookback);
        Some(Burn { name, severity, threshold, lookback, after, when_no_data: false }.policy())
    };
    ALERTS.into_iter().filter_map(of).collect()
}

/// The rate that spends so many hundredths of a period's budget in a window, as a decimal of nine digits, rounded down.
fn burn_rate(hundredths: u64, period: DurationNs, lookback: DurationNs) -> Decimal {
    const DIGITS: u128 = 1_000_000_000;
    let nanos = u128::from(hundredths) * u128::from(period.nanos()) * DIGITS / (100 * u128::from(lookback.nanos()));
    let text = format!("{}.{:09}", nanos / DIGITS, nanos % DIGITS);
    text.parse().expect("a number")
}

//! `alerting` of Sloth: which of its burn alerts there are.

use super::{Key, optional};
use crate::foreign::context::{Burn, Context};
use crate::reader::Fields;
use crate::yaml::Node;
use milepost_model::DurationNs;
use milepost_slo::open::AlertPolicy;
use std::sync::Arc;

/// Sloth's alerts over 30 days: urgency, burn rate, and the hours of the long window.
const ALERTS: [(&str, &str, u64); 4] =
    [("page", "14.4", 1), ("page", "6", 6), ("ticket", "3", 24), ("ticket", "1", 72)];

const PAGE_ALERT: Key = ["page_alert", "pageAlert"];
const TICKET_ALERT: Key = ["ticket_alert", "ticketAlert"];

const NAMES: &str = "it is left out: Milepost's alerts are told by product, objective, step, SLO and severity";

/// A policy for each alert that is not disabled.
pub(super) fn read(node: Option<&Node>, context: &mut Context<'_>) -> Vec<Arc<AlertPolicy>> {
    let Some(mut fields) = node.and_then(|node| context.reader.fields(node, "`alerting`")) else {
        return policies(Some(NO_TIME), Some(NO_TIME));
    };
    for key in ["name", "labels", "annotations"] {
        context.drop_key(&mut fields, key, NAMES);
    }
    let page = read_alert(&mut fields, PAGE_ALERT, context);
    let ticket = read_alert(&mut fields, TICKET_ALERT, context);
    context.rest(fields);
    policies(page, ticket)
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

fn policies(page: Option<DurationNs>, ticket: Option<DurationNs>) -> Vec<Arc<AlertPolicy>> {
    let of = |(severity, threshold, hours): (&'static str, &'static str, u64)| {
        let after = if severity == "page" { page } else { ticket }?;
        let lookback = DurationNs::from_seconds(hours * 3_600);
        let name = format!("{severity}-{lookback}");
        Some(Burn { name, severity, threshold, lookback, after, when_no_data: false }.policy())
    };
    ALERTS.into_iter().filter_map(of).collect()
}

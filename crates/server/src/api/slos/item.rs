//! An SLO as it is told: what is promised, what was counted of it over the window so far, and who was told of what.

use super::about::About;
use crate::api::body::{Interval, interval, millis};
use crate::api::csv::Table;
use crate::api::slo_agreed::{MaintenanceBody, PolicyBody, RecordedBody, maintenances, policy, recorded};
use crate::api::span::{Span, SpanBody};
use crate::evaluate::Standing;
use milepost_model::{DurationNs, Minute};
use milepost_registry::Registry;
use milepost_slo::{AlertTier, Counts, Fraction, Phase, TierState, burn_rate};
use serde::Serialize;
use utoipa::ToSchema;

/// An SLO over its window so far.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SloItem {
    product: String,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) step: String,
    /// The objective for whose use of the step it is, where it is for one.
    pub(super) objective: Option<String>,
    method: &'static str,
    class: String,
    /// What its counts are made of: `facts`, or a `prometheus` that is asked.
    source: &'static str,
    /// `availability`, `latency`, `freshness`, `correctness`, `coverage` or `throughput`; `unspecified` of an OpenSLO document that does not say.
    #[serde(rename = "type")]
    pub(super) sli: &'static str,
    /// Of a latency: the time within which an attempt is good.
    pub(super) threshold_ms: Option<f64>,
    pub(super) target: String,
    /// Such as `28d`, or a period of the calendar.
    pub(super) window: String,
    /// The minutes of the window up to now.
    window_so_far: Option<SpanBody>,
    /// What is counted: `events`, `minutes`, `slices`, or billionths of slices.
    unit: &'static str,
    /// The identity of what is counted: the same for SLOs that differ in target or window only.
    indicator: String,
    valid: u64,
    good: u64,
    pub(super) ratio: Option<f64>,
    interval: Option<Interval>,
    /// The share of the error budget of a whole window that is spent.
    pub(super) budget_spent: Option<f64>,
    /// That error budget, in units.
    allowed_bad: f64,
    /// Whether it is scaled up, from less history than the window is long.
    pub(super) budget_is_estimate: bool,
    /// The same without taking out the time of maintenance, where some of it is taken out.
    recorded: Option<RecordedBody>,
    /// The maintenances that are about it.
    maintenances: Vec<MaintenanceBody>,
    /// Since when nobody is told of its burns because of maintenance.
    silent_since: Option<String>,
    /// What was agreed to happen as the error budget is spent.
    policy: Option<PolicyBody>,
    /// The day (UTC) of the first attempt that was counted in the window.
    counted_since: Option<String>,
    /// Of what a source counts: minutes before this one were over when they were asked for.
    backfilled_until: Option<String>,
    /// Says so when less than the window was counted.
    history: Option<String>,
    /// Its burn alerts.
    pub(super) alerts: Vec<AlertBody>,
    /// What of the alert policies of an OpenSLO document is not judged, each with the reason.
    alerts_unjudged: Vec<String>,
    /// Since when they neither fire nor resolve, because nothing is received.
    alerts_frozen_since: Option<String>,
    /// `good`, `bad`, `no-data` or `unknown`.
    pub(super) state: &'static str,
    /// Why it is not good.
    reason: Option<String>,
    /// The expressions that are counted.
    valid_when: String,
    good_when: String,
}

/// A tier of burn alerts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub(super) struct AlertBody {
    /// `page` or `ticket`.
    pub(super) urgency: &'static str,
    /// The share of the error budget at which it fires.
    share: String,
    /// For how long it must go on before it fires; nothing where it fires at once.
    after: Option<String>,
    /// `inactive`, `firing` or `resolved`.
    pub(super) state: &'static str,
    /// Since when.
    since: Option<String>,
    /// The place in this list of the tier because of which nobody is told of this one.
    inhibited_by: Option<usize>,
    /// The window in which the share is spent.
    long: BurnBody,
    /// The window that says whether it goes on.
    short: BurnBody,
}

/// What a window of an alert holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Burn)]
struct BurnBody {
    /// Its length.
    window: String,
    valid: u64,
    bad: u64,
    /// How fast the budget burns: 1 when it lasts exactly a window of the SLO.
    burn_rate: Option<f64>,
}

pub(super) const TABLE: Table = Table::Rows(&[
    "product",
    "name",
    "title",
    "step",
    "objective",
    "method",
    "class",
    "source",
    "type",
    "threshold_ms",
    "target",
    "window",
    "window_so_far.from",
    "window_so_far.to",
    "unit",
    "indicator",
    "valid",
    "good",
    "ratio",
    "interval.low",
    "interval.high",
    "budget_spent",
    "allowed_bad",
    "budget_is_estimate",
    "recorded.valid",
    "recorded.good",
    "recorded.budget_spent",
    "silent_since",
    "policy.name",
    "policy.status",
    "counted_since",
    "backfilled_until",
    "history",
    "alerts_frozen_since",
    "state",
    "reason",
    "valid_when",
    "good_when",
]);

const DAY_MINUTES: i64 = 24 * 60;

impl SloItem {
    /// What is said of an SLO, of which perhaps nothing is known yet, over its window so far, in a state for a reason.
    pub(super) fn new(
        (registry, about): (&Registry, &About<'_>),
        standing: Option<&Standing>,
        window: Option<Span>,
        (state, reason): (&'static str, Option<String>),
    ) -> Self {
        let counts = standing.map(|standing| standing.budget.counts).unwrap_or_default();
        let has_any = |standing: &&Standing| standing.attempts.unwrap_or(standing.recorded.counts).valid > 0;
        let first = standing.filter(has_any).map(|standing| standing.first);
        let first = first.zip(window).map(|(first, window)| first.max(window.from));
        let imported = standing.and_then(|standing| standing.imported);
        let [valid_when, good_when] = about.expressions.clone();
        Self {
            product: about.of.product.to_string(),
            name: about.name.clone(),
            title: about.title.clone(),
            step: about.of.path.step.to_string(),
            objective: about.of.path.objective.as_ref().map(ToString::to_string),
            method: about.method.as_str(),
            class: about.class.clone(),
            source: about.source,
            sli: about.sli,
            threshold_ms: about.threshold.map(millis),
            target: about.target.to_string(),
            window: about.window.clone(),
            window_so_far: window.map(Span::body),
            unit: about.unit,
            indicator: about.indicator.clone(),
            valid: counts.valid,
            good: counts.good,
            ratio: counts.ratio(),
            interval: interval(counts),
            budget_spent: standing.and_then(|standing| standing.budget.spent()).map(Fraction::to_f64),
            allowed_bad: standing.map_or(0.0, |standing| standing.budget.allowed().to_f64()),
            budget_is_estimate: standing.is_some_and(|standing| standing.budget.total.is_estimate()),
            recorded: standing.and_then(|standing| recorded(registry, about.of, standing)),
            maintenances: maintenances(registry, about.of, standing),
            silent_since: standing.and_then(|standing| standing.silent_since).map(|at| at.to_string()),
            policy: about.policy.map(|of| policy(of, standing)),
            counted_since: first.map(|first| first.start().to_string()),
            backfilled_until: imported.map(|imported| Minute::new(imported.backfilled).start().to_string()),
            history: first.zip(window).and_then(|(first, window)| short_history(first, window)),
            alerts: standing.map(|standing| alerts(about, standing)).unwrap_or_default(),
            alerts_unjudged: about.unjudged.to_vec(),
            alerts_frozen_since: standing.and_then(|standing| standing.alerts.frozen_since()).map(|at| at.to_string()),
            state,
            reason,
            valid_when,
            good_when,
        }
    }
}

fn alerts(about: &About<'_>, standing: &Standing) -> Vec<AlertBody> {
    let tiers = about.alerts.tiers.iter().zip(standing.alerts.tiers()).zip(&standing.burn);
    let body = |((tier, state), [long, short]): ((&AlertTier, &TierState), &[Counts; 2])| {
        let window = |length, counts: &Counts| BurnBody {
            window: DurationNs::to_string(&length),
            valid: counts.valid,
            bad: counts.bad(),
            burn_rate: burn_rate(*counts, about.target).map(Fraction::to_f64),
        };
        let (state_name, since) = match state.phase {
            Phase::Inactive => ("inactive", None),
            Phase::Firing { since } => ("firing", Some(since)),
            Phase::Resolved { at } => ("resolved", Some(at)),
        };
        AlertBody {
            urgency: tier.urgency.as_str(),
            share: tier.share.to_string(),
            after: (tier.after.nanos() > 0).then(|| tier.after.to_string()),
            state: state_name,
            since: since.map(|since| since.to_string()),
            inhibited_by: state.inhibited_by,
            long: window(tier.long, long),
            short: window(tier.short, short),
        }
    };
    tiers.map(body).collect()
}

fn short_history(first: Minute, window: Span) -> Option<String> {
    let missing = first.number() - window.from.number();
    (missing >= DAY_MINUTES)
        .then(|| format!("nothing was counted in the first {} days of the window", missing / DAY_MINUTES))
}

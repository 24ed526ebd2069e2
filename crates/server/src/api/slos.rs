//! `/products/{product}/slos`: what steps promise, and what was counted of it over the window so far.

pub(super) mod board;
mod open;

use super::ask::{AsOf, Ask};
use super::body::{Interval, interval, millis};
use super::csv::Table;
use super::measure::silence;
use super::problem::Problem;
use super::reply::Reply;
use super::slo_agreed::{MaintenanceBody, PolicyBody, RecordedBody, maintenances, policy, recorded};
use super::slo_window;
use super::span::{Span, SpanBody};
use crate::evaluate::Standing;
use crate::prometheus::OpenJudged;
use milepost_model::{DurationNs, Minute, Name, Target};
use milepost_slo::{
    AlertState, AlertTier, Alerts, Budgeting, Counts, Doubt, Fraction, MOST_ABANDONED, Method, Phase, Quality, SliType,
    Slo, SloState, TierState, burn_rate,
};
use serde::Serialize;
use utoipa::ToSchema;

/// An SLO over its window so far.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SloItem {
    product: String,
    name: String,
    title: String,
    step: String,
    /// The objective for whose use of the step it is, where it is for one.
    objective: Option<String>,
    method: &'static str,
    class: String,
    /// What its counts are made of: `facts`, or a `prometheus` that is asked.
    source: &'static str,
    /// `availability`, `latency`, `freshness`, `correctness`, `coverage` or `throughput`; `unspecified` of an OpenSLO document that does not say.
    #[serde(rename = "type")]
    sli: &'static str,
    /// Of a latency: the time within which an attempt is good.
    threshold_ms: Option<f64>,
    target: String,
    /// Such as `28d`, or a period of the calendar.
    window: String,
    /// The minutes of the window up to now.
    window_so_far: Option<SpanBody>,
    /// What is counted: `events`, `minutes`, `slices`, or billionths of slices.
    unit: &'static str,
    /// The identity of what is counted: the same for SLOs that differ in target or window only.
    indicator: String,
    valid: u64,
    good: u64,
    ratio: Option<f64>,
    interval: Option<Interval>,
    /// The share of the error budget of a whole window that is spent.
    budget_spent: Option<f64>,
    /// That error budget, in units.
    allowed_bad: f64,
    /// Whether it is scaled up, from less history than the window is long.
    budget_is_estimate: bool,
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
    alerts: Vec<AlertBody>,
    /// Alert policies of an OpenSLO document that are not judged, each with the reason.
    alerts_unjudged: Vec<String>,
    /// Since when they neither fire nor resolve, because nothing is received.
    alerts_frozen_since: Option<String>,
    /// `good`, `bad`, `no-data` or `unknown`.
    state: &'static str,
    /// Why it is not good.
    reason: Option<String>,
    /// The expressions that are counted.
    valid_when: String,
    good_when: String,
}

/// A tier of burn alerts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
struct AlertBody {
    /// `page` or `ticket`.
    urgency: &'static str,
    /// The share of the error budget at which it fires.
    share: String,
    /// `inactive`, `firing` or `resolved`.
    state: &'static str,
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

const TABLE: Table = Table::Rows(&[
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

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let (page, next) = ask.paging()?.of(all(ask, product), Listed::key);
    let (as_of, items) = items(ask, &page);
    ask.page(as_of, (items, next), TABLE)
}

/// An SLO with its place in the registry.
pub(super) enum Listed<'r> {
    Own(usize, &'r Slo),
    Open(usize, Box<OpenJudged<'r>>),
}

impl Listed<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Own(_, slo) => slo.name.as_str(),
            Self::Open(_, judged) => &judged.name,
        }
    }

    /// One that sorts those of one name, too.
    fn key(&self) -> String {
        match self {
            Self::Own(..) => self.name().to_owned(),
            Self::Open(..) => format!("{} prometheus", self.name()),
        }
    }
}

/// The SLOs of a product: its own, then those of OpenSLO documents.
fn all<'r>(ask: &'r Ask<'_>, product: &Name) -> Vec<Listed<'r>> {
    let own = ask.registry().slos.iter().enumerate().filter(|(_, slo)| slo.product == *product);
    let own = own.map(|(place, slo)| Listed::Own(place, slo));
    let open = open::of_product(ask, product).into_iter();
    own.chain(open.map(|(place, judged)| Listed::Open(place, Box::new(judged)))).collect()
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let (as_of, mut items) = items(ask, &[find(ask, product)?]);
    ask.object(as_of, items.remove(0), TABLE)
}

/// The SLO that is asked for.
pub(super) fn find<'r>(ask: &'r Ask<'_>, product: &Name) -> Result<Listed<'r>, Problem> {
    let wanted = ask.wanted_slo();
    let mut all = all(ask, product);
    let Some(place) = all.iter().position(|slo| slo.name() == wanted) else {
        let known: Vec<&str> = all.iter().map(Listed::name).collect();
        return Err(Problem::unknown("SLO", wanted, &known));
    };
    Ok(all.swap_remove(place))
}

fn items(ask: &Ask<'_>, slos: &[Listed<'_>]) -> (AsOf, Vec<SloItem>) {
    let silence = silence(ask.shared, &ask.shared.counts(), ask.now);
    let board = ask.shared.board();
    let is_of_version = board.at.is_some() && board.version == ask.version.number;
    let item = |listed: &Listed<'_>| {
        let (place, slo) = match listed {
            Listed::Own(place, slo) => (place, slo),
            Listed::Open(place, judged) => return open::item(ask, *place, judged),
        };
        let standing = board.standings.get(*place).and_then(Option::as_ref).filter(|_| is_of_version);
        let window = slo_window::of(&slo.window, standing.map_or(ask.now.minute(), |standing| standing.last));
        if let Some(window) = window {
            ask.note_counted(window);
        }
        let mut item = item(slo, standing, window, silence.as_deref());
        let registry = ask.registry();
        item.maintenances = maintenances(registry, slo, standing);
        item.policy = policy(registry, slo, standing);
        item.recorded = standing.and_then(|standing| recorded(registry, slo, standing));
        Some(item)
    };
    let items = slos.iter().filter_map(item).collect();
    (AsOf { lsn: board.lsn, span: None }, items)
}

fn item(slo: &Slo, standing: Option<&Standing>, window: Option<Span>, silence: Option<&str>) -> SloItem {
    let indicator = &slo.indicator;
    let counts = standing.map(|standing| standing.budget.counts).unwrap_or_default();
    let first = standing.filter(|standing| standing.attempts.valid > 0).map(|standing| standing.first);
    let first = first.zip(window).map(|(first, window)| first.max(window.from));
    let (state, reason) = state(slo, standing, silence);
    SloItem {
        product: slo.product.to_string(),
        name: slo.name.to_string(),
        title: slo.title.clone(),
        step: indicator.path.step.to_string(),
        objective: indicator.path.objective.as_ref().map(ToString::to_string),
        method: indicator.method.as_str(),
        class: indicator.class.to_string(),
        source: "facts",
        sli: indicator.sli.as_str(),
        threshold_ms: match indicator.sli {
            SliType::Latency(threshold) => Some(millis(threshold)),
            _ => None,
        },
        target: slo.target.to_string(),
        window: slo.window.to_string(),
        window_so_far: window.map(Span::body),
        unit: unit(slo),
        indicator: indicator.id().to_string(),
        valid: counts.valid,
        good: counts.good,
        ratio: counts.ratio(),
        interval: interval(counts),
        budget_spent: standing.and_then(|standing| standing.budget.spent()).map(Fraction::to_f64),
        allowed_bad: standing.map_or(0.0, |standing| standing.budget.allowed().to_f64()),
        budget_is_estimate: standing.is_some_and(|standing| standing.budget.total.is_estimate()),
        recorded: None,
        maintenances: Vec::new(),
        silent_since: standing.and_then(|standing| standing.silent_since).map(|at| at.to_string()),
        policy: None,
        counted_since: first.map(|first| first.start().to_string()),
        backfilled_until: None,
        history: first.zip(window).and_then(|(first, window)| short_history(first, window)),
        alerts: standing
            .map(|standing| alerts(&slo.alerts, slo.target, &standing.alerts, &standing.burn))
            .unwrap_or_default(),
        alerts_unjudged: Vec::new(),
        alerts_frozen_since: standing.and_then(|standing| standing.alerts.frozen_since()).map(|at| at.to_string()),
        state,
        reason,
        valid_when: indicator.valid.to_string(),
        good_when: indicator.good.to_string(),
    }
}

fn alerts(alerts: &Alerts, target: Target, states: &AlertState, burn: &[[Counts; 2]]) -> Vec<AlertBody> {
    let tiers = alerts.tiers.iter().zip(states.tiers()).zip(burn);
    let body = |((tier, state), [long, short]): ((&AlertTier, &TierState), &[Counts; 2])| {
        let window = |length, counts: &Counts| BurnBody {
            window: DurationNs::to_string(&length),
            valid: counts.valid,
            bad: counts.bad(),
            burn_rate: burn_rate(*counts, target).map(Fraction::to_f64),
        };
        let (state_name, since) = match state.phase {
            Phase::Inactive => ("inactive", None),
            Phase::Firing { since } => ("firing", Some(since)),
            Phase::Resolved { at } => ("resolved", Some(at)),
        };
        AlertBody {
            urgency: tier.urgency.as_str(),
            share: tier.share.to_string(),
            state: state_name,
            since: since.map(|since| since.to_string()),
            inhibited_by: state.inhibited_by,
            long: window(tier.long, long),
            short: window(tier.short, short),
        }
    };
    tiers.map(body).collect()
}

fn unit(slo: &Slo) -> &'static str {
    match (slo.indicator.sli, slo.budgeting) {
        (SliType::Throughput(_), _) => "minutes",
        (_, Budgeting::Occurrences) => "events",
        (_, Budgeting::Timeslices { .. }) => "slices",
        (_, Budgeting::RatioTimeslices { .. }) => "billionths of slices",
    }
}

fn short_history(first: Minute, window: Span) -> Option<String> {
    let missing = first.number() - window.from.number();
    (missing >= DAY_MINUTES)
        .then(|| format!("nothing was counted in the first {} days of the window", missing / DAY_MINUTES))
}

fn state(slo: &Slo, standing: Option<&Standing>, silence: Option<&str>) -> (&'static str, Option<String>) {
    let unknown = |reason: String| ("unknown", Some(reason));
    if slo.indicator.method != Method::Service {
        return unknown(format!("{} measurements are not read yet", slo.indicator.method.as_str()));
    }
    if let Some(silence) = silence {
        return unknown(silence.to_owned());
    }
    let Some(standing) = standing else {
        return unknown("its history is being read".to_owned());
    };
    let (counts, attempts) = (standing.budget.counts, standing.attempts);
    let mut quality = Quality::unmeasured(slo.indicator.method);
    if slo.indicator.sli == SliType::Availability {
        quality.abandoned = attempts.bad();
    }
    match SloState::of(slo.target, counts, &quality) {
        SloState::Met => ("good", None),
        SloState::Missed => {
            ("bad", Some(format!("{} of {} are not good: more than {} allows", counts.bad(), counts.valid, slo.target)))
        }
        SloState::Unknown(Doubt::NoData) => {
            let is_latency = matches!(slo.indicator.sli, SliType::Latency(_)) && attempts.valid > 0;
            let reason =
                if is_latency { "no success with a duration" } else { "nothing to count in the window so far" };
            ("no-data", Some(reason.to_owned()))
        }
        SloState::Unknown(Doubt::Abandoned(_)) => unknown(format!(
            "{} of {} attempts were abandoned, more than {MOST_ABANDONED}",
            attempts.bad(),
            attempts.valid
        )),
        SloState::Unknown(doubt) => unknown(doubt.to_string()),
    }
}

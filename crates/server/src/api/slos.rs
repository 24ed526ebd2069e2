//! `/products/{product}/slos`: what steps promise, and what was counted of it over the window so far.

use super::ask::{AsOf, Ask};
use super::body::{Interval, interval, millis};
use super::csv::Table;
use super::index::StepPair;
use super::measure::silence;
use super::problem::Problem;
use super::reply::Reply;
use super::slo_window;
use super::span::{Span, SpanBody};
use crate::counts::{Cell, Part, Resolution, SeriesKey, add};
use milepost_model::{Minute, Name, Outcome};
use milepost_slo::{Budget, Budgeting, Counts, Method, SliType, Slo, Verdict, tally};
use milepost_store::SeriesId;
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// `availability`, `latency`, `freshness`, `correctness`, `coverage` or `throughput`.
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
    /// The share of the error budget of what was counted that is spent.
    budget_spent: Option<f64>,
    /// That error budget, in units.
    allowed_bad: f64,
    /// The day (UTC) of the first attempt that was counted in the window.
    counted_since: Option<String>,
    /// Says so when less than the window was counted.
    history: Option<String>,
    /// `good`, `bad`, `no-data` or `unknown`.
    state: &'static str,
    /// Why it is not good.
    reason: Option<String>,
    /// The expressions that are counted.
    valid_when: String,
    good_when: String,
}

const TABLE: Table = Table::Rows(&[
    "product",
    "name",
    "title",
    "step",
    "objective",
    "method",
    "class",
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
    "counted_since",
    "history",
    "state",
    "reason",
    "valid_when",
    "good_when",
]);

/// The share of abandoned attempts above which availability says nothing, as in the report.
const MAX_ABANDONED_PERCENT: u64 = 5;
const DAY_MINUTES: i64 = 24 * 60;
/// SLOs whose minutes are held at once: four weeks of them take about three MiB each.
const MINUTES_AT_ONCE: usize = 16;

/// What was counted for an SLO.
#[derive(Default)]
struct Counted {
    days: BTreeMap<Minute, Counts>,
    minutes: BTreeMap<Minute, Counts>,
    /// Attempts of the step, of its method and class.
    outcomes: Cell,
    first: Option<Minute>,
}

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let all = ask.registry().slos.iter().filter(|slo| slo.product == *product).collect();
    let (page, next) = ask.paging()?.of(all, |slo: &&Slo| slo.name.to_string());
    let (as_of, items) = items(ask, &page)?;
    ask.page(as_of, (items, next), TABLE)
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let (as_of, mut items) = items(ask, &[ask.slo(product)?])?;
    ask.object(as_of, items.remove(0), TABLE)
}

fn items(ask: &Ask<'_>, slos: &[&Slo]) -> Result<(AsOf, Vec<SloItem>), Problem> {
    let (silence, lsn) = {
        let counts = ask.shared.counts();
        (silence(ask.shared, &counts, ask.now), counts.lsn)
    };
    let mut counted: Vec<Counted> = slos.iter().map(|_| Counted::default()).collect();
    let mut by_window: BTreeMap<i64, (Span, Vec<usize>)> = BTreeMap::new();
    for (at, slo) in slos.iter().enumerate() {
        if let Some(window) = slo_window::of(&slo.window, ask.now) {
            by_window.entry(window.from.number()).or_insert((window, Vec::new())).1.push(at);
        }
    }
    for (window, of) in by_window.values() {
        count_days(ask, slos, *window, of, &mut counted)?;
        let needs_minutes: Vec<usize> = of.iter().copied().filter(|at| slos[*at].needs_minutes()).collect();
        for some in needs_minutes.chunks(MINUTES_AT_ONCE) {
            count_minutes(ask, slos, *window, some, &mut counted)?;
        }
    }
    let items = slos.iter().zip(&counted).map(|(slo, counted)| item(ask, slo, counted, silence.as_deref()));
    Ok((AsOf { lsn, span: None }, items.collect()))
}

/// The series of attempts that an SLO is about.
fn attempts(ask: &Ask<'_>, slo: &Slo) -> Vec<SeriesId> {
    let of = &slo.indicator;
    let within = of.path.objective.as_ref().map(Name::as_str);
    let pairs = ask.index.of(ask.shared).step(slo.product.as_str(), of.path.step.as_str(), within);
    let is_its = |pair: &StepPair| pair.of.method() == of.method.as_str() && pair.of.class == of.class.as_str();
    pairs.iter().filter(|pair| is_its(pair)).filter_map(|pair| pair.attempts).collect()
}

fn count_days(
    ask: &Ask<'_>,
    slos: &[&Slo],
    window: Span,
    of: &[usize],
    counted: &mut [Counted],
) -> Result<(), Problem> {
    let attempts: Vec<Vec<SeriesId>> = of.iter().map(|at| attempts(ask, slos[*at])).collect();
    // Several SLOs may share a series, and each series may be asked for once.
    let mut series: Vec<SeriesId> = attempts.iter().flatten().copied().collect();
    series.extend(indicators(ask, slos, of).into_iter().flatten());
    let days = parts(ask, series, window, Resolution::Day)?;
    for ((at, attempts), indicator) in of.iter().zip(&attempts).zip(indicators(ask, slos, of)) {
        let counted = &mut counted[*at];
        for part in attempts.iter().filter_map(|id| days.get(id)).flatten() {
            add(&mut counted.outcomes, &part.cell);
            counted.first = counted.first.into_iter().chain([part.start]).min();
        }
        counted.days = indicator.and_then(|id| days.get(&id)).map(|parts| of_indicator(parts)).unwrap_or_default();
    }
    Ok(())
}

fn count_minutes(
    ask: &Ask<'_>,
    slos: &[&Slo],
    window: Span,
    of: &[usize],
    counted: &mut [Counted],
) -> Result<(), Problem> {
    let indicators = indicators(ask, slos, of);
    let minutes = parts(ask, indicators.iter().flatten().copied().collect(), window, Resolution::Minute)?;
    for (at, indicator) in of.iter().zip(indicators) {
        counted[*at].minutes =
            indicator.and_then(|id| minutes.get(&id)).map(|parts| of_indicator(parts)).unwrap_or_default();
    }
    Ok(())
}

fn indicators(ask: &Ask<'_>, slos: &[&Slo], of: &[usize]) -> Vec<Option<SeriesId>> {
    let keys = of.iter().map(|at| SeriesKey::Indicator(slos[*at].indicator.id().to_string()).text());
    let keys: Vec<String> = keys.collect();
    let counts = ask.shared.counts();
    keys.iter().map(|key| counts.series.find(key)).collect()
}

fn parts(
    ask: &Ask<'_>,
    mut series: Vec<SeriesId>,
    window: Span,
    resolution: Resolution,
) -> Result<BTreeMap<SeriesId, Vec<Part>>, Problem> {
    series.sort_unstable();
    series.dedup();
    let answer = ask.shared.counts().ask(&series, window.range(), resolution);
    let parts = ask.complete(answer)?;
    Ok(series.into_iter().zip(parts).collect())
}

fn of_indicator(parts: &[Part]) -> BTreeMap<Minute, Counts> {
    parts.iter().map(|part| (part.start, Counts { valid: part.cell[0], good: part.cell[1] })).collect()
}

fn item(ask: &Ask<'_>, slo: &Slo, counted: &Counted, silence: Option<&str>) -> SloItem {
    let indicator = &slo.indicator;
    let window = slo_window::of(&slo.window, ask.now);
    let counts = counts(slo, counted, window);
    let budget = Budget::new(slo.target, counts);
    let (state, reason) = state(slo, counts, counted, window, silence);
    let first = counted.first.zip(window).map(|(first, window)| first.max(window.from));
    SloItem {
        product: slo.product.to_string(),
        name: slo.name.to_string(),
        title: slo.title.clone(),
        step: indicator.path.step.to_string(),
        objective: indicator.path.objective.as_ref().map(ToString::to_string),
        method: indicator.method.as_str(),
        class: indicator.class.to_string(),
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
        budget_spent: budget.spent(),
        allowed_bad: nanos_to_units(budget.allowed_bad_nanos()),
        counted_since: first.map(|first| first.start().to_string()),
        history: first.zip(window).and_then(|(first, window)| short_history(first, window)),
        state,
        reason,
        valid_when: indicator.valid.to_string(),
        good_when: indicator.good.to_string(),
    }
}

fn counts(slo: &Slo, counted: &Counted, window: Option<Span>) -> Counts {
    let minutes = if slo.needs_minutes() { &counted.minutes } else { &counted.days };
    // Minutes without an attempt are minutes of too few, from the first one that had any.
    let covered =
        minutes.first_key_value().zip(window).map(|((first, _), window)| *first..=Minute::new(window.to.number() - 1));
    tally(minutes, slo.indicator.sli, slo.budgeting, covered)
}

fn unit(slo: &Slo) -> &'static str {
    match (slo.indicator.sli, slo.budgeting) {
        (SliType::Throughput(_), _) => "minutes",
        (_, Budgeting::Occurrences) => "events",
        (_, Budgeting::Timeslices { .. }) => "slices",
        (_, Budgeting::RatioTimeslices { .. }) => "billionths of slices",
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
fn nanos_to_units(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}

fn short_history(first: Minute, window: Span) -> Option<String> {
    let missing = first.number() - window.from.number();
    (missing >= DAY_MINUTES)
        .then(|| format!("nothing was counted in the first {} days of the window", missing / DAY_MINUTES))
}

fn state(
    slo: &Slo,
    counts: Counts,
    counted: &Counted,
    window: Option<Span>,
    silence: Option<&str>,
) -> (&'static str, Option<String>) {
    let unknown = |reason: String| ("unknown", Some(reason));
    if window.is_none() {
        return unknown("calendar periods of time zones other than UTC are not counted yet".to_owned());
    }
    if slo.indicator.method != Method::Service {
        return unknown(format!("{} measurements are not read yet", slo.indicator.method.as_str()));
    }
    if let Some(silence) = silence {
        return unknown(silence.to_owned());
    }
    let all: u64 = counted.outcomes[..4].iter().sum();
    if counts.valid == 0 {
        let is_latency = matches!(slo.indicator.sli, SliType::Latency(_));
        let reason =
            if is_latency && all > 0 { "no success with a duration" } else { "nothing to count in the window so far" };
        return ("no-data", Some(reason.to_owned()));
    }
    let abandoned = counted.outcomes[Outcome::Abandoned as usize];
    if slo.indicator.sli == SliType::Availability && abandoned * 100 > all * MAX_ABANDONED_PERCENT {
        return unknown(format!("{abandoned} of {all} attempts were abandoned, more than {MAX_ABANDONED_PERCENT}%"));
    }
    match Budget::new(slo.target, counts).verdict() {
        Verdict::Met => ("good", None),
        _ => {
            ("bad", Some(format!("{} of {} are not good: more than {} allows", counts.bad(), counts.valid, slo.target)))
        }
    }
}

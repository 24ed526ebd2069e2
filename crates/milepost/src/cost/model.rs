//! The records of what SLOs cost.

use super::coverage::Coverage;
use crate::imported;
use crate::span;
use crate::suggest::{SloAdvice, Suggestions};
use milepost_model::{Name, Step, StepPath};
use milepost_registry::Registry;
use milepost_server::ImportedSlo;
use milepost_slo::backtest::Replayed;
use milepost_slo::{LEAST_HISTORY_MINUTES, Method, Slo, Urgency};
use serde::Serialize;

/// Bytes of a fact in segments where no data directory tells: as measured with a million facts that differ in all ids (`docs/performance.md`).
const FACT_BYTES: u64 = 40;
/// Processor time that one SLO takes to be evaluated in a minute, in nanoseconds: 60 seconds of 0.1 us and a minute's round of 0.18 us, by
/// the bench of 10,000 SLOs (`docs/performance.md`).
const EVALUATION_NANOS_A_MINUTE: u64 = 60 * 100 + 180;
const DAY: u64 = 1_440;

/// What was measured beside SLOs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Bytes of segments, and their facts, where there is a data directory.
    pub(crate) stored: Option<(u64, u64)>,
    pub(crate) minutes: u64,
}

/// What all SLOs cost.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cost {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) minutes: u64,
    /// Bytes of a fact, and whether they were measured here.
    pub(crate) fact_bytes: f64,
    pub(crate) is_fact_measured: bool,
    /// Processor time of one SLO's evaluation in a day, by a bench.
    pub(crate) evaluation_ms_a_day: f64,
    pub(crate) slos: Vec<SloCost>,
    pub(crate) steps: Vec<Coverage>,
}

/// What an SLO costs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SloCost {
    pub(crate) product: String,
    pub(crate) name: String,
    pub(crate) step: String,
    pub(crate) promise: String,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) window: String,
    /// What it counts in a day.
    pub(crate) events_a_day: f64,
    /// Bytes in a day of the facts that it counts; SLOs of one step share them.
    pub(crate) bytes_a_day: f64,
    pub(crate) shared_by: usize,
    pub(crate) pages: usize,
    pub(crate) tickets: usize,
    pub(crate) pages_a_week: Option<f64>,
    pub(crate) tickets_a_week: Option<f64>,
    /// The day by which an objective of its step is to be reconfirmed.
    pub(crate) review_by: Option<String>,
    /// Why to retire it, if so.
    pub(crate) retire: Option<String>,
}

/// An SLO of the registry's own with what it did, if it could be gone through.
type Own<'r> = (&'r Slo, Option<&'r Replayed>);
/// One that a Prometheus counts, with what it did.
type Imported<'r> = (&'r ImportedSlo<'r>, Option<Replayed>);

impl Cost {
    /// From SLOs that were replayed, in the order of both, and what is suggested for their steps.
    pub(crate) fn new(
        registry: &Registry,
        (replayed, imported): (&[Own<'_>], &[Imported<'_>]),
        suggestions: &Suggestions,
        measured: Measured,
    ) -> Self {
        let fact_bytes = match measured.stored {
            Some((bytes, facts)) if facts > 0 => to_f64(bytes) / to_f64(facts),
            _ => to_f64(FACT_BYTES),
        };
        let of = |(slo, replayed): &(&Slo, Option<&Replayed>)| {
            slo_cost(registry, (slo, *replayed), suggestions, (fact_bytes, measured.minutes))
        };
        Self {
            from: suggestions.from.clone(),
            to: suggestions.to.clone(),
            minutes: measured.minutes,
            fact_bytes,
            is_fact_measured: measured.stored.is_some_and(|(_, facts)| facts > 0),
            evaluation_ms_a_day: to_f64(EVALUATION_NANOS_A_MINUTE * DAY) / 1e6,
            slos: (replayed.iter().map(of))
                .chain(
                    imported.iter().map(|(slo, replayed)| imported_cost(registry, slo, replayed.as_ref(), suggestions)),
                )
                .collect(),
            steps: Coverage::of(registry),
        }
    }
}

fn slo_cost(
    registry: &Registry,
    (slo, replayed): (&Slo, Option<&Replayed>),
    suggestions: &Suggestions,
    (fact_bytes, minutes): (f64, u64),
) -> SloCost {
    let of_product = suggestions.steps.iter().filter(|step| step.product == slo.product.as_str());
    let advice: Vec<&SloAdvice> = of_product.flat_map(|step| &step.slos).collect();
    let valid = replayed.map_or(0, |replayed| replayed.counts.valid);
    let a_day = |count: u64| to_f64(count) * to_f64(DAY) / to_f64(minutes.max(1));
    let told = |urgency: Urgency| replayed.map_or(0, |replayed| replayed.told(urgency).count());
    let a_week = |count: usize| (minutes >= LEAST_HISTORY_MINUTES).then(|| 7.0 * a_day(count as u64));
    let (pages, tickets) = (told(Urgency::Page), told(Urgency::Ticket));
    let of_step = |other: &&Slo| other.product == slo.product && other.indicator.path.step == slo.indicator.path.step;
    SloCost {
        product: slo.product.to_string(),
        name: slo.name.to_string(),
        step: slo.indicator.path.to_string(),
        promise: slo.indicator.sli.to_string(),
        method: slo.indicator.method.as_str(),
        target: slo.target.to_string(),
        window: slo.window.to_string(),
        events_a_day: a_day(valid),
        bytes_a_day: a_day(valid) * fact_bytes,
        shared_by: registry.slos.iter().filter(of_step).count(),
        pages,
        tickets,
        pages_a_week: a_week(pages),
        tickets_a_week: a_week(tickets),
        review_by: review_by(registry, &slo.product, &slo.indicator.path),
        retire: retire(registry, slo, &advice),
    }
}

/// Of one that a Prometheus counts: nothing is stored but a count a minute.
fn imported_cost(
    registry: &Registry,
    slo: &ImportedSlo<'_>,
    replayed: Option<&Replayed>,
    suggestions: &Suggestions,
) -> SloCost {
    let minutes = replayed.map_or(0, |replayed| replayed.period.minutes());
    let a_day = |count: u64| to_f64(count) * to_f64(DAY) / to_f64(minutes.max(1));
    let told = |urgency: Urgency| replayed.map_or(0, |replayed| replayed.told(urgency).count());
    let a_week = |count: usize| (minutes >= LEAST_HISTORY_MINUTES).then(|| 7.0 * a_day(count as u64));
    let (pages, tickets) = (told(Urgency::Page), told(Urgency::Ticket));
    let binding = slo.slo.binding.as_ref();
    let events = replayed.filter(|_| imported::is_of_events(slo)).map_or(0, |replayed| replayed.counts.valid);
    let advice = suggestions.steps.iter().flat_map(|step| &step.slos).find(|advice| advice.name == slo.name);
    let has = |finding: &str| advice.is_some_and(|of| of.findings.iter().any(|found| found.finding == finding));
    let retire = match &slo.indicator {
        Err(why) => Some(format!("nobody counts it: {why}")),
        Ok(_) if has("dead") => Some("it counts nothing".to_owned()),
        Ok(_) if has("not-asked") => Some("its step's criticality asks for none".to_owned()),
        Ok(_) => None,
    };
    SloCost {
        product: binding.map(|of| of.product.to_string()).unwrap_or_default(),
        name: slo.name.clone(),
        step: binding.map(|of| of.path.to_string()).unwrap_or_default(),
        promise: imported::promise(slo),
        method: binding.map_or(Method::Service, |of| of.method).as_str(),
        target: slo.objective.target.to_string(),
        window: slo.slo.window.to_string(),
        events_a_day: a_day(events),
        bytes_a_day: 0.0,
        shared_by: 1,
        pages,
        tickets,
        pages_a_week: a_week(pages),
        tickets_a_week: a_week(tickets),
        review_by: binding.and_then(|of| review_by(registry, &of.product, &of.path)),
        retire,
    }
}

fn review_by(registry: &Registry, product: &Name, path: &StepPath) -> Option<String> {
    let step: &Step = &registry.steps[registry.step(product, &path.step)?.index()];
    registry.objectives_of(step).filter_map(|objective| objective.reconfirm_by).min().map(|date| date.to_string())
}

/// Why an SLO could go, the clearest reason first.
fn retire(registry: &Registry, slo: &Slo, advice: &[&SloAdvice]) -> Option<String> {
    if slo.indicator.method != Method::Service {
        return None;
    }
    let has = |name: &str, finding: &str| {
        let of = advice.iter().find(|of| of.name == name);
        of.is_some_and(|of| of.findings.iter().any(|found| found.finding == finding))
    };
    let name = slo.name.as_str();
    if has(name, "dead") {
        return Some("it counts nothing".to_owned());
    }
    if has(name, "not-asked") {
        return Some("its step's criticality asks for none".to_owned());
    }
    let is_beyond = |name: &str| has(name, "unreachable") || has(name, "too-strict");
    let same = |other: &&Slo| {
        let is_same = other.indicator.id() == slo.indicator.id() && other.window == slo.window;
        // Of two that can be kept the stricter stays, and what can be kept before what cannot.
        let stays = (!is_beyond(other.name.as_str()), other.target) > (!is_beyond(name), slo.target);
        is_same && other.budgeting == slo.budgeting && stays
    };
    let other = registry.slos.iter().find(same)?;
    Some(match other.target > slo.target {
        true => format!("`{}` promises more of the same", other.name),
        false => format!("`{}` promises the same, and no more than makes sense", other.name),
    })
}

#[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
fn to_f64(number: u64) -> f64 {
    number as f64
}

/// The time told of, in words.
pub(super) fn span_of(cost: &Cost) -> String {
    format!("{} to {}, {}", cost.from, cost.to, span::length(cost.minutes))
}

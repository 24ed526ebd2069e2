//! How steps do for their users now: one verdict, of the last five minutes, by what SLOs promise and by the product's severity rules. Whoever shows a state
//! shows this one.

use super::body::interval;
use super::impact::{Impacts, LiveImpact};
use super::index::StepPair;
use super::measure::{Attempts, group, of_users};
use crate::counts::{Cell, Counts, Heard, add};
use crate::severity::SeverityBoard;
use crate::shared::Shared;
use milepost_model::{DurationNs, Minute, Name, Target, Timestamp, TrafficClass};
use milepost_registry::Registry;
use milepost_slo::{Method, SliType, Slo};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// How a step does for its users, by the last five minutes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Live {
    pub(super) step: String,
    /// `good`, `bad`, `no-data` or `unknown`.
    pub(super) state: &'static str,
    /// Why it is not good.
    pub(super) reason: Option<String>,
    pub(super) valid: u64,
    pub(super) good: u64,
    pub(super) failed: u64,
    pub(super) abandoned: u64,
    pub(super) ratio: Option<f64>,
    /// What users suffer beside failures, and how bad it is by the product's rules; null where there is nothing of it.
    pub(super) impact: Option<LiveImpact>,
}

/// How long without any telemetry until nothing can be said of now.
const SILENCE: DurationNs = DurationNs::from_seconds(120);
/// Minutes that the present is judged by, the running one included: those of the shorter window of severity.
const MINUTES: i64 = milepost_impact::Window::Short.minutes();
/// The share of good attempts that a step without an SLO must have, as in the report.
const EXPECTED_NANOS: u64 = 950_000_000;

/// Why nothing can be said of now; `None` while telemetry arrives and is stored.
pub(super) fn silence(shared: &Shared, of: Heard, now: Timestamp) -> Option<String> {
    if let Some(error) = shared.health.storing_error() {
        return Some(format!("telemetry cannot be stored: {error}"));
    }
    let is_silent = of.heard_at.is_none_or(|heard| shared.settings.clock.steady().since(heard) > SILENCE);
    match of.received_at {
        None => Some("no telemetry was ever received".to_owned()),
        Some(received) if is_silent => Some(format!("no telemetry of any kind since {received}")),
        Some(_) => {
            // What arrives late says nothing of now.
            let stale = of.newest.filter(|newest| now.since(*newest) > SILENCE);
            stale.map(|newest| format!("no telemetry of any kind since {newest}"))
        }
    }
}

/// What steps are judged by, looked up once for all steps of an answer.
pub(super) struct Judging<'a> {
    promises: HashMap<(&'a str, &'a str), Vec<Promise<'a>>>,
    impacts: Impacts<'a>,
    silence: Option<String>,
    now: Minute,
}

/// Within which objective an availability is promised.
type Promise<'a> = (Option<&'a str>, Target);

impl<'a> Judging<'a> {
    /// By a version of the registry, and how bad it is as of the last round. Nothing but silence is told while there is a reason for it.
    pub(super) fn new(
        registry: &'a Registry,
        severity: Option<&'a SeverityBoard>,
        silence: Option<String>,
        now: Minute,
    ) -> Self {
        let mut promises: HashMap<_, Vec<Promise<'a>>> = HashMap::new();
        for slo in registry.slos.iter().filter(|slo| is_availability_of_users(slo)) {
            let path = &slo.indicator.path;
            let within = path.objective.as_ref().map(Name::as_str);
            promises.entry((slo.product.as_str(), path.step.as_str())).or_default().push((within, slo.target));
        }
        Self { promises, impacts: Impacts::new(registry, severity), silence, now }
    }

    /// How a step does, or one use of it, by what memory has of it.
    pub(super) fn live(
        &self,
        counts: &Counts,
        (product, step, objective): (&str, &str, Option<&str>),
        pairs: &[StepPair],
    ) -> Live {
        let mut cell = Cell::default();
        let first = Minute::new(self.now.number() - MINUTES + 1);
        for pair in pairs.iter().filter(|pair| group(pair) == of_users()) {
            if let Some(recent) = pair.attempts.and_then(|series| counts.recent(series)) {
                recent.range(first..=self.now).for_each(|(_, minute)| add(&mut cell, minute));
            }
        }
        let attempts = Attempts::new(cell);
        let impact = match self.silence {
            None => self.impacts.of(product, step, objective),
            Some(_) => None,
        };
        let lost = self.impacts.lost_source(product, step).filter(|_| self.silence.is_none());
        let (state, reason) = match lost {
            Some(source) => ("unknown", Some(format!("nothing comes from {source} any more"))),
            None => self.verdict(&attempts, self.strictest(product, step, objective), impact.as_ref()),
        };
        let Attempts { valid, good, failed, abandoned, ratio, .. } = attempts;
        Live { step: step.to_owned(), state, reason, valid, good, failed, abandoned, ratio, impact }
    }

    fn verdict(
        &self,
        attempts: &Attempts,
        target: Option<Target>,
        impact: Option<&LiveImpact>,
    ) -> (&'static str, Option<String>) {
        if let Some(silence) = &self.silence {
            return ("unknown", Some(silence.clone()));
        }
        let was_tried = attempts.valid > 0;
        let slow = impact.filter(|_| was_tried).and_then(LiveImpact::slowness);
        let broken = [failing(attempts, target), slow, impact.and_then(LiveImpact::absence)];
        let broken: Vec<String> = broken.into_iter().flatten().collect();
        if !broken.is_empty() {
            return ("bad", Some(broken.join("; ")));
        }
        // What the rules see over half an hour may be too little for five minutes, and goes on nevertheless.
        let is_hurt = |impact: &&LiveImpact| attempts.failed > 0 || (was_tried && impact.slow > 0);
        match impact.filter(is_hurt).and_then(LiveImpact::severity) {
            Some(reason) => ("bad", Some(reason)),
            None if was_tried => ("good", None),
            None => ("no-data", Some("no attempts of users in 5 minutes".to_owned())),
        }
    }

    /// The strictest availability that a use of a step promises; without an objective, that any use of it does.
    fn strictest(&self, product: &str, step: &str, objective: Option<&str>) -> Option<Target> {
        let promises = self.promises.get(&(product, step))?.iter();
        let of_use = promises.filter(|(within, _)| within.is_none() || objective.is_none() || *within == objective);
        of_use.map(|(_, target)| *target).max_by_key(|target| target.nanos())
    }
}

fn is_availability_of_users(slo: &Slo) -> bool {
    let of = &slo.indicator;
    of.sli == SliType::Availability && of.method == Method::Service && of.class.as_str() == TrafficClass::INTERACTIVE
}

fn failing(attempts: &Attempts, target: Option<Target>) -> Option<String> {
    let counts = milepost_slo::Counts { valid: attempts.valid, good: attempts.good };
    let needed = target.map_or(EXPECTED_NANOS, Target::nanos);
    if !is_surely_below(counts, needed) {
        return None;
    }
    let promise = target.map_or("95% expected without an SLO".to_owned(), |target| format!("{target} promised"));
    Some(format!("{} of {} attempts failed: fewer good than {promise}", attempts.failed, attempts.valid))
}

/// Whether chance alone does not explain that so few are good.
#[expect(clippy::cast_precision_loss, reason = "compared with an interval, which is as exact")]
pub(super) fn is_surely_below(counts: milepost_slo::Counts, nanos: u64) -> bool {
    interval(counts).is_some_and(|interval| interval.high < nanos as f64 / Target::ONE as f64)
}

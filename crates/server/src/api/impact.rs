//! What users of a step suffer now beside failures, and how bad it is by the product's rules: what the last round of severity says, for `live`.

use super::live::is_surely_below;
use crate::severity::{ProductSeverity, SeverityBoard};
use milepost_impact::severity::Verdict;
use milepost_impact::{Attempts, Impact, Window};
use milepost_model::{DurationNs, Name, Target};
use milepost_registry::Registry;
use milepost_slo::{Counts, Method, SliType, Slo};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// What users suffer of a step beside failures, in the last five minutes, and how bad it is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = LiveImpact)]
pub(super) struct LiveImpact {
    /// Successes slower than the step's latency SLO promises, of all its uses.
    pub(super) slow: u64,
    /// Successes of all its uses.
    pub(super) answered: u64,
    /// Attempts that never came: so many fewer came than usual. 0 where that may be chance.
    pub(super) missing: u64,
    /// As many usually come; null where that is not learnt yet.
    pub(super) usual: Option<u64>,
    /// In how many minutes: 30 where 5 are too few to tell what is missing.
    pub(super) minutes: i64,
    /// Its level by the product's rules; null when no rule holds.
    pub(super) level: Option<String>,
    /// The place of the level in the product's list: 0 is the worst.
    pub(super) rank: Option<usize>,
    /// Since when it has the level.
    pub(super) since: Option<String>,
    /// Whether the last five minutes are well under what the rule looks for: its level is lowered once that has lasted.
    pub(super) is_recovering: bool,
    #[serde(skip)]
    slow_promise: Option<(DurationNs, Target)>,
    #[serde(skip)]
    reason: Option<String>,
    #[serde(skip)]
    is_missing: bool,
}

impl LiveImpact {
    /// Which promise its slowness breaks, if any.
    pub(super) fn slowness(&self) -> Option<String> {
        let (threshold, target) = self.slow_promise?;
        let counts = Counts { valid: self.answered, good: self.answered.saturating_sub(self.slow) };
        let told = || {
            let Self { slow, answered, .. } = self;
            format!("{slow} of {answered} successes took longer than {threshold}: fewer in time than {target} promised")
        };
        is_surely_below(counts, target.nanos()).then(told)
    }

    /// What never came.
    pub(super) fn absence(&self) -> Option<String> {
        let usual = self.usual?;
        let Self { missing, minutes, .. } = self;
        self.is_missing.then(|| format!("{missing} attempts never came: {usual} usually do in {minutes} minutes"))
    }

    /// Why it has its level, while the rule still finds what it looks for.
    pub(super) fn severity(&self) -> Option<String> {
        let (level, reason) = (self.level.as_ref()?, self.reason.as_ref()?);
        (!self.is_recovering).then(|| format!("{level}: {reason}"))
    }
}

/// The impact on every step, looked up once for all steps of an answer.
pub(super) struct Impacts<'a> {
    products: HashMap<&'a str, Places<'a>>,
    /// By what successes of a step are slow: its first latency SLO, as severity has it.
    slow_by: HashMap<(&'a str, &'a str), (DurationNs, Target)>,
}

/// What is judged of a product, by step and objective.
struct Places<'a> {
    of: &'a ProductSeverity,
    by_path: HashMap<(&'a str, Option<&'a str>), usize>,
}

impl<'a> Impacts<'a> {
    /// Of a round; without one there is none.
    pub(super) fn new(registry: &'a Registry, board: Option<&'a SeverityBoard>) -> Self {
        let mut slow_by = HashMap::new();
        let at_service = |slo: &&Slo| slo.indicator.method == Method::Service;
        for slo in registry.slos.iter().filter(at_service) {
            if let SliType::Latency(threshold) = slo.indicator.sli {
                let key = (slo.product.as_str(), slo.indicator.path.step.as_str());
                slow_by.entry(key).or_insert((threshold, slo.target));
            }
        }
        let products = board.map_or(&[][..], |board| &board.products);
        let products = products.iter().map(|of| (of.product.as_str(), Places::new(of))).collect();
        Self { products, slow_by }
    }

    /// The source of a step that is lost, while that is the only one.
    pub(super) fn lost_source(&self, product: &str, step: &str) -> Option<&'a Name> {
        let places = self.products.get(product)?;
        places.of.lost_source(*places.by_path.get(&(step, None))?)
    }

    /// The impact on a step, or of one use of it. What no rule judges of the use alone is that of the step.
    pub(super) fn of(&self, product: &str, step: &str, objective: Option<&str>) -> Option<LiveImpact> {
        let places = self.products.get(product)?;
        let whole = places.by_path.get(&(step, None)).copied()?;
        let used = objective.and_then(|_| places.by_path.get(&(step, objective)).copied());
        let both = || used.into_iter().chain([whole]);
        let found = both().filter_map(|place| Some((place, places.of.verdict(place)?)));
        let worst = found.min_by_key(|(_, verdict)| verdict.level);
        let (window, impact, is_missing) = places.missing(used.unwrap_or(whole))?;
        let seen = places.short(whole)?.seen;
        if worst.is_none() && seen.slow() == 0 && !is_missing {
            return None;
        }
        let level = worst.and_then(|(_, verdict)| places.of.policy.levels.get(verdict.level));
        Some(LiveImpact {
            slow: seen.slow(),
            answered: seen.attempts() - seen.failed() - seen.timed_out(),
            missing: if is_missing { whole_attempts(impact.missing) } else { 0 },
            usual: impact.expected.map(|expected| whole_attempts(expected.attempts)),
            minutes: window.minutes(),
            level: level.map(Name::to_string),
            rank: worst.map(|(_, verdict)| verdict.level),
            since: worst.map(|(_, verdict)| verdict.since.to_string()),
            is_recovering: worst.is_some_and(|(place, verdict)| places.is_recovering(place, verdict)),
            slow_promise: self.slow_by.get(&(product, step)).copied(),
            reason: worst.map(|(_, verdict)| places.of.reason(verdict)),
            is_missing,
        })
    }
}

impl<'a> Places<'a> {
    fn new(of: &'a ProductSeverity) -> Self {
        let key = |path: &'a milepost_model::StepPath| (path.step.as_str(), path.objective.as_ref().map(Name::as_str));
        Self { of, by_path: of.paths.iter().enumerate().map(|(place, judged)| (key(&judged.path), place)).collect() }
    }

    fn short(&self, place: usize) -> Option<&'a Impact> {
        Some(&self.of.evidence.get(place)?.as_ref()?[Window::Short as usize])
    }

    /// The window that tells whether attempts are missing. Half an hour says so of steps with few attempts, as long as too few come now.
    fn missing(&self, place: usize) -> Option<(Window, &'a Impact, bool)> {
        let [short, long] = self.of.evidence.get(place)?.as_ref()?;
        let is_missing = |impact: &Impact| impact.missing > Attempts::NONE && impact.is_enough();
        let is_low = short.expected.is_some_and(|expected| Attempts::whole(short.seen.attempts()) < expected.attempts);
        Some(match (is_missing(short), is_missing(long) && is_low) {
            (false, true) => (Window::Long, long, true),
            (is_missing, _) => (Window::Short, short, is_missing),
        })
    }

    fn is_recovering(&self, place: usize, verdict: &Verdict) -> bool {
        let plan = self.of.judge.plan();
        let Some(rule) = plan.judged().get(verdict.judged) else { return false };
        let Some(kpi) = plan.kpi_of(rule) else {
            return self.short(place).is_some_and(|impact| impact.is_well_under(rule.threshold, rule.tolerated));
        };
        let mut moved = plan.moved().iter().zip(&self.of.kpis);
        let here = moved.find(|(moved, _)| moved.subject == place && moved.kpi == kpi.kpi);
        let short = here.and_then(|(_, both)| Some(&both.as_ref()?[Window::Short as usize]));
        short.is_some_and(|impact| impact.is_well_under(rule.threshold, rule.tolerated))
    }
}

fn whole_attempts(attempts: Attempts) -> u64 {
    (attempts.micros() + 500_000) / 1_000_000
}

//! The records of what is suggested.

use super::{slo, words};
use crate::imported::{self, Imports};
use crate::recording::{Attempts, Recording};
use crate::span;
use milepost_model::{
    Criticality, CriticalitySource, DurationNs, EffectiveCriticality, Step, StepId, StepPath, Target,
};
use milepost_registry::Registry;
use milepost_slo::open::SliKind;
use milepost_slo::suggest::{Advice, Asked, Confidence, Evidence};
use milepost_slo::{Period, SliType, Slo, minutes_of};
use serde::Serialize;

/// What is suggested for some steps.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Suggestions {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) minutes: u64,
    pub(crate) confidence: String,
    pub(crate) window: String,
    /// Whether there is a day of history: a day has nights and peaks.
    pub(crate) has_a_day: bool,
    /// Whether there is a whole window of it.
    pub(crate) has_a_window: bool,
    pub(crate) steps: Vec<StepAdvice>,
}

/// What is suggested for a step.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StepAdvice {
    pub(crate) product: String,
    pub(crate) step: String,
    pub(crate) title: String,
    pub(crate) criticality: &'static str,
    pub(crate) availability: TargetAdvice,
    /// The threshold that is suggested for its latency, with its target.
    pub(crate) latency: Option<LatencyAdvice>,
    /// Thresholds by what history gives for them.
    pub(crate) thresholds: Vec<LatencyAdvice>,
    pub(crate) slos: Vec<SloAdvice>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct TargetAdvice {
    pub(crate) valid: u64,
    pub(crate) bad: u64,
    /// What the history is worth: attempts that fail each by themselves, and the bad ones of those.
    pub(crate) worth: u64,
    pub(crate) worth_bad: u64,
    pub(crate) clustering: f64,
    pub(crate) at_least: String,
    pub(crate) at_most: String,
    pub(crate) asked: Option<String>,
    pub(crate) asked_because: Option<&'static str>,
    pub(crate) suggested: Option<String>,
    pub(crate) because: String,
    /// What it takes until what is asked for is supported.
    pub(crate) gap: Option<String>,
    #[serde(skip)]
    pub(crate) how: String,
    pub(crate) targets: Vec<CandidateAdvice>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct CandidateAdvice {
    pub(crate) target: String,
    pub(crate) standing: &'static str,
    pub(crate) allowed_bad: u64,
    pub(crate) window_minutes: u64,
    pub(crate) rolling_met: u64,
    pub(crate) rolling: u64,
    pub(crate) disjoint_met: u64,
    pub(crate) disjoint: u64,
    /// The share of windows that meets it, at least.
    pub(crate) windows_at_least: Option<String>,
    #[serde(skip)]
    pub(crate) is_marked: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct LatencyAdvice {
    pub(crate) threshold_ms: u64,
    pub(crate) valid: u64,
    pub(crate) good: u64,
    /// What the next window reaches at least.
    pub(crate) at_least: String,
    pub(crate) target: Option<String>,
    #[serde(skip)]
    pub(crate) threshold: DurationNs,
    #[serde(skip)]
    pub(crate) is_asked_kept: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct SloAdvice {
    pub(crate) name: String,
    pub(crate) promise: String,
    pub(crate) target: String,
    pub(crate) window: String,
    pub(crate) valid: u64,
    pub(crate) bad: u64,
    pub(crate) standing: &'static str,
    pub(crate) findings: Vec<FindingTold>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FindingTold {
    pub(crate) finding: &'static str,
    pub(crate) because: String,
}

/// What is asked of every step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) period: Period,
    pub(crate) window: DurationNs,
    pub(crate) confidence: Confidence,
}

impl Suggestions {
    pub(crate) fn new(
        registry: &Registry,
        (recording, imports): (&Recording, &Imports<'_>),
        steps: &[(StepId, &Step)],
        question: Question,
    ) -> Self {
        const DAY: u64 = 1_440;
        let Question { period, window, confidence } = question;
        Self {
            from: span::at(period.start),
            to: span::at(period.end),
            minutes: period.minutes(),
            confidence: confidence.share().to_string(),
            window: window.to_string(),
            has_a_day: period.minutes() >= DAY,
            has_a_window: period.minutes() >= minutes_of(window),
            steps: (steps.iter())
                .map(|(id, step)| StepAdvice::new(registry, (recording, imports), (*id, step), question))
                .collect(),
        }
    }
}

impl StepAdvice {
    fn new(
        registry: &Registry,
        (recording, imports): (&Recording, &Imports<'_>),
        (id, step): (StepId, &Step),
        question: Question,
    ) -> Self {
        let path = StepPath { objective: None, step: step.name.clone() };
        let effective = registry.criticality(&step.product, &path);
        let (criticality, told) = criticality_of(effective.as_ref());
        let window = minutes_of(question.window);
        let of_step: Vec<&Slo> = registry.slos_at_service(step).collect();
        let nothing = Attempts::default();
        let attempts = recording.attempts(id).unwrap_or(&nothing);
        let evidence = Evidence::new(question.period, attempts.availability());
        let evidence = counted_elsewhere(&evidence, imports, step, question).unwrap_or(evidence);
        let promised = |slo: &&&Slo| slo.indicator.sli == SliType::Availability && !slo.needs_minutes();
        let existing: Vec<Target> = of_step.iter().filter(promised).map(|slo| slo.target).collect();
        let asked = Asked::of(criticality, SliType::Availability);
        let advice = Advice::of(&evidence, window, question.confidence, asked, &existing);
        let thresholds =
            thresholds(attempts, question, Asked::of(criticality, SliType::Latency(DurationNs::default())));
        let own = of_step.iter().map(|slo| slo::own(slo, registry, recording, question));
        let imported = imports.of_step(step).map(|of| slo::imported(of, registry, imports, question));
        Self {
            product: step.product.to_string(),
            step: step.name.to_string(),
            title: step.title.clone(),
            criticality: told,
            availability: target_advice(&advice, &evidence, told, &existing),
            latency: thresholds.iter().find(|found| found.is_asked_kept).cloned(),
            thresholds,
            slos: own.chain(imported).collect(),
        }
    }
}

/// Of a step whose attempts nobody sends: what a Prometheus counted for its availability.
fn counted_elsewhere(
    of_attempts: &Evidence,
    imports: &Imports<'_>,
    step: &Step,
    question: Question,
) -> Option<Evidence> {
    if of_attempts.counts().valid > 0 {
        return None;
    }
    let slo = imports.of_step(step).find(|slo| {
        let kind = slo.slo.binding.as_ref().and_then(|binding| binding.kind);
        kind == Some(SliKind::Availability) && imported::is_of_events(slo)
    })?;
    Some(Evidence::new(imports.period_within(slo, question.period), imports.minutes(slo)))
}

/// A criticality, and how it is told: that nobody has declared one is something else than that it is none.
pub(super) fn criticality_of(found: Option<&EffectiveCriticality>) -> (Criticality, &'static str) {
    match found {
        Some(found) if found.source == CriticalitySource::Nowhere => (found.criticality, "not declared"),
        Some(found) => (found.criticality, found.criticality.as_str()),
        None => (Criticality::None, "not declared"),
    }
}

fn target_advice(advice: &Advice, evidence: &Evidence, criticality: &str, existing: &[Target]) -> TargetAdvice {
    let candidates = advice.candidates.iter().map(|of| {
        let (disjoint_met, disjoint) = of.windows.disjoint;
        CandidateAdvice {
            target: of.target.to_string(),
            standing: of.standing.as_str(),
            allowed_bad: of.allowed_bad,
            window_minutes: of.windows.minutes,
            rolling_met: of.windows.rolling.0,
            rolling: of.windows.rolling.1,
            disjoint_met,
            disjoint,
            windows_at_least: (disjoint_met > 0).then(|| words::bound(of.windows.at_least(advice.confidence), false)),
            is_marked: match () {
                () if advice.proposed == Some(of.target) => Some("suggested"),
                () if existing.contains(&of.target) => Some("promised"),
                () if advice.asked.is_some_and(|asked| asked.target == of.target) => Some("asked for"),
                () => None,
            },
        }
    });
    TargetAdvice {
        valid: evidence.counts().valid,
        bad: evidence.counts().bad(),
        worth: advice.sample.valid,
        worth_bad: advice.sample.bad,
        clustering: evidence.clustering().to_f64(),
        at_least: words::bound(advice.between.0, false),
        at_most: words::bound(advice.between.1, true),
        asked: advice.asked.map(|asked| asked.target.to_string()),
        asked_because: advice.asked.map(|asked| asked.because),
        suggested: advice.proposed.map(|target| target.to_string()),
        because: words::reason(advice, evidence, criticality),
        gap: words::gap(advice, evidence),
        how: words::clustering(evidence),
        targets: candidates.collect(),
    }
}

/// What each threshold that tells attempts apart would give.
fn thresholds(attempts: &Attempts, question: Question, asked: Option<Asked>) -> Vec<LatencyAdvice> {
    let window = minutes_of(question.window);
    let advice = |(place, threshold): (usize, DurationNs)| {
        let evidence = Evidence::new(question.period, attempts.within(place));
        let counts = evidence.counts();
        let sample = evidence.sample(window);
        let at_least = sample.at_least(question.confidence);
        let target = asked.map(|asked| asked.target);
        (counts.valid > 0).then(|| LatencyAdvice {
            threshold_ms: threshold.nanos() / 1_000_000,
            valid: counts.valid,
            good: counts.good,
            at_least: words::bound(at_least, false),
            target: target.map(|target| target.to_string()),
            threshold,
            is_asked_kept: target.is_some_and(|target| sample.supports(target, question.confidence)),
        })
    };
    let all: Vec<LatencyAdvice> = Attempts::thresholds().filter_map(advice).collect();
    // From the first that half of the attempts keep to the first that all do.
    let first = all.iter().position(|found| found.good * 2 >= found.valid).unwrap_or(all.len());
    let last = all.iter().position(|found| found.good == found.valid).unwrap_or(all.len().saturating_sub(1));
    all.into_iter().enumerate().filter(|(at, _)| (first..=last).contains(at)).map(|(_, found)| found).collect()
}

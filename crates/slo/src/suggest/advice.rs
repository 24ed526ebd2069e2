//! Which target to take: the strictest that is asked for and that the history supports.

use super::asked::Asked;
use super::evidence::{DAY, Evidence, Windows};
use super::sample::{Confidence, Sample};
use milepost_model::Target;

/// Targets that people promise, in parts of a hundred thousand that may be bad, the most lenient first.
pub const LADDER: [u64; 13] = [20_000, 10_000, 5_000, 3_000, 2_000, 1_000, 500, 300, 200, 100, 50, 10, 1];

/// How a target stands by the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The next window keeps it.
    Supported,
    /// It may or may not.
    Open,
    /// The next window misses it.
    Unreachable,
}

impl Standing {
    /// The word in tables and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Open => "open",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A target, with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The target.
    pub target: Target,
    /// How it stands.
    pub standing: Standing,
    /// Events that may be bad in a window, rounded down.
    pub allowed_bad: u64,
    /// Windows of the history against it.
    pub windows: Windows,
}

/// Why a target is proposed, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What is asked for is supported.
    AsAsked,
    /// What is asked for is more than is supported, which the proposal is.
    AsSupported,
    /// Nobody asks for anything: what is supported.
    NothingAsked,
    /// Not even the most lenient is supported.
    NothingSupported,
    /// There were no events.
    NoEvents,
    /// There are so few events that one bad one would be more than what any supported target allows.
    TooFewEvents,
}

/// What a history says of targets.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The window that targets are over, in minutes.
    pub window_minutes: u64,
    /// How sure it is.
    pub confidence: Confidence,
    /// What the history is worth.
    pub sample: Sample,
    /// What the next window reaches at least and at most.
    pub between: (Target, Target),
    /// What is asked for.
    pub asked: Option<Asked>,
    /// The proposal, with its reason.
    pub proposed: Option<Target>,
    /// Why.
    pub reason: Reason,
    /// Targets around it.
    pub candidates: Vec<Candidate>,
    /// Whether there is a day of history.
    pub has_a_day: bool,
}

impl Advice {
    /// Weighs the history of an indicator against what is asked for. `existing` are targets that are promised already, and stand among the candidates.
    pub fn of(
        evidence: &Evidence,
        window_minutes: u64,
        confidence: Confidence,
        asked: Option<Asked>,
        existing: &[Target],
    ) -> Self {
        let sample = evidence.sample(window_minutes);
        let expected = evidence.expected(window_minutes);
        let candidate = |target: Target| Candidate {
            target,
            standing: standing(sample, target, confidence),
            allowed_bad: allowed_bad(expected, target),
            windows: evidence.windows(evidence.window_minutes(window_minutes), target),
        };
        let mut targets: Vec<Target> = LADDER.iter().filter_map(|bad| of_ladder(*bad)).collect();
        targets.extend(existing.iter().copied().chain(asked.map(|asked| asked.target)));
        targets.sort_unstable();
        targets.dedup();
        let candidates: Vec<Candidate> = targets.into_iter().map(candidate).collect();
        let (proposed, reason) = propose(&candidates, evidence, asked);
        Self {
            window_minutes,
            confidence,
            sample,
            between: (sample.at_least(confidence), sample.at_most(confidence)),
            asked,
            proposed,
            reason,
            candidates,
            has_a_day: evidence.period().minutes() >= DAY,
        }
    }

    /// How many minutes of a history like this would support a target; `None` where no history would, or it does.
    ///
    /// A longer one leaves less doubt of what is usual; what the window itself adds by chance stays.
    pub fn needed_minutes(&self, evidence: &Evidence, target: Target) -> Option<u64> {
        const MOST: u64 = 100;
        let supports = |times: u64| longer(evidence, self.window_minutes, times).supports(target, self.confidence);
        if supports(1) || !supports(MOST) {
            return None;
        }
        let (mut open, mut enough) = (1, MOST);
        while enough - open > 1 {
            let middle = open + (enough - open) / 2;
            if supports(middle) { enough = middle } else { open = middle }
        }
        Some(evidence.period().minutes().saturating_mul(enough))
    }
}

/// What a history would be worth that is so many times as long, and else the same.
fn longer(evidence: &Evidence, window_minutes: u64, times: u64) -> Sample {
    let history = evidence.period().minutes();
    let Sample { valid, bad } = evidence.sample(window_minutes);
    // Both are in proportion to history x window / (window + history).
    let (above, below) = (
        u128::from(times) * u128::from(window_minutes + history),
        u128::from(window_minutes) + u128::from(times) * u128::from(history),
    );
    let of = |count: u64| u128::from(count) * above;
    let whole = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
    Sample { valid: whole(of(valid) / below), bad: whole(of(bad).div_ceil(below)) }
}

fn standing(sample: Sample, target: Target, confidence: Confidence) -> Standing {
    if sample.supports(target, confidence) {
        Standing::Supported
    } else if sample.rules_out(target, confidence) {
        Standing::Unreachable
    } else {
        Standing::Open
    }
}

fn propose(candidates: &[Candidate], evidence: &Evidence, asked: Option<Asked>) -> (Option<Target>, Reason) {
    if evidence.counts().valid == 0 {
        return (None, Reason::NoEvents);
    }
    let supported = || candidates.iter().filter(|candidate| candidate.standing == Standing::Supported);
    let Some(strictest) = supported().map(|candidate| candidate.target).max() else {
        return (None, Reason::NothingSupported);
    };
    let bearable = supported().filter(|candidate| candidate.allowed_bad >= 1).map(|candidate| candidate.target).max();
    let Some(bearable) = bearable else { return (None, Reason::TooFewEvents) };
    match asked.map(|asked| asked.target) {
        None => (Some(bearable), Reason::NothingAsked),
        Some(asked) if asked <= bearable => (Some(asked), Reason::AsAsked),
        Some(asked) if asked <= strictest => (Some(bearable), Reason::TooFewEvents),
        Some(_) => (Some(bearable), Reason::AsSupported),
    }
}

pub(super) fn allowed_bad(expected: u64, target: Target) -> u64 {
    let allowed = u128::from(expected) * u128::from(target.allowed_bad_nanos()) / u128::from(Target::ONE);
    u64::try_from(allowed).unwrap_or(u64::MAX)
}

fn of_ladder(bad: u64) -> Option<Target> {
    Target::from_nanos(Target::ONE - bad * (Target::ONE / 100_000)).ok()
}

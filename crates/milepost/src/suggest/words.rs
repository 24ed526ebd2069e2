//! Reasons in words: no number stands without one.

use crate::span::length;
use milepost_model::Target;
use milepost_slo::AlertTier;
use milepost_slo::suggest::{Advice, Evidence, Finding, Reason};

/// Why a target is proposed, or none.
pub(super) fn reason(advice: &Advice, evidence: &Evidence, criticality: &str) -> String {
    let counts = evidence.counts();
    let seen = format!("{} of {} were bad", counts.bad(), counts.valid);
    match (advice.reason, advice.asked) {
        (Reason::NoEvents, _) => "There were no attempts, so nothing can be said.".to_owned(),
        (Reason::NothingSupported, _) => format!("Not even the most lenient target is supported: {seen}."),
        (Reason::TooFewEvents, _) => format!(
            "A stricter target would let not even one attempt fail: of {} expected in {}, one failure would miss it.",
            evidence.expected(advice.window_minutes),
            length(advice.window_minutes)
        ),
        (Reason::AsAsked, Some(asked)) => format!(
            "It is what is asked of a step that is {criticality} ({}), and history supports it: {seen}.",
            asked.because
        ),
        (Reason::AsSupported, Some(asked)) => {
            format!(
                "It is the strictest that history supports: {seen}. Asked for are {}: {}.",
                asked.target,
                needed(advice, evidence, asked.target)
            )
        }
        _ => format!(
            "It is the strictest that history supports: {seen}. The step's criticality is {criticality}, which asks for nothing: an SLO here costs more than it tells."
        ),
    }
}

/// How long a history would have to be for a target.
fn needed(advice: &Advice, evidence: &Evidence, target: Target) -> String {
    match advice.needed_minutes(evidence, target) {
        Some(minutes) => format!("{} of a history like this would support that", length(minutes)),
        None if advice.sample.rules_out(target, advice.confidence) => {
            "the step has to fail less before it can be promised".to_owned()
        }
        None => {
            "no history like this supports that, however long: by chance alone a window misses it too often".to_owned()
        }
    }
}

/// How failures come, and what the history is worth by that.
pub(super) fn clustering(evidence: &Evidence) -> String {
    let counts = evidence.counts();
    if counts.bad() == 0 {
        return "Nothing was bad, so that it cannot be seen how failures come: each attempt is taken to fail by itself.".to_owned();
    }
    let clustering = evidence.clustering().to_f64();
    if clustering < 1.05 {
        return "Failures come one by one: each attempt counts as one.".to_owned();
    }
    format!(
        "Failures come together: {clustering:.1} attempts say no more than one would that fails by itself, so that {} are worth {:.0}.",
        counts.valid,
        to_f64(counts.valid) / clustering
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
fn to_f64(number: u64) -> f64 {
    number as f64
}

/// A bound to the digits that say something: `99.87%`. A lower one is rounded down, an upper one up.
pub(crate) fn bound(target: Target, is_upper: bool) -> String {
    match target.nanos() {
        1 => return "0%".to_owned(),
        nanos if nanos == Target::ONE - 1 => return "100%".to_owned(),
        _ => {}
    }
    let bad = target.allowed_bad_nanos();
    let scale = 10u64.pow(bad.checked_ilog10().unwrap_or(0).saturating_sub(1));
    let rounded = if is_upper { bad / scale * scale } else { bad.div_ceil(scale) * scale };
    Target::from_nanos(Target::ONE - rounded).map_or_else(|_| target.to_string(), |target| target.to_string())
}

/// What is wrong with an SLO, in a sentence.
pub(crate) fn finding(finding: &Finding, target: Target, window_minutes: u64, criticality: &str) -> String {
    let window = length(window_minutes);
    match finding {
        Finding::NoEvents => "Nothing that it counts was recorded: retire it, or mend what it counts.".to_owned(),
        Finding::Unreachable { at_most } => {
            format!("Unreachable: the next {window} reach at most {}. Lower it, or fail less.", bound(*at_most, true))
        }
        Finding::StricterThanAsked { asked, is_supported: true } => format!(
            "Stricter than is asked for: {target} where a step that is {criticality} needs {asked}. History supports it, but what it pages for nobody asks about."
        ),
        Finding::StricterThanAsked { asked, is_supported: false } => format!(
            "Unjustifiably strict: {target} where a step that is {criticality} needs {asked}, and history does not support it either."
        ),
        Finding::OneFailureMisses { expected } => format!(
            "One failure misses it: of {expected} attempts expected in {window} less than one may fail. Take a longer window, a lower target, or slices of time."
        ),
        Finding::NotAsked => format!(
            "Nobody asks for it: the step's criticality is {criticality}. Retire it, or declare how important the step is."
        ),
        Finding::NeverFires(tiers) => {
            format!("Never fires: {}. Not even when all fails is so much spent so fast.", names(tiers))
        }
        Finding::OneFailureFires(tiers) => {
            format!(
                "At this traffic a single failure fires {}: the share of the budget is less than one attempt.",
                names(tiers)
            )
        }
    }
}

/// What it takes until what is asked for is supported, in a few words; nothing where it is, or nothing is asked for.
pub(super) fn gap(advice: &Advice, evidence: &Evidence) -> Option<String> {
    let asked = advice.asked?.target;
    if advice.proposed == Some(asked) || evidence.counts().valid == 0 {
        return None;
    }
    Some(match advice.needed_minutes(evidence, asked) {
        Some(minutes) => format!("{} of history would support {asked}", length(minutes)),
        None if advice.sample.rules_out(asked, advice.confidence) => format!("fails too often for {asked}"),
        None if evidence.counts().bad() == 0 => format!("too little traffic for {asked}"),
        None => format!("fails too often, or too much at once, for {asked}"),
    })
}

fn names(tiers: &[AlertTier]) -> String {
    tiers.iter().map(|tier| format!("`{}`", tier.name())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_never_told_better_than_they_are() {
        let told = |nanos: u64| [false, true].map(|is_upper| bound(Target::from_nanos(nanos).unwrap(), is_upper));
        assert_eq!(told(998_712_345), ["99.87%", "99.88%"]);
        assert_eq!(told(999_000_000), ["99.9%", "99.9%"]);
        assert_eq!(told(123_456_789), ["12%", "13%"]);
        assert_eq!(told(1), ["0%", "0%"]);
    }
}

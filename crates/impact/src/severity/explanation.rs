//! Why a step has the severity that it has: the numbers of both windows and what each rule makes of them, line by line.

use super::judge::{Evidence, Judge, Verdict};
use super::latch::{LOWERED_AFTER, Latch, RAISED_AFTER};
use crate::{Attempts, Impact, Scope, SeverityPolicy, Threshold, Tolerated, Trouble, Window};
use milepost_model::{Name, Share, StepPath, Timestamp};
use std::fmt;

/// The severity of a step with everything that leads to it. Shown, it is one line for each part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The step, or the use of it.
    pub path: StepPath,
    /// When.
    pub at: Timestamp,
    /// What was seen and expected; empty when the source is silent.
    pub windows: Vec<WindowLine>,
    /// What each rule says that is about it, in the order of the policy.
    pub rules: Vec<RuleLine>,
    /// The level that follows, and since when; none when no rule holds.
    pub verdict: Option<(Name, Timestamp)>,
}

/// The numbers of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowLine {
    /// Which.
    pub window: Window,
    /// The numbers.
    pub impact: Impact,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    /// The level that it gives.
    pub level: Name,
    /// What it is about.
    pub scope: Scope,
    /// What must be passed.
    pub threshold: Threshold,
    /// What SLOs tolerate, where that is left out.
    pub tolerated: Option<Tolerated>,
    /// The highest lower bound of the windows with enough traffic; none when neither has.
    pub at_least: Option<Share>,
    /// Whether that is over.
    pub is_over: bool,
    /// Where it is.
    pub latch: Latch,
}

/// Why something has its level, for people: what came of how many attempts, which part is hit, and the rule that is over for that.
pub fn reason(policy: &SeverityPolicy, judge: &Judge, verdict: &Verdict) -> String {
    let Verdict { window, impact, .. } = verdict;
    let judged = judge.plan().judged().get(verdict.judged);
    let rule = judged.and_then(|judged| Some((judged, policy.rules.get(judged.rule)?)));
    let mut parts = Vec::new();
    if impact.base > Attempts::NONE {
        parts.push(numbers(*window, impact));
    }
    if let Some((judged, rule)) = rule {
        let level = policy.levels.get(rule.level).map_or("it counts", Name::as_str);
        let most = match rule.impact {
            Threshold::ANY if Trouble::of(impact) == Trouble::Slow => {
                format!("the {} that its SLO tolerates", judged.tolerated.slow)
            }
            Threshold::ANY => format!("the {} that its SLO tolerates", judged.tolerated.failures),
            threshold => format!("{} of {}", threshold.share(), rule.scope),
        };
        parts.push(format!("{level} is more than {most}"));
    }
    parts.join("; ")
}

/// What came of the attempts of a window, and which part of them is hit.
fn numbers(window: Window, impact: &Impact) -> String {
    let seen = impact.seen;
    let came = [(seen.failed(), "failed"), (seen.timed_out(), "never ended"), (seen.slow(), "took too long")];
    let came: Vec<String> =
        came.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let (attempts, minutes) = (seen.attempts(), window.minutes());
    let mut text = match came.split_last() {
        None => format!("{attempts} attempts in {minutes} minutes"),
        Some((last, [])) => format!("{last} of {attempts} attempts in {minutes} minutes"),
        Some((last, first)) => format!("{} and {last} of {attempts} attempts in {minutes} minutes", first.join(", ")),
    };
    if let Some(expected) = impact.expected.filter(|_| impact.missing > Attempts::NONE) {
        text += &format!(" where {} are usual, and {} at least", expected.attempts, expected.at_least);
    }
    let (share, at_least) = (short(impact.share), short(impact.at_least));
    text + &format!(": {share} are hit, {at_least} for sure")
}

impl Explanation {
    /// Of one of a judge's subjects, as it is after an evaluation with this evidence.
    pub fn of(
        (policy, judge): (&SeverityPolicy, &Judge),
        (path, subject): (&StepPath, usize),
        evidence: Option<&Evidence>,
        at: Timestamp,
    ) -> Self {
        let both = evidence.into_iter().flat_map(|evidence| Window::ALL.into_iter().zip(evidence));
        let windows = both.map(|(window, impact)| WindowLine { window, impact: *impact }).collect();
        let rules = judge.plan().alone(subject).filter_map(|place| {
            let judged = judge.plan().judged().get(place)?;
            let rule = policy.rules.get(judged.rule)?;
            let enough = evidence.into_iter().flatten().filter(|impact| impact.is_enough());
            let at_least = enough.map(|impact| impact.at_least).max();
            Some(RuleLine {
                level: policy.levels.get(rule.level)?.clone(),
                scope: rule.scope.clone(),
                threshold: rule.impact,
                tolerated: (rule.impact == Threshold::ANY).then_some(judged.tolerated),
                at_least,
                is_over: evidence.into_iter().flatten().any(|impact| judged.is_over(impact)),
                latch: judge.latch(place),
            })
        });
        let level = |verdict: &Verdict| Some((policy.levels.get(verdict.level)?.clone(), verdict.since));
        let verdict = judge.verdict(subject).and_then(level);
        Self { path: path.clone(), at, windows, rules: rules.collect(), verdict }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Some((level, since)) => writeln!(f, "{} at {}: {level} since {since}", self.path, self.at)?,
            None => writeln!(f, "{} at {}: no severity", self.path, self.at)?,
        }
        if self.windows.is_empty() {
            writeln!(f, "  its source is silent: nothing is raised or lowered until it is back")?;
        }
        self.windows.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        self.rules.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl fmt::Display for WindowLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { window, impact } = self;
        let seen = impact.seen;
        write!(f, "{} min: {} attempts, ", window.minutes(), seen.attempts())?;
        write!(f, "{} failed, {} timed out, {} slow; ", seen.failed(), seen.timed_out(), seen.slow())?;
        match impact.expected {
            Some(expected) => {
                write!(
                    f,
                    "{} expected, at least {}; {} missing",
                    expected.attempts, expected.at_least, impact.missing
                )?;
            }
            None => f.write_str("no baseline")?,
        }
        if impact.is_enough() {
            write!(f, ": impact {}, at least {}", short(impact.share), short(impact.at_least))
        } else {
            f.write_str(": too little to judge")
        }
    }
}

impl fmt::Display for RuleLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} when {} of {}", self.level, self.threshold, self.scope)?;
        if let Some(tolerated) = self.tolerated {
            write!(f, " beyond the {} that its SLO tolerates", self::tolerated(tolerated))?;
        }
        let is = if self.is_over { "over" } else { "not over" };
        match self.at_least {
            Some(at_least) => write!(f, ": {is} with {}", short(at_least))?,
            None => write!(f, ": {is}")?,
        }
        match self.latch {
            Latch::Quiet => Ok(()),
            Latch::Pending { since } => write!(f, ", since {since}; holds once that has lasted {RAISED_AFTER}"),
            Latch::Raised { since, under_since: None } => write!(f, "; holds since {since}"),
            Latch::Raised { since, under_since: Some(under) } => {
                write!(f, "; holds since {since}, well under since {under}, ends once that has lasted {LOWERED_AFTER}")
            }
        }
    }
}

/// What is tolerated of both kinds, in one number where it is one.
fn tolerated(tolerated: Tolerated) -> String {
    let Tolerated { failures, slow } = tolerated;
    if failures == slow { failures.to_string() } else { format!("{failures} of failures and {slow} of slowness") }
}

/// A share with two decimals at most, rounded down.
fn short(share: Share) -> String {
    let hundredths = share.nanos() / 100_000;
    let digits = format!("{:02}", hundredths % 100);
    match digits.trim_end_matches('0') {
        "" => format!("{}%", hundredths / 100),
        digits => format!("{}.{digits}%", hundredths / 100),
    }
}

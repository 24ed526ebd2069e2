//! Why a step has the severity that it has: the numbers of both windows and what each rule makes of them, line by line.

use super::judge::{Evidence, Judge, KpiEvidence, Verdict, measured};
use super::latch::{LOWERED_AFTER, Latch, RAISED_AFTER};
use super::measured::Measured;
use super::plan::{Judged, SeverityPlan};
use crate::{Attempts, Impact, KpiImpact, SeverityPolicy, SeverityRule, Threshold, Tolerated, Trouble, Window};
use milepost_model::{Name, Share, StepPath, Timestamp};
use std::fmt;

/// The severity of a step with everything that leads to it. Shown, it is one line for each part.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The step, or the use of it.
    pub path: StepPath,
    /// When.
    pub at: Timestamp,
    /// What was seen and expected; empty when the source is silent.
    pub windows: Vec<WindowLine>,
    /// What that is worth of KPIs that a rule judges.
    pub kpis: Vec<KpiLine>,
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

/// The numbers of a window, of a KPI.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiLine {
    /// Which window.
    pub window: Window,
    /// What the KPI is called.
    pub title: String,
    /// What it is counted in.
    pub unit: String,
    /// The numbers.
    pub impact: KpiImpact,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    /// The level that it gives.
    pub level: Name,
    /// What it is about, in words: steps, or a KPI.
    pub of: String,
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
    let Verdict { window, impact, kpi, .. } = verdict;
    let plan = judge.plan();
    let judged = plan.judged().get(verdict.judged);
    let mut parts = Vec::new();
    if let Some((part, of)) = kpi.zip(judged.and_then(|judged| plan.kpi_of(judged))) {
        let (lost, share, at_least) = (part.text(&of.unit), short(part.share), short(part.at_least));
        parts.push(format!(
            "{lost} of {} are lost in {} minutes: {share}, {at_least} for sure",
            of.title,
            window.minutes()
        ));
    }
    if impact.base > Attempts::NONE {
        parts.push(numbers(*window, impact));
    }
    if let Some((judged, rule)) = judged.and_then(|judged| Some((judged, policy.rules.get(judged.rule)?))) {
        let level = policy.levels.get(rule.level).map_or("it counts", Name::as_str);
        let most = match rule.impact {
            Threshold::ANY if kpi.is_none() && Trouble::of(impact) == Trouble::Slow => {
                format!("the {} that its SLO tolerates", judged.tolerated.slow)
            }
            Threshold::ANY => format!("the {} that its SLO tolerates", judged.tolerated.failures),
            threshold => format!("{} of {}", threshold.share(), about(plan, (judged, rule))),
        };
        parts.push(format!("{level} is more than {most}"));
    }
    parts.join("; ")
}

/// What a rule is about where it judges something, in words.
fn about(plan: &SeverityPlan, (judged, rule): (&Judged, &SeverityRule)) -> String {
    plan.kpi_of(judged).map_or_else(|| rule.scope.of_attempts().to_string(), |of| of.title.clone())
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
    /// Of one of a judge's subjects, as it is after an evaluation with this evidence of all.
    pub fn of(
        (policy, judge): (&SeverityPolicy, &Judge),
        (path, subject): (&StepPath, usize),
        (evidence, kpis): (&[Option<Evidence>], &[Option<KpiEvidence>]),
        at: Timestamp,
    ) -> Self {
        let plan = judge.plan();
        let both = evidence.get(subject).and_then(Option::as_ref);
        let both = both.into_iter().flat_map(|both| Window::ALL.into_iter().zip(both));
        let windows = both.map(|(window, impact)| WindowLine { window, impact: *impact }).collect();
        let moved = plan.moved().iter().zip(kpis).filter(|(of, _)| of.subject == subject);
        let of_kpis = moved.flat_map(|(of, both)| {
            let both = Window::ALL.into_iter().zip(both.iter().flatten());
            both.map(|(window, impact)| {
                let (title, unit) = (of.title.clone(), of.unit.clone());
                KpiLine { window, title, unit, impact: *impact }
            })
        });
        let rules = plan.alone(subject).filter_map(|place| {
            let judged = plan.judged().get(place)?;
            let rule = policy.rules.get(judged.rule)?;
            let both = measured(&judged.members, evidence, kpis);
            let enough = both.iter().flatten().filter(|of| of.is_enough());
            Some(RuleLine {
                level: policy.levels.get(rule.level)?.clone(),
                of: about(plan, (judged, rule)),
                threshold: rule.impact,
                tolerated: (rule.impact == Threshold::ANY).then(|| tolerated_by(plan, judged)),
                at_least: enough.map(Measured::at_least).max(),
                is_over: both.iter().flatten().any(|of| of.passes(judged)),
                latch: judge.latch(place),
            })
        });
        let level = |verdict: &Verdict| Some((policy.levels.get(verdict.level)?.clone(), verdict.since));
        let verdict = judge.verdict(subject).and_then(level);
        Self { path: path.clone(), at, windows, kpis: of_kpis.collect(), rules: rules.collect(), verdict }
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
        self.kpis.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
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

impl fmt::Display for KpiLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { window, title, unit, impact } = self;
        write!(f, "{title}, {} min: ", window.minutes())?;
        if !impact.is_known() {
            return f.write_str("no attempt has told what it is worth");
        }
        let part = &impact.part;
        write!(f, "{} expected are lost", part.text(unit))?;
        match impact.is_enough() {
            true => write!(f, ": impact {}, at least {}", short(part.share), short(part.at_least)),
            false => f.write_str(": too little to judge"),
        }
    }
}

impl fmt::Display for RuleLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} when {} of {}", self.level, self.threshold, self.of)?;
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

/// What a rule of any impact tolerates: of a KPI that of failures, since what is slow costs it nothing.
fn tolerated_by(plan: &SeverityPlan, judged: &Judged) -> Tolerated {
    let of_kpi = plan.kpi_of(judged).map(|_| Tolerated::both(judged.tolerated.failures));
    of_kpi.unwrap_or(judged.tolerated)
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

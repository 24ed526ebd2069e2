//! The report as it is shown and as other programs read it.

use milepost_model::DurationNs;
use milepost_server::attribution::SliceBody;
use milepost_server::kpis::KpiBody;
use serde::Serialize;
use std::collections::BTreeMap;

/// Reliability per step over what was read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Products of the registry, by title.
    pub(crate) products: Vec<String>,
    /// The first and the last event, in UTC.
    pub(crate) covered: Option<Covered>,
    pub(crate) input: Input,
    pub(crate) steps: Vec<StepReport>,
    /// What users' attempts came to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) kpis: Vec<KpiBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) series: Vec<Point>,
    /// How long the parts of the series are, where it is by spans of time.
    #[serde(skip)]
    pub(crate) series_part: Option<DurationNs>,
    /// What people should know about the numbers.
    pub(crate) notes: Vec<String>,
}

/// A span of time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Covered {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) minutes: u64,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Input {
    pub(crate) files: usize,
    /// Facts that a server stored were read, and no files.
    #[serde(skip)]
    pub(crate) is_stored: bool,
    pub(crate) bytes: u64,
    /// Spans and log lines that were read, inside the time asked for.
    pub(crate) events: u64,
    /// Events that serve a step, by themselves or by the shape of their trace.
    pub(crate) annotated: u64,
    /// Events that serve none.
    pub(crate) unannotated: u64,
    /// Of those, events of other classes than interactive.
    pub(crate) unannotated_machines: u64,
    /// Traces that trace rules for several steps fit equally well.
    pub(crate) ambiguous: u64,
    /// Traces that trace rules could not judge, because spans are missing.
    pub(crate) incomplete: u64,
    /// Attempts that were read more than once and counted once.
    pub(crate) duplicates: u64,
    /// Events outside the time asked for.
    pub(crate) outside: u64,
    /// Records that were no events, by reason.
    pub(crate) rejected: BTreeMap<String, u64>,
    /// The first of those.
    pub(crate) rejected_examples: Vec<RejectedExample>,
    /// Files that could not be read, or not to their end.
    pub(crate) failed_files: Vec<FailedInput>,
    /// Between which steps traces are ambiguous.
    pub(crate) ambiguous_between: Vec<Ambiguous>,
    /// Events by traffic class.
    pub(crate) classes: BTreeMap<String, u64>,
    /// The same for each file, where asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) by_file: Vec<FileInput>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct RejectedExample {
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) reason: String,
    pub(crate) text: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FailedInput {
    pub(crate) file: String,
    pub(crate) error: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ambiguous {
    pub(crate) steps: Vec<String>,
    pub(crate) traces: u64,
}

/// What was read from one file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileInput {
    pub(crate) file: String,
    pub(crate) events: u64,
    pub(crate) rejected: u64,
    pub(crate) ambiguous: u64,
    pub(crate) incomplete: u64,
    pub(crate) ambiguous_between: Vec<Ambiguous>,
}

/// One step, in one traffic class.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StepReport {
    pub(crate) product: String,
    pub(crate) step: String,
    pub(crate) title: String,
    /// The objectives that use it, by name.
    pub(crate) objectives: Vec<String>,
    /// How it was measured.
    pub(crate) method: &'static str,
    pub(crate) class: String,
    /// Attempts that count: all but the abandoned.
    pub(crate) valid: u64,
    /// Successes.
    pub(crate) good: u64,
    /// Failures and timeouts.
    pub(crate) failed: u64,
    pub(crate) abandoned: u64,
    /// Successes that were answered with a 4xx status.
    pub(crate) client_errors: u64,
    /// Good over valid; none without data.
    pub(crate) ratio: Option<f64>,
    /// Wilson interval of the ratio, at 95 %.
    pub(crate) interval: Option<Interval>,
    pub(crate) excluded: Excluded,
    pub(crate) latency_ms: Option<Latency>,
    pub(crate) slos: Vec<SloReport>,
    pub(crate) explained_by: Vec<SliceBody>,
    /// When the first and the last failed attempt began.
    pub(crate) failures_between: Option<Between>,
    /// How outcomes were read from status codes.
    pub(crate) outcomes: String,
}

/// Two instants, in UTC.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Between {
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What the ratio leaves out.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Excluded {
    /// The share of the class's attempts that were abandoned.
    pub(crate) abandoned: Option<f64>,
    /// The share of all attempts of the step that are of other classes, by class.
    pub(crate) classes: BTreeMap<String, f64>,
}

/// Latency of all attempts but the abandoned, in milliseconds, each off by at most the relative error.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) relative_error: f64,
}

/// One SLO of the step over what was read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SloReport {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) sli: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) threshold_ms: Option<f64>,
    pub(crate) target: String,
    pub(crate) window: String,
    pub(crate) valid: u64,
    pub(crate) good: u64,
    pub(crate) ratio: Option<f64>,
    pub(crate) interval: Option<Interval>,
    /// `met`, `missed` or `unknown`.
    pub(crate) verdict: &'static str,
    /// Whether the interval leaves no doubt of the verdict: the target lies outside.
    pub(crate) is_clear: bool,
    /// Why the verdict is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unknown_because: Option<String>,
    /// The share of the covered time's error budget that is spent.
    pub(crate) budget_spent: Option<f64>,
    /// The error budget of the covered time, in events.
    pub(crate) allowed_bad: f64,
    /// Of a latency SLO that is missed, the parts of the series below the target, those with most slow attempts first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) worst_parts: Vec<SloPart>,
    /// The expressions that were counted.
    pub(crate) valid_when: String,
    pub(crate) good_when: String,
}

/// What an SLO counted in a part of the series.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SloPart {
    /// When it begins, or the file.
    pub(crate) part: String,
    pub(crate) valid: u64,
    pub(crate) good: u64,
}

/// A part of a series.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) product: String,
    pub(crate) step: String,
    pub(crate) class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    pub(crate) valid: u64,
    pub(crate) good: u64,
    pub(crate) failed: u64,
    pub(crate) abandoned: u64,
    /// Whether it is clearly worse than the whole: its Wilson interval lies wholly below the step's ratio over all that was read.
    pub(crate) is_low: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency_ms: Option<Latency>,
    /// What the latency SLOs of the step counted in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) slos: Vec<PointSlo>,
}

/// A latency SLO in a part of a series.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PointSlo {
    pub(crate) name: String,
    pub(crate) valid: u64,
    pub(crate) good: u64,
    /// Whether fewer are good than the target asks for.
    pub(crate) is_below: bool,
}

impl Point {
    /// What stands under "in time".
    pub(crate) const IN_TIME: &str = "In time: successes within the threshold of the latency SLO that is met worst.";

    /// Whether something failed in it, or was slower than an SLO promises.
    pub(crate) fn is_bad(&self) -> bool {
        self.failed > 0 || self.slos.iter().any(|slo| slo.is_below)
    }

    /// The share of its successes that are fast enough, by the latency SLO that is met worst.
    pub(crate) fn in_time(&self) -> Option<(u64, u64)> {
        #[expect(clippy::cast_precision_loss, reason = "compared to find the least")]
        let ratio = |slo: &&PointSlo| slo.good as f64 / slo.valid.max(1) as f64;
        let worst = self.slos.iter().filter(|slo| slo.valid > 0).min_by(|a, b| ratio(a).total_cmp(&ratio(b)))?;
        Some((worst.good, worst.valid))
    }

    /// What stands beside a part that is clearly worse than the whole.
    pub(crate) const LOW: &str = "low";
    /// What that means.
    pub(crate) const LEGEND: &str =
        "low: the 95% interval of that part lies wholly below the share of successes over all that was read.";
}

impl Report {
    /// Whether anybody attempted anything.
    pub(crate) fn has_attempts(&self) -> bool {
        self.steps.iter().any(|s| s.valid > 0)
    }

    /// The steps that deserve a line of their own, those of users first, then worst first.
    pub(crate) fn failing(&self) -> Vec<&StepReport> {
        let mut failing: Vec<&StepReport> = self.steps.iter().filter(|s| s.valid > 0 && s.misses()).collect();
        let doubtful = |s: &StepReport| (!s.is_for_users(), !s.is_clearly_missed());
        let rank = |s: &StepReport| s.ratio.unwrap_or(1.0);
        failing.sort_by(|a, b| doubtful(a).cmp(&doubtful(b)).then_with(|| rank(a).total_cmp(&rank(b))));
        failing
    }

    /// The rows of a step, one a class.
    pub(crate) fn rows_of<'r>(&'r self, step: &StepReport) -> impl Iterator<Item = &'r StepReport> {
        let (product, name) = (step.product.clone(), step.step.clone());
        self.steps.iter().filter(move |row| row.product == product && row.step == name)
    }

    /// Good and valid attempts of all steps but the failing ones; none without attempts.
    pub(crate) fn others(&self) -> Option<(u64, u64)> {
        let rest = || self.users().filter(|s| !s.misses());
        let valid: u64 = rest().map(|s| s.valid).sum();
        (valid > 0).then(|| (rest().map(|s| s.good).sum(), valid))
    }

    fn users(&self) -> impl Iterator<Item = &StepReport> {
        self.steps.iter().filter(|s| s.is_for_users() && s.valid > 0)
    }
}

impl StepReport {
    /// Whether the row is of the class that users' SLOs count.
    pub(crate) fn is_for_users(&self) -> bool {
        self.class == milepost_model::TrafficClass::INTERACTIVE
    }

    /// Whether an SLO is missed or, for users without SLOs, more than one in twenty attempts failed.
    pub(super) fn misses(&self) -> bool {
        let missed = self.slos.iter().any(|slo| slo.verdict == "missed");
        missed || (self.is_for_users() && self.slos.is_empty() && self.ratio.is_some_and(|ratio| ratio < 0.95))
    }
}

impl StepReport {
    /// Whether it misses an SLO, or fails without one, beyond doubt.
    pub(super) fn is_clearly_missed(&self) -> bool {
        self.slos.is_empty() || self.slos.iter().any(|slo| slo.verdict == "missed" && slo.is_clear)
    }
}

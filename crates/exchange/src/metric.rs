//! The metrics of a Milepost server that an SLO is counted by: names, labels, and which of them hold its bad and all of its events.
//!
//! Names and labels are those of `server::observe`. An SLO whose events are told apart by how attempts ended is asked of the attempts, which were
//! counted before it was declared; any other of its own counter.

use milepost_expr::{Column, Expr, Scalar};
use milepost_model::{Name, Outcome, StepPath};
use milepost_slo::{Method, SliType, Slo};

/// Attempts by outcome.
pub(crate) const ATTEMPTS: &str = "milepost_step_events_total";
/// What each SLO counted.
const SLO_EVENTS: &str = "milepost_slo_events_total";
/// How long attempts took.
pub(crate) const DURATIONS: &str = "milepost_step_duration_seconds";

/// Selectors of counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Valid events that are good.
    pub(crate) good: String,
    /// Valid events that are not good.
    pub(crate) bad: String,
    /// Valid events.
    pub(crate) total: String,
}

impl Counted {
    /// The counters of an SLO, or why there are none.
    pub(crate) fn of(slo: &Slo) -> Result<Self, String> {
        if slo.indicator.method != Method::Service {
            return Err(format!("`method: {}` is not measured by this version", slo.indicator.method.as_str()));
        }
        if let SliType::Throughput(_) = slo.indicator.sli {
            return Err("`type: throughput` counts minutes, and the metrics count events".to_owned());
        }
        let outcomes = Outcome::ALL.map(|outcome| by_outcome(slo, outcome));
        if outcomes.iter().any(Option::is_none) {
            return Ok(Self::own(slo));
        }
        let those = |wanted: fn(Counts) -> bool| -> Vec<&str> {
            let named = Outcome::ALL.into_iter().zip(outcomes);
            named.filter(|(_, counts)| counts.is_some_and(wanted)).map(|(outcome, _)| outcome.as_str()).collect()
        };
        let (good, bad) = (those(|counts| counts == Counts::Good), those(|counts| counts == Counts::Bad));
        if bad.is_empty() {
            return Err("none of its events can be bad".to_owned());
        }
        let labels = step_labels(&slo.product, &slo.indicator.path, &slo.indicator.class.to_string());
        let of = |outcomes: &[&str]| format!("{ATTEMPTS}{{{labels},outcome=~\"{}\"}}", outcomes.join("|"));
        Ok(Self { good: of(&good), bad: of(&bad), total: of(&those(|counts| counts != Counts::Not)) })
    }

    /// The SLO's own counter.
    fn own(slo: &Slo) -> Self {
        let labels = format!("product=\"{}\",slo=\"{}\"", slo.product, slo.name);
        Self {
            good: format!("{SLO_EVENTS}{{{labels},result=\"good\"}}"),
            bad: format!("{SLO_EVENTS}{{{labels},result=\"bad\"}}"),
            total: format!("{SLO_EVENTS}{{{labels},result=~\"good|bad\"}}"),
        }
    }
}

/// The labels that select the attempts of a step, or of one use of it, by the service.
pub(crate) fn step_labels(product: &Name, path: &StepPath, class: &str) -> String {
    let objective = path.objective.as_ref().map(|name| format!("objective=\"{name}\",")).unwrap_or_default();
    let step = &path.step;
    format!("product=\"{product}\",{objective}step=\"{step}\",method=\"service\",class=\"{class}\"")
}

/// Whether an event counts in an SLO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Not,
    Good,
    Bad,
}

/// What all attempts with an outcome are; `None` where something else than the outcome decides.
fn by_outcome(slo: &Slo, outcome: Outcome) -> Option<Counts> {
    let indicator = &slo.indicator;
    let known = |column: &Column| match column.name() {
        "outcome" => Some(outcome.as_str()),
        "role" => Some("step"),
        "source" => Some(indicator.method.source()),
        "class" => Some(indicator.class.as_str()),
        "step" => Some(indicator.path.step.as_str()),
        "objective" => indicator.path.objective.as_ref().map(Name::as_str),
        _ => None,
    };
    let is_known = |expr: &Expr| expr.columns_used().into_iter().all(|column| known(column).is_some());
    if !is_known(&indicator.valid) || !is_known(&indicator.good) {
        return None;
    }
    let holds = |expr: &Expr| expr.eval(&|column| known(column).map_or(Scalar::Null, Scalar::Text)) == Some(true);
    Some(match (holds(&indicator.valid), holds(&indicator.good)) {
        (false, _) => Counts::Not,
        (true, true) => Counts::Good,
        (true, false) => Counts::Bad,
    })
}

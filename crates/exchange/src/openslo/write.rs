//! OpenSLO values as documents, with every object that an SLO refers to written within it.

use crate::number::decimal;
use crate::yaml::{Yaml, entries};
use milepost_model::DurationNs;
use milepost_slo::Method;
use milepost_slo::open::{
    AlertCondition, AlertPolicy, AlertTarget, Binding, Metric, OpenBudgeting, OpenIndicator, OpenObjective, OpenSlo,
    OpenWindow, Operator, Part, Promise, RatioPart, RawKind, SliKind, Verbatim,
};
use std::sync::Arc;

const API_VERSION: &str = "openslo/v1";

/// A document of a kind.
pub(super) fn object(kind: &str, name: &str, metadata: Vec<(String, Yaml)>, spec: Yaml) -> Yaml {
    let version = ("apiVersion".to_owned(), Yaml::text(API_VERSION));
    Yaml::Map([version].into_iter().chain(parts(kind, name, metadata, spec)).collect())
}

/// An object of a kind within another.
fn inner(kind: &str, name: &str, spec: Yaml) -> Yaml {
    Yaml::Map(parts(kind, name, Vec::new(), spec))
}

fn parts(kind: &str, name: &str, metadata: Vec<(String, Yaml)>, spec: Yaml) -> Vec<(String, Yaml)> {
    let name = [("name".to_owned(), Yaml::text(name))];
    let metadata = Yaml::Map(name.into_iter().chain(metadata).collect());
    entries([("kind", Some(Yaml::text(kind))), ("metadata", Some(metadata)), ("spec", Some(spec))])
}

/// The document of an SLO.
pub(super) fn slo(slo: &OpenSlo, labels: &[(String, String)]) -> Yaml {
    let name = slo.name.as_str();
    let mut metadata = Vec::new();
    if slo.title != name {
        metadata.push(("displayName".to_owned(), Yaml::text(&slo.title)));
    }
    if !labels.is_empty() {
        let labels = labels.iter().map(|(label, text)| (label.clone(), Yaml::text(text))).collect();
        metadata.push(("labels".to_owned(), Yaml::Map(labels)));
    }
    metadata.extend(slo.binding.as_ref().map(|binding| ("annotations".to_owned(), annotations(binding))));
    let (indicator, objectives) = match &slo.promise {
        Promise::Plain { indicator, objectives } => {
            (Some(self::indicator(name, indicator)), objectives.iter().map(|of| Yaml::Map(objective(of))).collect())
        }
        Promise::Composite(parts) => (None, parts.iter().enumerate().map(|(at, of)| part(name, at, of)).collect()),
    };
    let policies: Vec<Yaml> = slo.alert_policies.iter().map(|policy| self::policy(policy)).collect();
    let spec = Yaml::map([
        ("description", (!slo.description.is_empty()).then(|| Yaml::text(&slo.description))),
        ("service", Some(Yaml::text(&slo.service))),
        ("indicator", indicator),
        ("timeWindow", Some(Yaml::List(vec![window(&slo.window)]))),
        ("budgetingMethod", Some(Yaml::text(budgeting_method(&slo.promise)))),
        ("objectives", Some(Yaml::List(objectives))),
        ("alertPolicies", (!policies.is_empty()).then_some(Yaml::List(policies))),
    ]);
    object("SLO", name, metadata, spec)
}

fn annotations(binding: &Binding) -> Yaml {
    let kind = SliKind::NAMED.into_iter().find(|(_, kind)| Some(*kind) == binding.kind);
    Yaml::map([
        ("milepost/step", Some(Yaml::text(binding.path.to_string()))),
        ("milepost/product", Some(Yaml::text(binding.product.as_str()))),
        ("milepost/method", (binding.method != Method::default()).then(|| Yaml::text(binding.method.as_str()))),
        ("milepost/type", kind.map(|(name, _)| Yaml::text(name))),
    ])
}

fn indicator(name: &str, indicator: &OpenIndicator) -> Yaml {
    let spec = match indicator {
        OpenIndicator::Threshold(of) => Yaml::map([("thresholdMetric", Some(metric(of)))]),
        OpenIndicator::Ratio { counter, part, total } => {
            let (good, bad) = match part {
                RatioPart::Good(good) => (Some(metric(good)), None),
                RatioPart::Bad(bad) => (None, Some(metric(bad))),
            };
            let counter = Some(Yaml::number(counter));
            let ratio = [("counter", counter), ("good", good), ("bad", bad), ("total", Some(metric(total)))];
            Yaml::map([("ratioMetric", Some(Yaml::map(ratio)))])
        }
        OpenIndicator::Raw { kind, metric: of } => {
            let kind = RawKind::NAMED.into_iter().find(|(_, named)| named == kind);
            let ratio = [("rawType", kind.map(|(name, _)| Yaml::text(name))), ("raw", Some(metric(of)))];
            Yaml::map([("ratioMetric", Some(Yaml::map(ratio)))])
        }
    };
    let metadata = Yaml::map([("name", Some(Yaml::text(name)))]);
    Yaml::map([("metadata", Some(metadata)), ("spec", Some(spec))])
}

fn metric(metric: &Metric) -> Yaml {
    let source = Yaml::map([
        ("type", Some(Yaml::text(&*metric.source_type))),
        ("metricSourceRef", metric.source.as_ref().map(|name| Yaml::text(name.as_str()))),
        ("spec", Some(verbatim(&metric.spec))),
    ]);
    Yaml::map([("metricSource", Some(source))])
}

fn verbatim(value: &Verbatim) -> Yaml {
    match value {
        Verbatim::Nothing => Yaml::Nothing,
        Verbatim::Text(text) => Yaml::text(text),
        Verbatim::List(items) => Yaml::List(items.iter().map(verbatim).collect()),
        Verbatim::Map(entries) => {
            Yaml::Map(entries.iter().map(|(key, value)| (key.clone(), verbatim(value))).collect())
        }
    }
}

fn window(window: &OpenWindow) -> Yaml {
    match window {
        OpenWindow::Rolling(duration) => {
            let rolling = Some(Yaml::number(true));
            Yaml::map([("duration", Some(Yaml::text(shorthand(*duration)))), ("isRolling", rolling)])
        }
        OpenWindow::Calendar { length, start, time_zone } => {
            let calendar =
                Yaml::map([("startTime", Some(Yaml::text(start))), ("timeZone", Some(Yaml::text(time_zone)))]);
            Yaml::map([
                ("duration", Some(Yaml::text(length.to_string()))),
                ("isRolling", Some(Yaml::number(false))),
                ("calendar", Some(calendar)),
            ])
        }
    }
}

/// A duration of whole minutes in the largest unit that divides it; none at all in minutes.
fn shorthand(duration: DurationNs) -> String {
    const UNITS: [(&str, u64); 3] = [("d", 1_440), ("h", 60), ("m", 1)];
    let minutes = duration.nanos() / 60_000_000_000;
    let divides = |(_, of): &(&str, u64)| minutes >= *of && minutes.is_multiple_of(*of);
    let (unit, of) = UNITS.into_iter().find(divides).unwrap_or(("m", 1));
    format!("{}{unit}", minutes / of)
}

fn budgeting_method(promise: &Promise) -> &'static str {
    let first = match promise {
        Promise::Plain { objectives, .. } => objectives.first(),
        Promise::Composite(parts) => parts.first().map(|part| &part.objective),
    };
    match first.map(|objective| objective.budgeting) {
        None | Some(OpenBudgeting::Occurrences) => "Occurrences",
        Some(OpenBudgeting::Timeslices { .. }) => "Timeslices",
        Some(OpenBudgeting::RatioTimeslices { .. }) => "RatioTimeslices",
    }
}

fn objective(objective: &OpenObjective) -> Vec<(String, Yaml)> {
    let comparison = objective.comparison;
    let (slice, share) = match objective.budgeting {
        OpenBudgeting::Occurrences => (None, None),
        OpenBudgeting::Timeslices { slice, target } => (Some(slice), Some(target)),
        OpenBudgeting::RatioTimeslices { slice } => (Some(slice), None),
    };
    entries([
        ("displayName", (!objective.title.is_empty()).then(|| Yaml::text(&objective.title))),
        ("op", comparison.map(|comparison| Yaml::text(operator(comparison.operator)))),
        ("value", comparison.map(|comparison| Yaml::number(comparison.value))),
        ("target", Some(Yaml::number(decimal(objective.target.nanos().into())))),
        ("timeSliceTarget", share.map(|share| Yaml::number(decimal(share.nanos().into())))),
        ("timeSliceWindow", slice.map(|slice| Yaml::text(shorthand(slice)))),
    ])
}

/// An objective with an indicator and a weight of its own.
fn part(name: &str, at: usize, part: &Part) -> Yaml {
    let mut entries = objective(&part.objective);
    entries.push(("indicator".to_owned(), indicator(&format!("{name}-{}", at + 1), &part.indicator)));
    entries.push(("compositeWeight".to_owned(), Yaml::number(part.weight)));
    Yaml::Map(entries)
}

fn operator(operator: Operator) -> &'static str {
    Operator::NAMED.into_iter().find(|(_, named)| *named == operator).map_or("gt", |(name, _)| name)
}

fn policy(policy: &AlertPolicy) -> Yaml {
    let targets = policy.targets.iter().map(target).collect();
    let spec = Yaml::map([
        ("alertWhenBreaching", Some(Yaml::number(policy.when_breaching))),
        ("alertWhenResolved", Some(Yaml::number(policy.when_resolved))),
        ("alertWhenNoData", Some(Yaml::number(policy.when_no_data))),
        ("conditions", Some(Yaml::List(vec![condition(&policy.condition)]))),
        ("notificationTargets", Some(Yaml::List(targets))),
    ]);
    inner("AlertPolicy", policy.name.as_str(), spec)
}

fn condition(condition: &AlertCondition) -> Yaml {
    let burn = Yaml::map([
        ("kind", Some(Yaml::text("burnrate"))),
        ("op", condition.operator.map(|of| Yaml::text(operator(of)))),
        ("threshold", Some(Yaml::number(condition.threshold))),
        ("lookbackWindow", Some(Yaml::text(shorthand(condition.lookback)))),
        ("alertAfter", Some(Yaml::text(shorthand(condition.after)))),
    ]);
    let spec = Yaml::map([("severity", Some(Yaml::text(&condition.severity))), ("condition", Some(burn))]);
    inner("AlertCondition", condition.name.as_str(), spec)
}

fn target(target: &Arc<AlertTarget>) -> Yaml {
    let spec = Yaml::map([("target", Some(Yaml::text(&target.target)))]);
    inner("AlertNotificationTarget", target.name.as_str(), spec)
}

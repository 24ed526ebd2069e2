//! What is said of an SLO in a document of OpenSLO: which step it is bound to, what it promises, and who is told.

use super::compare::{Thing, list};
use super::statements::Statements;
use super::{Change, Noun, Sides, Trend, exact};
use crate::Registry;
use crate::terms::open_share_of;
use milepost_model::{Name, Target};
use milepost_slo::open::{
    AlertPolicy, Metric, OpenBudgeting, OpenIndicator, OpenObjective, OpenSlo, OpenWindow, Operator, Promise,
    RatioPart, RawKind, SliKind, Verbatim,
};

impl Thing for OpenSlo {
    const NOUN: Noun = Noun::OpenSlo;
    const BRIEF: &'static [&'static str] = &["step", "promise", "window"];

    fn product(&self) -> Option<&Name> {
        self.binding.as_ref().map(|binding| &binding.product)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("title", &self.title);
        said.one("description", &self.description);
        said.one("service", &self.service);
        if let Some(binding) = &self.binding {
            said.one("step", &binding.path);
            said.one("method", binding.method.as_str());
            let name = |kind| SliKind::NAMED.iter().find(|(_, k)| *k == kind).map(|(name, _)| *name);
            said.maybe("what it measures", binding.kind.and_then(name));
        }
        say_promise(&self.promise, &mut said);
        said.one("window", window(&self.window));
        for policy in &self.alert_policies {
            said.one(format!("alert policy {}", policy.name), alert(policy));
        }
        said
    }

    fn add_effects(change: &mut Change, before: &Self, after: &Self, _: &Sides<'_>) {
        change.trend = match (targets(&before.promise)[..].iter(), targets(&after.promise)) {
            (old, new) if old.len() != new.len() => None,
            (old, new) => trend(old.as_slice(), &new),
        };
        let [old, new] = [before, after].map(|slo| targets(&slo.promise));
        if let ([old], [new], Some(detail)) = (&old[..], &new[..], change.detail("promise"))
            && old != new
        {
            let [less, more] = [*old, *new].map(exact::of_thousand);
            let [before, after] = [*old, *new].map(|target| u128::from(target.allowed_bad_nanos()));
            let times = exact::times(before, after);
            detail.effects.push(format!("budget of 1,000: {less} may be bad -> {more}, {times}"));
        }
    }
}

fn targets(promise: &Promise) -> Vec<Target> {
    match promise {
        Promise::Plain { objectives, .. } => objectives.iter().map(|o| o.target).collect(),
        Promise::Composite(parts) => parts.iter().map(|part| part.objective.target).collect(),
    }
}

fn trend(old: &[Target], new: &[Target]) -> Option<Trend> {
    let any = |is: fn(&Target, &Target) -> bool| old.iter().zip(new).any(|(old, new)| is(old, new));
    match (any(|old, new| old < new), any(|old, new| old > new)) {
        (true, false) => Some(Trend::Stricter),
        (false, true) => Some(Trend::Looser),
        _ => None,
    }
}

fn say_promise(promise: &Promise, said: &mut Statements) {
    match promise {
        Promise::Plain { indicator, objectives } => {
            said.one("metric", metric(indicator));
            said.in_order("promise", objectives.iter().map(objective));
        }
        Promise::Composite(parts) => {
            let part = |indicator: &OpenIndicator, of: String| format!("{of} of {}", metric(indicator));
            let weighed =
                parts.iter().map(|p| format!("{}, weight {}", part(&p.indicator, objective(&p.objective)), p.weight));
            said.in_order("promise", weighed);
        }
    }
}

fn objective(objective: &OpenObjective) -> String {
    let title = if objective.title.is_empty() { String::new() } else { format!("{}: ", objective.title) };
    let comparison = objective.comparison.map(|c| format!(", good when {} {}", operator(c.operator), c.value));
    let of = match objective.budgeting {
        OpenBudgeting::Occurrences => String::new(),
        slices => format!(", of {}", open_share_of(slices)),
    };
    format!("{title}{}{}{of}", objective.target, comparison.unwrap_or_default())
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::AtMost => "at most",
        Operator::AtLeast => "at least",
        Operator::Below => "below",
        Operator::Above => "above",
    }
}

fn metric(indicator: &OpenIndicator) -> String {
    match indicator {
        OpenIndicator::Threshold(metric) => query(metric),
        OpenIndicator::Ratio { counter, part, total } => {
            let (what, part) = match part {
                RatioPart::Good(metric) => ("good", metric),
                RatioPart::Bad(metric) => ("bad", metric),
            };
            let counter = if *counter { ", both counters" } else { "" };
            format!("{what} {} of all {}{counter}", query(part), query(total))
        }
        OpenIndicator::Raw { kind: RawKind::Success, metric } => format!("share of good {}", query(metric)),
        OpenIndicator::Raw { kind: RawKind::Failure, metric } => format!("share of bad {}", query(metric)),
    }
}

fn query(metric: &Metric) -> String {
    let source = metric.source.as_ref().map(|source| format!(" of {source}")).unwrap_or_default();
    format!("{}{source}: {}", metric.source_type, verbatim(&metric.spec))
}

fn verbatim(value: &Verbatim) -> String {
    match value {
        Verbatim::Nothing => "nothing".to_owned(),
        Verbatim::Text(text) => text.clone(),
        Verbatim::List(values) => values.iter().map(verbatim).collect::<Vec<_>>().join(", "),
        Verbatim::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key} {}", verbatim(value)));
            entries.collect::<Vec<_>>().join(", ")
        }
    }
}

fn window(window: &OpenWindow) -> String {
    match window {
        OpenWindow::Rolling(duration) => duration.to_string(),
        OpenWindow::Calendar { length, start, time_zone } => format!("calendar {length} from {start} ({time_zone})"),
    }
}

fn alert(policy: &AlertPolicy) -> String {
    let condition = &policy.condition;
    let when = [
        (policy.when_breaching, "when it is breached"),
        (policy.when_resolved, "when it is over"),
        (policy.when_no_data, "without data"),
    ];
    let when: Vec<&str> = when.iter().filter(|(is, _)| *is).map(|(_, when)| *when).collect();
    format!(
        "{} {} {} over {}, after {}, {}; tells {} {}",
        condition.severity,
        condition.operator.map_or("burn rate", operator),
        condition.threshold,
        condition.lookback,
        condition.after,
        condition.name,
        list(policy.targets.iter().map(|target| format!("{} by {}", target.name, target.target))),
        when.join(" and ")
    )
}

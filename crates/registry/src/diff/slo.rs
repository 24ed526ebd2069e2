//! What is said of an SLO: what it promises of which step, and what another promise does to its budget and its alerts.

use super::compare::Thing;
use super::statements::Statements;
use super::{Change, ChangeKind, Detail, Noun, Sides, Trend, exact, tiers};
use crate::Registry;
use crate::terms::{own_terms, share_of};
use milepost_model::{Name, Target};
use milepost_slo::{Budgeting, SliType, Slo, Window};
use std::cmp::Ordering;

const SLICES: &str = "share of";

impl Thing for Slo {
    const NOUN: Noun = Noun::Slo;
    const BRIEF: &'static [&'static str] = &["step", "what it measures", "target", "window", "budget"];

    fn product(&self) -> Option<&Name> {
        Some(&self.product)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn title(&self) -> String {
        let is_named = self.title != self.name.as_str();
        if is_named {
            self.title.clone()
        } else {
            format!("{} of {}", self.indicator.sli.as_str(), self.indicator.path)
        }
    }

    fn statements(&self, _: &Registry) -> Statements {
        let indicator = &self.indicator;
        let mut said = Statements::default();
        said.one("title", &self.title);
        said.one("description", &self.description);
        said.one("step", &indicator.path);
        said.one("what it measures", indicator.sli);
        said.one("method", indicator.method.as_str());
        said.one("traffic class", &indicator.class);
        said.one("target", self.target);
        said.one("window", &self.window);
        said.one(SLICES, share_of(self.budgeting));
        said.one("budget", budget(self));
        said.one("events that count", own_terms(&indicator.valid.to_string(), indicator.sli));
        said.one("events that are good", own_terms(&indicator.good.to_string(), indicator.sli));
        tiers::say(&self.alerts, &mut said);
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        let [old, new] = [self, other].map(|slo| {
            let indicator = &slo.indicator;
            let terms = [&indicator.valid, &indicator.good].map(|e| own_terms(&e.to_string(), indicator.sli));
            let counted = (&indicator.path, indicator.method, &indicator.class, indicator.sli, terms);
            (counted, slo.target, &slo.window)
        });
        old == new
    }

    fn add_effects(change: &mut Change, before: &Self, after: &Self, sides: &Sides<'_>) {
        change.details.retain(|detail| detail.aspect != "budget");
        if before.indicator.sli.as_str() != after.indicator.sli.as_str() {
            let follows = |detail: &Detail| matches!(&*detail.aspect, "events that count" | "events that are good");
            change.details.retain(|detail| !follows(detail));
        }
        add_budget(change, before, after);
        add_slices(change, before, after);
        tiers::add_effects(change, before, after);
        add_history(change, before, after, sides);
        change.trend = trend(before, after);
    }
}

/// What is counted, several of it.
fn counted(slo: &Slo) -> &'static str {
    match slo.budgeting {
        Budgeting::Occurrences => of_events(slo),
        _ => "slices",
    }
}

fn of_events(slo: &Slo) -> &'static str {
    match slo.indicator.sli {
        SliType::Throughput(_) => "minutes",
        SliType::Latency(_) | SliType::Correctness => "successes",
        SliType::Coverage => "records",
        _ => "attempts",
    }
}

/// What the whole budget is spent by.
fn disaster(slo: &Slo) -> &'static str {
    match slo.indicator.sli {
        SliType::Availability => "of total outage",
        SliType::Latency(_) => "in which all are too slow",
        _ => "in which nothing is good",
    }
}

fn period(window: &Window) -> String {
    match window {
        Window::Rolling(duration) => exact::time(u128::from(duration.nanos())),
        Window::Calendar(..) => format!("the shortest period, {}", exact::time(u128::from(window.shortest().nanos()))),
    }
}

/// The budget of an SLO, in a sentence.
fn budget(slo: &Slo) -> String {
    format!(
        "{} of 1,000 {} may be bad; in {} that is as much as {} {}",
        exact::of_thousand(slo.target),
        counted(slo),
        period(&slo.window),
        exact::share_of(slo.window.shortest(), slo.target),
        disaster(slo)
    )
}

fn add_budget(change: &mut Change, before: &Slo, after: &Slo) {
    let [old, new] = [before, after].map(|slo| u128::from(slo.target.allowed_bad_nanos()));
    if let Some(detail) = change.detail("target") {
        let of = format!("of 1,000 {}", counted(after));
        let [less, more] = [before, after].map(|slo| exact::of_thousand(slo.target));
        detail.effects.push(format!("budget {of}: {less} may be bad -> {more}, {}", exact::times(old, new)));
    }
    let spent = |slo: &Slo| (slo.window.shortest(), slo.target);
    let aspect = if before.target == after.target { "window" } else { "target" };
    if spent(before) != spent(after)
        && let Some(detail) = change.detail(aspect)
    {
        detail.effects.push(in_time(before, after));
    }
    if let Some(detail) = change.detail("window") {
        let [old, new] = [before, after].map(|slo| comes_back(&slo.window));
        if old != new {
            detail.effects.push(format!("what is spent comes back {old} -> {new}"));
        }
    }
}

/// When what is spent of a budget can be spent again.
fn comes_back(window: &Window) -> String {
    match window {
        Window::Rolling(duration) => format!("{duration} after it was spent"),
        Window::Calendar(unit, _) => format!("all at once, when the next {} begins", unit.as_str()),
    }
}

/// Says what other slices, or none, do to the budget.
fn add_slices(change: &mut Change, before: &Slo, after: &Slo) {
    let Some(detail) = change.detail(SLICES) else { return };
    if let (Some(old), Some(new)) = (slice_target(before), slice_target(after))
        && old != new
    {
        let [less, more] = [old, new].map(exact::of_thousand);
        let said = format!("of 1,000 {} in a good slice {less} may be bad -> {more}", of_events(after));
        detail.effects.push(said);
    }
    let [old, new] = [before, after].map(|slo| (exact::of_thousand(slo.target), counted(slo)));
    if old.1 != new.1 {
        let said = format!("of 1,000 {} {} may be bad -> of 1,000 {} {}", old.1, old.0, new.1, new.0);
        detail.effects.push(said);
    }
    if trend_of_slices(before, after).is_none() {
        let so = "whether that promises more or less depends on how failures are spread over time";
        detail.effects.push(so.to_owned());
    }
}

fn slice_target(slo: &Slo) -> Option<Target> {
    match slo.budgeting {
        Budgeting::Timeslices { target, .. } => Some(target),
        _ => None,
    }
}

/// How the targets of slices compare, where nothing else of the slices differs.
fn trend_of_slices(before: &Slo, after: &Slo) -> Option<Ordering> {
    match (before.budgeting, after.budgeting) {
        (
            Budgeting::Timeslices { slice, target, no_data },
            Budgeting::Timeslices { slice: other_slice, target: other, no_data: other_data },
        ) if (slice, no_data) == (other_slice, other_data) => Some(target.cmp(&other)),
        (old, new) => (old == new).then_some(Ordering::Equal),
    }
}

/// The budget in time before and after.
fn in_time(before: &Slo, after: &Slo) -> String {
    let of = |slo: &Slo| exact::share_of(slo.window.shortest(), slo.target);
    let (old, new) = (period(&before.window), period(&after.window));
    let over = if old == new { format!("in {old}") } else { format!("in {old} before, in {new} now") };
    format!("{over}: {} -> {} {}", of(before), of(after), disaster(after))
}

/// Says whether what was counted so far still belongs to the SLO.
fn add_history(change: &mut Change, before: &Slo, after: &Slo, sides: &Sides<'_>) {
    let mut all = sides.before.slos.iter().zip(&sides.written.slos);
    let own = all.find(|(slo, _)| slo.product == before.product && slo.name == before.name);
    let Some((_, written)) = own else { return };
    let judges_otherwise = ["target", "window", SLICES].iter().any(|aspect| change.detail(aspect).is_some());
    let said = if written.indicator.id() == after.indicator.id() {
        if !judges_otherwise && change.kind == ChangeKind::Changed {
            return;
        }
        "what was counted so far is kept, and judged by what is promised now".to_owned()
    } else {
        let because = match () {
            () if before.indicator.outcomes != after.indicator.outcomes => ", since a status means something else",
            () if is_renamed(after, sides) => ", since the step has another name",
            () => "",
        };
        format!("it begins anew{because}: a new indicator, to which nothing belongs that was counted before")
    };
    change.details.push(Detail::new("history", None, Some(said)));
}

/// Whether the step, its objective or the product had another name.
fn is_renamed(slo: &Slo, sides: &Sides<'_>) -> bool {
    let product = Some(&slo.product);
    let path = &slo.indicator.path;
    let of = |noun, name: &Name| sides.renames.former(noun, product, name.as_str()).is_some();
    of(Noun::Step, &path.step)
        || path.objective.as_ref().is_some_and(|objective| of(Noun::Objective, objective))
        || of(Noun::Product, &slo.product)
}

/// Whether more or less is promised, where every part of the promise points one way.
fn trend(before: &Slo, after: &Slo) -> Option<Trend> {
    let is_comparable = before.indicator.sli.as_str() == after.indicator.sli.as_str()
        && before.indicator.class == after.indicator.class;
    let level = |slo: &Slo| match slo.indicator.sli {
        // A shorter time promises more.
        SliType::Latency(threshold) => u64::MAX - threshold.nanos(),
        SliType::Throughput(rate) => rate,
        _ => 0,
    };
    let slices = trend_of_slices(before, after);
    let orders =
        [before.target.cmp(&after.target), level(before).cmp(&level(after)), slices.unwrap_or(Ordering::Equal)];
    let is = |order: Ordering| {
        is_comparable && slices.is_some() && orders.contains(&order) && !orders.contains(&order.reverse())
    };
    match () {
        () if is(Ordering::Less) => Some(Trend::Stricter),
        () if is(Ordering::Greater) => Some(Trend::Looser),
        () => None,
    }
}

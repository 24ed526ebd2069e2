//! What each step promises: Milepost's own SLOs and those of OpenSLO documents, and the steps without any.

use super::of::{Of, Use};
use super::promise::{AlertsRecord, BudgetingRecord, WindowRecord};
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use crate::Promised;
use crate::terms::{in_words, open_share_of, own_terms, share_of};
use milepost_expr::Expr;
use milepost_model::{Criticality, Name, StepPath, Target};
use milepost_slo::open::{Binding, OpenBudgeting, OpenObjective, OpenSlo, Promise, SliKind};
use milepost_slo::{Budgeting, SliType, Slo};
use serde::Serialize;
use std::cmp::Reverse;

/// What a line of alerts means.
const ALERTS: &str = "An alert fires when such a share of the error budget is spent within the first of its times, and it goes on within the second.";

#[derive(Debug, Serialize)]
pub(super) struct Slos<'r> {
    slos: Vec<SloRecord<'r>>,
    steps_without_slos: Vec<StepRecord<'r>>,
    /// OpenSLO SLOs that are bound to no step, so that no product has them.
    unbound: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SloRecord<'r> {
    product: &'r str,
    name: String,
    title: &'r str,
    description: &'r str,
    /// The step, or the use of it: `objective/step`.
    step: String,
    format: Format,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The type with its threshold, such as `latency within 300ms`.
    promise: String,
    method: &'static str,
    class: Option<String>,
    targets: Vec<String>,
    window: WindowRecord,
    /// What the targets are shares of, each.
    budgeting: Vec<BudgetingRecord>,
    /// The events that count, as an expression; those of OpenSLO are queries of elsewhere.
    valid: Option<String>,
    /// Which of those are good.
    good: Option<String>,
    /// The burn alerts; OpenSLO has policies of its own.
    alerts: Option<AlertsRecord>,
    alert_policies: Vec<String>,
    budget_policy: Option<&'r str>,
    /// Which events are good, and of which, in words where there are some.
    #[serde(skip)]
    good_of: Option<[String; 2]>,
    /// The targets with what they are shares of, where that is not events.
    #[serde(skip)]
    promised: Cell,
    #[serde(skip)]
    path: &'r StepPath,
    #[serde(skip)]
    title_of_step: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Milepost,
    OpenSlo,
}

#[derive(Debug, Serialize)]
struct StepRecord<'r> {
    product: &'r str,
    step: &'r str,
    criticality: &'static str,
    #[serde(skip)]
    title: &'r str,
}

impl<'r> Slos<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let (mut slos, mut steps_without_slos) = (Vec::new(), Vec::new());
        for of in products {
            let of_product = records(of);
            steps_without_slos.extend(steps_without(of));
            slos.extend(of_product);
        }
        let open = products.first().map_or(&[][..], |of| &of.registry.open_slos[..]);
        let unbound = open.iter().filter(|slo| slo.binding.is_none()).map(|slo| slo.name.to_string()).collect();
        Self { slos, steps_without_slos, unbound }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let mut sheets = Vec::new();
        let slos: Vec<_> = self.slos.iter().filter(|slo| slo.product == product).collect();
        let without: Vec<_> = self.steps_without_slos.iter().filter(|step| step.product == product).collect();
        match slos.is_empty() {
            true => sheets.push(Sheet::of_note(
                "Nothing is promised yet: add a document of kind SLO for a step, the most important first.",
            )),
            false => sheets.push(promises(&slos)),
        }
        if !without.is_empty() {
            sheets.push(steps_without_sheet(&without));
        }
        if !self.unbound.is_empty() {
            let names = self.unbound.join(", ");
            sheets.push(Sheet::of_note(&format!(
                "OpenSLO documents of no step: {names}. Add the annotation milepost/step to each."
            )));
        }
        sheets
    }
}

fn promises(slos: &[&SloRecord<'_>]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("Step", ColumnKind::Words),
        ("SLO, type, method, class", ColumnKind::Words),
        ("Good, of what counts", ColumnKind::Prose),
        ("Target", ColumnKind::Words),
        ("Alerts", ColumnKind::Words),
    ]);
    for (at, slo) in slos.iter().enumerate() {
        let is_first = at == 0 || slos[at - 1].path != slo.path;
        let step = if is_first { Cell::line(Style::Strong, &slo.title_of_step) } else { Cell::default() };
        let of_other = (slo.format == Format::OpenSlo).then_some("OpenSLO, not evaluated yet");
        let how = slo.class.as_ref().map_or_else(|| slo.method.to_owned(), |class| format!("{}, {class}", slo.method));
        sheet.row(
            is_first,
            [
                step,
                named(slo).and(Style::Plain, [&slo.promise]).and(Style::Muted, [how]).and(Style::Muted, of_other),
                good_of(slo),
                slo.promised.clone().and(Style::Muted, [format!("over {}", slo.window)]),
                told(slo),
            ],
        );
    }
    if slos.iter().any(|slo| slo.alerts.as_ref().is_some_and(|alerts| !alerts.tiers.is_empty())) {
        sheet.note(ALERTS);
    }
    sheet
}

/// The name, and the title where there is another.
fn named(slo: &SloRecord<'_>) -> Cell {
    let title = if slo.title == slo.name { "" } else { slo.title };
    Cell::line(Style::Strong, title).and(Style::Code, [&slo.name])
}

/// A line for each tier, or policy of OpenSLO.
fn told(slo: &SloRecord<'_>) -> Cell {
    let Some(alerts) = &slo.alerts else { return Cell::lines(Style::Plain, &slo.alert_policies) };
    let none = if alerts.tiers.is_empty() { "none" } else { "" };
    let by_rate = if alerts.is_by_rate() { "by rate" } else { "" };
    Cell::lines(Style::Plain, alerts.tiers.iter().map(ToString::to_string)).and(Style::Muted, [none, by_rate])
}

/// Targets, and below each what it is a share of, where that is not events.
fn promised<'t>(targets: impl Iterator<Item = (&'t Target, Option<String>)>) -> Cell {
    targets.fold(Cell::default(), |cell, (target, share_of)| {
        cell.and(Style::Plain, [target.to_string()]).and(Style::Muted, share_of.map(|share| format!("of {share}")))
    })
}

fn good_of(slo: &SloRecord<'_>) -> Cell {
    match &slo.good_of {
        Some([good, valid]) => Cell::plain(good).and(Style::Muted, [format!("of {valid}")]),
        None => Cell::line(Style::Muted, "as its queries say"),
    }
}

fn steps_without_sheet(steps: &[&StepRecord<'_>]) -> Sheet {
    let columns = [("Step", ColumnKind::Words), ("Criticality", ColumnKind::Words)];
    let mut sheet = Sheet::new(&columns).titled("Steps without any SLO, the most important first");
    for step in steps {
        sheet.row(false, [Cell::plain(step.title), Cell::plain(step.criticality)]);
    }
    sheet.note("Add a document of kind SLO for each that matters.");
    sheet
}

fn records<'r>(of: &Of<'r>) -> Vec<SloRecord<'r>> {
    let mut records: Vec<SloRecord<'r>> = of.slos().map(|slo| own(of, slo)).collect();
    records.extend(of.open_slos().map(|(slo, binding)| open(of, slo, binding)));
    // In the order in which users take the steps.
    let uses = of.uses();
    let place = |record: &SloRecord<'_>| uses.iter().position(|used| record.path.covers(&used.path()));
    records.sort_by_cached_key(|record| (place(record), record.path.objective.is_none()));
    records
}

/// The steps with no SLO of their own or of a use, the most important first.
fn steps_without<'r>(of: &Of<'r>) -> Vec<StepRecord<'r>> {
    let criticality = of.criticality_by_step();
    let mut steps: Vec<_> = uncovered(of)
        .map(|step| {
            let level = criticality.get(&step.name).copied().unwrap_or(Criticality::None);
            (
                level,
                StepRecord {
                    product: of.name(),
                    step: step.name.as_str(),
                    criticality: level.as_str(),
                    title: &step.title,
                },
            )
        })
        .collect();
    steps.sort_by_key(|(level, _)| Reverse(*level));
    steps.into_iter().map(|(_, record)| record).collect()
}

/// The launched steps that promise nothing.
pub(super) fn uncovered<'r>(of: &Of<'r>) -> impl Iterator<Item = &'r milepost_model::Step> + use<'r> {
    let own = of.slos().map(|slo| &slo.indicator.path.step);
    let covered: std::collections::HashSet<&Name> =
        own.chain(of.open_slos().map(|(_, binding)| &binding.path.step)).collect();
    let live: std::collections::HashSet<&Name> =
        of.uses().into_iter().filter(Use::is_live).map(|used| &used.step.name).collect();
    of.steps().filter(move |step| live.contains(&step.name) && !covered.contains(&step.name))
}

fn own<'r>(of: &Of<'r>, slo: &'r Slo) -> SloRecord<'r> {
    let slices = (slo.budgeting != Budgeting::Occurrences).then(|| share_of(slo.budgeting));
    SloRecord {
        product: of.name(),
        name: slo.name.to_string(),
        title: &slo.title,
        description: &slo.description,
        step: slo.indicator.path.to_string(),
        format: Format::Milepost,
        kind: slo.indicator.sli.as_str(),
        promise: slo.indicator.sli.to_string(),
        method: slo.indicator.method.as_str(),
        class: Some(slo.indicator.class.to_string()),
        targets: vec![slo.target.to_string()],
        window: WindowRecord::of(&slo.window),
        budgeting: vec![BudgetingRecord::of(slo.budgeting)],
        valid: Some(slo.indicator.valid.to_string()),
        good: Some(slo.indicator.good.to_string()),
        good_of: Some([&slo.indicator.good, &slo.indicator.valid].map(|expression| told_terms(expression, slo))),
        alerts: Some(AlertsRecord::of(&slo.alerts)),
        alert_policies: Vec::new(),
        budget_policy: of.registry.budget_policy(slo.into()).map(|policy| policy.name.as_str()),
        promised: promised(std::iter::once((&slo.target, slices))),
        path: &slo.indicator.path,
        title_of_step: of.title_of(&slo.indicator.path),
    }
}

/// An expression beyond step, method and class: in words, or as it is written in files.
fn told_terms(expression: &Expr, slo: &Slo) -> String {
    let sli = slo.indicator.sli;
    let terms = own_terms(&expression.to_string(), sli);
    let told = in_words(&terms).map_or(terms, str::to_owned);
    match sli {
        SliType::Latency(threshold) => told.replace("the threshold", &threshold.to_string()),
        _ => told,
    }
}

fn open<'r>(of: &Of<'r>, slo: &'r OpenSlo, binding: &'r Binding) -> SloRecord<'r> {
    let named = |kind: SliKind| SliKind::NAMED.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| *name);
    let kind = binding.kind.map_or("", named);
    let targets: Vec<&OpenObjective> = match &slo.promise {
        Promise::Plain { objectives, .. } => objectives.iter().collect(),
        Promise::Composite(parts) => parts.iter().map(|part| &part.objective).collect(),
    };
    let slices = |objective: &OpenObjective| {
        (objective.budgeting != OpenBudgeting::Occurrences).then(|| open_share_of(objective.budgeting))
    };
    SloRecord {
        product: of.name(),
        name: slo.name.to_string(),
        title: &slo.title,
        description: &slo.description,
        step: binding.path.to_string(),
        format: Format::OpenSlo,
        kind,
        promise: kind.to_owned(),
        method: binding.method.as_str(),
        class: None,
        targets: targets.iter().map(|objective| objective.target.to_string()).collect(),
        window: WindowRecord::of_open(&slo.window),
        budgeting: targets.iter().map(|objective| BudgetingRecord::of_open(objective.budgeting)).collect(),
        valid: None,
        good: None,
        good_of: None,
        alerts: None,
        alert_policies: slo.alert_policies.iter().map(|policy| policy.name.to_string()).collect(),
        budget_policy: Promised::of_open(slo)
            .and_then(|slo| of.registry.budget_policy(slo))
            .map(|policy| policy.name.as_str()),
        promised: promised(targets.iter().map(|objective| (&objective.target, slices(objective)))),
        path: &binding.path,
        title_of_step: of.title_of(&binding.path),
    }
}

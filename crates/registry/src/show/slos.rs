//! What each step promises: Milepost's own SLOs and those of OpenSLO documents, and the steps without any.

use super::of::{Of, Use};
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use crate::terms::{in_words, own_terms};
use milepost_expr::Expr;
use milepost_model::{Criticality, Name, StepPath};
use milepost_slo::open::{Binding, OpenObjective, OpenSlo, OpenWindow, Promise, SliKind};
use milepost_slo::{AlertForm, AlertTier, Alerts, SliType, Slo, Urgency};
use serde::Serialize;
use std::cmp::Reverse;

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
    window: String,
    /// The events that count, as an expression; those of OpenSLO are queries of elsewhere.
    valid: Option<String>,
    /// Which of those are good.
    good: Option<String>,
    alerts: Vec<String>,
    budget_policy: Option<&'r str>,
    /// Which events are good, and of which, in words where there are some.
    #[serde(skip)]
    good_of: Option<[String; 2]>,
    /// The alerts in words, a line for each urgency.
    #[serde(skip)]
    told: Vec<String>,
    #[serde(skip)]
    path: &'r StepPath,
    #[serde(skip)]
    title: String,
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
        let step = if is_first { Cell::line(Style::Strong, &slo.title) } else { Cell::default() };
        let of_other = (slo.format == Format::OpenSlo).then_some("OpenSLO, not evaluated yet");
        let none = if slo.alerts.is_empty() { "none" } else { "" };
        let how = slo.class.as_ref().map_or_else(|| slo.method.to_owned(), |class| format!("{}, {class}", slo.method));
        sheet.row(
            is_first,
            [
                step,
                Cell::line(Style::Code, &slo.name)
                    .and(Style::Plain, [&slo.promise])
                    .and(Style::Muted, [how])
                    .and(Style::Muted, of_other),
                good_of(slo),
                Cell::lines(Style::Plain, &slo.targets).and(Style::Muted, [format!("over {}", slo.window)]),
                Cell::lines(Style::Plain, &slo.told).and(Style::Muted, [none]),
            ],
        );
    }
    sheet
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
    SloRecord {
        product: of.name(),
        name: slo.name.to_string(),
        step: slo.indicator.path.to_string(),
        format: Format::Milepost,
        kind: slo.indicator.sli.as_str(),
        promise: slo.indicator.sli.to_string(),
        method: slo.indicator.method.as_str(),
        class: Some(slo.indicator.class.to_string()),
        targets: vec![slo.target.to_string()],
        window: slo.window.to_string(),
        valid: Some(slo.indicator.valid.to_string()),
        good: Some(slo.indicator.good.to_string()),
        good_of: Some([&slo.indicator.good, &slo.indicator.valid].map(|expression| told_terms(expression, slo))),
        alerts: alerts(&slo.alerts),
        budget_policy: of.registry.budget_policy(slo).map(|policy| policy.name.as_str()),
        told: told(&slo.alerts),
        path: &slo.indicator.path,
        title: of.title_of(&slo.indicator.path),
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

/// What pages and what makes a ticket, by the time in which so much of the budget is spent: `page 1h, 6h`.
fn told(alerts: &Alerts) -> Vec<String> {
    let is_known = |tier: &AlertTier| AlertTier::DEFAULT.iter().any(|(_, known)| known == tier);
    let window = |tier: &AlertTier| match is_known(tier) {
        true => tier.long.to_string(),
        false => format!("{} in {}", tier.share, tier.long),
    };
    let mut lines = Vec::new();
    for urgency in Urgency::ALL {
        let windows: Vec<String> = alerts.tiers.iter().filter(|tier| tier.urgency == urgency).map(window).collect();
        if !windows.is_empty() {
            let by_rate = if alerts.form == AlertForm::Rate { " by rate" } else { "" };
            lines.push(format!("{} {}{by_rate}", urgency.as_str(), windows.join(", ")));
        }
    }
    lines
}

/// The tiers by their names, others by what they say.
fn alerts(alerts: &Alerts) -> Vec<String> {
    let name = |tier: &AlertTier| {
        let known = AlertTier::DEFAULT.iter().find(|(_, known)| known == tier).map(|(name, _)| (*name).to_owned());
        known.unwrap_or_else(|| format!("{} at {} in {}", tier.urgency.as_str(), tier.share, tier.long))
    };
    let mut names: Vec<String> = alerts.tiers.iter().map(name).collect();
    if alerts.form == AlertForm::Rate && !names.is_empty() {
        names.push("by rate".to_owned());
    }
    names
}

fn open<'r>(of: &Of<'r>, slo: &'r OpenSlo, binding: &'r Binding) -> SloRecord<'r> {
    let named = |kind: SliKind| SliKind::NAMED.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| *name);
    let kind = binding.kind.map_or("", named);
    let targets: Vec<&OpenObjective> = match &slo.promise {
        Promise::Plain { objectives, .. } => objectives.iter().collect(),
        Promise::Composite(parts) => parts.iter().map(|part| &part.objective).collect(),
    };
    SloRecord {
        product: of.name(),
        name: slo.name.to_string(),
        step: binding.path.to_string(),
        format: Format::OpenSlo,
        kind,
        promise: kind.to_owned(),
        method: binding.method.as_str(),
        class: None,
        targets: targets.iter().map(|objective| objective.target.to_string()).collect(),
        window: window(&slo.window),
        valid: None,
        good: None,
        good_of: None,
        alerts: slo.alert_policies.iter().map(|policy| policy.name.to_string()).collect(),
        budget_policy: None,
        told: slo.alert_policies.iter().map(|policy| policy.name.to_string()).collect(),
        path: &binding.path,
        title: of.title_of(&binding.path),
    }
}

fn window(window: &OpenWindow) -> String {
    match window {
        OpenWindow::Rolling(duration) => duration.to_string(),
        OpenWindow::Calendar { length, time_zone, .. } => format!("calendar {length} ({time_zone})"),
    }
}

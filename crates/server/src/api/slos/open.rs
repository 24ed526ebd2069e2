//! Objectives of OpenSLO documents among SLOs: the same noun, counted from another source.

use super::{SloItem, alerts, short_history};
use crate::api::ask::Ask;
use crate::api::body::interval;
use crate::api::span::Span;
use crate::counts::Imported;
use crate::evaluate::OpenStanding;
use crate::prometheus::{OpenJudged, judged};
use milepost_model::Minute;
use milepost_slo::open::{OpenBudgeting, OpenWindow, SliKind};
use milepost_slo::{Doubt, Fraction, Period, Quality, SloState, minutes_of};

/// The objectives of OpenSLO documents that are bound to steps of a product, with their places among all of the registry.
pub(super) fn of_product<'r>(ask: &'r Ask<'_>, product: &milepost_model::Name) -> Vec<(usize, OpenJudged<'r>)> {
    let all = judged(ask.registry(), &ask.shared.settings.sources).into_iter().enumerate();
    all.filter(|(_, judged)| judged.is_of(product)).collect()
}

/// One of them over its window so far.
pub(super) fn item(ask: &Ask<'_>, place: usize, judged: &OpenJudged<'_>) -> Option<SloItem> {
    let binding = judged.binding()?;
    let board = ask.shared.board();
    let is_of_version = board.at.is_some() && board.version == ask.version.number;
    let standing = board.open.get(place).and_then(Option::as_ref).filter(|_| is_of_version);
    let query = judged.query.as_ref().ok();
    let imported = query.and_then(|query| ask.shared.counts().imported.get(&query.id).copied());
    let window = span(&judged.slo.window, standing.map_or(ask.now.minute(), |standing| standing.last));
    if let Some(window) = window {
        ask.note_counted(window);
    }
    let counts = standing.map(|standing| standing.budget.counts).unwrap_or_default();
    let first = standing.filter(|standing| standing.budget.counts.valid > 0).map(|standing| standing.first);
    let first = first.zip(window).map(|(first, window)| first.max(window.from));
    let (state, reason) = state(ask, judged, standing, imported);
    let [valid_when, good_when] = judged.expressions();
    let target = judged.objective.target;
    Some(SloItem {
        product: binding.product.to_string(),
        name: judged.name.clone(),
        title: title(judged),
        step: binding.path.step.to_string(),
        objective: binding.path.objective.as_ref().map(ToString::to_string),
        method: binding.method.as_str(),
        class: "any".to_owned(),
        source: "prometheus",
        sli: SliKind::NAMED
            .iter()
            .find(|(_, kind)| Some(*kind) == binding.kind)
            .map_or("unspecified", |(name, _)| name),
        threshold_ms: None,
        target: target.to_string(),
        window: judged.slo.window.to_string(),
        window_so_far: window.map(Span::body),
        unit: unit(judged),
        indicator: query.map(|query| query.id.clone()).unwrap_or_default(),
        valid: counts.valid,
        good: counts.good,
        ratio: counts.ratio(),
        interval: interval(counts),
        budget_spent: standing.and_then(|standing| standing.budget.spent()).map(Fraction::to_f64),
        allowed_bad: standing.map_or(0.0, |standing| standing.budget.allowed().to_f64()),
        budget_is_estimate: standing.is_some_and(|standing| standing.budget.total.is_estimate()),
        recorded: None,
        maintenances: Vec::new(),
        silent_since: None,
        policy: None,
        counted_since: first.map(|first| first.start().to_string()),
        backfilled_until: imported.map(|imported| Minute::new(imported.backfilled).start().to_string()),
        history: first.zip(window).and_then(|(first, window)| short_history(first, window)),
        alerts: standing
            .map(|standing| alerts(&judged.alerts, target, &standing.alerts, &standing.burn))
            .unwrap_or_default(),
        alerts_unjudged: judged.unjudged.clone(),
        alerts_frozen_since: standing.and_then(|standing| standing.alerts.frozen_since()).map(|at| at.to_string()),
        state,
        reason,
        valid_when,
        good_when,
    })
}

fn title(judged: &OpenJudged<'_>) -> String {
    match judged.objective.title.as_str() {
        "" => judged.slo.title.clone(),
        objective => format!("{}: {objective}", judged.slo.title),
    }
}

fn unit(judged: &OpenJudged<'_>) -> &'static str {
    match (judged.objective.budgeting, &judged.query) {
        (OpenBudgeting::Timeslices { .. }, _) => "slices",
        (OpenBudgeting::RatioTimeslices { .. }, _) => "billionths of slices",
        (OpenBudgeting::Occurrences, Ok(query)) => query.asked.unit(),
        (OpenBudgeting::Occurrences, Err(_)) => "events",
    }
}

/// The minutes of a window up to one, with it; `None` of a calendar that there is not.
fn span(window: &OpenWindow, last: Minute) -> Option<Span> {
    let from = match window {
        OpenWindow::Rolling(length) => Period::trailing(minutes_of(*length), last).start,
        OpenWindow::Calendar { .. } => window.calendar()?.ok()?.period(last).start,
    };
    Some(Span { from, to: Minute::new(last.number() + 1) })
}

fn state(
    ask: &Ask<'_>,
    judged: &OpenJudged<'_>,
    standing: Option<&OpenStanding>,
    imported: Option<Imported>,
) -> (&'static str, Option<String>) {
    let unknown = |reason: String| ("unknown", Some(reason));
    let query = match &judged.query {
        Ok(query) => query,
        Err(why) => return unknown(format!("not measured: {why}")),
    };
    let error = ask.shared.imports().get(&query.id).and_then(|note| note.error.clone());
    let (Some(standing), Some(imported)) = (standing, imported) else {
        return unknown(error.unwrap_or_else(|| "its history is being imported".to_owned()));
    };
    if imported.through < imported.backfilled {
        let through = Minute::new(imported.through).start();
        return unknown(error.unwrap_or_else(|| format!("its history is being imported: up to {through}")));
    }
    if !standing.is_alive {
        let since = Minute::new(imported.through).start();
        return unknown(error.unwrap_or_else(|| format!("its source has told of no minute since {since}")));
    }
    let (counts, target) = (standing.budget.counts, judged.objective.target);
    let method = judged.binding().map(|binding| binding.method).unwrap_or_default();
    match SloState::of(target, counts, &Quality::unmeasured(method)) {
        SloState::Met => ("good", None),
        SloState::Missed => {
            ("bad", Some(format!("{} of {} are not good: more than {target} allows", counts.bad(), counts.valid)))
        }
        SloState::Unknown(Doubt::NoData) => {
            ("no-data", Some("its queries gave nothing to count in the window so far".to_owned()))
        }
        SloState::Unknown(doubt) => unknown(doubt.to_string()),
    }
}

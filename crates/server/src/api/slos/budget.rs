//! `/products/{product}/slos/{slo}/budget`: what spent the error budget of an SLO, in parts that sum to the whole exactly.

mod parts;

use super::about::About;
use super::{wanted, window};
use crate::api::ask::{AsOf, Ask};
use crate::api::csv::Table;
use crate::api::problem::Problem;
use crate::api::reply::Reply;
use crate::api::span::Span;
use crate::counts::{Resolution, SeriesKey};
use crate::evaluate::Standing;
use milepost_model::Minute;
use milepost_slo::{
    Cause, Cells, Counting, Counts, Exclusions, Explanation, Fraction, IndicatorIndex, Maintenance, Period, Recorded,
};
use milepost_store::{Lsn, SeriesId};
use parts::PartBody;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What spent an error budget. Of the parts `by` time, operation, error type and cause those of each sum to `spent`; those by maintenance to
/// `recorded` less `spent`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SloBudget)]
pub(crate) struct BudgetBody {
    product: String,
    slo: String,
    target: String,
    window: String,
    /// What is counted: `events`, `minutes`, `slices`, or billionths of slices.
    unit: &'static str,
    /// The error budget of a whole window, in units.
    allowed_bad: f64,
    /// Bad units as they were recorded.
    recorded: u64,
    /// Bad units that hold: without what maintenance takes out.
    spent: u64,
    /// The share of that error budget that they are.
    budget_spent: Option<f64>,
    /// Why nothing is explained.
    reason: Option<String>,
    /// What it is made of, the largest first; those by time in order.
    parts: Vec<PartBody>,
}

const TABLE: Table = Table::Each(
    "parts",
    &[
        "product",
        "slo",
        "unit",
        "spent",
        "parts.by",
        "parts.kind",
        "parts.from",
        "parts.to",
        "parts.operation",
        "parts.error_type",
        "parts.maintenance",
        "parts.bad",
        "parts.budget_spent",
        "parts.summed",
    ],
);

pub(crate) fn budget(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let listed = wanted(ask)?;
    let board = ask.shared.board();
    let standing = listed.standing(ask, &board);
    let Some(about) = listed.about(ask.registry()) else {
        return Err(Problem::Internal("an SLO without a step".to_owned()));
    };
    let asked = asked(ask)?;
    let mut body = BudgetBody {
        product: about.of.product.to_string(),
        slo: about.name.clone(),
        target: about.target.to_string(),
        window: about.window.clone(),
        unit: about.unit,
        allowed_bad: standing.map_or(0.0, |standing| standing.budget.allowed().to_f64()),
        recorded: 0,
        spent: 0,
        budget_spent: None,
        reason: None,
        parts: Vec::new(),
    };
    let (Some(standing), Some((_, counting)), Some(whole)) =
        (standing, &about.counted, standing.and_then(|standing| window(&about, standing.last)))
    else {
        body.reason = listed.state(ask, standing, None).1;
        return ask.object(AsOf { lsn: board.lsn, span: None }, body, TABLE);
    };
    // Nothing is known of what comes after the windows.
    let span = asked.map_or(whole, |asked| Span { from: asked.from.min(whole.to), to: asked.to.min(whole.to) });
    let maintenances: Vec<&Maintenance> =
        ask.registry().maintenances_of(about.of).filter(|maintenance| maintenance.is_excluded).collect();
    let (lsn, found) = explain(ask, (&about, counting), (span, standing), &maintenances)?;
    body.recorded = found.recorded;
    body.spent = found.spent;
    body.budget_spent = standing.budget.share_of(found.spent).map(Fraction::to_f64);
    body.parts = parts::of(&found, &maintenances, standing.budget);
    ask.object(AsOf { lsn, span: Some(span) }, body, TABLE)
}

/// The time that is asked for; nothing where the whole window is.
fn asked(ask: &Ask<'_>) -> Result<Option<Span>, Problem> {
    const DEFAULT_MINUTES: i64 = 24 * 60;
    let is_asked = ["from", "to"].iter().any(|name| ask.parameter(name).is_some());
    is_asked.then(|| ask.span(DEFAULT_MINUTES)).transpose()
}

fn explain(
    ask: &Ask<'_>,
    (about, counting): (&About<'_>, &Counting),
    (span, standing): (Span, &Standing),
    maintenances: &[&Maintenance],
) -> Result<(Lsn, Explanation), Problem> {
    let period = Period::new(span.from, span.to);
    let seen = Period::new(standing.first, Minute::new(standing.last.number() + 1));
    // The last slice may go on after the period.
    let last = Minute::new(period.end.number() - 1);
    let read = Period::new(period.start, counting.slice(last).end.min(seen.end));
    let (lsn, spent) = read_minutes(ask, about, read)?;
    let corrections: Vec<Exclusions> =
        maintenances.iter().map(|maintenance| Exclusions::of([&maintenance.correction], read)).collect();
    let source = Recorded(&spent.minutes);
    let found = Explanation::of((&source, &spent), (IndicatorIndex(0), counting), &corrections, period, seen);
    Ok((lsn, found))
}

/// What was counted, and what of it was bad by what.
#[derive(Debug, Default)]
struct Spent {
    minutes: BTreeMap<Minute, Counts>,
    cells: BTreeMap<Minute, Vec<(Cause, u64)>>,
}

impl Cells for Spent {
    fn cells(&self, minute: Minute) -> Vec<(Cause, u64)> {
        self.cells.get(&minute).cloned().unwrap_or_default()
    }
}

fn read_minutes(ask: &Ask<'_>, about: &About<'_>, period: Period) -> Result<(Lsn, Spent), Problem> {
    let causes: Vec<SeriesId> = ask.index.of(ask.shared).causes(&about.indicator).to_vec();
    let (answer, lsn, keys) = {
        let counts = ask.shared.counts();
        let own = counts.series.find(&about.series.text());
        let series: Vec<SeriesId> = own.into_iter().chain(causes).collect();
        let key = |id: &SeriesId| counts.series.key(*id).and_then(SeriesKey::parse);
        let keys: Vec<Option<SeriesKey>> = series.iter().map(key).collect();
        let (answer, lsn) = ask.counted(&counts, &series, period.start..period.end, Resolution::Minute)?;
        (answer, lsn, keys)
    };
    let mut spent = Spent::default();
    for (key, parts) in keys.into_iter().zip(ask.parts(answer)?) {
        let cause = cause(key);
        for part in parts {
            let [first, second, ..] = part.cell;
            match &cause {
                Some(cause) => spent.cells.entry(part.start).or_default().push((cause.clone(), first)),
                None => spent.minutes.entry(part.start).or_default().add(Counts { valid: first, good: second }),
            }
        }
    }
    Ok((lsn, spent))
}

/// The cause that a series counts; `None` of the indicator's own.
fn cause(key: Option<SeriesKey>) -> Option<Cause> {
    let Some(SeriesKey::Cause { operation, error_type, .. }) = key else { return None };
    let told = |text: String| Some(text).filter(|text| !text.is_empty());
    Some(Cause::Named { operation: told(operation), error_type: told(error_type) })
}

//! `/products/{product}/slos/{slo}/backtest`: what alerts and budget would have been on what was counted, as the SLO is and as it might be.
//!
//! By `milepost_slo::backtest`, as the command of that name; but from counts by minute, so that what is counted cannot be changed, and each attempt is
//! taken as known in the minute in which it began.

mod told;

use super::{Listed, wanted};
use crate::api::ask::{AsOf, Ask};
use crate::api::csv::Table;
use crate::api::problem::Problem;
use crate::api::reply::Reply;
use crate::api::span::{Span, SpanBody};
use crate::counts::{INDICATOR, SeriesKey};
use milepost_model::{DurationNs, Minute};
use milepost_slo::backtest::{Change, ChangeError, Column, History, Past, Replay};
use milepost_slo::{CalendarUnit, Method, Period, Slo, Subject, Terms, Window, minutes_of};
use milepost_store::Lsn;
use serde::Serialize;
use told::ColumnBody;
use utoipa::ToSchema;

/// What an SLO would have done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SloBacktest)]
pub(crate) struct BacktestBody {
    product: String,
    slo: String,
    step: String,
    /// What was gone through: the time that is told of, and before it what its windows look back at, as far as there is any.
    recorded: Option<SpanBody>,
    /// Why nothing was gone through.
    reason: Option<String>,
    /// The SLO as it is, then with the change where one is asked for.
    columns: Vec<ColumnBody>,
}

const TABLE: Table = Table::Each(
    "columns",
    &[
        "product",
        "slo",
        "covered.from",
        "covered.to",
        "columns.name",
        "columns.target",
        "columns.window",
        "columns.valid",
        "columns.bad",
        "columns.pages.count",
        "columns.pages.minutes",
        "columns.pages.median_delay_minutes",
        "columns.tickets.count",
        "columns.tickets.minutes",
        "columns.tickets.median_delay_minutes",
        "columns.frozen_minutes",
        "columns.budget.spent_at_end",
        "columns.budget.worst_spent",
        "columns.budget.worst_at",
    ],
);

/// What is told of where no time is asked for.
const DEFAULT_MINUTES: i64 = 28 * DAY_MINUTES;
/// The longest that is told of: with the windows before it half a million minutes at most, which take a second or two. The command has no such bound.
const MOST_MINUTES: i64 = 100 * DAY_MINUTES;
/// The furthest that is read back for windows: as long as counts by minute are kept.
const FURTHEST_MINUTES: i64 = 400 * DAY_MINUTES;
const DAY_MINUTES: i64 = 24 * 60;

pub(crate) fn backtest(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let listed = wanted(ask)?;
    let span = ask.span(DEFAULT_MINUTES)?;
    if span.minutes() > MOST_MINUTES {
        let from = ask.parameter("from").unwrap_or_default();
        let right = "at most 100 days are gone through at once; `milepost backtest --data` goes through all";
        return Err(Problem::bad("from", from, right));
    }
    let slo = match &listed {
        Listed::Own(_, slo) => *slo,
        Listed::Open(_, judged) => return unreplayed(ask, judged.name.clone()),
    };
    let change = change(ask, slo)?;
    let changed = change.of(slo).map_err(|error| refused(ask, &error))?;
    let mut slos = vec![("now", slo)];
    if !change.is_none() {
        slos.push(("changed", &changed));
    }
    let mut body = BacktestBody {
        product: slo.product.to_string(),
        slo: slo.name.to_string(),
        step: slo.indicator.path.step.to_string(),
        recorded: None,
        reason: None,
        columns: Vec::new(),
    };
    let (lsn, history) = history(ask, slo, longest(&slos), span)?;
    let period = |all: Period| Period::new(span.from.max(all.start), span.to.min(all.end));
    let Some((all, period)) = history.period().map(|all| (all, period(all))).filter(|(_, period)| period.minutes() > 0)
    else {
        body.reason = Some(match slo.indicator.method {
            Method::Service => "nothing was counted of it in this time".to_owned(),
            method => format!("{} measurements are not read yet", method.as_str()),
        });
        return ask.object(AsOf { lsn, span: Some(span) }, body, TABLE);
    };
    let mut columns = Vec::new();
    for (_, slo) in &slos {
        let subject = Subject::new(&Terms::of(slo), INDICATOR, all.start).map_err(|error| Problem::internal(&error))?;
        let maintenances = ask.registry().maintenances_of((*slo).into());
        columns.push(Column::new(subject).maintained(maintenances, &history));
    }
    let replayed = Replay { history: &history, period, past: Past::None }.run(&columns);
    body.recorded = Some(Span { from: all.start, to: all.end }.body());
    body.columns =
        slos.iter().zip(&replayed).map(|((name, slo), replayed)| ColumnBody::new(name, slo, replayed)).collect();
    let covered = Span { from: period.start, to: period.end };
    ask.object(AsOf { lsn, span: Some(covered) }, body, TABLE)
}

/// What is said of an objective of an OpenSLO document.
fn unreplayed(ask: &Ask<'_>, name: String) -> Result<Reply, Problem> {
    let body = BacktestBody {
        product: ask.product()?.name.to_string(),
        slo: name,
        step: String::new(),
        recorded: None,
        reason: Some("a Prometheus counts it, and attempts alone are gone through".to_owned()),
        columns: Vec::new(),
    };
    ask.object(ask.as_of(), body, TABLE)
}

fn change(ask: &Ask<'_>, slo: &Slo) -> Result<Change, Problem> {
    let target = ask.parameter("target").map(|text| {
        text.parse().map_err(|error: milepost_model::TargetError| Problem::bad("target", text, error.to_string()))
    });
    let window = ask.parameter("window").map(|text| {
        let right =
            "write days such as `28d`, at most 731d in whole minutes, or `day`, `week`, `month`, `quarter` or `year`";
        window(text, slo).ok_or_else(|| Problem::bad("window", text, right))
    });
    let tiers = ask.parameter("alerts").map(|text| match text {
        "none" => Vec::new(),
        names => names.split(',').map(|name| name.trim().to_owned()).collect(),
    });
    Ok(Change { target: target.transpose()?, window: window.transpose()?, tiers })
}

fn window(text: &str, slo: &Slo) -> Option<Window> {
    if let Some(unit) = CalendarUnit::ALL.into_iter().find(|unit| unit.as_str() == text) {
        let zone = match &slo.window {
            Window::Calendar(_, zone) => zone.clone(),
            Window::Rolling(_) => "UTC".to_owned(),
        };
        return Some(Window::Calendar(unit, zone));
    }
    Window::rolling(text.parse::<DurationNs>().ok()?)
}

fn refused(ask: &Ask<'_>, error: &ChangeError) -> Problem {
    Problem::bad("alerts", ask.parameter("alerts").unwrap_or_default(), error.to_string())
}

/// How far the windows of some SLOs look back. A calendar's trailing window is longer than its shortest period.
fn longest(slos: &[(&str, &Slo)]) -> i64 {
    let longest = slos.iter().map(|(_, slo)| 2 * minutes_of(slo.window.shortest())).max().unwrap_or(0);
    i64::try_from(longest).unwrap_or(i64::MAX).min(FURTHEST_MINUTES)
}

fn history(ask: &Ask<'_>, slo: &Slo, back: i64, span: Span) -> Result<(Lsn, History), Problem> {
    let key = SeriesKey::Indicator(slo.indicator.id().to_string());
    let read = Span { from: Minute::new(span.from.number() - back), to: span.to };
    let (recollection, lsn) = {
        let counts = ask.shared.counts();
        let series = counts.series.find(&key.text());
        (series.map(|series| counts.recollect(series, read.range())), counts.lsn)
    };
    let Some(recollection) = recollection else { return Ok((lsn, History::default())) };
    ask.note_counted(read);
    let (history, lost) =
        recollection.complete(&ask.shared.directory.minutes()).map_err(|error| Problem::internal(&error))?;
    ask.shared.health.note_lost(&lost);
    Ok((lsn, history))
}

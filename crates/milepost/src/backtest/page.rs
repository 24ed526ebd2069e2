//! The page of a backtest: what it would have done, the alerts one by one, and what was truly wrong.

use super::model::{ColumnTold, EpisodeTold, Told, TruthTold};
use crate::span::{length, percent};
use milepost_registry::show::{Cell, ColumnKind, Page, Sheet, Style};
use milepost_slo::Urgency;

/// Most alerts in a table: more are for programs.
const MOST_ALERTS: usize = 60;

/// The page.
pub(crate) fn page(told: &Told) -> Page {
    let mut sheets = vec![summary(told)];
    sheets.extend(truths(told));
    sheets.push(alerts(told));
    Page::new(&format!("{}/{}", told.product, told.slo), "backtest", sheets)
}

/// Whether more of it is worse, which decides how a difference is set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    IsWorse,
    IsEither,
}

fn summary(told: &Told) -> Sheet {
    let mut headings = vec![("", ColumnKind::Words)];
    headings.extend(told.columns.iter().map(|column| (column.name.as_str(), ColumnKind::Words)));
    if told.difference.is_some() {
        headings.push(("difference", ColumnKind::Words));
    }
    let mut sheet = Sheet::new(&headings).titled(&format!("{} to {}, {}", told.from, told.to, length(told.minutes)));
    let mut text = |title: &str, of: &dyn Fn(&ColumnTold) -> String| {
        let mut cells = vec![Cell::line(Style::Muted, title)];
        let values: Vec<String> = told.columns.iter().map(of).collect();
        let differs = values.windows(2).any(|pair| pair[0] != pair[1]);
        cells.extend(values.iter().map(|value| Cell::plain(value)));
        if told.difference.is_some() {
            cells.push(if differs { Cell::line(Style::Muted, "changed") } else { Cell::default() });
        }
        sheet.row(false, cells);
    };
    text("what is counted", &|column| column.sli.clone());
    text("target", &|column| format!("{} over {}", column.target, column.window));
    text("bad of all", &|column| format!("{} of {}", column.bad, column.valid));
    loads(told, &mut sheet);
    budgets(told, &mut sheet);
    if told.columns.iter().any(|column| column.truth.is_some()) {
        let needless = |of: fn(&TruthTold) -> usize| {
            move |column: &ColumnTold| column.truth.as_ref().map(|truth| of(truth) as u64)
        };
        number(told, &mut sheet, ("pages for nothing", More::IsWorse), &needless(|truth| truth.needless_pages));
        number(
            told,
            &mut sheet,
            ("not paged for", More::IsWorse),
            &needless(|truth| truth.found.iter().filter(|found| found.page_late_minutes.is_none()).count()),
        );
    }
    notes(told, &mut sheet);
    sheet
}

/// A row of numbers, with their difference.
fn number(told: &Told, sheet: &mut Sheet, (title, more): (&str, More), of: &dyn Fn(&ColumnTold) -> Option<u64>) {
    row(told, sheet, (title, more), of, &|value| value.to_string());
}

fn row(
    told: &Told,
    sheet: &mut Sheet,
    (title, more): (&str, More),
    of: &dyn Fn(&ColumnTold) -> Option<u64>,
    shown: &dyn Fn(u64) -> String,
) {
    let values: Vec<Option<u64>> = told.columns.iter().map(of).collect();
    let mut cells = vec![Cell::line(Style::Muted, title)];
    cells.extend(values.iter().map(|value| Cell::plain(&value.map_or_else(|| "-".to_owned(), shown))));
    if let [Some(now), Some(change)] = values[..] {
        let sign = if change < now { "-" } else { "+" };
        let style = match (more, change.cmp(&now)) {
            (More::IsWorse, std::cmp::Ordering::Less) => Style::Good,
            (More::IsWorse, std::cmp::Ordering::Greater) => Style::Attention,
            _ => Style::Plain,
        };
        let text = if now == change { "same".to_owned() } else { format!("{sign}{}", shown(now.abs_diff(change))) };
        cells.push(Cell::line(style, &text));
    } else if told.difference.is_some() {
        cells.push(Cell::default());
    }
    sheet.row(false, cells);
}

fn loads(told: &Told, sheet: &mut Sheet) {
    for (what, urgency) in [("pages", Urgency::Page), ("tickets", Urgency::Ticket)] {
        let load = |column: &ColumnTold| *column.load(urgency);
        number(told, sheet, (what, More::IsWorse), &|column| Some(load(column).count as u64));
        if told.columns.iter().all(|column| load(column).count == 0) {
            continue;
        }
        if told.columns.iter().all(|column| load(column).per_week.is_some()) {
            // In tenths.
            let per_week = |column: &ColumnTold| {
                load(column).per_week.map(|rate| {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a small rate, shown to a tenth"
                    )]
                    let tenths = (rate * 10.0).round() as u64;
                    tenths
                })
            };
            let shown = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
            row(told, sheet, ("  a week", More::IsWorse), &per_week, &shown);
        }
        row(told, sheet, ("  going on for", More::IsEither), &|column| Some(load(column).minutes), &length);
        let are_several = told.columns.iter().any(|column| load(column).count > 1);
        if are_several {
            row(told, sheet, ("  the longest", More::IsEither), &|column| Some(load(column).longest_minutes), &length);
        }
        let delay = |column: &ColumnTold| load(column).median_delay_minutes;
        let title = if are_several { "  after the burn began, median" } else { "  after the burn began" };
        row(told, sheet, (title, More::IsWorse), &delay, &length);
        if are_several {
            let longest = |column: &ColumnTold| load(column).longest_delay_minutes;
            row(told, sheet, ("  at most", More::IsWorse), &longest, &length);
        }
    }
}

fn budgets(told: &Told, sheet: &mut Sheet) {
    let mut budget = |title: &str, of: &dyn Fn(&ColumnTold) -> String| {
        let mut cells = vec![Cell::line(Style::Muted, title)];
        cells.extend(told.columns.iter().map(|column| Cell::plain(&of(column))));
        if told.difference.is_some() {
            cells.push(Cell::default());
        }
        sheet.row(false, cells);
    };
    budget("budget spent at the end", &|column| column.budget.end.map_or_else(|| "no data".to_owned(), percent));
    budget("budget spent at worst", &|column| match (column.budget.worst, &column.budget.worst_at) {
        (Some(worst), Some(at)) => format!("{} at {at}", percent(worst)),
        _ => "no data".to_owned(),
    });
}

fn notes(told: &Told, sheet: &mut Sheet) {
    let basis = &told.basis;
    sheet.note(&format!("Recorded are {} to {}, {}.", basis.from, basis.to, length(basis.minutes)));
    if basis.is_imported {
        let when = match basis.by_event_time {
            0 => "once it has been over for 90 seconds, as live",
            _ => "in that minute itself; live, alerts come about two minutes later",
        };
        sheet.note(&format!("A Prometheus counted; what a minute had is known {when}. While counts were imported its source is taken to have told of each minute."));
    } else if basis.by_event_time > 0 {
        let how = match (basis.by_receipt, basis.hours_from_minute_log) {
            (0, 0) => "Nothing tells when attempts were received: they are taken as known in the minute in which they began. Live, alerts come later by as much as telemetry does.".to_owned(),
            (_, 0) => format!("Of {} attempts nothing tells when they were received: they are taken as known in the minute in which they began.", basis.by_event_time),
            (_, hours) => format!("Facts of {hours} hours are gone, and the minute log stands in for them: {} attempts are taken as known in the minute in which they began.", basis.by_event_time),
        };
        sheet.note(&how);
    } else if basis.is_stored {
        sheet.note("Attempts are known from the minute in which they were received.");
    }
    if basis.is_past_quiet {
        sheet.note("Before that, all is taken to have been well, at the mean traffic of what is recorded; `--past none` is a server that began with it.");
    } else if told.columns.iter().any(|column| column.is_estimate) {
        sheet.note("That is less than the window: the budget is that of the recorded traffic scaled up, from a day at least. In the first day it is too small, so that alerts come earlier than they would later. `--past quiet` takes it that the time before was well.");
    }
    if let Some(frozen) = told.columns.iter().map(|column| column.frozen_minutes).max().filter(|minutes| *minutes > 0) {
        sheet.note(&format!(
            "In {} of it nothing was received for two minutes: nothing fires or resolves then.",
            length(frozen)
        ));
    }
    let most = |of: fn(&ColumnTold) -> u64| told.columns.iter().map(of).max().filter(|minutes| *minutes > 0);
    if let Some(excluded) = most(|column| column.excluded_minutes) {
        sheet.note(&format!("{} of it are maintenance that counts in no budget.", length(excluded)));
    }
    if let Some(silent) = most(|column| column.silent_minutes) {
        sheet.note(&format!("In {} of it nobody is told of anything because of maintenance.", length(silent)));
    }
    if told.columns.iter().any(|column| column.pages.count + column.tickets.count > 0) {
        sheet.note("A burn begins with the first bad minute since which more was bad than the target allows. What fires and resolves within one minute is not seen.");
    }
}

/// What was truly wrong, with how late each column told of it.
fn truths(told: &Told) -> Option<Sheet> {
    let first = told.columns.first()?.truth.as_ref()?;
    let headings: Vec<String> = told
        .columns
        .iter()
        .flat_map(|column| {
            ["page", "ticket"]
                .map(|what| if told.columns.len() > 1 { format!("{what} {}", column.name) } else { what.to_owned() })
        })
        .collect();
    let mut columns = vec![("from", ColumnKind::Words), ("for", ColumnKind::Words)];
    columns.extend(headings.iter().map(|heading| (heading.as_str(), ColumnKind::Words)));
    let mut sheet = Sheet::new(&columns).titled("What was truly wrong");
    for (at, found) in first.found.iter().enumerate() {
        let minutes = minutes_between(&found.from, &found.to);
        let mut cells = vec![Cell::plain(&found.from), Cell::plain(&length(minutes))];
        for column in &told.columns {
            let Some(found) = column.truth.as_ref().and_then(|truth| truth.found.get(at)) else { continue };
            cells.extend([late(found.page_late_minutes), late(found.ticket_late_minutes)]);
        }
        sheet.row(false, cells);
    }
    Some(sheet)
}

fn late(minutes: Option<i64>) -> Cell {
    match minutes {
        None => Cell::line(Style::Attention, "none"),
        Some(0) => Cell::plain("at once"),
        Some(minutes) if minutes < 0 => Cell::plain(&format!("{} early", length(minutes.unsigned_abs()))),
        Some(minutes) => Cell::plain(&format!("{} late", length(minutes.unsigned_abs()))),
    }
}

fn minutes_between(from: &str, to: &str) -> u64 {
    let minute = |text: &str| text.parse::<milepost_model::Timestamp>().map(|time| time.minute().number()).unwrap_or(0);
    minute(from).abs_diff(minute(to))
}

fn alerts(told: &Told) -> Sheet {
    let mut all: Vec<(&ColumnTold, &EpisodeTold)> =
        told.columns.iter().flat_map(|column| column.episodes.iter().map(move |episode| (column, episode))).collect();
    all.retain(|(_, episode)| episode.told.is_some());
    all.sort_by_key(|(_, episode)| episode.order);
    if all.is_empty() {
        return Sheet::of_note("Nobody would have been told of anything.").titled("Alerts");
    }
    let mut columns = vec![("told", ColumnKind::Words)];
    if told.columns.len() > 1 {
        columns.push(("by", ColumnKind::Words));
    }
    columns.extend(["what", "for", "burn began", "after"].map(|title| (title, ColumnKind::Words)));
    let mut sheet = Sheet::new(&columns).titled("Alerts");
    for (column, episode) in all.iter().take(MOST_ALERTS) {
        let mut cells = vec![Cell::plain(episode.told.as_deref().unwrap_or_default())];
        if told.columns.len() > 1 {
            cells.push(Cell::plain(&column.name));
        }
        let goes_on = if episode.to.is_none() { ", going on" } else { "" };
        cells.push(Cell::line(Style::Code, &episode.tiers.join(", ")));
        cells.push(Cell::plain(&format!("{}{goes_on}", length(episode.minutes))));
        cells.push(Cell::plain(&episode.burn_from));
        cells.push(Cell::plain(&episode.delay_minutes.map(length).unwrap_or_default()));
        sheet.row(false, cells);
    }
    if all.len() > MOST_ALERTS {
        sheet.note(&format!("{} more: `--format json` has all.", all.len() - MOST_ALERTS));
    }
    sheet
}

//! The numbers behind the charts.

use crate::report::build;
use crate::report::html::ticks;
use crate::report::html::timeline::{Column, Frame, runs};
use crate::report::html::writer::Html;
use crate::report::model::Point;
use crate::report::text::{grouped, ms, percent_of};
use milepost_slo::Counts;

/// Most rows of a table: what is longer is for programs.
const MAX_ROWS: usize = 72;

/// The columns of a chart as rows; a gap is one row that says so.
pub(super) fn table(html: &mut Html, frame: &Frame, columns: &[Option<Column>]) {
    let (frame, rows) = frame.coarser(columns, MAX_ROWS);
    let whole = rows.iter().flatten().fold(Counts::default(), |sum, column| Counts {
        good: sum.good + column.good,
        valid: sum.valid + column.valid,
    });
    let is_low = |column: &Column| build::is_low(Counts { good: column.good, valid: column.valid }, whole);
    html.tag("table", &[], |html| {
        html.leaf("caption", format!("By {}, UTC", ticks::length(frame.column_seconds)));
        html.tag("thead", &[], |html| {
            html.tag("tr", &[], |html| {
                html.tag("th", &[("scope", &"col")], |html| html.text("From"));
                for title in [
                    "Attempts",
                    "Failed",
                    "Abandoned",
                    "Succeeded",
                    if frame.is_merged { "Highest p95" } else { "p95" },
                ] {
                    html.tag("th", &[("scope", &"col"), ("class", &"n")], |html| html.text(title));
                }
            });
        });
        html.tag("tbody", &[], |html| {
            for (from, to, is_there) in runs(&rows, |column| column.valid + column.abandoned > 0) {
                match is_there {
                    true => (from..to).for_each(|at| {
                        let column = rows[at].unwrap_or_default();
                        row(html, &frame, at, column, is_low(&column));
                    }),
                    false => gap(html, &frame, from, to),
                }
            }
        });
    });
    if rows.iter().flatten().any(is_low) {
        html.leaf("p", Point::LEGEND);
    }
}

fn row(html: &mut Html, frame: &Frame, at: usize, column: Column, is_low: bool) {
    html.tag("tr", &[], |html| {
        html.tag("th", &[("scope", &"row")], |html| html.text(ticks::moment(frame.seconds_at(at), frame)));
        let share = if column.valid > 0 { percent_of(column.good, column.valid) } else { "no data".to_owned() };
        let share = if is_low { format!("{share} {}", Point::LOW) } else { share };
        let latency = column.p95_ms.map_or_else(String::new, ms);
        for text in [grouped(column.valid), grouped(column.failed), grouped(column.abandoned), share, latency] {
            html.leaf("td", text);
        }
    });
}

fn gap(html: &mut Html, frame: &Frame, from: usize, to: usize) {
    let first = ticks::moment(frame.seconds_at(from), frame);
    html.tag("tr", &[], |html| {
        html.tag("th", &[("scope", &"row")], |html| match to - from {
            1 => html.text(first),
            _ => html.text(format_args!("{first} to {}", ticks::moment(frame.seconds_at(to - 1), frame))),
        });
        html.tag("td", &[("class", &"none"), ("colspan", &5)], |html| html.text("no attempt seen"));
    });
}

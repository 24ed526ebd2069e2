//! Charts over time of one step: success, traffic and, where a latency is promised, latency.
//!
//! Geometry is in columns from the left and in 0 (top) to 100 (bottom); the browser stretches it to the width that there is. Text stands outside of
//! what is stretched. Where nothing was attempted nothing is drawn but the sign of a gap.

mod bands;
mod table;

use super::slos;
use super::ticks;
use super::timeline::{Frame, seconds};
use super::writer::Html;
use crate::report::model::{Report, StepReport};
use bands::{Band, Promises, Shape};
use std::fmt::{Display, Write as _};

/// The charts of a step, with the numbers behind them as a table.
pub(super) fn charts(html: &mut Html, report: &Report, step: &StepReport, frame: &Frame) {
    let points =
        report.series.iter().filter(|p| p.class == step.class && p.step == step.step && p.product == step.product);
    let columns = frame.columns_of(points);
    let bands = bands::bands(frame, &columns, &promises(step), failures(step, frame));
    html.class("figure", "charts", |html| {
        html.leaf("figcaption", caption(frame));
        for band in &bands {
            html.class("div", "band", |html| draw(html, frame, band));
        }
        axis(html, frame);
        html.tag("details", &[], |html| {
            html.leaf("summary", "The numbers of these charts");
            table::table(html, frame, &columns);
        });
    });
}

fn caption(frame: &Frame) -> String {
    let (from, to) = (frame.start_seconds, frame.end_seconds());
    let when = match ticks::day(from) == ticks::day(to - 1) {
        true => format!("{}, {} to {} UTC", ticks::day(from), ticks::clock(from), ticks::clock(to)),
        false if frame.column_seconds % 86_400 == 0 => {
            format!("{} to {}, days in UTC", ticks::day(from), ticks::day(to - 1))
        }
        false => format!("{} {} to {} {} UTC", ticks::day(from), ticks::clock(from), ticks::day(to), ticks::clock(to)),
    };
    let merged = if frame.is_merged { ", several parts of the series in each" } else { "" };
    format!("By {}{merged}, {when}.", ticks::length(frame.column_seconds))
}

fn promises(step: &StepReport) -> Promises {
    let availability = step.slos.iter().find(|slo| slo.sli == "availability");
    let latency = step.slos.iter().find(|slo| slo.threshold_ms.is_some());
    Promises {
        target: availability.and_then(|slo| Some((slos::target(slo)?, slo.target.clone()))),
        threshold_ms: latency.and_then(|slo| slo.threshold_ms),
    }
}

/// From the first to the last failure of a step that missed what was promised, in columns.
fn failures(step: &StepReport, frame: &Frame) -> Option<(f64, f64)> {
    let between = step.failures_between.as_ref().filter(|_| step.misses())?;
    let (from, to) = (seconds(&between.from)?, seconds(&between.to)?);
    Some((frame.place(from).floor(), frame.place(to + 1).ceil()))
}

fn draw(html: &mut Html, frame: &Frame, band: &Band) {
    html.class("p", "band-title", |html| {
        html.text(&band.title);
        for (class, meaning) in &band.legend {
            html.text(" ");
            html.tag("span", &[("class", &"key")], |html| {
                let size: [(&'static str, &dyn Display); 5] = [
                    ("width", &16),
                    ("height", &10),
                    ("viewBox", &"0 0 16 10"),
                    ("aria-hidden", &"true"),
                    ("class", &"plot"),
                ];
                html.tag("svg", &size, |html| {
                    html.empty(
                        "path",
                        &[
                            ("class", class),
                            ("d", &if class.starts_with("line") { "M0 5H16" } else { "M0 0H16V10H0z" }),
                        ],
                    );
                });
                html.text(meaning);
            });
        }
    });
    html.tag("div", &[("class", &"scale"), ("aria-hidden", &"true")], |html| {
        html.tag("span", &[], |html| html.text(&band.top));
        html.tag("span", &[], |html| html.text(&band.bottom));
    });
    let view = format!("0 -4 {} 108", frame.columns);
    let attributes: [(&'static str, &dyn Display); 7] = [
        ("class", &"plot"),
        ("role", &"img"),
        ("aria-label", &band.label),
        ("width", &"100%"),
        ("height", &band.height),
        ("viewBox", &view),
        ("preserveAspectRatio", &"none"),
    ];
    html.tag("svg", &attributes, |html| {
        for shape in band.shapes.iter().filter(|shape| !shape.lines.is_empty()) {
            html.empty("path", &[("class", &shape.class), ("d", &path(shape))]);
        }
    });
}

fn axis(html: &mut Html, frame: &Frame) {
    html.tag("div", &[("class", &"axis"), ("aria-hidden", &"true")], |html| {
        html.tag("svg", &[("width", &"100%"), ("height", &20)], |html| {
            for (time, label) in ticks::ticks(frame) {
                #[expect(clippy::cast_precision_loss, reason = "drawn to a few pixels")]
                let part = frame.place(time) / frame.columns as f64;
                let x = super::bars::percentage(part);
                // At the ends a label stands beside its time, so that it is not cut.
                let anchor = if part < 0.05 {
                    "start"
                } else if part > 0.95 {
                    "end"
                } else {
                    "middle"
                };
                html.empty("line", &[("x1", &x), ("x2", &x), ("y1", &0), ("y2", &4)]);
                html.tag("text", &[("x", &x), ("y", &17), ("text-anchor", &anchor)], |html| html.text(&label));
            }
        });
    });
}

/// A shape as the path of SVG, in as few characters as go.
fn path(shape: &Shape) -> String {
    let mut out = String::new();
    for line in &shape.lines {
        let mut before: Option<(String, String)> = None;
        for point in line {
            let (x, y) = (number(point.0), number(point.1));
            let _ = match &before {
                None => write!(out, "M{x} {y}"),
                Some((_, same)) if *same == y => write!(out, "H{x}"),
                Some((same, _)) if *same == x => write!(out, "V{y}"),
                Some(_) => write!(out, "L{x} {y}"),
            };
            before = Some((x, y));
        }
        out.push_str(if shape.is_closed { "z" } else { "" });
    }
    out
}

fn number(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

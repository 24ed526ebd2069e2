//! One step: how it went, what it promises, what explains its failures, and how it is counted.

use super::charts;
use super::places;
use super::slos;
use super::state::State;
use super::timeline::Frame;
use super::words;
use super::writer::Html;
use crate::report::model::{Point, Report, StepReport};
use crate::report::text::{grouped, ms, percent, percent_of, slice_name, slo_line};
use milepost_model::Step;
use milepost_server::attribution::SliceBody;

/// Tells of a step: its row for users, and behind it those of other classes.
pub(super) fn step(html: &mut Html, report: &Report, row: &StepReport, declared: Option<&Step>, frame: Option<&Frame>) {
    html.tag("article", &[("class", &"step"), ("id", &places::step(&row.product, &row.step))], |html| {
        html.tag("h3", &[], |html| {
            html.name(&row.title);
            html.text(" ");
            State::of(row).badge(html);
        });
        if let Some(declared) = declared {
            html.class("p", "muted", |html| html.name(&declared.description));
        }
        numbers(html, row);
        slos::slos(html, row);
        if let Some(frame) = frame {
            charts::charts(html, report, row, frame);
        }
        by_file(html, report, row);
        explanations(html, row);
        other_classes(html, report, row);
        if let Some(declared) = declared {
            words::conditions(html, row, declared);
        }
    });
}

fn numbers(html: &mut Html, row: &StepReport) {
    if row.valid + row.abandoned == 0 {
        html.class("p", "nothing", |html| html.text("No attempt of users was seen, so nothing is known of this step."));
        return;
    }
    html.class("dl", "numbers", |html| {
        number(html, "Attempts", &grouped(row.valid), "");
        let share = |part: u64| if row.valid > 0 { percent_of(part, row.valid) } else { String::new() };
        if row.valid > 0 {
            number(html, "Succeeded", &share(row.good), "");
        }
        number(html, "Failed", &grouped(row.failed), &share(row.failed));
        let abandoned = row.excluded.abandoned.map_or_else(String::new, percent);
        number(html, "Abandoned", &grouped(row.abandoned), if row.abandoned > 0 { &abandoned } else { "" });
        if row.client_errors > 0 {
            number(html, "Answered 4xx", &grouped(row.client_errors), &share(row.client_errors));
        }
    });
}

fn number(html: &mut Html, name: &str, value: &str, beside: &str) {
    html.tag("div", &[], |html| {
        html.leaf("dt", name);
        html.tag("dd", &[], |html| {
            html.class("span", "big", |html| html.text(value));
            if !beside.is_empty() {
                html.text(" ");
                html.class("small", "muted", |html| html.text(beside));
            }
        });
    });
}

fn explanations(html: &mut Html, row: &StepReport) {
    if row.explained_by.is_empty() {
        return;
    }
    html.class("div", "scroll", |html| {
        html.tag("table", &[], |html| {
            html.leaf("caption", "What the failures have in common");
            head(html, &["What", "Of the failures", "Of such attempts failed", "Failed"]);
            html.tag("tbody", &[], |html| row.explained_by.iter().for_each(|explanation| slice(html, explanation)));
        });
    });
}

fn slice(html: &mut Html, explanation: &SliceBody) {
    html.tag("tr", &[], |html| {
        html.tag("th", &[("scope", &"row"), ("class", &"what")], |html| html.prose(&slice_name(explanation)));
        html.leaf("td", percent(explanation.coverage));
        html.leaf("td", percent(explanation.precision));
        html.leaf("td", format!("{} of {}", grouped(explanation.failed), grouped(explanation.attempts)));
    });
}

/// A header of which all but the first column hold numbers.
fn head(html: &mut Html, titles: &[&str]) {
    html.tag("thead", &[], |html| {
        html.tag("tr", &[], |html| {
            for (at, title) in titles.iter().enumerate() {
                let class = if at == 0 { "" } else { "n" };
                html.tag("th", &[("scope", &"col"), ("class", &class)], |html| html.text(title));
            }
        });
    });
}

fn other_classes(html: &mut Html, report: &Report, row: &StepReport) {
    let others: Vec<&StepReport> = report.rows_of(row).filter(|other| other.class != row.class).collect();
    if others.is_empty() {
        return;
    }
    html.tag("details", &[], |html| {
        let count = |other: &&StepReport| format!("{} {}", grouped(other.valid + other.abandoned), other.class);
        html.leaf(
            "summary",
            format!("Attempts not of users: {}", others.iter().map(count).collect::<Vec<_>>().join(", ")),
        );
        html.class("div", "scroll", |html| {
            html.tag("table", &[], |html| {
                head(html, &["Class", "Attempts", "Succeeded", "Abandoned", "p50", "p95", "SLOs"]);
                html.tag("tbody", &[], |html| others.iter().for_each(|other| class_row(html, other)));
            });
        });
    });
}

fn class_row(html: &mut Html, row: &StepReport) {
    let latency = |pick: fn(&crate::report::model::Latency) -> f64| {
        row.latency_ms.as_ref().map_or_else(String::new, |l| ms(pick(l)))
    };
    html.tag("tr", &[], |html| {
        html.tag("th", &[("scope", &"row")], |html| html.text(&row.class));
        html.leaf("td", grouped(row.valid));
        html.leaf("td", if row.valid > 0 { percent_of(row.good, row.valid) } else { "no data".to_owned() });
        html.leaf("td", grouped(row.abandoned));
        html.leaf("td", latency(|l| l.p50));
        html.leaf("td", latency(|l| l.p95));
        html.class("td", "what", |html| {
            for slo in &row.slos {
                html.tag("p", &[], |html| html.prose(&slo_line(slo)));
            }
        });
    });
}

/// The series by file, where that was asked for.
fn by_file(html: &mut Html, report: &Report, row: &StepReport) {
    /// Most files of a table: what is longer is for programs.
    const MAX_FILES: usize = 72;
    let of_row = |point: &&Point| point.class == row.class && point.step == row.step && point.product == row.product;
    let points: Vec<_> = report.series.iter().filter(of_row).filter(|point| point.file.is_some()).collect();
    if points.is_empty() {
        return;
    }
    html.tag("details", &[], |html| {
        html.leaf("summary", "By file");
        html.class("div", "scroll", |html| {
            html.tag("table", &[], |html| {
                head(html, &["File", "Attempts", "Failed", "Succeeded"]);
                html.tag("tbody", &[], |html| {
                    for point in points.iter().take(MAX_FILES) {
                        html.tag("tr", &[], |html| {
                            html.tag("th", &[("scope", &"row"), ("class", &"what")], |html| {
                                html.code(point.file.as_deref().unwrap_or_default());
                            });
                            html.leaf("td", grouped(point.valid));
                            html.leaf("td", grouped(point.failed));
                            html.leaf(
                                "td",
                                match point.valid {
                                    0 => "no data".to_owned(),
                                    _ if point.is_low => {
                                        format!("{} {}", percent_of(point.good, point.valid), Point::LOW)
                                    }
                                    _ => percent_of(point.good, point.valid),
                                },
                            );
                        });
                    }
                });
            });
        });
        if points.iter().take(MAX_FILES).any(|point| point.is_low) {
            html.leaf("p", Point::LEGEND);
        }
        if points.len() > MAX_FILES {
            html.tag("p", &[], |html| {
                html.prose(&format!("{} more: `--format json` has all.", points.len() - MAX_FILES));
            });
        }
    });
}

//! What was read, what of it counts, and what was left out for which reason.

use super::writer::Html;
use crate::report::model::{FileInput, Input, Report};
use crate::report::text::{grouped, percent_of};

/// Most files that are listed.
const MAX_FILES: usize = 100;

/// Files of which less was read than was asked for: said at the top, since every number lacks them.
pub(super) fn warning(html: &mut Html, input: &Input) {
    if input.failed_files.is_empty() {
        return;
    }
    html.class("div", "warning", |html| {
        html.leaf("strong", "Not everything was read. The numbers lack what is in these files:");
        html.tag("ul", &[], |html| {
            for file in input.failed_files.iter().take(MAX_FILES) {
                html.tag("li", &[], |html| {
                    html.code(&file.file);
                    html.text(": ");
                    html.name(&file.error);
                });
            }
        });
    });
}

/// The section on what was read.
pub(super) fn input(html: &mut Html, report: &Report) {
    let input = &report.input;
    html.class("table", "counts", |html| {
        html.leaf("caption", "Events read, and what became of them");
        html.tag("tbody", &[], |html| {
            counts(html, input);
            row(html, "Records rejected", input.rejected.values().sum(), None, false);
            for (reason, count) in &input.rejected {
                row(html, reason, *count, None, true);
            }
            for between in &input.ambiguous_between {
                row(
                    html,
                    &format!("Traces ambiguous between {}", between.steps.join(", ")),
                    between.traces,
                    None,
                    false,
                );
            }
        });
    });
    notes(html, report);
    rejected(html, input);
    files(html, &input.by_file);
}

fn counts(html: &mut Html, input: &Input) {
    row(html, "Files", input.files as u64, None, false);
    row(html, "Events", input.events, None, false);
    row(html, "annotated: they serve a step", input.annotated, Some(input.events), true);
    row(html, "unannotated: they serve none", input.unannotated, Some(input.events), true);
    if input.unannotated_machines > 0 {
        row(html, "of those, not of users", input.unannotated_machines, Some(input.unannotated), true);
    }
    for (class, count) in &input.classes {
        row(html, &format!("Events of class {class}"), *count, Some(input.events), false);
    }
    let others = [
        ("Outside the time asked for", input.outside),
        ("Attempts read more than once, counted once", input.duplicates),
        ("Ambiguous traces, in no step", input.ambiguous),
        ("Incomplete traces, in no step", input.incomplete),
    ];
    for (name, count) in others.into_iter().filter(|(_, count)| *count > 0) {
        row(html, name, count, None, false);
    }
}

fn row(html: &mut Html, name: &str, count: u64, whole: Option<u64>, is_part: bool) {
    html.tag("tr", &[], |html| {
        let class = if is_part { "what part" } else { "what" };
        html.tag("th", &[("scope", &"row"), ("class", &class)], |html| html.text(name));
        html.leaf("td", grouped(count));
        let share = whole.filter(|whole| *whole > 0).map_or_else(String::new, |whole| percent_of(count, whole));
        html.leaf("td", share);
    });
}

fn notes(html: &mut Html, report: &Report) {
    if !report.notes.is_empty() {
        html.leaf("h3", "What to know about the numbers");
        html.tag("ul", &[], |html| {
            for note in &report.notes {
                html.tag("li", &[], |html| html.prose(&format!("{}.", capitalised(note))));
            }
        });
    }
    if report.input.unannotated > 0 {
        html.tag("p", &[], |html| {
            html.prose(
                "To see which requests serve no step, and a rule for each: `milepost annotate` with the same files.",
            );
        });
    }
}

fn capitalised(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

fn rejected(html: &mut Html, input: &Input) {
    if input.rejected_examples.is_empty() {
        return;
    }
    html.tag("details", &[], |html| {
        html.leaf("summary", "The first records that were rejected");
        html.tag("ul", &[], |html| {
            for example in &input.rejected_examples {
                html.tag("li", &[], |html| {
                    html.code(&format!("{}:{}", example.file, example.line));
                    html.text(format_args!(" {}: ", example.reason));
                    html.code(&example.text);
                });
            }
        });
    });
}

fn files(html: &mut Html, files: &[FileInput]) {
    if files.is_empty() {
        return;
    }
    html.tag("details", &[], |html| {
        html.leaf("summary", "By file");
        html.class("div", "scroll", |html| {
            html.tag("table", &[], |html| {
                html.tag("thead", &[], |html| {
                    html.tag("tr", &[], |html| {
                        html.tag("th", &[("scope", &"col")], |html| html.text("File"));
                        for title in ["Events", "Rejected"] {
                            html.tag("th", &[("scope", &"col"), ("class", &"n")], |html| html.text(title));
                        }
                    });
                });
                html.tag("tbody", &[], |html| {
                    for file in files.iter().take(MAX_FILES) {
                        html.tag("tr", &[], |html| {
                            html.tag("th", &[("scope", &"row"), ("class", &"what")], |html| html.code(&file.file));
                            html.leaf("td", grouped(file.events));
                            html.leaf("td", grouped(file.rejected));
                        });
                    }
                });
            });
        });
        if files.len() > MAX_FILES {
            html.tag("p", &[], |html| {
                html.prose(&format!("{} more: `--format json` has all.", files.len() - MAX_FILES));
            });
        }
    });
}

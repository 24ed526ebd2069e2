//! What is drawn in each chart of a step, as points. Knows no markup.

use crate::report::html::scale;
use crate::report::html::ticks;
use crate::report::html::timeline::{Column, Frame, runs};
use crate::report::text::{grouped, ms, percent};

/// One chart of several above each other.
pub(super) struct Band {
    pub(super) title: String,
    /// What it shows, for those who do not see it.
    pub(super) label: String,
    /// The class and the meaning of what is drawn.
    pub(super) legend: Vec<(&'static str, String)>,
    /// What the upper and the lower end stand for.
    pub(super) top: String,
    pub(super) bottom: String,
    pub(super) height: usize,
    pub(super) shapes: Vec<Shape>,
}

/// Lines through points: columns from the left, 0 (top) to 100 (bottom).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) class: &'static str,
    pub(super) lines: Vec<Vec<(f64, f64)>>,
    pub(super) is_closed: bool,
}

/// What a step promises.
#[derive(Clone, Debug, Default)]
pub(super) struct Promises {
    /// As a share, and as it was written.
    pub(super) target: Option<(f64, String)>,
    pub(super) threshold_ms: Option<f64>,
}

/// The charts of a step; `failures` is the time to point at, in columns.
pub(super) fn bands(
    frame: &Frame,
    columns: &[Option<Column>],
    promises: &Promises,
    failures: Option<(f64, f64)>,
) -> Vec<Band> {
    let mut bands = vec![success(frame, columns, promises.target.as_ref(), failures), traffic(frame, columns)];
    if let Some(threshold) = promises.threshold_ms
        && columns.iter().flatten().any(|column| column.p95_ms.is_some())
    {
        bands.push(latency(frame, columns, threshold));
    }
    bands
}

/// What is looked for where nothing is promised: a scale that showed less would make a single failure look like an outage.
const USUAL: f64 = 0.95;

fn success(
    frame: &Frame,
    columns: &[Option<Column>],
    target: Option<&(f64, String)>,
    failures: Option<(f64, f64)>,
) -> Band {
    let ratios: Vec<Option<f64>> = columns.iter().map(|column| column.as_ref().and_then(Column::ratio)).collect();
    let lowest = ratios.iter().flatten().copied().fold(1.0, f64::min);
    let floor = scale::floor_below(lowest.min(target.as_ref().map_or(USUAL, |(share, _)| *share)));
    let y = |ratio: f64| 100.0 * (1.0 - scale::place(ratio, floor));
    let heights: Vec<Option<f64>> = ratios.iter().map(|ratio| ratio.map(y)).collect();
    let mut shapes = vec![gaps(columns)];
    shapes.extend(failures.map(|(from, to)| Shape {
        class: "failing",
        lines: vec![block(from, to, 0.0, 100.0)],
        is_closed: true,
    }));
    let lines = steps(&heights);
    let below = |line: &Vec<(f64, f64)>| {
        let (first, last) = (line[0].0, line[line.len() - 1].0);
        [vec![(first, 0.0)], line.clone(), vec![(last, 0.0)]].concat()
    };
    let lost: Vec<_> = lines.iter().filter(|line| line.iter().any(|point| point.1 > 0.0)).map(below).collect();
    let has_failures = !lost.is_empty();
    shapes.push(Shape { class: "lost", lines: lost, is_closed: true });
    shapes.extend(target.map(|(share, _)| level("line target", frame, y(*share))));
    shapes.push(Shape { class: "line ratio", lines, is_closed: false });
    let mut legend = vec![("line ratio", "share that succeeded".to_owned())];
    legend.extend(has_failures.then(|| ("lost", "failed".to_owned())));
    legend.extend(target.map(|(_, told)| ("line target", format!("target {told}"))));
    legend.extend((!shapes[0].lines.is_empty()).then(|| ("gap", "no attempt".to_owned())));
    legend.extend(failures.map(|_| ("failing", "first to last failure".to_owned())));
    Band {
        title: "Succeeded".to_owned(),
        label: told(frame, &ratios, lowest),
        legend,
        top: "100%".to_owned(),
        bottom: scale::told(floor),
        height: 76,
        shapes,
    }
}

/// `from 0% at 14:22 to 100%, with attempts in 55 of 60 columns`
fn told(frame: &Frame, ratios: &[Option<f64>], lowest: f64) -> String {
    let seen = ratios.iter().flatten().count();
    let when = ratios.iter().position(|ratio| *ratio == Some(lowest));
    let worst = when.map_or_else(String::new, |at| {
        format!(", lowest {} at {}", percent(lowest), ticks::moment(frame.seconds_at(at), frame))
    });
    format!(
        "Share of attempts that succeeded by {}{worst}; attempts in {seen} of {}",
        ticks::length(frame.column_seconds),
        frame.columns
    )
}

fn traffic(frame: &Frame, columns: &[Option<Column>]) -> Band {
    let all = |column: &Column| column.valid + column.abandoned;
    let most = columns.iter().flatten().map(all).max().unwrap_or(0);
    let end = scale::ceiling(float(most)).max(1.0);
    let y = |count: u64| 100.0 * (1.0 - float(count) / end);
    let stack = |class, from: fn(&Column) -> u64, to: fn(&Column) -> u64| {
        let there = columns.iter().enumerate().filter_map(|(at, column)| Some((at, column.as_ref()?)));
        let lines = there.filter(|(_, c)| to(c) > from(c)).map(|(at, c)| column_block(frame, at, y(to(c)), y(from(c))));
        Shape { class, lines: lines.collect(), is_closed: true }
    };
    let has = |count: fn(&Column) -> u64| columns.iter().flatten().any(|column| count(column) > 0);
    let mut legend = vec![("count-good", "succeeded".to_owned())];
    legend.extend(has(|c| c.failed).then(|| ("count-failed", "failed".to_owned())));
    legend.extend(has(|c| c.abandoned).then(|| ("count-abandoned", "abandoned".to_owned())));
    Band {
        title: "Attempts".to_owned(),
        label: format!("Attempts by {}, at most {}", ticks::length(frame.column_seconds), grouped(most)),
        legend,
        top: count(end),
        bottom: "0".to_owned(),
        height: 56,
        shapes: vec![
            stack("count-failed", |_| 0, |c| c.failed),
            stack("count-good", |c| c.failed, |c| c.failed + c.good),
            stack("count-abandoned", |c| c.failed + c.good, |c| c.failed + c.good + c.abandoned),
        ],
    }
}

fn latency(frame: &Frame, columns: &[Option<Column>], threshold_ms: f64) -> Band {
    let latencies: Vec<Option<f64>> = columns.iter().map(|column| column.as_ref().and_then(|c| c.p95_ms)).collect();
    let longest = latencies.iter().flatten().copied().fold(0.0, f64::max);
    let end = scale::ceiling(longest.max(threshold_ms) * 1.05);
    let heights: Vec<Option<f64>> = latencies.iter().map(|l| l.map(|l| 100.0 * (1.0 - l / end))).collect();
    Band {
        title: "Latency".to_owned(),
        label: format!(
            "95th percentile of the latency by {}, at most {}; threshold {}",
            ticks::length(frame.column_seconds),
            ms(longest),
            ms(threshold_ms)
        ),
        legend: vec![
            ("line ratio", if frame.is_merged { "p95, highest of the parts" } else { "p95" }.to_owned()),
            ("line target", format!("threshold {}", ms(threshold_ms))),
        ],
        top: ms(end),
        bottom: "0".to_owned(),
        height: 56,
        shapes: vec![
            gaps(columns),
            level("line target", frame, 100.0 * (1.0 - threshold_ms / end)),
            Shape { class: "line ratio", lines: steps(&heights), is_closed: false },
        ],
    }
}

/// A line across the chart.
fn level(class: &'static str, frame: &Frame, y: f64) -> Shape {
    Shape { class, lines: vec![vec![(0.0, y), (float(frame.columns as u64), y)]], is_closed: false }
}

/// Where the sign of a gap begins: at the foot of the chart, so that it does not look like a bar.
const GAP_TOP: f64 = 90.0;

/// The columns without attempts.
fn gaps(columns: &[Option<Column>]) -> Shape {
    let gaps =
        runs(columns, |column| column.valid + column.abandoned > 0).into_iter().filter(|(_, _, is_there)| !is_there);
    let lines = gaps.map(|(from, to, _)| block(float(from as u64), float(to as u64), GAP_TOP, 100.0)).collect();
    Shape { class: "gap", lines, is_closed: true }
}

/// One line a run of columns that have a value: level over each column, interrupted by gaps.
fn steps(heights: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let mut lines: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut is_open = false;
    for (at, height) in heights.iter().enumerate() {
        if let Some(y) = *height {
            if !is_open {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut() {
                line.extend([(float(at as u64), y), (float(at as u64 + 1), y)]);
            }
        }
        is_open = height.is_some();
    }
    lines
}

fn column_block(frame: &Frame, at: usize, top: f64, bottom: f64) -> Vec<(f64, f64)> {
    // Room between columns, where they are wide enough to have some.
    let margin = if frame.columns <= 96 { 0.1 } else { 0.0 };
    let from = float(at as u64);
    block(from + margin, from + 1.0 - margin, top, bottom)
}

fn block(from: f64, to: f64, top: f64, bottom: f64) -> Vec<(f64, f64)> {
    vec![(from, bottom), (from, top), (to, top), (to, bottom)]
}

fn count(number: f64) -> String {
    if number < 10.0 && number.fract() > 0.0 {
        return format!("{number:.1}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the end of an axis of counts")]
    grouped(number as u64)
}

#[expect(clippy::cast_precision_loss, reason = "drawn to a few pixels")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(columns: usize) -> Frame {
        Frame { start_seconds: 0, column_seconds: 60, columns, is_merged: false }
    }

    fn column() -> impl Strategy<Value = Option<Column>> {
        let counts = (0_u64..1000, 0_u64..1000, 0_u64..50, prop::option::of(0.001_f64..1e6));
        prop::option::of(counts.prop_map(|(good, failed, abandoned, p95_ms)| Column {
            valid: good + failed,
            good,
            failed,
            abandoned,
            p95_ms,
        }))
    }

    fn shape<'b>(band: &'b Band, class: &str) -> &'b Shape {
        band.shapes.iter().find(|shape| shape.class == class).expect("the chart has it")
    }

    #[test]
    fn a_gap_is_drawn_as_a_gap_and_the_line_goes_around_it() {
        let good = Column { valid: 2, good: 2, ..Column::default() };
        let bad = Column { valid: 2, failed: 2, ..Column::default() };
        let band = success(&frame(4), &[Some(good), None, None, Some(bad)], None, None);
        assert_eq!(shape(&band, "line ratio").lines, [vec![(0.0, 0.0), (1.0, 0.0)], vec![(3.0, 100.0), (4.0, 100.0)]]);
        assert_eq!(shape(&band, "gap").lines, [block(1.0, 3.0, GAP_TOP, 100.0)]);
        assert_eq!(shape(&band, "lost").lines.len(), 1);
        assert_eq!((band.top.as_str(), band.bottom.as_str()), ("100%", "0%"));
    }

    #[test]
    fn attempts_of_which_none_counts_are_traffic_but_no_ratio() {
        let abandoned = Column { abandoned: 3, ..Column::default() };
        let bands = bands(&frame(1), &[Some(abandoned)], &Promises::default(), None);
        assert!(shape(&bands[0], "line ratio").lines.is_empty() && shape(&bands[0], "gap").lines.is_empty());
        assert_eq!(shape(&bands[1], "count-abandoned").lines.len(), 1);
    }

    proptest! {
        #[test]
        fn every_point_lies_within_the_frame(columns in prop::collection::vec(column(), 1..200), target in prop::option::of(0.5_f64..0.99999), threshold_ms in prop::option::of(1.0_f64..10_000.0)) {
            let frame = frame(columns.len());
            let end = columns.len() as f64;
            let bands = bands(&frame, &columns, &Promises { target: target.map(|share| (share, share.to_string())), threshold_ms }, Some((0.0, end)));
            for (x, y) in bands.iter().flat_map(|band| &band.shapes).flat_map(|shape| shape.lines.iter().flatten()) {
                prop_assert!((0.0..=end).contains(x) && (-0.001..=100.001).contains(y), "{} {}", x, y);
            }
        }

        #[test]
        fn every_column_has_either_a_line_or_a_gap_or_only_abandoned_attempts(columns in prop::collection::vec(column(), 1..200)) {
            let band = success(&frame(columns.len()), &columns, None, None);
            let covers = |class: &str, at: usize| {
                let middle = at as f64 + 0.5;
                let within = |line: &Vec<(f64, f64)>| line.iter().any(|p| p.0 < middle) && line.iter().any(|p| p.0 > middle);
                shape(&band, class).lines.iter().any(within)
            };
            for (at, column) in columns.iter().enumerate() {
                prop_assert_eq!(covers("line ratio", at), column.is_some_and(|c| c.valid > 0), "{}", at);
                prop_assert_eq!(covers("gap", at), column.is_none_or(|c| c.valid + c.abandoned == 0), "{}", at);
            }
        }
    }
}

//! The series of a step cut into columns of equal length: gaps stay gaps, and there are never more columns than a chart can show.

use crate::report::model::{Point, Report};
use milepost_model::Timestamp;

/// Most columns of a chart: the three hours that are shown by the minute, and the seven days that are shown by the hour.
pub(super) const MAX_COLUMNS: usize = 192;

/// What all charts of a page have in common, so that they can be compared: when they begin, and how long a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) start_seconds: i64,
    pub(super) column_seconds: i64,
    pub(super) columns: usize,
    /// Whether a column is made of several parts of the series.
    pub(super) is_merged: bool,
}

/// What happened in one column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Column {
    pub(super) valid: u64,
    pub(super) good: u64,
    pub(super) failed: u64,
    pub(super) abandoned: u64,
    /// The highest 95th percentile of the parts in it, in milliseconds.
    pub(super) p95_ms: Option<f64>,
}

impl Column {
    /// The share of good attempts; none when there is none that counts.
    pub(super) fn ratio(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "drawn to a few pixels")]
        (self.valid > 0).then(|| self.good as f64 / self.valid as f64)
    }

    fn add(&mut self, other: &Self) {
        self.valid += other.valid;
        self.good += other.good;
        self.failed += other.failed;
        self.abandoned += other.abandoned;
        self.p95_ms = match (self.p95_ms, other.p95_ms) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }
}

impl Frame {
    /// The frame of a report, where its series is by spans of time.
    pub(super) fn new(report: &Report) -> Option<Self> {
        let part = i64::try_from(report.series_part?.nanos() / 1_000_000_000).ok().filter(|part| *part > 0)?;
        let covered = report.covered.as_ref()?;
        let (first, last) = (seconds(&covered.from)?, seconds(&covered.to)?);
        Self::over(first, last, part)
    }

    /// The frame from the column of the first to that of the last second.
    pub(super) fn over(first: i64, last: i64, part_seconds: i64) -> Option<Self> {
        let parts = last.div_euclid(part_seconds) - first.div_euclid(part_seconds) + 1;
        let merged = usize::try_from(parts).ok().filter(|parts| *parts > 0)?.div_ceil(MAX_COLUMNS);
        let column_seconds = part_seconds * i64::try_from(merged).ok()?;
        let start = first.div_euclid(column_seconds);
        let columns = usize::try_from(last.div_euclid(column_seconds) - start + 1).ok()?;
        Some(Self { start_seconds: start * column_seconds, column_seconds, columns, is_merged: merged > 1 })
    }

    pub(super) fn end_seconds(&self) -> i64 {
        self.seconds_at(self.columns)
    }

    /// When a column begins.
    pub(super) fn seconds_at(&self, column: usize) -> i64 {
        self.start_seconds + self.column_seconds * i64::try_from(column).unwrap_or(0)
    }

    /// Where a time is, in columns.
    #[expect(clippy::cast_precision_loss, reason = "drawn to a few pixels")]
    pub(super) fn place(&self, seconds: i64) -> f64 {
        ((seconds - self.start_seconds) as f64 / self.column_seconds as f64).clamp(0.0, self.columns as f64)
    }

    /// The points in columns; those without an attempt have nothing, which is not the same as nothing good.
    pub(super) fn columns_of<'p>(&self, points: impl Iterator<Item = &'p Point>) -> Vec<Option<Column>> {
        let mut columns = vec![None; self.columns];
        for point in points {
            let Some(seconds) = point.start.as_deref().and_then(seconds) else { continue };
            let at = usize::try_from((seconds - self.start_seconds).div_euclid(self.column_seconds)).ok();
            let Some(column) = at.and_then(|at| columns.get_mut(at)) else { continue };
            column.get_or_insert_with(Column::default).add(&Column {
                valid: point.valid,
                good: point.good,
                failed: point.failed,
                abandoned: point.abandoned,
                p95_ms: point.latency_ms.map(|latency| latency.p95),
            });
        }
        columns
    }

    /// The same in longer columns, so that there are at most so many; for tables.
    pub(super) fn coarser(&self, columns: &[Option<Column>], most: usize) -> (Self, Vec<Option<Column>>) {
        let merged = columns.len().div_ceil(most).max(1);
        let merge = |columns: &[Option<Column>]| {
            columns.iter().flatten().fold(None, |sum: Option<Column>, column| {
                let mut sum = sum.unwrap_or_default();
                sum.add(column);
                Some(sum)
            })
        };
        let columns: Vec<Option<Column>> = columns.chunks(merged).map(merge).collect();
        let column_seconds = self.column_seconds * i64::try_from(merged).unwrap_or(1);
        (Self { column_seconds, columns: columns.len(), is_merged: self.is_merged || merged > 1, ..*self }, columns)
    }
}

/// Seconds since 1970 of a time in RFC 3339.
pub(super) fn seconds(time: &str) -> Option<i64> {
    time.parse::<Timestamp>().ok().map(|time| time.nanos().div_euclid(1_000_000_000))
}

/// The columns in runs: each with its first column, and either with something in every column or with nothing in any.
pub(super) fn runs(columns: &[Option<Column>], has: impl Fn(&Column) -> bool) -> Vec<(usize, usize, bool)> {
    let mut runs: Vec<(usize, usize, bool)> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let is_there = column.as_ref().is_some_and(&has);
        match runs.last_mut() {
            Some((_, end, same)) if *same == is_there => *end = at + 1,
            _ => runs.push((at, at + 1, is_there)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(start: &str, valid: u64, good: u64) -> Point {
        Point {
            product: "mail".to_owned(),
            step: "send-mail".to_owned(),
            class: "interactive".to_owned(),
            start: Some(start.to_owned()),
            file: None,
            valid,
            good,
            failed: valid - good,
            abandoned: 0,
            is_low: false,
            latency_ms: None,
            slos: Vec::new(),
        }
    }

    #[test]
    fn a_column_without_attempts_is_a_gap_and_neither_good_nor_bad() {
        let frame = Frame::over(0, 239, 60).unwrap();
        let points = [point("1970-01-01T00:00:00Z", 2, 1), point("1970-01-01T00:03:00Z", 4, 0)];
        let columns = frame.columns_of(points.iter());
        let ratios: Vec<_> = columns.iter().map(|column| column.and_then(|c| c.ratio())).collect();
        assert_eq!(ratios, [Some(0.5), None, None, Some(0.0)]);
        assert_eq!(runs(&columns, |column| column.valid > 0), [(0, 1, true), (1, 3, false), (3, 4, true)]);
    }

    proptest! {
        #[test]
        fn a_frame_holds_all_its_time_in_few_columns(first in -1_000_000_000_i64..2_000_000_000, length in 0_i64..400_000_000, part in prop::sample::select(vec![60_i64, 3600, 86_400])) {
            let frame = Frame::over(first, first + length, part).unwrap();
            prop_assert!(frame.columns >= 1 && frame.columns <= MAX_COLUMNS + 1);
            prop_assert!(frame.start_seconds <= first && first + length < frame.end_seconds());
            prop_assert_eq!(frame.start_seconds.rem_euclid(part), 0);
        }

        #[test]
        fn merging_columns_loses_no_attempt(counts in prop::collection::vec(prop::option::of(0_u64..100), 1..200), most in 1_usize..80) {
            let columns: Vec<Option<Column>> = counts.iter().map(|count| count.map(|valid| Column { valid, ..Column::default() })).collect();
            let frame = Frame { start_seconds: 0, column_seconds: 60, columns: columns.len(), is_merged: false };
            let (coarser, merged) = frame.coarser(&columns, most);
            prop_assert!(merged.len() <= most && coarser.end_seconds() >= frame.end_seconds());
            let sum = |columns: &[Option<Column>]| columns.iter().flatten().map(|column| column.valid).sum::<u64>();
            prop_assert_eq!(sum(&columns), sum(&merged));
        }
    }
}

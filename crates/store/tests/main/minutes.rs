//! The minute log and checkpoints: rows add up, and what belongs to no checkpoint is cut off.

use milepost_model::Minute;
use milepost_store::checkpoint::{self, Checkpoint};
use milepost_store::minutes::{self, Lengths, Row, StoredHour};
use milepost_store::{Lsn, SeriesFile, SeriesId};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn sums(folder: &Path, range: std::ops::Range<i64>, to: u64) -> BTreeMap<(u32, i64), [u64; 5]> {
    let mut sums: BTreeMap<(u32, i64), [u64; 5]> = BTreeMap::new();
    let lost = minutes::read(folder, Minute::new(range.start)..Minute::new(range.end), Lsn(to), |row| {
        let sum = sums.entry((row.series.0, row.minute.number())).or_default();
        sum.iter_mut().zip(row.values).for_each(|(sum, value)| *sum += value);
    });
    assert_eq!(lost.expect("a folder that can be read"), []);
    sums
}

fn row(series: u32, minute: i64, value: u64) -> Row {
    Row { series: SeriesId(series), minute: Minute::new(minute), values: [value, 0, u64::from(series), 0, value / 2] }
}

proptest! {
    #[test]
    fn rows_add_up_by_series_and_minute_as_far_as_a_checkpoint_has_them(
        appends in prop::collection::vec(prop::collection::vec((0u32..5, -70i64..200, 0u64..1_000_000), 0..40), 0..6),
        to in 0u64..7, from in -80i64..210, length in 0i64..200
    ) {
        let folder = TempDir::new().unwrap();
        let mut expected: BTreeMap<(u32, i64), [u64; 5]> = BTreeMap::new();
        for (lsn, rows) in (1..).zip(&appends) {
            let rows: Vec<Row> = rows.iter().map(|(series, minute, value)| row(*series, *minute, *value)).collect();
            minutes::append(folder.path(), Lsn(lsn), &rows).unwrap();
            for row in rows.iter().filter(|row| lsn <= to && (from..from + length).contains(&row.minute.number())) {
                let sum = expected.entry((row.series.0, row.minute.number())).or_default();
                sum.iter_mut().zip(row.values).for_each(|(sum, value)| *sum += value);
            }
        }
        prop_assert_eq!(sums(folder.path(), from..from + length, to), expected);
        let all = sums(folder.path(), -100..300, to);
        for hour in -2..4 {
            let stored = StoredHour::read(folder.path(), hour, Lsn(to)).unwrap();
            for (series, minute) in (0..6).flat_map(|series| (hour * 60..hour * 60 + 60).map(move |minute| (series, minute))) {
                let sum = all.get(&(series, minute)).copied().unwrap_or_default();
                prop_assert_eq!(stored.sum(SeriesId(series), Minute::new(minute)), sum);
            }
            let is_whole = appends.len() as u64 <= to;
            prop_assert!(!is_whole || stored.length() == minutes::length(folder.path(), hour).unwrap_or_default());
        }
        minutes::cut(folder.path(), Lsn(to), &Lengths::new()).unwrap();
        prop_assert_eq!(sums(folder.path(), -100..300, u64::MAX), all);
    }
}

/// An append of a checkpoint that is not done yet is left out, and by the length it is seen that there will be more.
#[test]
fn an_hour_that_was_read_during_a_checkpoint_is_known_to_have_grown() {
    let folder = TempDir::new().unwrap();
    minutes::append(folder.path(), Lsn(1), &[row(1, 3, 7)]).unwrap();
    let first = minutes::length(folder.path(), 0).unwrap();
    minutes::append(folder.path(), Lsn(2), &[row(1, 3, 5)]).unwrap();
    let stored = StoredHour::read(folder.path(), 0, Lsn(1)).unwrap();
    assert_eq!((stored.sum(SeriesId(1), Minute::new(3))[0], stored.length()), (7, first));
    assert!(first < minutes::length(folder.path(), 0).unwrap());
}

#[test]
fn a_file_cut_at_any_byte_has_the_appends_before_it() {
    let folder = TempDir::new().unwrap();
    minutes::append(folder.path(), Lsn(1), &[row(1, 3, 7)]).unwrap();
    let first = minutes::lengths(folder.path()).unwrap()[&0];
    minutes::append(folder.path(), Lsn(2), &[row(1, 3, 5), row(2, 4, 1)]).unwrap();
    let path = folder.path().join("000000000.minutes");
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let sums = sums(folder.path(), 0..60, 9);
        let expected = match length as u64 {
            length if length < first => 0,
            length if length < whole.len() as u64 => 7,
            _ => 12,
        };
        assert_eq!(sums.get(&(1, 3)).map_or(0, |sum| sum[0]), expected, "cut at {length}");
    }
}

#[test]
fn a_flipped_bit_costs_its_append_and_is_named() {
    let folder = TempDir::new().unwrap();
    for lsn in 1..4 {
        minutes::append(folder.path(), Lsn(lsn), &[row(1, 3, 1 << lsn)]).unwrap();
    }
    let path = folder.path().join("000000000.minutes");
    let whole = fs::read(&path).unwrap();
    for at in 12..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        fs::write(&path, &bytes).unwrap();
        let mut values = Vec::new();
        let range = Minute::new(0)..Minute::new(60);
        let lost = minutes::read(folder.path(), range, Lsn(9), |row| values.push(row.values[0])).unwrap();
        assert!(
            values.iter().all(|value| [2, 4, 8].contains(value)) && values.len() == 2,
            "flipped at {at}: {values:?}"
        );
        // The length of the last append may claim more than there is, as if it had been cut.
        assert!(lost.len() == 1 || values == [2, 4], "flipped at {at}");
    }
}

#[test]
fn files_that_are_as_long_as_they_were_are_left_alone() {
    let folder = TempDir::new().unwrap();
    minutes::append(folder.path(), Lsn(5), &[row(1, 3, 7), row(1, 63, 7)]).unwrap();
    let lengths = minutes::lengths(folder.path()).unwrap();
    minutes::append(folder.path(), Lsn(6), &[row(1, 63, 1)]).unwrap();
    minutes::cut(folder.path(), Lsn(5), &lengths).unwrap();
    assert_eq!(minutes::lengths(folder.path()).unwrap(), lengths);
    assert_eq!(minutes::remove_before(folder.path(), Minute::new(60)).unwrap(), 1);
    assert_eq!(sums(folder.path(), 0..200, 9).len(), 1);
}

#[test]
fn a_damaged_checkpoint_leaves_the_one_before() {
    let folder = TempDir::new().unwrap();
    assert_eq!(checkpoint::newest(folder.path()).unwrap(), (None, vec![]));
    for lsn in 1..5 {
        let older = checkpoint::write(folder.path(), &Checkpoint { lsn: Lsn(lsn), contents: vec![7; 9] }).unwrap();
        assert_eq!(older, Lsn(lsn.saturating_sub(1).max(1)));
    }
    let newest = folder.path().join(format!("{:020}.checkpoint", 4));
    let whole = fs::read(&newest).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&newest, &bytes).unwrap();
        let (found, damaged) = checkpoint::newest(folder.path()).unwrap();
        assert_eq!((found.map(|found| found.lsn), damaged.len()), (Some(Lsn(3)), 1), "flipped at {at}");
    }
}

#[test]
fn series_keep_their_numbers_through_restarts_and_a_cut() {
    let folder = TempDir::new().unwrap();
    let (mut series, _) = SeriesFile::open(folder.path()).unwrap();
    assert_eq!((series.id("a"), series.id("b"), series.id("a")), (SeriesId(0), SeriesId(1), SeriesId(0)));
    series.sync().unwrap();
    series.id("never durable");
    drop(series);
    let path = folder.path().join("series");
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let (mut series, lost) = SeriesFile::open(folder.path()).unwrap();
        assert_eq!(lost, 0, "cut at {length}");
        let known = series.len();
        assert_eq!(series.id("new"), SeriesId(known as u32));
        series.sync().unwrap();
        let names = SeriesFile::read(folder.path()).unwrap();
        assert_eq!(names.len(), known + 1, "cut at {length}");
        assert_eq!(&*names[known], "new");
    }
}

#[test]
fn a_file_that_is_shorter_than_its_checkpoint_says_or_gone_is_told() {
    let folder = TempDir::new().unwrap();
    for hour in 0..4 {
        minutes::append(folder.path(), Lsn(1), &[row(1, hour * 60 + 3, 7)]).unwrap();
    }
    let lengths = minutes::lengths(folder.path()).unwrap();
    assert_eq!(minutes::cut(folder.path(), Lsn(1), &lengths).unwrap(), []);
    let path = |hour: i64| folder.path().join(format!("{hour:09}.minutes"));
    fs::remove_file(path(2)).unwrap();
    fs::write(path(3), &fs::read(path(3)).unwrap()[..20]).unwrap();
    // As its age removes it.
    fs::remove_file(path(0)).unwrap();
    let lost = minutes::cut(folder.path(), Lsn(1), &lengths).unwrap();
    let told: Vec<_> = lost.iter().map(|lost| (lost.hour.0, lost.bytes.clone())).collect();
    let length = |hour: i64| lengths[&hour] as usize;
    assert_eq!(told, [(2, 0..length(2)), (3, 20..length(3))]);
    let expected = format!(
        "{}: {} bytes at 0 are damaged: counts of the hour 1970-01-01T02:00:00Z are missing",
        path(2).display(),
        length(2)
    );
    assert_eq!(lost[0].to_string(), expected);
}

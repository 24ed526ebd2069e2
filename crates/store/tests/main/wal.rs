//! The log: cut at each byte, flipped at each byte.

use milepost_store::Lsn;
use milepost_store::wal::{self, Reading, RecordKind, Records, Writer};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

type Record = (Lsn, RecordKind, Vec<u8>);

/// What is in the log after an LSN.
fn read(folder: &Path, after: Lsn) -> (Vec<Vec<Record>>, Reading) {
    let mut groups = Vec::new();
    let reading = wal::read(folder, after, |group| {
        groups.push(group.records.iter().map(|(lsn, kind, payload)| (*lsn, *kind, payload.to_vec())).collect());
    });
    (groups, reading.expect("a log that can be read"))
}

/// Writes groups into one folder; what was acknowledged, and the one file.
fn written(groups: &[Vec<Vec<u8>>]) -> (TempDir, Vec<Vec<Record>>, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let (mut writer, mut records) = (Writer::new(folder.path()), Records::new(Lsn(1)));
    let mut acknowledged = Vec::new();
    for group in groups {
        let added =
            group.iter().map(|payload| (records.add(RecordKind::Facts, payload), RecordKind::Facts, payload.clone()));
        acknowledged.push(added.collect());
        writer.write(&mut records).expect("a disk with room");
        records.begin(records.next());
    }
    let file = wal::files(folder.path()).expect("a folder")[0].1.clone();
    (folder, acknowledged, file)
}

/// One record in a file of its own.
fn append(folder: &Path, lsn: Lsn, kind: RecordKind, payload: &[u8]) -> Lsn {
    let mut records = Records::new(lsn);
    records.add(kind, payload);
    Writer::new(folder).write(&mut records).expect("a disk with room");
    lsn
}

/// Few groups of few short records, so that each byte of them can be tried.
fn groups() -> Vec<Vec<Vec<u8>>> {
    vec![vec![b"a".to_vec(), b"".to_vec()], vec![b"bcd".to_vec()], vec![b"e".to_vec(), b"f".to_vec(), b"gh".to_vec()]]
}

#[test]
fn a_log_cut_at_any_byte_has_the_groups_before_it_and_goes_on() {
    let (folder, acknowledged, file) = written(&groups());
    let whole = fs::read(&file).unwrap();
    let mut seen = Vec::new();
    for length in 0..=whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        let (groups, reading) = read(folder.path(), Lsn(0));
        assert_eq!(groups, acknowledged[..groups.len()], "cut at {length}");
        assert_eq!(reading.damage, [], "cut at {length}");
        seen.push(groups.len());

        let lsn = append(folder.path(), reading.next, RecordKind::Offset, b"more");
        let (after, _) = read(folder.path(), Lsn(0));
        assert_eq!(after[..groups.len()], groups[..]);
        assert_eq!(after[groups.len()..], [vec![(lsn, RecordKind::Offset, b"more".to_vec())]], "cut at {length}");
        for (_, path) in wal::files(folder.path()).unwrap() {
            fs::remove_file(path).unwrap();
        }
    }
    assert!(seen.is_sorted());
    assert_eq!(seen.last(), Some(&3));
}

#[test]
fn a_flipped_bit_costs_its_record_and_is_named() {
    let (folder, acknowledged, file) = written(&groups());
    let whole = fs::read(&file).unwrap();
    let all: Vec<Record> = acknowledged.concat();
    let last_start = whole.len() - 27;
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            fs::write(&file, &bytes).unwrap();
            // Another version in the header is an error of its own.
            if (10..12).contains(&at) {
                assert!(wal::read(folder.path(), Lsn(0), |_| ()).is_err() || bytes[10] == 0, "flipped at {at}");
                continue;
            }
            let (groups, reading) = read(folder.path(), Lsn(0));
            let lost: Vec<&Record> = all.iter().filter(|record| !groups.concat().contains(record)).collect();
            assert!(groups.concat().iter().all(|record| all.contains(record)), "flipped at {at}");
            match at {
                0..12 => assert_eq!((lost.len(), reading.damage.len()), (0, 1)),
                // A length at the very end may look like a cut: then the group is taken for one that nobody was told of.
                _ if at >= last_start && reading.damage.is_empty() => {
                    assert!(reading.torn_bytes > 0 && lost.len() == 3);
                }
                _ => {
                    assert_eq!((lost.len(), reading.damage.len()), (1, 1), "flipped at {at}");
                    let (after, before) = reading.damage[0].between;
                    assert!(after < lost[0].0 && before.is_none_or(|before| lost[0].0 < before), "flipped at {at}");
                    assert!(reading.damage[0].offset <= at as u64);
                }
            }
        }
    }
}

#[test]
fn a_file_that_is_followed_by_another_was_acknowledged_to_its_end() {
    let (folder, acknowledged, file) = written(&groups());
    append(folder.path(), Lsn(7), RecordKind::Facts, b"next");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    let (groups, reading) = read(folder.path(), Lsn(0));
    assert_eq!(groups.concat().len(), acknowledged.concat().len() - 1 + 1);
    assert_eq!((reading.damage.len(), reading.torn_bytes), (1, 0));
    assert_eq!(reading.damage[0].between.0, Lsn(5));
}

#[test]
fn a_group_that_was_not_written_is_in_no_log() {
    let folder = TempDir::new().unwrap();
    let (mut writer, mut records) = (Writer::new(folder.path()), Records::new(Lsn(1)));
    records.add(RecordKind::Facts, b"never");
    records.begin(Lsn(1));
    writer.write(&mut records).unwrap();
    assert_eq!(wal::files(folder.path()).unwrap(), []);
    assert_eq!(records.add(RecordKind::Facts, b"first"), Lsn(1));
    writer.write(&mut records).unwrap();
    writer.rotate();
    records.begin(records.next());
    assert_eq!(records.add(RecordKind::Facts, b"second"), Lsn(2));
    writer.write(&mut records).unwrap();
    assert_eq!(wal::files(folder.path()).unwrap().len(), 2);
    assert_eq!(read(folder.path(), Lsn(0)).0.concat().len(), 2);
    assert_eq!(read(folder.path(), Lsn(1)).0.concat().len(), 1);
    assert_eq!(read(folder.path(), Lsn(2)).1.next, Lsn(3));
}

#[test]
fn what_a_failed_disk_left_behind_acknowledged_groups_does_not_count_and_they_do() {
    let (folder, acknowledged, file) = written(&groups());
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len();
    // A whole group that was never acknowledged, in a file that could not be cut.
    let (elsewhere, _, other) = written(&[vec![b"never".to_vec()]]);
    bytes.extend_from_slice(&fs::read(other).unwrap()[12..]);
    fs::write(&file, bytes).unwrap();
    fs::rename(&file, file.with_extension(format!("abandoned-at-{end}"))).unwrap();
    drop(elsewhere);
    append(folder.path(), Lsn(7), RecordKind::Facts, b"next");
    let (found, reading) = read(folder.path(), Lsn(0));
    assert_eq!(found[..3], acknowledged[..]);
    assert_eq!((found.len(), reading.damage.len(), reading.next), (4, 0, Lsn(8)));
    // One without a group is no use.
    fs::write(folder.path().join(format!("{:020}.abandoned-at-12", 8)), "").unwrap();
    assert_eq!(wal::files(folder.path()).unwrap().len(), 2);
}

proptest! {
    #[test]
    fn what_is_written_is_read_from_any_lsn_on(
        groups in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..5), 1..8),
        after in 0u64..20
    ) {
        let (folder, acknowledged, _) = written(&groups);
        let expected: Vec<_> = acknowledged.into_iter().filter(|group| group.last().is_some_and(|last| last.0.0 > after)).collect();
        let (found, reading) = read(folder.path(), Lsn(after));
        prop_assert_eq!(found, expected);
        prop_assert_eq!(reading.damage.len(), 0);
    }
}

/// Three files of one group each, of two records and one and three.
fn three_files() -> (TempDir, Vec<Vec<Record>>, Vec<PathBuf>) {
    let folder = TempDir::new().expect("a temporary folder");
    let mut records = Records::new(Lsn(1));
    let mut acknowledged = Vec::new();
    for group in groups() {
        let add = |payload: &Vec<u8>| (records.add(RecordKind::Facts, payload), RecordKind::Facts, payload.clone());
        acknowledged.push(group.iter().map(add).collect());
        // A writer begins a file.
        Writer::new(folder.path()).write(&mut records).expect("a disk with room");
        records.begin(records.next());
    }
    let files = wal::files(folder.path()).expect("a folder").into_iter().map(|(_, path)| path).collect();
    (folder, acknowledged, files)
}

#[test]
fn a_file_missing_in_the_middle_is_named_with_what_is_lost_and_costs_no_other() {
    let (folder, acknowledged, files) = three_files();
    assert_eq!(read(folder.path(), Lsn(0)).1.damage, []);
    fs::remove_file(&files[1]).unwrap();
    for after in [Lsn(0), Lsn(1), Lsn(2)] {
        let (groups, reading) = read(folder.path(), after);
        assert_eq!(groups.last(), Some(&acknowledged[2]));
        assert_eq!(groups.len(), if after < Lsn(2) { 2 } else { 1 });
        let told: Vec<String> = reading.damage.iter().map(ToString::to_string).collect();
        let expected =
            format!("{}: the file is missing: lost are the records after 2 and before 4", files[1].display());
        assert_eq!((told, reading.next), (vec![expected], Lsn(7)), "after {after}");
    }
    // Who has it already misses nothing.
    assert_eq!(read(folder.path(), Lsn(3)).1.damage, []);
}

#[test]
fn files_that_were_cut_are_not_missed_but_by_who_does_not_have_them_yet() {
    let (folder, _, files) = three_files();
    fs::remove_file(&files[0]).unwrap();
    assert_eq!(read(folder.path(), Lsn(0)).1.damage, []);
    assert_eq!(wal::missing_after(folder.path(), Lsn(2)).unwrap(), None);
    let missing = wal::missing_after(folder.path(), Lsn(1)).unwrap().expect("a gap");
    assert_eq!(missing.between, (Lsn(1), Some(Lsn(3))));
}

#[test]
fn a_file_that_a_crash_left_without_a_group_is_no_gap() {
    let (folder, _, files) = three_files();
    let whole = fs::read(&files[2]).unwrap();
    for length in 0..whole.len() {
        fs::write(&files[2], &whole[..length]).unwrap();
        let (_, reading) = read(folder.path(), Lsn(0));
        append(folder.path(), reading.next, RecordKind::Offset, b"more");
        assert_eq!(read(folder.path(), Lsn(0)).1.damage, [], "cut at {length}");
        if let Some((_, path)) = wal::files(folder.path()).unwrap().get(3) {
            fs::remove_file(path).unwrap();
        }
    }
}

//! Pieces of fingerprints: whole or named, and read as the first version wrote them.

use milepost_store::Directory;
use milepost_store::fingerprints::{Piece, Pieces};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn piece() -> Piece {
    Piece { requests: vec![1, u128::MAX - 7], attempts: vec![0, 3, u64::MAX], traces: vec![(5, 6)] }
}

#[test]
fn a_flipped_bit_or_a_cut_is_named() {
    let folder = TempDir::new().unwrap();
    let mut pieces = Pieces::open(folder.path()).unwrap();
    let number = pieces.write(&piece()).unwrap();
    assert_eq!(pieces.read(number).unwrap(), piece());
    let path = folder.path().join("00000000000000000001.fingerprints");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 16;
        for damaged in [&bytes[..], &whole[..at]] {
            fs::write(&path, damaged).unwrap();
            let error = pieces.read(number).unwrap_err();
            assert!(error.to_string().contains("00001.fingerprints: "), "{error}");
        }
    }
    fs::remove_file(&path).unwrap();
    assert!(pieces.read(number).unwrap_err().to_string().contains("00001.fingerprints: "));
}

#[test]
fn pieces_have_numbers_of_their_own_through_restarts_and_go_when_nobody_needs_them() {
    let folder = TempDir::new().unwrap();
    let directory = Directory::open(&folder.path().join("data")).unwrap();
    let numbers: Vec<u64> =
        (0..4).map(|_| Pieces::open(&directory.fingerprints()).unwrap().write(&piece()).unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let pieces = Pieces::open(&directory.fingerprints()).unwrap();
    pieces.keep_only(&BTreeSet::from([2, 4]), &directory.alone().unwrap().unwrap()).unwrap();
    let is_there = |number: &u64| pieces.read(*number).is_ok();
    assert_eq!(numbers.iter().map(is_there).collect::<Vec<_>>(), [false, true, false, true]);
}

#[test]
fn a_piece_of_the_first_version_is_read() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/fingerprints-1");
    assert_eq!(Pieces::open(&samples).unwrap().read(1).unwrap(), piece());
}

//! One directory, one owner.

use milepost_store::{Directory, StoreError};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[test]
fn a_directory_that_is_in_use_is_refused_with_the_process_that_uses_it() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("new/data");
    let first = Directory::open(&root).unwrap();
    let refused = Directory::open(&root).unwrap_err().to_string();
    assert!(
        refused.contains(&format!("`{}` is in use by process {}", root.display(), std::process::id())),
        "{refused}"
    );
    // Readers need no lock.
    assert!(!Directory::read_only(&root).unwrap().is_owned());
    drop(first);
    assert!(Directory::open(&root).unwrap().is_owned());
}

/// Run by the test below as a process of its own, which holds a directory until it is killed; by itself it holds nothing.
#[test]
fn process_that_holds_a_directory() {
    let Ok(root) = std::env::var("MILEPOST_TEST_HOLDS") else { return };
    let _held = Directory::open(root.as_ref()).unwrap();
    println!("held");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

#[test]
fn a_killed_process_leaves_its_directory_to_the_next() {
    let folder = TempDir::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "directory::process_that_holds_a_directory", "--nocapture"])
        .env("MILEPOST_TEST_HOLDS", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("held")), "the process ended");
    let refused = Directory::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains(&format!("in use by process {}", child.id())), "{refused}");
    child.kill().unwrap();
    child.wait().unwrap();
    Directory::open(folder.path()).unwrap();
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("letter.txt"), "Dear").unwrap();
    assert!(matches!(Directory::open(folder.path()), Err(StoreError::Foreign { .. })));
    assert!(matches!(Directory::read_only(folder.path()), Err(StoreError::NoDirectory { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_directory_of_a_newer_version_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    drop(Directory::open(folder.path()).unwrap());
    let marker = folder.path().join("format");
    let mut bytes = fs::read(&marker).unwrap();
    bytes[10] = 9;
    fs::write(&marker, bytes).unwrap();
    for refused in [Directory::open(folder.path()), Directory::read_only(folder.path())] {
        let refused = refused.unwrap_err();
        assert!(matches!(&refused, StoreError::Header { path, .. } if *path == marker), "{refused}");
    }
}

#[test]
fn files_are_removed_only_while_nobody_holds_them() {
    let folder = TempDir::new().unwrap();
    let owner = Directory::open(folder.path()).unwrap();
    let reader = Directory::read_only(folder.path()).unwrap();
    let (one, two) = (reader.hold().unwrap(), owner.hold().unwrap());
    assert!(owner.alone().unwrap().is_none());
    drop(one);
    assert!(owner.alone().unwrap().is_none());
    drop(two);
    let alone = owner.alone().unwrap().expect("nobody holds");
    assert!(owner.alone().unwrap().is_none());
    drop(alone);
    reader.hold().unwrap();
}

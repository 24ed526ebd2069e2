//! Each diagnostic code beside a file that it is about and the file mended as its help says.
//!
//! A folder `diagnostics/CODE-SLUG` holds `bad.yaml`, `mended.yaml` and `bad.snap`, what is said of the bad one.

use crate::read_alone;
use milepost_model::Name;
use milepost_registry::{Code, Diagnostics, Severity, foreign};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Codes that speak of files on disk and not of their text; `files` has their tests.
const OF_FILES: [Code; 2] = [Code::Unreadable, Code::Empty];

fn pairs() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut pairs: Vec<_> =
        entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path)).collect();
    pairs.sort();
    pairs
}

/// What is said of a file: documents of other tools are not read as a registry.
fn said_of<'t>(code: &str, path: &'t str, text: &'t str) -> (Diagnostics, bool) {
    if code.starts_with("MPI") {
        let foreign = foreign::read_texts([(path, text)], &Name::new("mail").unwrap());
        let is_usable = foreign.diagnostics.errors() == 0;
        return (foreign.diagnostics, is_usable);
    }
    let outcome = read_alone([(path, text)]);
    (outcome.diagnostics, outcome.registry.is_some())
}

#[test]
fn every_code_has_a_pair() {
    let shown: BTreeSet<String> = pairs().iter().map(|(name, _)| name.split_once('-').unwrap().0.to_owned()).collect();
    let all = Code::ALL.iter().filter(|code| !OF_FILES.contains(code));
    assert_eq!(shown, all.map(|code| code.as_str().to_owned()).collect());
}

#[test]
fn a_bad_file_gets_its_own_code_only_and_the_message_of_its_snapshot() {
    for (name, folder) in pairs() {
        let text = fs::read_to_string(folder.join("bad.yaml")).unwrap();
        let code = name.split_once('-').unwrap().0;
        let (diagnostics, is_usable) = said_of(code, "bad.yaml", &text);
        let rendered = diagnostics.render(false);
        let codes: Vec<&str> = diagnostics.iter().map(|d| d.code.as_str()).collect();
        assert!(!codes.is_empty() && codes.iter().all(|c| *c == code), "{name}: {codes:?}\n{rendered}");
        assert!(diagnostics.iter().all(|d| d.help.is_some()), "{name}: without help\n{rendered}");
        let has_error = diagnostics.iter().any(|d| d.code.severity() == Severity::Error);
        assert_eq!(!is_usable, has_error, "{name}");
        insta::with_settings!({snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!("bad", rendered);
        });
    }
}

#[test]
fn the_mended_file_is_right() {
    for (name, folder) in pairs() {
        let text = fs::read_to_string(folder.join("mended.yaml")).unwrap();
        let (diagnostics, is_usable) = said_of(&name, "mended.yaml", &text);
        assert_eq!(diagnostics.render(false), "", "{name}");
        assert!(is_usable, "{name}");
    }
}

//! Each diagnostic code beside a file that it is about and the file mended as its help says.
//!
//! A folder `diagnostics/CODE-SLUG` holds `bad.yaml`, `mended.yaml` and `bad.snap`, what is said of the bad one.

use crate::read_alone;
use milepost_registry::{Code, Severity};
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
        let outcome = read_alone([("bad.yaml", &*text)]);
        let rendered = outcome.diagnostics.render(false);
        let code = name.split_once('-').unwrap().0;
        let codes: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code.as_str()).collect();
        assert!(!codes.is_empty() && codes.iter().all(|c| *c == code), "{name}: {codes:?}\n{rendered}");
        assert!(outcome.diagnostics.iter().all(|d| d.help.is_some()), "{name}: without help\n{rendered}");
        let has_error = outcome.diagnostics.iter().any(|d| d.code.severity() == Severity::Error);
        assert_eq!(outcome.registry.is_none(), has_error, "{name}");
        insta::with_settings!({snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!("bad", rendered);
        });
    }
}

/// Codes that were there before codes had pages.
fn is_older(code: Code) -> bool {
    let (area, number) = code.as_str().split_at(3);
    !matches!(area, "MPP" | "MPC" | "MPF" | "MPB") && (area != "MPM" || number < "020")
}

#[test]
fn a_page_tells_what_a_code_means_and_how_to_mend_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics");
    for code in Code::ALL {
        let path = folder.join(format!("{}.md", code.as_str()));
        let Ok(page) = fs::read_to_string(&path) else {
            assert!(is_older(*code), "{} has no page", code.as_str());
            continue;
        };
        let title = format!("# {}: {}", code.as_str(), code.meaning().trim_end_matches('.'));
        assert_eq!(page.lines().next(), Some(&*title));
        for section in ["\n## Wrong\n\n```yaml\n", "\n## Right\n\n```yaml\n"] {
            assert!(page.contains(section), "{}: {section}", code.as_str());
        }
    }
}

#[test]
fn the_mended_file_is_right() {
    for (name, folder) in pairs() {
        let text = fs::read_to_string(folder.join("mended.yaml")).unwrap();
        let outcome = read_alone([("mended.yaml", &*text)]);
        assert_eq!(outcome.diagnostics.render(false), "", "{name}");
        assert!(outcome.registry.is_some(), "{name}");
    }
}

//! The pages that explain the diagnostics: one for each code, whose wrong example has the mistake and whose right one has not.
//!
//! An example that declares another product than that of `pages/harness.yaml` is a registry; others stand beside the harness, where their
//! documents take the place of those of the same kind and name. Documents are whole, so that people can copy them.

use crate::read_alone;
use milepost_model::Name;
use milepost_registry::{Code, Severity, foreign};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Codes that speak of files on disk, which an example cannot show.
const OF_FILES: [Code; 2] = [Code::Unreadable, Code::Empty];

/// The product of the harness.
const HARNESS_PRODUCT: &str = "mail";

fn harness() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages/harness.yaml")).unwrap()
}

/// The first YAML example of a section.
fn example<'p>(page: &'p str, section: &str) -> &'p str {
    let (_, after) = page.split_once(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no `## {section}`"));
    let section_text = after.split("\n## ").next().unwrap();
    let (_, fenced) = section_text.split_once("```yaml\n").unwrap_or_else(|| panic!("no example under `## {section}`"));
    fenced.split("```").next().unwrap()
}

/// The kind and name of each document, as far as they can be seen without reading YAML.
fn declared(document: &str) -> Option<(&str, &str)> {
    let kind = document.lines().find_map(|line| line.strip_prefix("kind:"))?.trim();
    let (_, metadata) = document.split_once("metadata:")?;
    let (_, name) = metadata.split_once("name:")?;
    Some((kind, name.trim_start().split([',', '}', '\n']).next()?.trim()))
}

/// The harness without what the example declares itself; nothing for an example that is a registry.
fn beside(example: &str) -> String {
    let own: Vec<_> = example.split("---\n").filter_map(declared).collect();
    let is_registry = own.iter().any(|(kind, name)| *kind == "Product" && *name != HARNESS_PRODUCT);
    if is_registry {
        return String::new();
    }
    let harness = harness();
    let kept = harness.split("---\n").filter(|document| declared(document).is_none_or(|d| !own.contains(&d)));
    kept.collect::<Vec<_>>().join("---\n")
}

/// The codes that an example, of a registry or of another tool, gives, its errors among them, and all of it as people see it.
fn check(example: &str) -> (Vec<Code>, usize, String) {
    let is_foreign = example.starts_with("version: ");
    let diagnostics = match is_foreign {
        true => foreign::read_texts([("example.yaml", example)], &Name::new(HARNESS_PRODUCT).unwrap()).diagnostics,
        false => read_alone([("example.yaml", example), ("harness.yaml", &beside(example))]).diagnostics,
    };
    let codes: Vec<Code> = diagnostics.iter().map(|d| d.code).collect();
    let errors = codes.iter().filter(|code| code.severity() == Severity::Error).count();
    (codes, errors, diagnostics.render(false))
}

#[test]
fn nothing_is_wrong_with_the_harness() {
    assert_eq!(check("# Nothing of its own.\n").2, "");
}

#[test]
fn a_page_has_the_title_of_its_code_and_its_parts_in_order() {
    for code in Code::ALL {
        let page = code.page();
        assert_eq!(page.lines().next(), Some(&*format!("# {}: {}", code.as_str(), code.meaning())));
        let sections: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert!(sections.starts_with(&["## Wrong", "## Right"]), "{}: {sections:?}", code.as_str());
        let (_, after_title) = page.split_once("\n\n").unwrap();
        assert!(!after_title.starts_with('#') && after_title.len() > 100, "{} explains nothing", code.as_str());
        assert!(page.ends_with('\n') && !page.contains('\t'), "{}", code.as_str());
    }
}

#[test]
fn a_wrong_example_has_the_mistake_and_the_right_one_has_no_error() {
    let mut failed = Vec::new();
    for code in Code::ALL.iter().filter(|code| !OF_FILES.contains(code)) {
        let (wrong, right) = (example(code.page(), "Wrong"), example(code.page(), "Right"));
        let (codes, _, said) = check(wrong);
        if codes.contains(&Code::MissingKey) && *code != Code::MissingKey {
            failed.push(format!("{}, wrong: it is not whole\n{said}", code.as_str()));
        }
        if !codes.contains(code) {
            failed.push(format!("{}, wrong: it does not have this code\n{said}", code.as_str()));
        }
        let (codes, errors, said) = check(right);
        if errors > 0 || codes.contains(code) {
            failed.push(format!("{}, right: it is not\n{said}", code.as_str()));
        }
    }
    assert!(failed.is_empty(), "{} examples:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_page_belongs_to_a_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<String> = names.filter(|name| name != "README.md").collect();
    assert_eq!(pages, Code::ALL.iter().map(|code| format!("{}.md", code.as_str())).collect());
}

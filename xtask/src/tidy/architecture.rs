//! ARCHITECTURE.md stays short and tells the truth about which crates exist.
//!
//! Its section "Code map" has entries: list items, table rows and headings that begin with a name in backticks
//! (`` `slo` `` or `` `crates/slo` ``). Every crate is an entry, and every entry exists.

use super::{Finding, markdown};
use crate::checkout::Checkout;
use std::collections::BTreeSet;

const PATH: &str = "ARCHITECTURE.md";
const LIMIT: usize = 300;
const SECTION: &str = "code map";

pub(crate) fn check(checkout: &Checkout) -> Vec<Finding> {
    let Some(file) = checkout.file(PATH) else {
        return vec![Finding::new(PATH, 0, "must exist: the map for whoever works here next")];
    };
    let mut findings = Vec::new();
    let length = file.text.lines().count();
    if length >= LIMIT {
        findings.push(Finding::new(PATH, LIMIT, format!("has {length} lines and must stay under {LIMIT}")));
    }
    let Some((start, entries)) = code_map(&file.text) else {
        findings.push(Finding::new(PATH, 0, "must have a section `Code map`"));
        return findings;
    };
    let crates: BTreeSet<&str> =
        checkout.members().filter(|(_, manifest)| manifest.path.starts_with("crates/")).map(|(name, _)| name).collect();
    for &(line, entry) in &entries {
        if !crates.contains(entry) && !checkout.has(entry) {
            findings.push(Finding::new(PATH, line, format!("the code map names `{entry}`, which does not exist")));
        }
    }
    for name in crates {
        if !entries.iter().any(|(_, entry)| *entry == name) {
            let message = format!("the code map must have an entry that begins with `{name}` in backticks");
            findings.push(Finding::new(PATH, start, message));
        }
    }
    findings
}

/// The line of the section's heading, and its entries with their lines.
fn code_map(text: &str) -> Option<(usize, Vec<(usize, &str)>)> {
    let mut lines = markdown::prose(text);
    let (start, level) = lines.find_map(|(number, line)| {
        let level = heading(line)?;
        line.to_lowercase().contains(SECTION).then_some((number, level))
    })?;
    let section = lines.take_while(|(_, line)| heading(line).is_none_or(|other| other > level));
    Some((start, section.filter_map(|(number, line)| Some((number, entry(line)?))).collect()))
}

fn heading(line: &str) -> Option<usize> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    (level > 0 && line[level..].starts_with(' ')).then_some(level)
}

fn entry(line: &str) -> Option<&str> {
    let start = line.trim_start_matches(['#', '|', '-', '*', ' ', '[']);
    let marked = start.len() < line.len() && line.trim_start().starts_with(['#', '|', '-', '*']);
    let name = markdown::first_code(start).filter(|_| marked && start.starts_with('`'))?;
    let name = name.trim_end_matches('/');
    Some(name.strip_prefix("crates/").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let files = [(PATH, text), ("crates/slo/Cargo.toml", ""), ("crates/expr/Cargo.toml", ""), ("docs/a.md", "")];
        lines(&check(&Checkout::of(&files)))
    }

    #[test]
    fn a_map_of_exactly_what_exists_passes_in_any_form() {
        let rows = "# A\n`gone` `lake`\n## Code map\nFlow comes later, `like this`.\n| `slo` | `x` |\n\
            ### `crates/expr`\n- `docs/`: pages\n- a `word`\n## Next\n- `gone`\n";
        assert_eq!(findings(rows), [""; 0]);
    }

    #[test]
    fn what_is_missing_and_what_is_gone_is_named() {
        assert_eq!(
            findings("## Code map\n- `slo`\n- [`lake`](crates/lake)\n"),
            [
                "ARCHITECTURE.md:3: the code map names `lake`, which does not exist",
                "ARCHITECTURE.md:1: the code map must have an entry that begins with `expr` in backticks",
            ]
        );
    }

    #[test]
    fn it_must_be_there_and_stay_short() {
        let missing = lines(&check(&Checkout::of(&[])));
        assert_eq!(missing, ["ARCHITECTURE.md: must exist: the map for whoever works here next"]);
        let long = "## Code map\n- `slo`\n- `expr`\n".to_owned() + &"\n".repeat(297);
        assert_eq!(findings(&long), ["ARCHITECTURE.md:300: has 300 lines and must stay under 300"]);
    }
}

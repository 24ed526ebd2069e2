//! The index of the pages that explain diagnostics, from the table of codes.
//!
//! The table is read as text: each row is one line. Whether each page is there and right is tested where the pages are embedded.

use std::fmt::Write as _;
use std::path::Path;

/// Where the table of codes is.
const TABLE: &str = "crates/registry/src/code.rs";

/// The index as Markdown.
pub(super) fn index(root: &Path) -> String {
    // Without the table the index holds nothing, which is then found to be wrong.
    of_table(&std::fs::read_to_string(root.join(TABLE)).unwrap_or_default())
}

const HEAD: &str = "\
<!-- Written by `cargo xtask generate` from the table of codes. -->
# Diagnostics

What `milepost check` can say of a registry, a page for each. `milepost explain CODE` prints the same page.
An error has to be mended before the registry can be used; a warning says what is hardly meant; a
note says what this version does not do yet, and counts for nothing.
";

fn of_table(table: &str) -> String {
    let mut out = HEAD.to_owned();
    let areas: Vec<(char, &str)> = table.lines().filter_map(area).collect();
    let mut current = None;
    for (code, severity, meaning) in table.lines().filter_map(row) {
        let letter = code.chars().nth(2);
        if current != letter {
            current = letter;
            let title = areas.iter().find(|(l, _)| Some(*l) == letter).map(|(_, title)| *title);
            let _ =
                write!(out, "\n## {}\n\n| code | | what it reports |\n|---|---|---|\n", title.unwrap_or(&code[..3]));
        }
        let _ = writeln!(out, "| [{code}]({code}.md) | {} | {meaning} |", severity.to_lowercase());
    }
    out
}

/// `Name = "MPY001", Error, "What it reports.";`
fn row(line: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = line.trim().split_once(" = \"")?;
    let (code, rest) = rest.split_once("\", ")?;
    let (severity, meaning) = rest.strip_suffix("\";")?.split_once(", \"")?;
    (code.starts_with("MP") && code.len() == 6).then_some((code, severity, meaning))
}

/// `('Y', "The file and its shape"),`
fn area(line: &str) -> Option<(char, &str)> {
    let (letter, title) = line.trim().strip_prefix("('")?.strip_suffix("\"),")?.split_once("', \"")?;
    Some((letter.chars().next()?, title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_below_their_areas_with_links_to_their_pages() {
        let table = "const AREAS: &[(char, &str)] = &[\n    ('Y', \"The file\"),\n];\n    Gone = \"MPY001\", Error, \"It is, gone.\";\n\n    \
            Odd = \"MPQ001\", Warning, \"It is odd.\";\n";
        let expected = "\n## The file\n\n| code | | what it reports |\n|---|---|---|\n| [MPY001](MPY001.md) | error | It is, gone. |\n\
            \n## MPQ\n\n| code | | what it reports |\n|---|---|---|\n| [MPQ001](MPQ001.md) | warning | It is odd. |\n";
        assert_eq!(of_table(table), format!("{HEAD}{expected}"));
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        let table = std::fs::read_to_string(crate::checkout::root().join(TABLE)).unwrap();
        let (_, rows) = table.split_once("\ncodes! {\n").unwrap();
        let rows = rows.split("\n}\n").next().unwrap().lines().filter(|line| line.ends_with(';'));
        let unread: Vec<&str> = rows.filter(|line| row(line).is_none()).collect();
        assert_eq!(unread, [""; 0]);
    }
}

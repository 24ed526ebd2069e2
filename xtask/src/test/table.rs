//! The time table that ends a run: each part, its seconds, its result.

use std::fmt::Write as _;

/// How a part ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// Passed, save what is named here, which was not checked.
    Partly(String),
    /// Not checked at all, and why.
    Skipped(String),
    Failed(String),
}

/// A part that has ended.
pub(crate) struct Row {
    pub(crate) part: &'static str,
    pub(crate) seconds: f64,
    pub(crate) verdict: Verdict,
}

impl Row {
    pub(crate) fn failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }
}

/// The table as text, with a total in its last line.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut text = format!("\n{:<8} {:>8}  result", "part", "seconds");
    let mut line = |part: &str, seconds: f64, result: &str| {
        write!(text, "\n{part:<8} {seconds:>8.1}  {result}").expect("a string takes any text");
    };
    for row in rows {
        match &row.verdict {
            Verdict::Passed => line(row.part, row.seconds, "ok"),
            Verdict::Partly(skipped) => line(row.part, row.seconds, &format!("ok, but SKIPPED: {skipped}")),
            Verdict::Skipped(why) => line(row.part, row.seconds, &format!("SKIPPED: {why}")),
            Verdict::Failed(why) => line(row.part, row.seconds, &format!("FAILED: {why}")),
        }
    }
    let count = |wanted: fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let skipped = count(|row| matches!(row.verdict, Verdict::Partly(_) | Verdict::Skipped(_)));
    let total = match (count(Row::failed), skipped) {
        (0, 0) => "ok".to_owned(),
        (0, skipped) => format!("ok, {skipped} skipped"),
        (failed, 0) => format!("{failed} FAILED"),
        (failed, skipped) => format!("{failed} FAILED, {skipped} skipped"),
    };
    line("total", rows.iter().map(|row| row.seconds).sum(), &total);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_every_part_and_ends_with_the_total() {
        let rows = [
            Row { part: "format", seconds: 0.42, verdict: Verdict::Passed },
            Row { part: "lints", seconds: 61.0, verdict: Verdict::Failed("`cargo clippy` failed".to_owned()) },
            Row { part: "deny", seconds: 0.0, verdict: Verdict::Skipped("cargo-deny is missing".to_owned()) },
            Row { part: "test", seconds: 9.04, verdict: Verdict::Partly("mtail is missing".to_owned()) },
        ];
        let expected = "
part      seconds  result
format        0.4  ok
lints        61.0  FAILED: `cargo clippy` failed
deny          0.0  SKIPPED: cargo-deny is missing
test          9.0  ok, but SKIPPED: mtail is missing
total        70.5  1 FAILED, 2 skipped";
        assert_eq!(render(&rows), expected);
    }
}

//! The `test` part: all tests, by cargo-nextest where it is installed, else by cargo itself.
//!
//! The runner's own summary is kept, so that the whole run can close with it.

use super::Part;
use super::table::Verdict;
use crate::run::{self, Stream};
use crate::tools::{Missing, Tools};
use anyhow::Result;
use std::io::IsTerminal as _;
use std::path::Path;

/// Runs all tests but those in documentation, and adds the lines by which the runner sums up to `summary`.
pub(crate) fn tests(root: &Path, tools: &Tools, summary: &mut Vec<String>) -> Result<Verdict> {
    let mut command = run::cargo(root);
    command.envs(tools.environment());
    let result = if run::answer(run::cargo(root).args(["nextest", "--version"])).is_some() {
        // Being watched, nextest sees no terminal.
        let colour = if std::io::stderr().is_terminal() { "always" } else { "auto" };
        command.args(["nextest", "run", "--workspace", "--color", colour]);
        run::watched(&mut command, Stream::Stderr, |line| keep_nextest(summary, line))
    } else {
        command.args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
        run::watched(&mut command, Stream::Stdout, |line| keep_libtest(summary, line))
    };
    result?;
    let lacking = tools.missing().iter().map(Missing::tool).filter(|tool| Part::Test.tools().contains(tool));
    let lacking: Vec<String> = lacking.map(|tool| tool.to_string()).collect();
    Ok(if lacking.is_empty() {
        Verdict::Passed
    } else {
        Verdict::Partly(format!("tests that need {}", lacking.join(", ")))
    })
}

/// Nextest sums up once: a line of counts, then the tests that did not pass.
fn keep_nextest(summary: &mut Vec<String>, line: &str) {
    let counts = line.contains("Summary") && (line.contains("tests run:") || line.contains("test run:"));
    if counts || !summary.is_empty() {
        summary.push(line.to_owned());
    }
}

/// The built-in runner sums up once for each program.
fn keep_libtest(summary: &mut Vec<String>, line: &str) {
    if line.starts_with("test result:") {
        summary.push(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_summary_is_kept_with_the_tests_that_failed() {
        let mut summary = Vec::new();
        let lines = [
            "        PASS [   0.004s] milepost-model a",
            "     Summary [   0.005s] 2 tests run: 1 passed, 1 failed, 0 skipped",
            "        FAIL [   0.004s] milepost-model b",
        ];
        for line in lines {
            keep_nextest(&mut summary, line);
        }
        assert_eq!(summary, lines[1..]);
    }

    #[test]
    fn libtest_summary_is_kept_for_each_program() {
        let mut summary = Vec::new();
        for line in ["test a ... ok", "test result: ok. 1 passed", "", "test result: FAILED. 0 passed"] {
            keep_libtest(&mut summary, line);
        }
        assert_eq!(summary, ["test result: ok. 1 passed", "test result: FAILED. 0 passed"]);
    }
}

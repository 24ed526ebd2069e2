//! How long files and functions may be.
//!
//! Lines of code: no comments, no blank lines, no insides of strings. Tests do not count to the size of a file, but
//! a function in a test has the same limit as any other.

use super::Finding;
use super::exceptions::{self, Exceptions};
use super::source::Source;
use crate::checkout::Checkout;
use std::collections::BTreeMap;

const FILE_LIMIT: usize = 500;
const FUNCTION_LIMIT: usize = 70;

pub(crate) fn check(checkout: &Checkout) -> Vec<Finding> {
    let mut exceptions = Exceptions::read(checkout.file(exceptions::PATH).map_or("", |file| &file.text));
    let mut findings = Vec::new();
    for file in checkout.rust() {
        let source = Source::new(&file.path, &file.text);
        let mut excuse = |function, line, size, limit| {
            let wrong = exceptions.excuse(&file.path, function, size, limit);
            findings.extend(wrong.map(|message| Finding::new(&file.path, line, message)));
        };
        if source.size() > FILE_LIMIT {
            excuse(None, 0, source.size(), FILE_LIMIT);
        }
        // Of several functions with one name the longest stands for all.
        let mut longest: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for function in source.functions().filter(|function| function.size > FUNCTION_LIMIT) {
            let known = longest.entry(function.name).or_default();
            *known = (*known).max((function.size, function.line));
        }
        for (name, (size, line)) in longest {
            excuse(Some(name), line, size, FUNCTION_LIMIT);
        }
    }
    findings.extend(exceptions.finish());
    findings
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn function(name: &str, size: usize) -> String {
        format!("fn {name}() {{\n{}}}\n", "    work();\n".repeat(size - 2))
    }

    fn findings(text: &str, exceptions: &str) -> Vec<String> {
        lines(&check(&Checkout::of(&[("a.rs", text), (exceptions::PATH, exceptions)])))
    }

    #[test]
    fn sizes_up_to_the_limits_need_no_exception() {
        let text = function("a", FUNCTION_LIMIT).repeat(7) + &function("a", FILE_LIMIT - 7 * FUNCTION_LIMIT);
        assert_eq!(findings(&text, ""), [""; 0]);
    }

    #[test]
    fn one_line_over_a_limit_is_found() {
        let text = function("a", FUNCTION_LIMIT + 1) + &"use b;\n".repeat(FILE_LIMIT - FUNCTION_LIMIT);
        let advice = "split it, or if that would make it worse add";
        assert_eq!(
            findings(&text, ""),
            [
                format!(
                    "a.rs: the file has 501 lines of code and the limit is 500; {advice} `a.rs | 501 | reason` to \
                     xtask/tidy-exceptions.txt"
                ),
                format!(
                    "a.rs:1: function `a` has 71 lines of code and the limit is 70; {advice} `a.rs::a | 71 | reason` \
                     to xtask/tidy-exceptions.txt"
                ),
            ]
        );
    }

    #[test]
    fn an_exception_of_the_very_size_holds() {
        assert_eq!(findings(&function("a", 80), "# sizes\n\na.rs::a | 80 | one table\n"), [""; 0]);
    }

    #[test]
    fn an_exception_may_only_shrink() {
        assert_eq!(
            findings(&function("a", 81), "a.rs::a | 80 | one table\n"),
            ["a.rs:1: `a.rs::a` grew from 80 to 81 lines of code; an exception may only shrink"]
        );
        assert_eq!(
            findings(&function("a", 79), "a.rs::a | 80 | one table\n"),
            ["xtask/tidy-exceptions.txt:1: `a.rs::a` has shrunk to 79 lines of code; lower 80 to 79"]
        );
        assert_eq!(
            findings(&function("a", 70), "a.rs::a | 80 | one table\n"),
            ["xtask/tidy-exceptions.txt:1: `a.rs::a` is within the limits, or gone; remove this line"]
        );
    }

    #[test]
    fn an_exempt_file_may_grow_with_all_its_functions() {
        let text = function("a", 900);
        assert_eq!(findings(&text, "a.rs | exempt | a table of data\n"), [""; 0]);
        assert_eq!(
            findings(&function("a", 9), "a.rs | exempt | a table of data\n"),
            ["xtask/tidy-exceptions.txt:1: `a.rs` is within the limits, or gone; remove this line"]
        );
    }

    #[test]
    fn an_exception_needs_a_reason() {
        let rule = "must read `path or path::function | size or exempt | reason`";
        for line in ["a.rs::a | 80", "a.rs::a | 80 | ", "a.rs::a | many | why"] {
            let found = findings(&function("b", 5), line);
            assert_eq!(found, [format!("xtask/tidy-exceptions.txt:1: {rule}")]);
        }
    }
}

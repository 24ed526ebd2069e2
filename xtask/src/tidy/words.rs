//! Words that stay out of the project: promises to do something later, and tests that are off or that wait.

use super::Finding;
use super::source::{self, Source};
use crate::checkout::Checkout;

// Put together, so that this file does not hold what it forbids.
const LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const IGNORED: &str = concat!("#[", "ignore");
const SLEEPS: [&str; 2] = [concat!("thread::", "sleep"), concat!("time::", "sleep")];

pub(crate) fn check(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in checkout.files() {
        let rust = file.path.ends_with(".rs");
        for (index, line) in file.text.lines().enumerate() {
            let mut found = |message: String| findings.push(Finding::new(&file.path, index + 1, message));
            for word in LATER.iter().filter(|word| source::words(line, word).next().is_some()) {
                found(format!("`{word}` is forgotten here; do it now, or write down elsewhere that it is open"));
            }
            if rust && line.contains(IGNORED) {
                found("an ignored test proves nothing; run it, or remove it".to_owned());
            }
        }
        if rust {
            findings.extend(sleeps(&file.path, &file.text));
        }
    }
    findings
}

fn sleeps(path: &str, text: &str) -> Vec<Finding> {
    let message = "a test that sleeps is slow or fails by chance; wait for what it needs, with a bound";
    let source = Source::new(path, text);
    let lines = source.test_lines().filter(|(_, code)| SLEEPS.iter().any(|sleep| code.contains(sleep)));
    lines.map(|(line, _)| Finding::new(path, line, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    #[test]
    fn a_promise_to_do_it_later_is_found_as_a_word() {
        let word = LATER[0];
        let text = format!("see {word}: later\n{word}S\n{}\n", word.to_lowercase());
        assert_eq!(
            lines(&check(&Checkout::of(&[("a.md", &text)]))),
            [format!("a.md:1: `{word}` is forgotten here; do it now, or write down elsewhere that it is open")]
        );
    }

    #[test]
    fn an_ignored_test_is_found() {
        let text = format!("//! A.\n#[test]\n{IGNORED} = \"slow\"]\nfn a() {{}}\n");
        assert_eq!(
            lines(&check(&Checkout::of(&[("a.rs", &text)]))),
            ["a.rs:3: an ignored test proves nothing; run it, or remove it"]
        );
    }

    #[test]
    fn only_tests_may_not_sleep() {
        let text = format!(
            "fn a() {{ {0}(d) }}\n#[cfg(test)]\nmod tests {{\n    // {0}\n    fn b() {{ {0}(d) }}\n}}\n",
            SLEEPS[0]
        );
        let found = lines(&check(&Checkout::of(&[("a.rs", &text)])));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("a.rs:5: a test that sleeps"), "{found:?}");
    }
}

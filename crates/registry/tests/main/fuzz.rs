//! Fuzz targets. Under `cargo test` each runs a bounded number of random inputs and prints the seed of one that fails;
//! `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS`, set together, run more, and `cargo bolero test` runs them under a
//! coverage-guided engine.

use crate::read_alone;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// A few seconds each of an unoptimised build.
const ITERATIONS: usize = 3_000;

/// Pieces of files; a byte of the input chooses one, so that random input often looks like YAML.
const PIECES: [&str; 68] = [
    "---\n",
    "...\n",
    "apiVersion: milepost/v1\n",
    "kind: ",
    "Product\n",
    "Step\n",
    "SLO\n",
    "Objective\n",
    "Service\n",
    "AnnotationRules\n",
    "metadata: ",
    "{name: mail}\n",
    "name: ",
    "spec:\n",
    "  ",
    "    ",
    "\n",
    "\t",
    "- ",
    ": ",
    ", ",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "&a ",
    "*a",
    "!t ",
    "<<: ",
    "# é\n",
    "🦀",
    "\u{feff}",
    "\r\n",
    "\0",
    "~",
    "steps: ",
    "measure: ",
    "web GET /a/{b}",
    "match: ",
    "path: /a",
    "valid: step = 'x'",
    "threshold: 1ms",
    "after: ",
    "title: x\n",
    "SeverityPolicy\n",
    "ErrorBudgetPolicy\n",
    "Flow\n",
    "Maintenance\n",
    "repeats: ",
    "rule: FREQ=WEEKLY;BYDAY=SU",
    "from: 2026-01-31T22:00Z",
    "FitAssessment\n",
    "stakeholders: ",
    "accountable: ",
    "rules: ",
    "scope: all",
    "impact: any",
    "level: major",
    "alerts: ",
    "page: 2%",
    "long: 1h",
    "appliesTo: ",
    "criticality: ",
    "reconfirmBy: 2026-01-31",
];

/// The files of the example, which random changes make wrong.
static EXAMPLE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail");
    ["product.yaml", "services.yaml", "slos.yaml", "steps.yaml", "policies.yaml", "flows.yaml"]
        .map(|name| fs::read_to_string(folder.join(name)).unwrap())
        .into()
});

/// Files in which every kind of document says all that it can say, so that changes reach every reader.
static PAIRS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("bad.yaml")).collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
});

#[test]
fn fuzz_any_text_is_a_registry_or_has_diagnostics_within_it() {
    bolero::check!().with_iterations(ITERATIONS).with_max_len(256).for_each(|input: &[u8]| {
        let Some((kind, input)) = input.split_first() else { return };
        let text = match kind % 4 {
            0 => String::from_utf8_lossy(input).into_owned(),
            _ => input.iter().map(|byte| PIECES[usize::from(*byte) % PIECES.len()]).collect(),
        };
        check(&[("any.yaml", &text)]);
    });
}

#[test]
fn fuzz_a_changed_registry_is_a_registry_or_has_diagnostics_within_it() {
    bolero::check!().with_iterations(ITERATIONS / 3).with_max_len(24).for_each(|input: &[u8]| {
        let Some(([which, at], changes)) = input.split_first_chunk() else { return };
        if which % 8 == 0 {
            let changed = usize::from(*at) % EXAMPLE.len();
            let texts: Vec<String> = (EXAMPLE.iter().enumerate())
                .map(|(at, text)| if at == changed { changed_text(text, changes) } else { text.clone() })
                .collect();
            let names = ["a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml", "f.yaml"];
            check(&names.iter().zip(&texts).map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>());
        } else {
            let text = &PAIRS[(usize::from(*which) * 256 + usize::from(*at)) % PAIRS.len()];
            check(&[("a.yaml", &changed_text(text, changes))]);
        }
    });
}

/// The text with pieces put in, cut out and repeated where the bytes say.
fn changed_text(text: &str, changes: &[u8]) -> String {
    let mut text = text.to_owned();
    for [high, low, what, length] in changes.as_chunks().0 {
        let boundary = |from: usize| (from..).find(|at| text.is_char_boundary(*at)).unwrap();
        let at = boundary((usize::from(*high) * 256 + usize::from(*low)) % (text.len() + 1));
        let end = boundary((at + usize::from(*length) % 32).min(text.len()));
        match what % 4 {
            0 => text.replace_range(at..end, ""),
            1 => {
                let again = text[at..end].to_owned();
                text.insert_str(at, &again);
            }
            2 => text.replace_range(at..end, PIECES[usize::from(*length) % PIECES.len()]),
            _ => text.insert_str(at, PIECES[usize::from(*length) % PIECES.len()]),
        }
    }
    text
}

fn check(texts: &[(&str, &str)]) {
    let outcome = read_alone(texts.iter().copied());
    let diagnostics = &outcome.diagnostics;
    assert_eq!(outcome.registry.is_some(), diagnostics.errors() == 0);
    let rendered = diagnostics.render(false);
    assert!(!rendered.chars().any(|c| c.is_control() && c != '\n'), "{rendered:?}");
    assert!(diagnostics.render(true).len() >= rendered.len());

    let mut before = None;
    for record in diagnostics.records() {
        let (Some(line), Some(column)) = (record.line, record.column) else { continue };
        let (_, text) = texts.iter().find(|(name, _)| *name == record.file).unwrap();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let characters = text.split('\n').nth(line - 1).unwrap().chars().count();
        assert!((1..=characters + 1).contains(&column), "{record:?} of {characters}");
        assert_eq!(record.end_line, Some(line), "{record:?}");
        assert!((column..=characters + 1).contains(&record.end_column.unwrap()), "{record:?}");
        assert!(!record.message.is_empty() && !record.message.contains('\n') && record.help.is_some(), "{record:?}");
        let place = (record.file.to_owned(), line, column);
        assert!(before.is_none_or(|before| before <= place), "{record:?} is out of order");
        before = Some(place);
    }
}

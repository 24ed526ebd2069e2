//! The schema as a validator that is not ours has it: whole files that are right and wrong, and the documents made from the table.

use super::broken;
use super::specimen::specimens;
use crate::reader::probe;
use crate::schema::table::{Need, Shape};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Codes that a schema can know: those of one document, seen by its keys, shapes, words and forms of texts.
const KNOWN: [&str; 18] = [
    "MPA002", "MPA003", "MPA004", "MPA007", "MPC001", "MPM004", "MPM008", "MPP001", "MPP003", "MPS002", "MPS003",
    "MPS004", "MPY005", "MPY006", "MPY007", "MPY009", "MPY010", "MPY011",
];
/// Mistakes of codes that it knows in part.
const KNOWN_IN_PART: [&str; 13] = [
    "MPA001-path",
    "MPM005-twice",
    "MPM006-tag",
    "MPS001-percent-forgotten",
    "MPS005-days",
    "MPS005-month",
    "MPS005-zone",
    "MPY012-choice",
    "MPY012-dimension",
    "MPY012-duration-with-fraction",
    "MPY012-log-format",
    "MPY012-no-alerts",
    "MPY012-rate",
];
/// A mistake of a code that it knows otherwise: which columns facts have is no matter of form.
const UNKNOWN: &str = "MPY011-reserved-dimension";

/// A code of files that are larger than they look.
const TOO_LARGE: &str = "MPY003";

#[test]
fn what_is_right_is_taken() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("rules/agents.yaml")];
    for product in folders(&root.join("../../examples")) {
        let entries = fs::read_dir(product).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")));
    }
    files.extend(pairs().into_iter().map(|pair| pair.join("mended.yaml")));
    assert!(files.len() > 150, "{} files", files.len());
    let texts: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let Some(said) = validate(&texts) else { return };
    let wrong: Vec<_> = files.iter().zip(said).filter(|(_, said)| !said.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn of_mistakes_those_are_refused_that_can_be_seen_in_one_document_and_no_warnings() {
    let mut pairs = pairs();
    // Aliases of aliases, written out, would fill the validator's memory.
    pairs.retain(|pair| !pair.file_name().unwrap().to_str().unwrap().starts_with(TOO_LARGE));
    let texts: Vec<String> = pairs.iter().map(|pair| fs::read_to_string(pair.join("bad.yaml")).unwrap()).collect();
    let Some(said) = validate(&texts) else { return };
    let names = pairs.iter().map(|pair| pair.file_name().unwrap().to_str().unwrap());
    let yaml: Vec<(&str, String)> = names.zip(said).filter(|(_, said)| !said.starts_with("not YAML")).collect();
    let refused: BTreeSet<&str> = yaml.iter().filter(|(_, said)| !said.is_empty()).map(|(name, _)| *name).collect();
    let expected = yaml.iter().map(|(name, _)| *name).filter(|name| is_known(name)).collect();
    assert_eq!(refused, expected);
}

/// Documents of OpenSLO are let through.
fn is_known(name: &str) -> bool {
    let (code, slug) = name.split_once('-').unwrap();
    let of_code = KNOWN.contains(&code) && name != UNKNOWN;
    !slug.contains("openslo") && (of_code || KNOWN_IN_PART.contains(&name))
}

#[test]
fn every_key_is_taken_with_its_example_and_each_word() {
    let mut texts = Vec::new();
    for specimen in specimens() {
        texts.push(specimen.document(&specimen.least_with(None), None));
        for field in specimen.mapping.fields {
            texts.push(specimen.document(&specimen.least_with(Some(field.name)), None));
            if let (Shape::Choice(words), true) = (&field.shape, specimen.mapping.name != "document") {
                let words = words().into_iter().filter(|_| field.name != "type");
                texts.extend(words.map(|word| specimen.document_with(field.name, word)));
            }
        }
    }
    let Some(said) = validate(&texts) else { return };
    let wrong: Vec<_> = texts.iter().zip(said).filter(|(_, said)| !said.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unknown_and_missing_keys_and_strange_words_are_refused_wherever_they_stand() {
    let mut texts = Vec::new();
    for specimen in specimens() {
        texts.push(specimen.document(&specimen.least_with(None), Some(probe::KEY)));
        texts.extend(specimen.mapping.rules.iter().flat_map(|rule| broken(&specimen, rule)));
        for field in specimen.mapping.fields {
            if field.need == Need::Required {
                texts.push(specimen.document_without(field.name));
            }
            if matches!(field.shape, Shape::Choice(_) | Shape::Flag | Shape::Mapping(_) | Shape::Map(..)) {
                texts.push(specimen.document_with(field.name, "neither-nor"));
            }
        }
    }
    let Some(said) = validate(&texts) else { return };
    let taken: Vec<_> = texts.iter().zip(said).filter(|(_, said)| said.is_empty()).map(|(text, _)| text).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

/// What the validator says of each text, empty where it takes it; `None` where there is no validator.
fn validate(texts: &[String]) -> Option<Vec<String>> {
    let python = python()?;
    let schema = serde_json::to_string(&super::super::draft::schema()).unwrap();
    let lines = texts.iter().map(|text| serde_json::to_string(text).unwrap());
    let input: String = [schema].into_iter().chain(lines).map(|line| line + "\n").collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema/tests/validate.py");
    let command =
        Command::new(python).args(["-X", "utf8", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = command.expect("Python starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Answers come while texts go out, and a full pipe would stop both.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()));
        child.wait_with_output()
    });
    let output = output.expect("Python ends");
    assert!(output.status.success(), "{}", output.status);
    let said: Vec<String> = String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect();
    assert_eq!(said.len(), texts.len());
    Some(said)
}

/// A Python with jsonschema: the one that `MILEPOST_PYTHON` names, or the one that `cargo xtask test` installs; else it is said that the test
/// did not run.
fn python() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("MILEPOST_PYTHON") {
        return Some(python.into());
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?.join(".tools/venv/bin/python3");
    // A Python that other tests installed may lack it.
    let has_jsonschema =
        || Command::new(&installed).args(["-c", "import jsonschema, ruamel.yaml"]).stderr(Stdio::null()).status();
    if !installed.exists() || !has_jsonschema().is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no Python with jsonschema; run `cargo xtask test --only test`, or set MILEPOST_PYTHON");
        return None;
    }
    Some(installed)
}

/// Pairs of documents of a registry; those of codes that begin with `MPI` are other tools'.
fn pairs() -> Vec<PathBuf> {
    let mut pairs = folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics"));
    pairs.retain(|pair| !pair.file_name().unwrap().to_str().unwrap().starts_with("MPI"));
    pairs
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

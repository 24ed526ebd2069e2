//! What is exported, held against the programs that it is for.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod grafana;
mod imports;
mod openslo;
mod openslo_round_trip;
mod prometheus;
mod promtool;

use milepost_registry::{Code, Outcome, Registry};
use std::path::{Path, PathBuf};

/// The texts of an example's registry, with the names of their files.
fn texts_of(example: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn registry(texts: &[(String, String)]) -> Registry {
    let outcome = milepost_registry::read_texts(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    outcome.registry.unwrap_or_else(|| panic!("{}", outcome.diagnostics.render(false)))
}

/// What is said of a registry, but that alert policies are another matter here: which of them are judged is said where they are read.
fn said(outcome: &Outcome) -> Vec<&str> {
    let all = outcome.diagnostics.iter().filter(|diagnostic| diagnostic.code != Code::PolicyUnjudged);
    all.map(|diagnostic| diagnostic.message.as_str()).collect()
}

/// The registry of an example.
fn example(name: &str) -> Registry {
    registry(&texts_of(name))
}

/// The mail example with this in place of its SLOs.
fn mail_with(slos: &str) -> Registry {
    let mut texts = texts_of("mail");
    texts.retain(|(name, _)| ["product.yaml", "services.yaml", "steps.yaml"].contains(&name.as_str()));
    texts.push(("slos.yaml".to_owned(), slos.to_owned()));
    registry(&texts)
}

/// An empty folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

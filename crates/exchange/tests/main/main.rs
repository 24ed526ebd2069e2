//! What is exported, held against the programs that it is for.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod prometheus;
mod promtool;

use milepost_registry::Registry;
use std::path::{Path, PathBuf};

/// The registry of an example.
fn example(name: &str) -> Registry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let outcome = milepost_registry::read(&folder);
    outcome.registry.unwrap_or_else(|| panic!("{}", outcome.diagnostics.render(false)))
}

/// The mail example with this in place of its SLOs.
fn mail_with(slos: &str) -> Registry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let texts = [("product.yaml", read("product.yaml")), ("services.yaml", read("services.yaml")), ("steps.yaml", read("steps.yaml")), ("slos.yaml", slos.to_owned())];
    let outcome = milepost_registry::read_texts(texts.iter().map(|(name, text)| (*name, text.as_str())));
    outcome.registry.unwrap_or_else(|| panic!("{}", outcome.diagnostics.render(false)))
}

/// An empty folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

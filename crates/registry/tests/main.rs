//! What the registry says of files: each diagnostic, all of them at once, of mutated, hostile and arbitrary files; through the public interface.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "main/diff.rs"]
mod diff;
#[path = "main/diff_mutants.rs"]
mod diff_mutants;
#[path = "main/files.rs"]
mod files;
#[path = "main/fuzz.rs"]
mod fuzz;
#[path = "main/hostile.rs"]
mod hostile;
#[path = "main/mail.rs"]
mod mail;
#[path = "main/many.rs"]
mod many;
#[path = "main/mutations.rs"]
mod mutations;
#[path = "main/openslo.rs"]
mod openslo;
#[path = "main/pages.rs"]
mod pages;
#[path = "main/pairs.rs"]
mod pairs;
#[path = "main/show.rs"]
mod show;
#[path = "main/together.rs"]
mod together;
#[path = "main/tree.rs"]
mod tree;

use milepost_registry::{Outcome, ReadOptions};

/// Takes the place of the rules that ship with Milepost, which take an unoptimised build a while to compile.
const NO_AGENTS: &str = "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: agents}\nspec: {rules: []}\n";

/// The day on which everything here is read.
const TODAY: &str = "2026-12-01";

fn options() -> ReadOptions {
    ReadOptions { today: Some(TODAY.parse().unwrap()) }
}

/// Reads texts without the rules that ship with Milepost.
fn read_alone<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Outcome {
    options().read_texts(texts.into_iter().chain([("no-agents.yaml", NO_AGENTS)]))
}

//! What is written from the table of what registry files may hold: the JSON Schema, and the tables of the reference.
//!
//! The table is a part of the product, so that the readers are tested against it. A program of its crate prints both.

use super::Generated;
use crate::run;
use std::path::Path;

const SCHEMA: &str = "schema/milepost.schema.json";
const REFERENCE: &str = "docs/registry.md";

/// The files; without a text where the program does not run, or says that something is wrong.
pub(super) fn files(root: &Path) -> [Generated; 2] {
    let file = |path: &str, text| Generated { path: path.to_owned(), text };
    [file(SCHEMA, printed(root, &[])), file(REFERENCE, printed(root, &[REFERENCE]))]
}

fn printed(root: &Path, arguments: &[&str]) -> Option<String> {
    let program = ["run", "--quiet", "-p", "milepost-registry", "--bin", "registry-schema", "--"];
    let mut command = run::cargo(root);
    command.args(program).args(arguments);
    run::printed(&mut command)
}

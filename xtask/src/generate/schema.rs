//! What is written from tables of the product: the JSON Schema of registry files, the tables of their reference, and the OpenAPI document.
//!
//! The tables are parts of the product, so that what reads and answers is tested against them. A program of each crate prints what is made of them.

use super::Generated;
use crate::run;
use std::path::Path;

const SCHEMA: &str = "schema/milepost.schema.json";
const REFERENCE: &str = "docs/registry.md";
const API: &str = "schema/openapi.json";

/// The files; without a text where the program does not run, or says that something is wrong.
pub(super) fn files(root: &Path) -> [Generated; 3] {
    let file = |path: &str, text| Generated { path: path.to_owned(), text };
    let registry = ["milepost-registry", "registry-schema"];
    [
        file(SCHEMA, printed(root, registry, &[])),
        file(REFERENCE, printed(root, registry, &[REFERENCE])),
        file(API, printed(root, ["milepost-server", "openapi"], &[])),
    ]
}

/// What a program of a crate prints.
fn printed(root: &Path, [of, program]: [&str; 2], arguments: &[&str]) -> Option<String> {
    let mut command = run::cargo(root);
    command.args(["run", "--quiet", "-p", of, "--bin", program, "--"]).args(arguments);
    run::printed(&mut command)
}

//! The OpenAPI document: as the repository has it, and as answers are.

use super::client::Client;
use crate::world::World;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn the_document_is_as_committed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == milepost_server::api::openapi(), "run `cargo xtask generate`");
}

#[test]
fn every_path_of_the_document_is_answered() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let document = client.json("/openapi.json");
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 35);
    world.until("severity is judged", || server.shared.severity().at.is_some());
    // There is no incident and no KPI; those of a server that has one are looked at elsewhere.
    let is_there = |path: &&String| !path.contains("{incident}") && !path.contains("{kpi}");
    for path in paths.keys().filter(|path| !path.ends_with("/events")).filter(is_there) {
        let path = path.replace("{product}", "shop").replace("{objective}", "buy").replace("{step}", "pay");
        let path = path.replace("{slo}", "pay-works");
        let body = client.json(path.strip_prefix("/api/v1").unwrap());
        assert!(body["as_of"].is_u64(), "{path}");
    }
    server.stop();
}

#[test]
fn the_document_is_valid_for_a_validator_that_is_not_ours() {
    const SCRIPT: &str = "import json, sys, openapi_spec_validator as v; v.validate(json.load(sys.stdin))";
    let Some(python) = python() else { return };
    let mut child = Command::new(python).args(["-c", SCRIPT]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(milepost_server::api::openapi().as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The Python that `MILEPOST_PYTHON` names, or the one that `cargo xtask test` installs; `None`, and said so, where it lacks the validator.
fn python() -> Option<PathBuf> {
    let installed = || Some(Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?.join(".tools/venv/bin/python3"));
    let python = std::env::var_os("MILEPOST_PYTHON").map(PathBuf::from).or_else(installed)?;
    let can = Command::new(&python).args(["-c", "import openapi_spec_validator"]).stderr(Stdio::null()).status();
    if can.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    // Seen also where output of tests that pass is not shown.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: no Python with openapi-spec-validator; run `cargo xtask test --only test`"
    );
    None
}

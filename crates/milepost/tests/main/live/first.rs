//! A first start: what is refused before anything is begun, and the commands that are named then.

use super::process::Process;
use crate::run::{Folder, example, milepost_in, told};
use serde_json::{Value, json};
use std::process::Output;

/// A start that is refused; ports of its own, so that tests do not meet.
fn refused(folder: &Folder, options: &[&str]) -> Output {
    let registry = example("mail");
    let any = "127.0.0.1:0";
    let arguments = ["up", "--registry", &registry, "--listen-http", any, "--listen-api", any];
    let output = milepost_in(folder, arguments.iter().chain(options));
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    output
}

#[test]
fn a_port_for_everybody_is_refused_before_anything_is_begun_with_a_command_that_works() {
    let folder = Folder::new("first-unguarded");
    let output = refused(&folder, &["--data", "data", "--listen-grpc", "0.0.0.0:0"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.starts_with("error: `0.0.0.0:"), "{error}");
    assert!(!folder.path().join("data").exists());
    let (_, command) = error.split_once("make one with: milepost ").expect("a command");
    let made = milepost_in(&folder, command.lines().next().expect("a line").split(' '));
    assert!(made.status.success(), "{}", told(&made));
    assert!(String::from_utf8_lossy(&made.stdout).starts_with("mp_telemetry_"));
    let listed = milepost_in(&folder, ["token", "--data", "data", "list"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("telemetry of 20"), "{}", told(&listed));
}

#[test]
fn a_data_directory_that_is_mistyped_is_not_begun_for_tokens() {
    let folder = Folder::new("first-mistyped");
    let commands = [&["list"][..], &["create", "read"], &["revoke", "5f2c0a91"]];
    let all: String = commands
        .map(|action| told(&milepost_in(&folder, ["token", "--data", "mistyped"].iter().chain(action))))
        .concat();
    insta::assert_snapshot!(all);
    assert!(!folder.path().join("mistyped").exists());
}

#[test]
fn values_that_make_no_sense_are_answered_with_what_would() {
    let folder = Folder::new("first-values");
    folder.write("a.log", b"");
    let each = [
        ["--keep-days", "0"],
        ["--segments-every", "0s"],
        ["--listen-grpc", "foo"],
        ["--listen-grpc", "localhost:high"],
        ["--data", "a.log"],
    ];
    let all: String =
        each.map(|options| String::from_utf8_lossy(&refused(&folder, &options).stderr).into_owned()).concat();
    insta::assert_snapshot!(all);
}

#[test]
fn a_log_to_follow_that_is_not_there_is_told_by_the_greeting_the_api_and_status() {
    let folder = Folder::new("first-follow");
    let there = folder.write("there.log", b"").display().to_string();
    let absent = folder.path().join("absent.log").display().to_string();
    let data = folder.path().join("data");
    let server = Process::start(&example("website"), &data, &["--tail", &there, "--tail", &absent]);
    let follows: Vec<&str> = server.greeting.lines().filter(|line| line.starts_with("follows ")).collect();
    assert_eq!(
        follows,
        [
            format!("follows    {there} of `website`"),
            format!("follows    {absent} of `website`, which is not there yet")
        ]
    );
    let ingest: Value = serde_json::from_str(&server.get("/api/v1/ingest")).expect("JSON");
    let followed =
        |file: &str, exists: bool| json!({"service": "website", "file": file, "exists": exists, "bytes_read": 0});
    assert_eq!(ingest["followed"], json!([followed(&there, true), followed(&absent, false)]));
    let api = format!("http://{}", server.api);
    let status = milepost_in(&folder, ["status", "--server", &api]);
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(said.contains(&format!("Warning: `{absent}` is to be followed and is not there.\n")), "{said}");
    // Not the ports that a server has by default.
    let sends = format!("send OTLP to http://{} (gRPC) or http://{} (HTTP)", server.grpc, server.http);
    assert!(said.contains(&sends), "{said}");
}

#[test]
fn whoever_looks_around_is_told_where_the_api_is() {
    let folder = Folder::new("first-root");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    for path in ["/api", "/index.html"] {
        let said: Value = serde_json::from_str(&server.get(path)).expect("JSON");
        assert_eq!(said["code"], "unknown-path");
        let told =
            format!("there is nothing at `{path}`: the API is below /api/v1, which /api/v1/openapi.json describes");
        assert!(said["message"].as_str().is_some_and(|message| message.starts_with(&told)), "{said}");
    }
}

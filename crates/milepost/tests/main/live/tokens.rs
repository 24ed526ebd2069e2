//! Tokens from the command that makes them to the listener that asks for them.

use super::process::{Process, otlp_json, send, until};
use crate::run::{Folder, command, example, milepost};
use std::path::Path;

fn token(data: &Path, arguments: &[&str]) -> String {
    let base = ["token", "--data", data.to_str().expect("a plain path")];
    let output = milepost([&base, arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

#[test]
fn a_port_beyond_this_machine_starts_with_tokens_only_and_says_how_to_make_them() {
    let folder = Folder::new("unguarded");
    let (data, registry) = (folder.path().join("data"), example("mail"));
    let path = data.to_str().expect("a plain path");
    let (all, here) = ("0.0.0.0:0", "127.0.0.1:0");
    for (grpc, http, api, kind) in
        [(all, here, here, "telemetry"), (here, all, here, "telemetry"), (here, here, all, "read")]
    {
        let mut arguments = vec!["up", "--registry", &registry, "--data", path];
        arguments.extend(["--listen-grpc", grpc, "--listen-http", http, "--listen-api", api]);
        let output = command(&arguments).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        let made = format!("milepost token --data {path} create {kind}");
        assert!(said.contains(&made) && !said.contains("is up"), "{said}");
        assert!(!data.exists(), "nothing was begun");
    }
    // What it says helps.
    token(&data, &["create", "telemetry", "--name", "collector", "--begin"]);
    let arguments = ["up", "--registry", &registry, "--data", path, "--listen-grpc", all];
    let server = Process::run(&mut command(arguments.into_iter().chain(["--listen-http", here, "--listen-api", here])));
    assert!(server.stop());
}

#[test]
fn a_listener_lets_in_who_has_a_token_of_its_kind_until_it_is_revoked() {
    let folder = Folder::new("tokens");
    let data = folder.path().join("data");
    let sender = token(&data, &["create", "telemetry", "--name", "collector", "--begin"]);
    let reader = token(&data, &["create", "read", "--name", "grafana"]);
    let server = Process::start(&example("mail"), &data, &["--require-tokens"]);
    let body = otlp_json("webmail", (1..4).map(|id| (id, "GET /inbox", 200)));
    let with = |secret: &str| format!("Bearer {secret}");
    let posted = |authorization: &str| {
        let headers = [("Content-Type", "application/json"), ("Authorization", authorization)];
        send(server.http, ("POST", "/v1/traces"), &headers, body.as_bytes()).expect("an answer").status
    };
    let asked = |authorization: &str| {
        send(server.api, ("GET", "/api/v1/products"), &[("Authorization", authorization)], b"").expect("an answer")
    };
    assert_eq!((posted(&with(&sender)), posted(&with(&reader)), posted("")), (200, 403, 401));
    assert_eq!((asked(&with(&reader)).status, asked(&with(&sender)).status, asked("").status), (200, 403, 401));
    let denied = asked("");
    let body: serde_json::Value = serde_json::from_str(&denied.body).expect("JSON");
    let name = body["request_id"].as_str().expect("a name");
    assert!(denied.head.contains(&format!("x-request-id: {name}")), "{}", denied.head);
    // Whether it lives may be asked by anybody.
    assert_eq!(send(server.api, ("GET", "/live"), &[], b"").expect("an answer").status, 200);

    let list = token(&data, &["list"]);
    assert!(list.contains("collector") && list.contains("grafana"), "{list}");
    assert!(!list.contains(&sender) && !list.contains(&sender["mp_telemetry_".len()..]), "{list}");
    let id = list.lines().find(|line| line.contains("collector")).and_then(|line| line.split_whitespace().next());
    token(&data, &["revoke", id.expect("its id")]);
    until("the server knows that it is revoked", || posted(&with(&sender)) == 401);
    assert!(!token(&data, &["list"]).contains("collector"));
    let unknown = milepost(["token", "--data", data.to_str().expect("a plain path"), "revoke", "00000000"]);
    assert_eq!(unknown.status.code(), Some(2));
    let (is_well, said) = server.ended();
    assert!(is_well && !said.contains(&sender) && !said.contains(&reader), "{said}");
}

//! What the log tells of requests with telemetry.

use super::client::{PROTOBUF, TRACES, call, post, send};
use super::intake;
use super::server::{Options, Server};
use super::telemetry::{span, traces};
use crate::lines::Lines;
use milepost_server::auth::TokenKind;
use milepost_server::{Budget, Refusal};
use serde_json::{Value, json};

fn field<'l>(lines: &'l [Value], name: &str) -> Vec<&'l Value> {
    lines.iter().map(|line| &line[name]).collect()
}

#[tokio::test]
async fn each_request_is_one_line_that_tells_nothing_of_what_it_held() {
    let tokens = vec![TokenKind::Telemetry];
    let (server, secrets) = Server::with(Options { tokens, ..Options::default() }).await;
    let authorization = ("authorization", &*format!("Bearer {}", secrets[0]));
    let lines = Lines::begin();
    let body = traces(vec![span(1)]);
    let named = [authorization, PROTOBUF, ("x-request-id", "batch-7.a_b")];
    let answered = post(server.http, "/v1/traces?planted=query", &named, body.clone()).await;
    assert_eq!((answered.status, answered.header("x-request-id")), (200, "batch-7.a_b"));
    let logs = [authorization, ("idempotency-key", "planted-key")];
    assert_eq!(post(server.http, "/v1/access-logs?service=planted", &logs, "planted line").await.status, 200);
    assert_eq!(post(server.http, "/v1/planted/path", &[], "").await.status, 404);
    assert_eq!(send(server.http, "PLANTED", "/v1/traces", &[], "").await.status, 405);
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], "planted body").await.status, 401);
    let answered = call(server.grpc, TRACES, &[authorization, ("x-request-id", "rpc-1")], &body).await;
    assert_eq!((answered.code(), answered.header("x-request-id")), (0, "rpc-1"));
    assert_eq!(call(server.grpc, TRACES, &[("authorization", "Bearer planted")], &body).await.code(), 16);

    let told = lines.told();
    assert_eq!(field(&told, "status"), [200, 200, 404, 405, 401, 200, 401]);
    assert_eq!(field(&told, "level"), ["DEBUG", "DEBUG", "INFO", "INFO", "INFO", "DEBUG", "INFO"]);
    let [traces, logs] = ["/v1/traces", "/v1/access-logs"];
    assert_eq!(field(&told, "route"), [traces, logs, "none", traces, traces, TRACES, TRACES]);
    assert_eq!(field(&told, "method"), ["POST", "POST", "POST", "other", "POST", "POST", "POST"]);
    assert_eq!((&told[0]["request_id"], &told[5]["request_id"]), (&json!("batch-7.a_b"), &json!("rpc-1")));
    assert_eq!(told[0]["received_bytes"], json!(body.len()));
    assert_eq!(told[5]["received_bytes"], json!(body.len() + 5));
    assert!(told.iter().all(|line| line["duration_ms"].as_f64().unwrap() >= 0.0));
    let text = lines.text().to_lowercase();
    assert!(!text.contains("planted") && !text.contains(&secrets[0]) && !text.contains("bearer"), "{text}");
}

#[tokio::test]
async fn a_name_that_could_forge_a_line_or_fill_it_is_replaced() {
    let server = Server::start().await;
    let lines = Lines::begin();
    let long = "x".repeat(129);
    for name in ["two words", "a\"b", "{}", "é", "", &long, "tab\there"] {
        let answered = post(server.http, "/v1/traces", &[PROTOBUF, ("x-request-id", name)], "").await;
        let made = answered.header("x-request-id");
        assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}: {made}");
        assert_eq!(lines.told().last().unwrap()["request_id"], made);
    }
}

#[tokio::test]
async fn what_the_server_could_not_do_is_a_warning() {
    for (refusal, status, level) in
        [(Refusal::Busy, 429, "INFO"), (Refusal::NotStored("disk full".to_owned()), 503, "WARN")]
    {
        let budget = Budget::new(64 << 20);
        let intake = Some(intake::refusing(budget.clone(), refusal));
        let (server, _) = Server::with(Options { intake, budget, ..Options::default() }).await;
        let lines = Lines::begin();
        let body = traces(vec![span(1)]);
        assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], body.clone()).await.status, status);
        assert_eq!(call(server.grpc, TRACES, &[], &body).await.code(), 14);
        let told = lines.told();
        assert_eq!(field(&told, "status"), [status, status]);
        assert_eq!(field(&told, "level"), [level, level]);
    }
}

#[tokio::test]
async fn a_sender_that_goes_away_is_told_too() {
    let (intake, answer_all) = intake::waiting(Budget::new(64 << 20));
    let (server, _) = Server::with(Options { intake: Some(intake), ..Options::default() }).await;
    let lines = Lines::begin();
    let sending =
        tokio::spawn(async move { post(server.http, "/v1/traces", &[PROTOBUF], traces(vec![span(1)])).await });
    while server.receiver.reserved_bytes() == 0 {
        tokio::task::yield_now().await;
    }
    sending.abort();
    while lines.told().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!((&lines.told()[0]["status"], &lines.told()[0]["level"]), (&json!(499), &json!("INFO")));
    answer_all();
}

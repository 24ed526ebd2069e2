//! Claims on a port for everybody and on one for the product's own parts.

use super::process::{Process, otlp_json, post};
use crate::run::{Folder, example};
use serde_json::{Value, json};

/// Five requests that claim another class, and five by a client that a rule knows as no user.
fn sent() -> String {
    let spans = otlp_json("webmail", (1..16).map(|id| (id, "POST /messages", if id > 10 { 200 } else { 503 })));
    let mut sent: Value = serde_json::from_str(&spans).expect("JSON");
    for (at, span) in
        sent["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().expect("spans").iter_mut().enumerate()
    {
        let claim = if at < 5 { "1.mail.-.send-mail.test.-.-.-" } else { "1.mail.-.send-mail.interactive.-.-.-" };
        let agent = if (5..10).contains(&at) { "Googlebot/2.1" } else { "Mozilla/5.0 (X11) Firefox/140.0" };
        let attributes = span["attributes"].as_array_mut().expect("attributes");
        for (key, text) in [("milepost", claim), ("user_agent.original", agent)] {
            attributes.push(json!({"key": key, "value": {"stringValue": text}}));
        }
    }
    sent.to_string()
}

#[test]
fn a_claim_from_anywhere_hides_no_failure_and_a_rule_still_can() {
    let folder = Folder::new("trust");
    let failures = |server: &Process, class: &str| {
        let labels = ["step=\"send-mail\"", "outcome=\"failure\"", &format!("class=\"{class}\"")];
        server.metric("milepost_step_events_total", &labels)
    };
    for (trust, interactive, test, refused) in [("public", 5, 0, 5), ("internal", 0, 5, 0)] {
        let server = Process::start(&example("mail"), &folder.path().join(trust), &["--trust-http", trust]);
        let (status, answer) =
            post(server.http, "/v1/traces", "application/json", sent().as_bytes()).expect("an answer");
        assert_eq!(status, 200, "{answer}");
        assert_eq!((failures(&server, "interactive"), failures(&server, "test")), (interactive, test), "{trust}");
        assert_eq!(failures(&server, "crawler"), 5, "a rule said so");
        let ingest: Value = serde_json::from_str(&server.get("/api/v1/ingest")).expect("JSON");
        assert_eq!(ingest["class_refused"], json!(refused), "{ingest}");
        assert_eq!(ingest["claims"]["accepted"], 15, "{ingest}");
        assert_eq!(server.metric("milepost_events_class_refused_total", &[]), refused);
    }
}

//! What a server remembers: hours that are handed to one whose clock is held, one after the other and without the rounds between them. Whoever is started in its
//! folder learns from them what is usual.

use milepost_annotate::Trust;
use milepost_model::{DurationNs, Timestamp};
use milepost_server::{Clock, Payload, RequestKey, Server, Settings, Submission};
use std::path::Path;
use tokio::runtime::Runtime;

/// What came in an hour.
pub(super) struct Hour {
    pub(super) begin: Timestamp,
    pub(super) payload: Payload,
    pub(super) body: String,
    /// How many events it has.
    pub(super) events: u64,
}

/// Who is told of an incident when, by how much of the attempts at a step it hits.
pub(super) const SEVERITY: &str = r#"
---
apiVersion: milepost/v1
kind: SeverityPolicy
metadata: {name: severity}
spec:
  title: Severity of incidents
  levels: [major, minor]
  rules:
    - {level: major, scope: all, impact: "> 20%"}
    - {level: minor, scope: all, impact: "> 5%"}
  signedOff: {product: product-manager, engineering: engineering-manager, on: 2026-03-02}
"#;

/// Fills a data directory with hours, the first of which begins at a time.
pub(super) fn remember(registry: &str, data: &Path, begin: Timestamp, hours: impl Iterator<Item = Hour>) {
    let runtime = Runtime::new().expect("a runtime");
    let clock = Clock::held(begin);
    let within = runtime.enter();
    let server = Server::start(Settings { clock: clock.clone(), ..Settings::alone(registry.into(), data.to_owned()) })
        .expect("a server");
    drop(within);
    for Hour { begin, payload, body, events } in hours {
        clock.move_to(begin.plus(DurationNs::from_seconds(3_600)));
        let reservation = server.intake.budget().try_reserve(body.len()).expect("memory");
        let submission = Submission {
            payload,
            key: RequestKey::named("hour", &begin.to_string()),
            content: None,
            body: body.into(),
            trust: Trust::Internal,
            reservation,
            offset: None,
        };
        let receipt = runtime.block_on(server.intake.submit(submission)).expect("it is stored");
        assert_eq!((receipt.accepted, receipt.duplicates), (events, 0));
    }
    server.stop();
}

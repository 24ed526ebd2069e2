//! What a server remembers: hours that are handed to one whose clock is held, one after the other and without the rounds between them. Whoever is started in its
//! folder learns from them what is usual.

use milepost_annotate::Trust;
use milepost_model::{DurationNs, Timestamp};
use milepost_server::{Ack, Clock, Payload, Receivers, RequestKey, Server, Settings, Submission};
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

/// A server that listens nowhere in particular, and tells nobody.
pub(super) fn settings(registry: &str, data: &Path, clock: &Clock) -> Settings {
    let local = "127.0.0.1:0".parse().expect("an address");
    Settings {
        registry: registry.into(),
        data: data.to_owned(),
        listen_grpc: local,
        listen_http: local,
        listen_api: local,
        memory_bytes: 256 << 20,
        ack: Ack::Disk,
        followed: Vec::new(),
        workers: 2,
        segments_every: DurationNs::from_seconds(600),
        keep_days: 30,
        keep_bytes: 1 << 30,
        trust_grpc: Trust::Internal,
        trust_http: Trust::Internal,
        clock: clock.clone(),
        receivers: Receivers::default(),
        remote_write: None,
        ca_file: None,
        sources: Vec::new(),
        source_tokens: Vec::new(),
        requires_tokens: false,
    }
}

/// Fills a data directory with hours, the first of which begins at a time.
pub(super) fn remember(registry: &str, data: &Path, begin: Timestamp, hours: impl Iterator<Item = Hour>) {
    let runtime = Runtime::new().expect("a runtime");
    let clock = Clock::held(begin);
    let within = runtime.enter();
    let server = Server::start(Settings { workers: 1, ..settings(registry, data, &clock) }).expect("a server");
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

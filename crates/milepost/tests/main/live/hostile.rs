//! Requests made to hurt, through the ports of the running server: it goes on, within its memory, and what it says it received is what was sent.

mod bodies;
mod connections;
mod events;
mod wire;

use super::overload::peak_mib;
use super::process::{Process, get};
use crate::run::{Folder, example};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use serde_json::Value;
use std::net::SocketAddr;
use wire::{JSON, PROTOBUF, framed};

/// The cap on memory, where nothing asks for more.
const MEMORY_MIB: u64 = 160;

/// A server, and what it was sent as far as it answered that it took it.
struct Attacked {
    process: Process,
    /// Its cap on memory.
    memory_mib: u64,
    /// Events that were taken, counted before or not.
    taken: u64,
    /// Events that the answers say were rejected.
    rejected: u64,
    _folder: Folder,
}

impl Attacked {
    fn start(name: &str) -> Self {
        Self::within(name, MEMORY_MIB)
    }

    fn within(name: &str, memory_mib: u64) -> Self {
        let folder = Folder::new(name);
        let options = ["--memory", &format!("{memory_mib}MiB")];
        let process = Process::start(&example("mail"), &folder.path().join("data"), &options);
        Self { process, memory_mib, taken: 0, rejected: 0, _folder: folder }
    }

    fn http(&self) -> SocketAddr {
        self.process.http
    }

    /// Posts a body; the status.
    fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &[u8], events: u64) -> u16 {
        let (status, answer) = wire::post(self.process.http, path, headers, body);
        if status == 200 {
            let told = |field: &str| -> u64 {
                let told: Value = serde_json::from_slice(&answer).expect("JSON");
                let count = &told["partialSuccess"][field];
                count.as_str().map_or(0, |count| count.parse().expect("a count"))
            };
            let rejected = match headers.contains(&JSON) {
                true => told("rejectedSpans") + told("rejectedLogRecords"),
                false => rejected(&answer),
            };
            self.note(events, rejected);
        }
        status
    }

    /// Posts a trace request in protobuf, with a header that says how it is compressed where it is.
    fn post_proto(&mut self, encoding: Option<(&str, &str)>, body: &[u8], events: u64) -> u16 {
        let headers: Vec<_> = std::iter::once(PROTOBUF).chain(encoding).collect();
        self.post("/v1/traces", &headers, body, events)
    }

    /// Calls by gRPC with a message; the code.
    fn call(&mut self, encoding: Option<&str>, message: &[u8], events: u64) -> u32 {
        let headers: Vec<_> = encoding.iter().map(|encoding| ("grpc-encoding", *encoding)).collect();
        self.call_raw(&headers, framed(encoding.is_some(), message), events)
    }

    fn call_raw(&mut self, headers: &[(&str, &str)], body: Vec<u8>, events: u64) -> u32 {
        let called = wire::call(self.process.grpc, headers, body);
        let code = called.code.unwrap_or_else(|| panic!("no answer of gRPC: {called:?}"));
        if code == 0 {
            self.note(events, rejected(&called.message));
        }
        code
    }

    fn note(&mut self, events: u64, rejected: u64) {
        self.rejected += rejected;
        self.taken += events.saturating_sub(rejected);
    }

    fn ingest(&self) -> Value {
        serde_json::from_str(&self.process.get("/api/v1/ingest?top=1000")).expect("JSON")
    }

    /// What holds whatever was sent; what the server then says of itself.
    #[expect(clippy::print_stdout, reason = "what a test measured is told with its result")]
    fn holds(mut self) -> Value {
        let before = self.process.metric("milepost_step_events_total", &["step=\"open-inbox\""]);
        assert_eq!(self.post_proto(None, &wire::traces(vec![wire::span()]), 1), 200, "it goes on");
        let after = self.process.metric("milepost_step_events_total", &["step=\"open-inbox\""]);
        assert_eq!(after, before + 1);
        for path in ["/live", "/ready"] {
            let answer = get(self.process.api, path).expect("an answer");
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        }
        let ingest = self.ingest();
        let number = |field: &str| ingest[field].as_u64().expect("a count");
        let reasons = ingest["rejected"].as_object().expect("reasons").values();
        let rejected: u64 = reasons.map(|count| count.as_u64().expect("a count")).sum();
        assert_eq!(number("received"), number("counted") + number("duplicates") + rejected, "{ingest}");
        assert_eq!((number("counted") + number("duplicates"), rejected), (self.taken, self.rejected), "{ingest}");
        let peak = peak_mib(self.process.id());
        let cap = self.memory_mib;
        let (is_well, said) = self.process.ended();
        assert!(is_well && !said.contains("panicked"), "{said}");
        println!("{} events taken, {} rejected, {peak} MiB at most of {cap} MiB", self.taken, self.rejected);
        assert!(peak <= cap + cap / 10, "{peak} MiB");
        ingest
    }
}

/// Spans, or records of logs, that an answer in protobuf says were rejected.
fn rejected(answer: &[u8]) -> u64 {
    let answer = ExportTraceServiceResponse::decode(answer).expect("an answer of OTLP");
    answer.partial_success.map_or(0, |partial| u64::try_from(partial.rejected_spans).expect("a count"))
}

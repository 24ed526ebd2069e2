//! Requests drawn from a fuzzer's bytes: mostly valid, with everything that may be odd in them.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};

/// Choices, one byte each; zeros when there are no more.
pub(super) struct Draw<'a>(&'a [u8]);

const KEYS: [&str; 16] = [
    "service.name",
    "http.request.method",
    "http.method",
    "http.route",
    "url.path",
    "http.target",
    "url.full",
    "rpc.service",
    "http.response.status_code",
    "milepost",
    "error.type",
    "cloud.region",
    "http.request.header.x-app",
    "thread.id",
    "unwanted.key.that.is.longer.than.most.keys.are",
    "",
];

const TEXTS: [&str; 10] = [
    "GET",
    "",
    "/cart/1?step=2#top",
    "https://shop.example/cart?a=b",
    "checkout",
    "a \"quoted\" back\\slash,\ttab and\nline",
    "Größe 😀 \u{7f}\u{0}",
    "503",
    "1.shop.buy.pay.interactive.-.-.-",
    "no/scheme?or#what",
];

const TRACE_STATES: [&str; 5] = ["", "", "ot=th:8", "a=b,ot=rv:1;th:fff", "ot=th:nothing"];

const NOW_NANOS: u64 = 1_661_256_099_750_950_941;

impl<'a> Draw<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Choices for a request, and others for what is done to it.
    pub(super) fn split(bytes: &'a [u8]) -> (Self, Self) {
        let (deeds, request) = bytes.split_at(bytes.len() / 3);
        (Self(request), Self(deeds))
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or_default()
    }

    /// A number from zero to below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// Once in `of` times, and never when there are no more choices.
    pub(super) fn rarely(&mut self, of: usize) -> bool {
        self.below(of) == of - 1
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn many<T>(&mut self, end: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(end)).map(|_| one(self)).collect()
    }

    fn text(&mut self) -> String {
        self.pick(&TEXTS).to_owned()
    }

    fn id(&mut self, length: usize) -> Vec<u8> {
        match self.below(12) {
            9 => vec![0; length],
            10 => Vec::new(),
            11 => vec![7; self.below(20)],
            _ => (0..length).map(|index| self.byte() ^ (index as u8 + 1)).collect(),
        }
    }

    fn nanos(&mut self) -> u64 {
        match self.below(12) {
            9 => 0,
            10 => u64::MAX - u64::from(self.byte()),
            11 => i64::MAX as u64 - 128 + u64::from(self.byte()),
            _ => NOW_NANOS + u64::from(self.byte()) * 1_000_003,
        }
    }

    fn any(&mut self, depth: usize) -> AnyValue {
        let deeper = |draw: &mut Self| draw.many(4, |draw| draw.any(depth + 1));
        let value = match self.below(if depth < 3 { 10 } else { 6 }) {
            0..=2 => Some(Value::StringValue(self.text())),
            3 => Some(Value::IntValue(i64::from_le_bytes([self.byte(), 0, 0, 0, self.byte(), 0, 0, self.byte()]))),
            4 => Some(Value::BoolValue(self.rarely(2))),
            5 => Some(Value::DoubleValue(self.pick(&[0.5, -0.0, 1e300, f64::INFINITY, f64::NAN, 200.0]))),
            6 => Some(Value::ArrayValue(ArrayValue { values: deeper(self) })),
            7 => {
                let pairs = |draw: &mut Self| draw.many(3, |draw| draw.attribute(depth + 1));
                Some(Value::KvlistValue(KeyValueList { values: pairs(self) }))
            }
            8 => Some(Value::BytesValue(self.text().into_bytes())),
            _ => None,
        };
        AnyValue { value }
    }

    fn attribute(&mut self, depth: usize) -> KeyValue {
        let value = (!self.rarely(16)).then(|| self.any(depth));
        KeyValue { key: self.pick(&KEYS).to_owned(), value, key_strindex: 0 }
    }

    fn resource(&mut self) -> Option<Resource> {
        (!self.rarely(8))
            .then(|| Resource { attributes: self.many(5, |draw| draw.attribute(0)), ..Resource::default() })
    }

    fn span(&mut self) -> Span {
        Span {
            trace_id: self.id(16),
            span_id: self.id(8),
            trace_state: self.pick(&TRACE_STATES).to_owned(),
            parent_span_id: if self.rarely(2) { self.id(8) } else { Vec::new() },
            flags: u32::from(self.byte()),
            name: self.text(),
            kind: self.pick(&[0, 1, 2, 3, 4, 5, 6, -1, i32::MAX]),
            start_time_unix_nano: self.nanos(),
            end_time_unix_nano: self.nanos(),
            attributes: self.many(12, |draw| draw.attribute(0)),
            events: self.many(2, |draw| span::Event {
                name: draw.text(),
                attributes: draw.many(2, |draw| draw.attribute(0)),
                ..span::Event::default()
            }),
            links: self.many(2, |draw| span::Link { trace_id: draw.id(16), ..span::Link::default() }),
            status: (!self.rarely(3)).then(|| Status { message: self.text(), code: self.pick(&[0, 1, 2, 3, -1]) }),
            ..Span::default()
        }
    }

    fn log(&mut self) -> LogRecord {
        LogRecord {
            time_unix_nano: self.nanos(),
            observed_time_unix_nano: self.nanos(),
            severity_number: self.pick(&[0, 1, 9, 17, 24, 25, -1]),
            body: Some(self.any(0)),
            attributes: self.many(12, |draw| draw.attribute(0)),
            trace_id: self.id(16),
            span_id: self.id(8),
            event_name: self.text(),
            ..LogRecord::default()
        }
    }

    pub(super) fn traces(&mut self) -> ExportTraceServiceRequest {
        let resource_spans = self.many(4, |draw| ResourceSpans {
            resource: draw.resource(),
            scope_spans: draw.many(3, |draw| ScopeSpans { spans: draw.many(4, Self::span), ..ScopeSpans::default() }),
            schema_url: draw.text(),
        });
        ExportTraceServiceRequest { resource_spans }
    }

    pub(super) fn logs(&mut self) -> ExportLogsServiceRequest {
        let resource_logs = self.many(4, |draw| ResourceLogs {
            resource: draw.resource(),
            scope_logs: draw.many(3, |draw| ScopeLogs { log_records: draw.many(4, Self::log), ..ScopeLogs::default() }),
            schema_url: draw.text(),
        });
        ExportLogsServiceRequest { resource_logs }
    }
}

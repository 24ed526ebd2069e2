//! Requests as hostile senders make them, and clients that send what they are told.

use super::super::process::now_nanos;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::{Body, Bytes, Frame};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

pub(super) const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
pub(super) const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");
pub(super) const JSON: (&str, &str) = ("Content-Type", "application/json");
/// How long somebody may take that is told something.
const PATIENCE: Duration = Duration::from_secs(20);

/// A span of now that no other is like, of an operation that the registry declares.
pub(super) fn span() -> Span {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Relaxed);
    let start = u64::try_from(now_nanos()).expect("a time of today") - 1_000_000_000;
    Span {
        trace_id: u128::from(id).to_be_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        name: "GET /inbox".to_owned(),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 1_000_000,
        attributes: vec![attribute("http.request.method", "GET"), attribute("http.route", "/inbox")],
        ..Span::default()
    }
}

pub(super) fn attribute(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// A request of spans in protobuf.
pub(super) fn traces(spans: Vec<Span>) -> Vec<u8> {
    let resource = Resource { attributes: vec![attribute("service.name", "webmail")], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec()
}

/// A request of one span in JSON, with more in it.
pub(super) fn json_span(more: &str) -> String {
    let span = span();
    let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{}","spanId":"{}","name":"GET /inbox","kind":2,
        "startTimeUnixNano":"{}","endTimeUnixNano":"{}"{more}}}]}}]}}]}}"#,
        hex(&span.trace_id),
        hex(&span.span_id),
        span.start_time_unix_nano,
        span.end_time_unix_nano
    )
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("memory takes it")
}

/// A message of gRPC with its length.
pub(super) fn framed(is_compressed: bool, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a length that fits");
    [&[u8::from(is_compressed)][..], &length.to_be_bytes(), message].concat()
}

/// What a call by gRPC came to.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) status: u16,
    /// The code of gRPC.
    pub(super) code: Option<u32>,
    /// The message of the answer.
    pub(super) message: Bytes,
}

/// Posts by HTTP/1; the status, and the body of the answer.
pub(super) fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: m\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("it is read");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
    let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), answer.split_off(end + 4))
}

/// Calls by gRPC with whatever bytes.
pub(super) fn call(address: SocketAddr, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Called {
    call_with(address, headers, Full::new(body.into())).expect("an answer")
}

/// Calls by gRPC with a message that ends and bytes that do not; the code, where one was heard, and how many bytes were taken.
pub(super) fn call_without_end(address: SocketAddr, most: u64) -> (Option<u32>, u64) {
    let sent = Arc::new(AtomicU64::new(0));
    let called = call_with(address, &[], Endless { sent: Arc::clone(&sent), most });
    (called.and_then(|called| called.code), sent.load(Relaxed))
}

/// A body that goes on for as long as somebody takes it.
struct Endless {
    sent: Arc<AtomicU64>,
    most: u64,
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        const PIECE: &[u8] = &[0; 16_384];
        let sent = self.sent.fetch_add(PIECE.len() as u64, Relaxed);
        Poll::Ready((sent < self.most).then(|| Ok(Frame::data(Bytes::from_static(PIECE)))))
    }
}

fn call_with<B>(address: SocketAddr, headers: &[(&str, &str)], body: B) -> Option<Called>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut request = Request::post(format!("http://milepost{TRACES}")).header("te", "trailers");
    if headers.iter().all(|(name, _)| *name != "content-type") {
        request = request.header("content-type", "application/grpc");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body).expect("a request");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.expect("HTTP/2");
        tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.ok()?.into_parts();
        let body = body.collect().await.ok()?;
        let trailers = body.trailers().cloned().unwrap_or_default();
        let code = head.headers.get("grpc-status").or_else(|| trailers.get("grpc-status"));
        let code = code.map(|code| code.to_str().expect("a text").parse().expect("a number"));
        let message = body.to_bytes();
        Some(Called { status: head.status.as_u16(), code, message: message.slice(message.len().min(5)..) })
    })
}

/// Writes a head, then the same bytes again and again until nobody reads them any more; how many were written, and what was answered.
pub(super) fn write_without_end(address: SocketAddr, head: &str, bytes: &[u8], most: u64) -> (u64, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let mut reading = stream.try_clone().expect("a socket");
    let answer = std::thread::spawn(move || {
        let mut answer = Vec::new();
        // Where bytes are on their way when the connection is closed, the system may throw the answer away.
        let _ = reading.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    let mut written = 0;
    if stream.write_all(head.as_bytes()).is_ok() {
        while written < most && stream.write_all(bytes).is_ok() {
            written += bytes.len() as u64;
        }
    }
    drop(stream);
    (written, answer.join().expect("it only reads"))
}

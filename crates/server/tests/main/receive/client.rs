//! Clients that send what they are told, right or wrong.

use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
pub(crate) const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
pub(crate) const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
pub(crate) const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const GZIP: (&str, &str) = ("content-encoding", "gzip");
pub(crate) const ZSTD: (&str, &str) = ("content-encoding", "zstd");

/// A whole response.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: HeaderMap,
}

impl Answered {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).or_else(|| self.trailers.get(name));
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code of gRPC, from the trailers or from a response that has nothing else.
    pub(crate) fn code(&self) -> u32 {
        assert_eq!(self.status, 200, "{self:?}");
        self.header("grpc-status").parse().unwrap()
    }

    /// The message of a call that succeeded.
    pub(crate) fn message(&self) -> &[u8] {
        assert_eq!((self.code(), self.body[0]), (0, 0), "{self:?}");
        let (length, message) = self.body[1..].split_at(4);
        assert_eq!(u32::from_be_bytes(length.try_into().unwrap()) as usize, message.len());
        message
    }
}

/// `POST` by HTTP/1.
pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answered {
    send(address, "POST", path, headers, body).await
}

pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answered {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", "milepost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    whole(sender.send_request(request.body(Full::new(body.into())).unwrap()).await.unwrap()).await
}

/// A call by gRPC, of a message that is framed here.
pub(crate) async fn call(address: SocketAddr, path: &str, headers: &[(&str, &str)], message: &[u8]) -> Answered {
    let is_compressed = headers.iter().any(|(name, _)| *name == "grpc-encoding");
    call_raw(address, path, headers, framed(is_compressed, message)).await
}

pub(crate) fn framed(is_compressed: bool, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(u8::from(is_compressed));
    frame.put_u32(message.len() as u32);
    frame.put_slice(message);
    frame.freeze()
}

/// A call by gRPC, of whatever bytes.
pub(crate) async fn call_raw(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answered {
    let stream = TcpStream::connect(address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::post(format!("http://milepost{path}")).header("te", "trailers");
    if headers.iter().all(|(name, _)| *name != "content-type") {
        request = request.header("content-type", "application/grpc");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    whole(sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap()).await
}

async fn whole(response: Response<Incoming>) -> Answered {
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_default();
    Answered { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes(), trailers }
}

/// Writes bytes to a connection, and returns what comes until it is closed.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may have heard enough before all is written.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Begins a call by gRPC with some bytes, and never sends the rest.
pub(crate) async fn call_and_stall(address: SocketAddr, path: &str, bytes: &'static [u8]) -> Answered {
    let stream = TcpStream::connect(address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    let (mut frames, body) = http_body_util::channel::Channel::<Bytes, Infallible>::new(1);
    frames.send_data(Bytes::from_static(bytes)).await.unwrap();
    let request = Request::post(format!("http://milepost{path}")).header("content-type", "application/grpc");
    let answered = whole(sender.send_request(request.body(body).unwrap()).await.unwrap()).await;
    drop(frames);
    answered
}

//! Asks the API of a server, without a network.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use milepost_model::DurationNs;
use milepost_server::{Board, Server, api};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) runtime: Runtime,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

impl Client {
    pub(crate) fn new(server: &Server) -> Self {
        Self::with_limits(server, api::Limits::default())
    }

    pub(crate) fn with_limits(server: &Server, limits: api::Limits) -> Self {
        let router = api::router_with(Arc::clone(&server.shared), limits);
        Self { router, runtime: Runtime::new().expect("a runtime") }
    }

    /// Asks for a path below the root of the API, with some headers.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let method: Method = method.parse().expect("a method");
        self.send(Request::builder().method(method).uri(format!("/api/v1{path}")), headers)
    }

    /// Asks for a path that may be none of the API.
    pub(crate) fn at(&self, path: &str) -> Answer {
        self.send(Request::builder().uri(path), &[])
    }

    /// Sends JSON to a path below the root of the API.
    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        let request = Request::builder().method(Method::POST).uri(format!("/api/v1{path}"));
        self.send_with(request, &[("content-type", "application/json")], Body::from(body.to_owned()))
    }

    fn send(&self, request: Builder, headers: &[(&str, &str)]) -> Answer {
        self.send_with(request, headers, Body::empty())
    }

    fn send_with(&self, mut request: Builder, headers: &[(&str, &str)], body: Body) -> Answer {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("an answer");
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// What is there, which must be something.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// What is there once SLOs are judged by everything that is counted by now.
    pub(crate) fn evaluated(&self, server: &Server, path: &str) -> Value {
        let (began, lsn, now) = (Instant::now(), server.shared.counts().lsn, server.shared.now());
        // A round of before a clock was set back is of a later time.
        let is_of_now = |at| at >= now && at < now.plus(DurationNs::from_seconds(120));
        let is_new = |board: &Board| {
            board.at.is_some_and(is_of_now)
                && board.lsn >= lsn
                && board.version == server.shared.versions.current().number
        };
        while !is_new(&server.shared.board()) {
            assert!(began.elapsed() < Duration::from_secs(60), "not judged within a minute");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        self.json(path)
    }

    /// Code and message of what is refused.
    pub(crate) fn problem(&self, path: &str) -> (u16, String, String) {
        let answer = self.get(path);
        let body = answer.json();
        assert_eq!(body["request_id"], answer.header("x-request-id"));
        let text = |field: &str| body[field].as_str().expect("text").to_owned();
        (answer.status.as_u16(), text("code"), text("message"))
    }
}

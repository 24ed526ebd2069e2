//! Why a request is not answered: a status by what its reader has to do, a code for programs, a message for people.

use super::ROOT;
use crate::changes::Mistake;
use crate::request::RequestId;
use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use milepost_registry::did_you_mean;
use serde::Serialize;
use utoipa::ToSchema;

/// What came of a request that was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    /// Nothing is served there.
    #[error("there is nothing at `{path}`: {ROOT}/openapi.json lists what there is")]
    NoRoute { path: String },
    /// The registry has no such thing.
    #[error("there is no {noun} `{name}`: {hint}")]
    Unknown { noun: &'static str, name: String, hint: String },
    /// A parameter that is not known here.
    #[error("`{name}` is no parameter here: {hint}")]
    UnknownParameter { name: String, hint: String },
    /// A parameter whose value cannot be used.
    #[error("`{name}` cannot be `{value}`: {right}")]
    BadParameter { name: &'static str, value: String, right: String },
    /// The query cannot be read at all.
    #[error("the query cannot be read: it is `name=value` pairs, joined by `&` and percent-encoded")]
    BadQuery,
    /// It is possible elsewhere, or nowhere.
    #[error("this method is not possible here: {ROOT}/openapi.json lists what is")]
    Method,
    /// The server has begun just now.
    #[error("what is usual is still being learnt from what is stored: ask again in a moment")]
    NotYet,
    /// What is sent is not said to be JSON.
    #[error("what is sent here is JSON: say so by `Content-Type: application/json`")]
    NotJson,
    /// What is sent is too long.
    #[error("at most {most_bytes} bytes can be sent here at once: send it in parts")]
    TooLarge { most_bytes: usize },
    /// What is sent cannot be used; all that is wrong with it.
    #[error("{}", all(.0))]
    BadBody(Vec<Mistake>),
    /// It contradicts what is known.
    #[error("{0}")]
    Conflict(String),
    /// It could not be stored.
    #[error(
        "it could not be stored, and nothing was changed: send it again in a moment; the log of the server says why, by the request's id"
    )]
    NotStored(String),
    /// Too much is being answered.
    #[error("too many requests are being answered: ask again in a moment")]
    Busy,
    /// Too many follow the events.
    #[error("as many follow the events as may: ask again later, or ask for `/products/PRODUCT/steps` now and then")]
    Full,
    /// A mistake of the server or of its disk; what it is stands in the log of the server only.
    #[error("the server could not work it out; its log says why, by the request's id")]
    Internal(String),
}

/// The body of every answer that is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
    /// What is wrong, for programs.
    #[schema(example = "unknown-step")]
    code: &'static str,
    /// What is wrong, and what would be right.
    message: String,
    /// The request, as the log of the server names it.
    request_id: String,
    /// All that is wrong with what was sent; left out where nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    mistakes: Vec<MistakeBody>,
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mistake)]
struct MistakeBody {
    /// Where, such as `[2].services[0]`; nothing for the whole.
    place: String,
    /// What is wrong, and what would be right.
    message: String,
}

/// How long to wait for a place among those that are answered, in seconds.
const BUSY_WAIT: HeaderValue = HeaderValue::from_static("1");
/// How long to wait for a place among those that follow, in seconds.
const FULL_WAIT: HeaderValue = HeaderValue::from_static("30");
/// Most of what was sent that is said again.
const MAX_SAID: usize = 100;

impl Problem {
    pub(super) fn no_route(path: &str) -> Self {
        Self::NoRoute { path: said(path) }
    }

    /// Something of the registry that is not there, beside what there is.
    pub(super) fn unknown<S: AsRef<str>>(noun: &'static str, name: &str, known: &[S]) -> Self {
        Self::Unknown { noun, name: said(name), hint: did_you_mean(name, known) }
    }

    pub(super) fn bad(name: &'static str, value: &str, right: impl Into<String>) -> Self {
        Self::BadParameter { name, value: said(value), right: right.into() }
    }

    /// Something that only the log says.
    pub(super) fn internal(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Internal(text)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoRoute { .. } | Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::UnknownParameter { .. } | Self::BadParameter { .. } | Self::BadQuery | Self::BadBody(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Busy | Self::Full | Self::NotYet | Self::NotStored(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn mistakes(&self) -> Vec<MistakeBody> {
        let Self::BadBody(mistakes) = self else { return Vec::new() };
        let body = |mistake: &Mistake| MistakeBody { place: mistake.place.clone(), message: mistake.message.clone() };
        mistakes.iter().map(body).collect()
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoRoute { .. } => "unknown-path",
            Self::Unknown { noun: "product", .. } => "unknown-product",
            Self::Unknown { noun: "objective", .. } => "unknown-objective",
            Self::Unknown { noun: "step", .. } => "unknown-step",
            Self::Unknown { noun: "incident", .. } => "unknown-incident",
            Self::Unknown { .. } => "unknown-slo",
            Self::UnknownParameter { .. } => "unknown-parameter",
            Self::BadParameter { .. } => "bad-parameter",
            Self::BadQuery => "bad-query",
            Self::Method => "method-not-allowed",
            Self::NotYet => "not-yet",
            Self::NotJson => "not-json",
            Self::TooLarge { .. } => "too-large",
            Self::BadBody(_) => "bad-body",
            Self::Conflict(_) => "conflict",
            Self::NotStored(_) => "not-stored",
            Self::Busy => "busy",
            Self::Full => "too-many-followers",
            Self::Internal(_) => "internal",
        }
    }

    pub(super) fn response(&self, id: &RequestId) -> Response {
        if let Self::Internal(why) | Self::NotStored(why) = self {
            tracing::error!(request_id = id.0, why, "a request to the API could not be answered");
        }
        let (code, message, request_id) = (self.code(), self.to_string(), id.0.clone());
        let body = ProblemBody { code, message, request_id, mistakes: self.mistakes() };
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Busy | Self::NotYet | Self::NotStored(_) => headers.insert(RETRY_AFTER, BUSY_WAIT),
            Self::Full => headers.insert(RETRY_AFTER, FULL_WAIT),
            _ => None,
        };
        response
    }
}

/// The first mistake in words, and how many there are beside it.
fn all(mistakes: &[Mistake]) -> String {
    let Some((first, rest)) = mistakes.split_first() else { return String::new() };
    let place = if first.place.is_empty() { String::new() } else { format!("`{}`: ", first.place) };
    let more = if rest.is_empty() { String::new() } else { format!(" ({} more: see `mistakes`)", rest.len()) };
    format!("{place}{}{more}", first.message)
}

fn said(text: &str) -> String {
    match text.char_indices().nth(MAX_SAID) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

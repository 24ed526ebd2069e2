//! The name of a request: what its sender calls it, or one that is made; in every answer and in what the server says of it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use std::convert::Infallible;
use std::fmt::Write as _;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest that is taken over: ids in use are at most half as long.
const MAX_BYTES: usize = 128;

/// The name of a request: letters, digits and `.`, `_`, `-`, so that it can be written anywhere.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// Of a request with these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(HEADER).and_then(|value| value.to_str().ok());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        said.filter(|id| (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(is_plain))
            .map_or_else(Self::made, |id| Self(id.to_owned()))
    }

    /// Gives an answer the name of its request.
    pub(super) fn name(&self, response: &mut Response) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(HEADER, value);
        }
    }

    fn made() -> Self {
        let mut bytes = [0; 16];
        // Without random numbers an id is of no use, but the answer is.
        let _ = getrandom::fill(&mut bytes);
        Self(bytes.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::made))
    }
}

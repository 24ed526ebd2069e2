//! Why a request is not answered with a receipt, and what that is called in HTTP and in gRPC.

use crate::auth::Denied;
use crate::intake::Refusal;
use axum::http::StatusCode;
use std::time::Duration;

/// What came of a request that was not acknowledged. Nothing of it was counted, but where it says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// The intake refused it, or there was no memory left to read it into.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its sender is not known, or may not send this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is larger than a request may be.
    #[error("{0}")]
    TooLarge(String),
    /// It did not come in time.
    #[error("the request did not arrive within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// It was taken, and what became of it is not known in time: it may be counted yet, and sent again it counts once.
    #[error("nothing is acknowledged: the request was not stored within {} s, and may be later; sent again, it counts once", .0.as_secs())]
    Unanswered(Duration),
    /// It is written in a way that is not read.
    #[error("{0}")]
    Unsupported(String),
    /// Only the version of HTTP is wrong.
    #[error("gRPC needs HTTP/2")]
    NotHttp2,
    /// Nothing is served there.
    #[error("nothing is served at `{0}`")]
    Unknown(String),
    /// Something is served there, but by another method.
    #[error("`{0}` is the only method here")]
    Method(&'static str),
    /// A mistake of the server.
    #[error("the request could not be worked on")]
    Internal,
}

/// How long clients are asked to wait when memory is short: the time to work off a few hundred requests.
const BUSY_WAIT: Duration = Duration::from_secs(1);
/// How long clients are asked to wait for what takes a person or a restart to mend.
const OUTAGE_WAIT: Duration = Duration::from_secs(5);

/// Codes of gRPC, as in `google.rpc.Code`.
pub(crate) mod code {
    pub(crate) const OK: u32 = 0;
    pub(crate) const INVALID_ARGUMENT: u32 = 3;
    pub(crate) const DEADLINE_EXCEEDED: u32 = 4;
    pub(crate) const PERMISSION_DENIED: u32 = 7;
    pub(crate) const RESOURCE_EXHAUSTED: u32 = 8;
    pub(crate) const UNIMPLEMENTED: u32 = 12;
    pub(crate) const INTERNAL: u32 = 13;
    pub(crate) const UNAVAILABLE: u32 = 14;
    pub(crate) const UNAUTHENTICATED: u32 = 16;
}

impl Problem {
    /// A request that has no meaning.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::Refused(Refusal::Unreadable(message.into()))
    }

    /// A request for which there is no memory.
    pub(crate) fn busy() -> Self {
        Self::Refused(Refusal::Busy)
    }

    /// The status of an HTTP response.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused(Refusal::Busy) => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(Refusal::NotStored(_) | Refusal::Stopping) | Self::Unanswered(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Refused(Refusal::Unreadable(_)) => StatusCode::BAD_REQUEST,
            Self::Refused(Refusal::OtherContent) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Denied(Denied::Kind { .. }) => StatusCode::FORBIDDEN,
            Self::Denied(_) => StatusCode::UNAUTHORIZED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Unsupported(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotHttp2 => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code in gRPC, and in the `google.rpc.Status` of an HTTP response. Overload is `UNAVAILABLE`, which every client
    /// of OTLP may retry; `RESOURCE_EXHAUSTED` says that a request is too large, and is not retried.
    pub(crate) fn code(&self) -> u32 {
        match self {
            Self::Refused(Refusal::Unreadable(_) | Refusal::OtherContent) => code::INVALID_ARGUMENT,
            Self::Refused(_) | Self::Unanswered(_) => code::UNAVAILABLE,
            Self::Denied(Denied::Kind { .. }) => code::PERMISSION_DENIED,
            Self::Denied(_) => code::UNAUTHENTICATED,
            Self::TooLarge(_) => code::RESOURCE_EXHAUSTED,
            Self::TooSlow(_) => code::DEADLINE_EXCEEDED,
            Self::Unsupported(_) | Self::NotHttp2 | Self::Unknown(_) | Self::Method(_) => code::UNIMPLEMENTED,
            Self::Internal => code::INTERNAL,
        }
    }

    /// How long to wait before the request is sent again; `None` when that is of no use.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(Refusal::Busy) => Some(BUSY_WAIT),
            Self::Refused(Refusal::NotStored(_) | Refusal::Stopping) | Self::Unanswered(_) => Some(OUTAGE_WAIT),
            _ => None,
        }
    }
}

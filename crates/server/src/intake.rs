//! What receivers hand in, and what they hear of it: a request's telemetry is counted wholly and durably before its receipt is given.

use crate::budget::{Budget, Reservation};
use crate::signs::Signs;
use bytes::Bytes;
use milepost_annotate::Trust;
use milepost_model::Name;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use twox_hash::XxHash3_128;

/// How the bytes of a request are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// `ExportTraceServiceRequest` in protobuf.
    TracesProto,
    /// The same in JSON.
    TracesJson,
    /// `ExportLogsServiceRequest` in protobuf.
    LogsProto,
    /// The same in JSON.
    LogsJson,
    /// Lines of the access log of a service; without a name, of the only one that has one.
    AccessLog(Option<Name>),
}

/// What tells a request from others: the same key again is the same request again, and counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(pub u128);

impl RequestKey {
    /// The key of a request that says nothing of its identity: a hash of its kind and its bytes.
    ///
    /// XXH3 is twenty times as fast as SHA-256 here. Whoever makes two bodies of one hash loses one of them, and nobody else's.
    pub fn of_body(kind: &Payload, body: &[u8]) -> Self {
        let seed = Self::short(format!("{kind:?}").as_bytes());
        Self(XxHash3_128::oneshot_with_seed(seed, body))
    }

    /// The key of a request that its sender named, where `scope` tells senders apart.
    pub fn named(scope: &str, name: &str) -> Self {
        Self::hash(&[b"named", scope.as_bytes(), name.as_bytes()])
    }

    /// The key of what a request of this name holds: the name again with another body is another request.
    #[must_use]
    pub fn with_body(self, kind: &Payload, body: &[u8]) -> Self {
        Self::hash(&[b"body", &self.0.to_le_bytes(), &Self::of_body(kind, body).0.to_le_bytes()])
    }

    /// A hash of some bytes, where 64 bits are enough.
    pub(crate) fn short(bytes: &[u8]) -> u64 {
        Self::hash(&[bytes]).0 as u64
    }

    /// The first half of SHA-256, so that nobody can make two names look alike.
    fn hash(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        Self(u128::from_le_bytes(half))
    }
}

/// One request's telemetry, decompressed.
#[derive(Debug)]
pub struct Submission {
    /// How to read it.
    pub payload: Payload,
    /// Its bytes.
    pub body: Bytes,
    /// What tells it from others.
    pub key: RequestKey,
    /// Of a request that its sender named: the key of the name with the body.
    pub content: Option<RequestKey>,
    /// How far its sender is believed.
    pub trust: Trust,
    /// The memory that it was allowed.
    pub reservation: Reservation,
    /// How far the file that it comes from is read with it.
    pub offset: Option<FileOffset>,
}

/// How far a followed file was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOffset {
    /// The file as it was named.
    pub path: String,
    /// Its device and inode, which stay when it is renamed.
    pub identity: (u64, u64),
    /// The byte that comes next.
    pub offset: u64,
    /// A hash of the bytes before it, by which another content is told from more of the same; 0 where it is not known.
    #[serde(default)]
    pub before: u64,
}

/// What became of a request that was taken. It is durable, if the server keeps anything at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Events that became facts.
    pub accepted: u64,
    /// Events that did not, by reason.
    pub rejected: Vec<(&'static str, u64)>,
    /// Of the accepted, those that had been counted before.
    pub duplicates: u64,
    /// The same request had been counted before; nothing was counted again.
    pub is_repeated: bool,
}

impl Receipt {
    /// All events that did not become facts.
    pub fn all_rejected(&self) -> u64 {
        self.rejected.iter().map(|(_, count)| count).sum()
    }
}

/// Why a request was not taken. Nothing of it is counted, and it may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is more than can be worked off.
    #[error("more telemetry is waiting than fits into memory")]
    Busy,
    /// Nothing can be made durable.
    #[error("telemetry cannot be stored: {0}")]
    NotStored(String),
    /// The server ends.
    #[error("the request was given up: the server ends, or failed on it")]
    Stopping,
    /// Its name is that of a request that was counted and had another body.
    #[error(
        "this key was used before, for another body: give each request a key of its own, and send the same body when it is sent again"
    )]
    OtherContent,
    /// It cannot be read at all; sending it again is of no use.
    #[error("{0}")]
    Unreadable(String),
}

/// Where receivers hand requests in.
#[derive(Clone, Debug)]
pub struct Intake {
    jobs: flume::Sender<Job>,
    budget: Budget,
    signs: Signs,
}

/// A request on its way to the threads that decode.
#[derive(Debug)]
pub struct Job {
    /// What was handed in.
    pub submission: Submission,
    /// Where it is answered.
    pub reply: Reply,
}

/// Where a request waits for its answer.
pub type Reply = oneshot::Sender<Result<Receipt, Refusal>>;

impl Intake {
    /// An intake, and the end from which jobs are taken. Jobs hold reservations, so that their number needs no other bound.
    pub fn new(budget: Budget) -> (Self, flume::Receiver<Job>) {
        let (jobs, queue) = flume::unbounded();
        (Self { jobs, budget, signs: Signs::default() }, queue)
    }

    /// The memory that requests take from before they are read.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The same, with signs of life that somebody waits for.
    pub(crate) fn with_signs(self, signs: Signs) -> Self {
        Self { signs, ..self }
    }

    /// Something came that has no events: a sign that a service lives, of which it is one where that is known. It is stored within a second or two.
    pub fn note_sign(&self, service: Option<&str>) {
        self.signs.note(service);
    }

    /// Hands a request in, and waits until it is durable and counted.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn submit(&self, submission: Submission) -> Result<Receipt, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job { submission, reply }).map_err(|_| Refusal::Stopping)?;
        answer.await.unwrap_or(Err(Refusal::Stopping))
    }
}

//! The live server: telemetry in, exact counts out.
//!
//! Requests are received ([`receive`]), their bytes reserved from one budget ([`Budget`]), decoded and annotated by a few threads
//! ([`Intake`]), and committed by one: it writes them to the log of `milepost-store`, makes them durable, counts them, and only then
//! answers them. What can be seen (the HTTP API, `/metrics`) is read from the counts of what is durable. Knows no SQL.

pub mod api;
pub mod attribution;
pub mod auth;
pub mod kpis;
pub mod receive;

mod budget;
mod buffer;
mod changes;
mod clock;
mod commit;
mod counts;
mod evaluate;
mod full;
mod incidents;
mod intake;
mod keeper;
mod ledger;
mod network;
mod notify;
pub mod observe;
mod outbound;
mod playback;
mod prometheus;
mod protobuf;
mod pulse;
mod registry_store;
mod request;
mod rounds;
mod server;
mod settings;
mod severity;
mod shared;
mod signs;
mod stop;
mod stored;
mod symptoms;
mod tail;
mod ui;
mod version;
mod watch;
mod worker;

pub use budget::{Budget, Reservation};
pub use changes::{AddError, Change, Changes, Suspected};
pub use clock::Clock;
pub use commit::{RecoverError, Recovered};
pub use counts::{
    Answer, Cell, Completed, CountBounds, Counter, Counts, Part, Resolution, SeriesKey, StepSeries, heard_seconds,
};
pub use evaluate::{Board, Standing};
pub use incidents::{ChangeError, IncidentBook};
pub use intake::{FileOffset, Intake, Job, Payload, Receipt, Refusal, Reply, RequestKey, Submission};
pub use ledger::{Ledger, StepLedger};
pub use network::{Network, NetworkError};
pub use notify::{PagerDuty, Receivers, Webhooks};
pub use outbound::{Address, AddressError, Secret, SecretError, TlsError};
pub use playback::{Gaps, Playback, Played};
pub use prometheus::{Source, SourceError, SourceToken};
pub use server::{Server, StartError};
pub use settings::{Ack, Settings};
pub use severity::{JudgedPath, ProductSeverity, Retold, RetoldProduct, SeverityBoard};
pub use shared::{Health, RegistryState, Shared, TraceStanding};
pub use stop::Stop;
pub use stored::{ImportedCounts, ImportedSlo, ReadThrough, Received, Stored, StoredError};
pub use tail::Followed;
pub use version::{Version, Versions};

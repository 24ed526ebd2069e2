//! Burns, told to whoever should hear of them: each burn is one of an SLO and an urgency, however many of its tiers fire.
//!
//! ```text
//! board ──> burning (one a round) ──> Alertmanager: everything that fires, anew each minute
//! ```
//!
//! Each second all receivers are told at once, so that none waits for another but for its bounded time.

mod address;
mod alertmanager;
mod burning;
mod client;
mod patience;
mod reach;
mod receivers;
mod round;
mod tls;

pub use address::{Address, AddressError};
pub use receivers::Receivers;
pub use tls::TlsError;

use crate::shared::Shared;
use alertmanager::Alertmanager;
use burning::burning;
use client::Client;
use futures_util::future::join_all;
use round::Round;
use std::time::Duration;
use tokio::runtime;

/// How often it is looked whether there is something to tell.
const EVERY: Duration = Duration::from_secs(1);

/// Tells all receivers.
#[derive(Debug)]
pub(crate) struct Notifier {
    client: Client,
    alertmanagers: Vec<Alertmanager>,
}

impl Notifier {
    /// Of the receivers in settings.
    ///
    /// # Errors
    /// The file of authorities cannot be used.
    pub(crate) fn new(receivers: &Receivers) -> Result<Self, TlsError> {
        let client = Client::new(tls::config(receivers.ca_file.as_deref())?);
        Ok(Self { client, alertmanagers: receivers.alertmanagers.iter().cloned().map(Alertmanager::new).collect() })
    }

    /// Tells until the server ends.
    pub(crate) fn run(mut self, shared: &Shared) {
        let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return tracing::error!(%error, "nobody can be told of alerts"),
        };
        loop {
            let board = shared.board();
            let version = shared.versions.current();
            if board.at.is_some() && board.version == version.number {
                let (registry, now) = (&version.setup.registry, shared.now());
                let burning = burning(registry, &board, now);
                runtime.block_on(self.tell(&Round { registry, burning: &burning, now }));
                shared.health.notified(self.error());
            }
            if shared.stop.wait(EVERY) {
                return;
            }
        }
    }

    async fn tell(&mut self, round: &Round<'_>) {
        join_all(self.alertmanagers.iter_mut().map(|receiver| receiver.tell(&self.client, round))).await;
    }

    /// Why somebody does not know what they should.
    fn error(&self) -> Option<String> {
        let errors: Vec<&str> = self.alertmanagers.iter().filter_map(Alertmanager::error).collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}

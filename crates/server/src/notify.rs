//! Burn alerts, told to Alertmanager: each burn is one alert of an SLO and an urgency, however many of its tiers fire.
//!
//! What is told follows from the board alone: all that fires, told anew each minute as Alertmanager expects it, and what has ended lately. So nothing
//! has to be remembered of what was told: after a restart the same alerts are told again under the same labels, which Alertmanager takes for the same.

mod alert;
mod open;
mod post;

pub use post::{Receiver, ReceiverError};

use crate::shared::Shared;
use alert::{Alert, alerts};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::runtime;

/// How often it is looked whether there is something to tell.
const EVERY: Duration = Duration::from_secs(1);
/// How often everything that fires is told again.
const AGAIN: Duration = Duration::from_secs(60);
/// Longest pause after what could not be told.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a receiver was told, and when it is told again.
struct Telling<'s> {
    receiver: &'s Receiver,
    told: BTreeMap<String, Alert>,
    again_at: Instant,
    pause: Duration,
}

/// Tells until the server ends.
pub(crate) fn run(shared: &Shared) {
    let receivers = &shared.settings.receivers;
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!(%error, "nobody can be told of alerts"),
    };
    let mut tellings: Vec<Telling<'_>> = receivers.iter().map(Telling::new).collect();
    loop {
        let board = shared.board();
        let version = shared.versions.current();
        if board.at.is_some() && board.version == version.number {
            let now = shared.now();
            let mut present = alerts(&version.setup.registry, &board, now);
            let sources = &shared.settings.sources;
            open::add_alerts(&mut present, &version.setup.registry, sources, &board, now);
            let tell = |telling: &mut Telling<'_>| runtime.block_on(telling.tell(&present));
            let errors: Vec<String> = tellings.iter_mut().filter_map(tell).collect();
            shared.health.notified((!errors.is_empty()).then(|| errors.join("; ")));
        }
        if shared.stop.wait(EVERY) {
            return;
        }
    }
}

impl<'s> Telling<'s> {
    fn new(receiver: &'s Receiver) -> Self {
        Self { receiver, told: BTreeMap::new(), again_at: Instant::now(), pause: EVERY }
    }

    /// Tells what is new, or everything when that is due; why it could not.
    async fn tell(&mut self, present: &BTreeMap<String, Alert>) -> Option<String> {
        let is_due = Instant::now() >= self.again_at;
        let is_waiting = self.pause > EVERY && !is_due;
        if is_waiting || !is_due && *present == self.told {
            return None;
        }
        match self.receiver.post(present.values()).await {
            Ok(()) => {
                self.told.clone_from(present);
                (self.again_at, self.pause) = (Instant::now() + AGAIN, EVERY);
                None
            }
            Err(error) => {
                self.pause = (2 * self.pause).min(LONGEST_PAUSE);
                self.again_at = Instant::now() + self.pause;
                let why = format!("{}: {error}", self.receiver);
                tracing::warn!(error = why, "alerts could not be told");
                Some(why)
            }
        }
    }
}

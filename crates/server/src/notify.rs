//! Burns and incidents, told to whoever should hear of them: each burn is one of an SLO and an urgency, however many of its tiers fire.
//!
//! ```text
//! board ──────> burning (one a round) ─┬─> Alertmanager: everything that fires, anew each minute
//! incidents ──────────^                └─> burns of each listener ──> webhooks, PagerDuty: each news once
//!                                            (in the file `told`)
//! ```
//!
//! Each second all receivers are told at once, so that none waits for another but for its bounded time.

mod alertmanager;
mod burn;
mod burning;
mod details;
mod incidents;
mod listener;
mod pagerduty;
mod receivers;
mod round;
mod silence;
mod silencer;
mod told;
mod webhook;

pub use receivers::{PagerDuty, Receivers, Webhooks};

use crate::outbound::Client;
use crate::pulse::{LONG, Worker};
use crate::rounds::Turn;
use crate::shared::Shared;
use alertmanager::Alertmanager;
use burning::burning;
use futures_util::future::{join, join_all};
use listener::{Kind, Listener};
use milepost_model::{Minute, Timestamp};
use milepost_registry::Registry;
use pagerduty::Service;
use round::Round;
use silence::Wanted;
use silencer::Silencer;
use std::time::Duration;
use tokio::runtime::{self, Runtime};
use told::ToldFile;
use webhook::Webhook;

/// How often it is looked whether there is something to tell.
const EVERY: Duration = Duration::from_secs(1);

/// Tells all receivers.
#[derive(Debug)]
pub(crate) struct Notifier {
    client: Client,
    alertmanagers: Vec<Alertmanager>,
    /// Of each Alertmanager, where maintenance becomes silences.
    silencers: Vec<Silencer>,
    listeners: Vec<Kind>,
}

/// All receivers, while they are told.
struct Telling<'n> {
    client: &'n Client,
    alertmanagers: Vec<Alertmanager>,
    silencers: Vec<Silencer>,
    /// The silences there should be, of a version of the registry and a minute.
    wanted: Option<(u64, Minute, Vec<Wanted>)>,
    listeners: Vec<Listener>,
    told: ToldFile<'n>,
    /// Why what was told could not be stored.
    unstored: Option<String>,
}

impl Notifier {
    /// Of the receivers in settings.
    pub(crate) fn new(receivers: &Receivers, client: Client) -> Self {
        let external = receivers.external_url.as_ref().map(ToString::to_string).unwrap_or_default();
        let external = external.trim_end_matches('/');
        let webhooks = receivers.webhooks.iter().flat_map(|webhooks| Webhook::all(webhooks, external));
        let services = receivers.pagerduty.iter().map(|service| Service::new(service, external));
        let listeners = webhooks.map(Kind::Webhook).chain(services.map(Kind::PagerDuty)).collect();
        let alertmanagers = receivers.alertmanagers.iter().cloned().map(Alertmanager::new).collect();
        let silenced = receivers.alertmanagers.iter().filter(|_| receivers.alertmanager_silences);
        let silencers = silenced.cloned().map(Silencer::new).collect();
        Self { client, alertmanagers, silencers, listeners }
    }

    /// Tells until the server ends.
    pub(crate) fn run(self, shared: &Shared, mut turn: Turn) {
        let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return tracing::error!(%error, "nobody can be told of alerts"),
        };
        let told = ToldFile::read(&shared.directory);
        let listeners = self.listeners.into_iter().map(|kind| Listener::new(kind, &told)).collect();
        let (client, alertmanagers, silencers) = (&self.client, self.alertmanagers, self.silencers);
        let mut telling = Telling { client, alertmanagers, silencers, wanted: None, listeners, told, unstored: None };
        loop {
            shared.health.pulses.beat_for(Worker::Notifier, LONG);
            let board = shared.board();
            let version = shared.versions.current();
            if board.at.is_some() && board.version == version.number {
                let (registry, now) = (&version.setup.registry, shared.now());
                let mut burning = burning(registry, &shared.settings.sources, &board);
                incidents::add(registry, &board, &shared.incidents.all(), &mut burning);
                telling.round(&Round { burning: &burning, now }, &runtime);
                telling.silence((version.number, registry), now, &runtime);
                shared.health.notified(telling.error());
            }
            if turn.rest(shared, EVERY) {
                return;
            }
        }
    }
}

impl Telling<'_> {
    /// Tells everybody what is new to them. What is to be told is stored before, and what was told after that.
    fn round(&mut self, round: &Round<'_>, runtime: &Runtime) {
        self.listeners.iter_mut().for_each(|listener| listener.follow(round));
        self.store();
        let client = self.client;
        let alertmanagers = join_all(self.alertmanagers.iter_mut().map(|receiver| receiver.tell(client, round)));
        let listeners = join_all(self.listeners.iter_mut().map(|listener| listener.tell(client, round)));
        runtime.block_on(join(alertmanagers, listeners));
        self.store();
    }

    /// Makes Alertmanagers have the silences of the registry's maintenance.
    fn silence(&mut self, (version, registry): (u64, &Registry), now: Timestamp, runtime: &Runtime) {
        if self.silencers.is_empty() {
            return;
        }
        let minute = now.minute();
        let known = self.wanted.take().filter(|(of, at, _)| (*of, *at) == (version, minute));
        let (.., wanted) = self.wanted.insert(known.unwrap_or_else(|| (version, minute, Wanted::all(registry, now))));
        let products: Vec<String> = registry.products.iter().map(|product| product.name.to_string()).collect();
        let client = self.client;
        runtime.block_on(join_all(self.silencers.iter_mut().map(|silencer| silencer.keep(client, wanted, &products))));
    }

    /// Whoever burns is told all the same when this does not go: perhaps of the disk that is full.
    fn store(&mut self) {
        self.unstored =
            self.told.write(&self.listeners).err().map(|error| format!("what was told is not stored: {error}"));
    }

    /// Why somebody does not know what they should.
    fn error(&self) -> Option<String> {
        let alertmanagers = self.alertmanagers.iter().filter_map(Alertmanager::error);
        let alertmanagers = alertmanagers.chain(self.silencers.iter().filter_map(Silencer::error));
        let all =
            alertmanagers.chain(self.listeners.iter().filter_map(Listener::error)).chain(self.unstored.as_deref());
        let errors: Vec<&str> = all.collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}

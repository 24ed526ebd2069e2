//! `/events`: how each step does, told as it changes, as server-sent events.
//!
//! One task works it out for all who follow, once a second and only while somebody does. Whoever begins to follow, and whoever was too slow, gets
//! everything; the others get the steps that changed.

use super::Api;
use super::index::Index;
use super::measure::{Live, Promises, live, silence};
use super::problem::Problem;
use super::reply;
use crate::request::RequestId;
use crate::shared::Shared;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::CACHE_CONTROL;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use milepost_store::Lsn;
use serde::Serialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use utoipa::ToSchema;

pub(super) const PATH: &str = "/events";

/// One event: the steps that changed, or all of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LiveEvent)]
pub(super) struct LiveBody {
    /// Everything up to this log sequence number is in it.
    lsn: u64,
    /// Whether it has all steps; what an earlier event said of others is void then.
    is_complete: bool,
    products: Vec<LiveProduct>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct LiveProduct {
    product: String,
    steps: Vec<Live>,
}

/// Those who follow.
pub(super) struct Feed {
    places: Arc<Semaphore>,
    told: Arc<Mutex<Told>>,
    shared: Weak<Shared>,
    index: Arc<Index>,
}

/// What was told so far.
#[derive(Default)]
struct Told {
    lsn: Lsn,
    steps: States,
    changes: Option<broadcast::Sender<Arc<LiveBody>>>,
}

type States = BTreeMap<(String, String), Live>;

const EVERY: Duration = Duration::from_secs(1);
/// How long a connection is silent at most: less than proxies wait as a rule.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Changes that a slow follower may be behind before it gets everything instead.
const BEHIND: usize = 8;

impl Feed {
    pub(super) fn new(shared: &Arc<Shared>, index: Arc<Index>, subscribers: usize) -> Self {
        let shared = Arc::downgrade(shared);
        Self { places: Arc::new(Semaphore::new(subscribers)), told: Arc::default(), shared, index }
    }

    /// Begins to follow: everything as it was told last, and what changes from then on.
    async fn follow(&self) -> Option<Follower> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let is_first = lock(&self.told).changes.is_none();
        if is_first {
            // Nobody has looked lately.
            look(&self.shared, &self.index, &self.told).await;
        }
        let mut told = lock(&self.told);
        let changes = match &told.changes {
            Some(changes) => changes.subscribe(),
            None => {
                let (sender, changes) = broadcast::channel(BEHIND);
                told.changes = Some(sender);
                tokio::spawn(run(Weak::clone(&self.shared), Arc::clone(&self.index), Arc::clone(&self.told)));
                changes
            }
        };
        drop(told);
        Some(Follower { changes, told: Arc::clone(&self.told), needs_all: true, _place: place })
    }
}

/// Tells changes until nobody follows, or the server is gone.
async fn run(shared: Weak<Shared>, index: Arc<Index>, told: Arc<Mutex<Told>>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let changed = look(&shared, &index, &told).await;
        let mut told = lock(&told);
        let Some(changes) = &told.changes else { return };
        let is_over = shared.upgrade().is_none_or(|shared| shared.stop.is_set());
        if changes.receiver_count() == 0 || is_over {
            told.changes = None;
            return;
        }
        if let Some(changed) = changed {
            // Who has gone meanwhile misses nothing.
            let _ = changes.send(Arc::new(changed));
        }
    }
}

/// Works out how everything is now, on a thread that may wait; what changed since it was told last.
async fn look(shared: &Weak<Shared>, index: &Arc<Index>, told: &Arc<Mutex<Told>>) -> Option<LiveBody> {
    let shared = shared.upgrade()?;
    let index = Arc::clone(index);
    let (lsn, now) = tokio::task::spawn_blocking(move || states(&shared, &index)).await.ok()?;
    let mut told = lock(told);
    let has_gone = told.steps.keys().any(|key| !now.contains_key(key));
    let changed: States = if has_gone {
        now.clone()
    } else {
        now.iter()
            .filter(|(key, live)| told.steps.get(*key) != Some(live))
            .map(|(key, live)| (key.clone(), live.clone()))
            .collect()
    };
    (told.lsn, told.steps) = (lsn, now);
    (!changed.is_empty() || has_gone).then(|| body(lsn, has_gone, &changed))
}

fn states(shared: &Shared, index: &Index) -> (Lsn, States) {
    let version = shared.versions.current();
    let registry = &version.setup.registry;
    let now = shared.now();
    let known = index.of(shared);
    let counts = shared.counts();
    let silence = silence(shared, &counts, now);
    let promises = Promises::of(registry);
    let of = |step: &milepost_model::Step| {
        let (product, name) = (step.product.as_str(), step.name.as_str());
        let target = promises.strictest(product, name, None);
        let live = live(&counts, name, &known.step(product, name, None), target, now.minute(), silence.as_deref());
        ((product.to_owned(), name.to_owned()), live)
    };
    (counts.lsn, registry.steps.iter().map(of).collect())
}

fn body(lsn: Lsn, is_complete: bool, steps: &States) -> LiveBody {
    let mut products: Vec<LiveProduct> = Vec::new();
    for ((product, _), live) in steps {
        if products.last().is_none_or(|last| last.product != *product) {
            products.push(LiveProduct { product: product.clone(), steps: Vec::new() });
        }
        if let Some(last) = products.last_mut() {
            last.steps.push(live.clone());
        }
    }
    LiveBody { lsn: lsn.0, is_complete, products }
}

fn lock(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One who follows.
struct Follower {
    changes: broadcast::Receiver<Arc<LiveBody>>,
    told: Arc<Mutex<Told>>,
    needs_all: bool,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if std::mem::take(&mut self.needs_all) {
                let told = lock(&self.told);
                return event(&body(told.lsn, true, &told.steps));
            }
            match self.changes.recv().await {
                Ok(changed) => return event(&changed),
                Err(RecvError::Lagged(_)) => self.needs_all = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

fn event(body: &LiveBody) -> Option<Event> {
    Event::default().event("steps").id(body.lsn.to_string()).json_data(body).ok()
}

pub(super) async fn serve(State(api): State<Api>, id: RequestId, uri: Uri) -> Response {
    if let Err(problem) = reply::query(&uri).and_then(|query| reply::check(&query, &[])) {
        return problem.response(&id);
    }
    let Some(follower) = api.feed.follow().await else { return Problem::Full.response(&id) };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still here"));
    ([(CACHE_CONTROL, "no-store")], events).into_response()
}

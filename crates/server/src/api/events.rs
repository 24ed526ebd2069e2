//! `/events`: how each step does, what becomes of incidents, and what is deployed, switched and configured, told as it happens, as server-sent
//! events.
//!
//! One task works it out for all who follow, once a second and only while somebody does. Whoever begins to follow, and whoever was too slow, gets
//! all steps and incidents; the others get those that changed. What is deployed, switched and configured is told once, to who follows then.

use super::Api;
use super::changes::{self, ChangeItem};
use super::incidents::IncidentItem;
use super::index::Index;
use super::live::{Judging, Live, silence};
use super::problem::Problem;
use super::reply;
use crate::incidents::Words;
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

/// One event: the incidents that changed, or all that are remembered and go on.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = IncidentsEvent)]
pub(super) struct IncidentsBody {
    /// Whether it has all incidents that go on; what an earlier event said of others is void then.
    is_complete: bool,
    incidents: Vec<IncidentItem>,
}

/// One event: what was deployed, switched and configured since the one before.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ChangesEvent)]
pub(super) struct ChangesBody {
    changes: Vec<ChangeItem>,
}

/// What is told.
#[derive(Clone, Debug)]
enum News {
    Steps(LiveBody),
    Incidents(IncidentsBody),
    Changes(ChangesBody),
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
    incidents: IncidentStates,
    /// The number of the last change of what is deployed, switched and configured.
    last_change: u64,
    /// Whether anybody has looked yet.
    is_begun: bool,
    changes: Option<broadcast::Sender<Arc<News>>>,
}

type States = BTreeMap<(String, String), Live>;
/// By product and number.
type IncidentStates = BTreeMap<(String, u64), IncidentItem>;

const EVERY: Duration = Duration::from_secs(1);
/// How long a connection is silent at most: less than proxies wait as a rule.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Changes that a slow follower may be behind before it gets everything instead.
const BEHIND: usize = 16;

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
        Some(Follower { changes, told: Arc::clone(&self.told), first: everything(), _place: place })
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
        for news in changed {
            // Who has gone meanwhile misses nothing.
            let _ = changes.send(Arc::new(news));
        }
    }
}

/// Works out how everything is now, on a thread that may wait; what changed since it was told last.
async fn look(shared: &Weak<Shared>, index: &Arc<Index>, told: &Arc<Mutex<Told>>) -> Vec<News> {
    let Some(shared) = shared.upgrade() else { return Vec::new() };
    let index = Arc::clone(index);
    let last_change = lock(told).last_change;
    let work = move || (states(&shared, &index), incidents(&shared), shared.changes.since(last_change));
    let Ok(((lsn, steps), incidents, (last_change, made))) = tokio::task::spawn_blocking(work).await else {
        return Vec::new();
    };
    let mut told = lock(told);
    let mut news = Vec::new();
    let (changed, has_gone) = differences(&told.steps, &steps);
    if !changed.is_empty() || has_gone {
        news.push(News::Steps(body(lsn, has_gone, &changed)));
    }
    // One that is forgotten was over long ago: that it is gone is no news.
    let (changed, _) = differences(&told.incidents, &incidents);
    let changed: Vec<IncidentItem> = changed.into_values().filter(|_| told.is_begun).collect();
    if !changed.is_empty() {
        news.push(News::Incidents(IncidentsBody { is_complete: false, incidents: changed }));
    }
    if !made.is_empty() {
        let made = made.iter().map(|change| changes::item(change, &[]));
        news.push(News::Changes(ChangesBody { changes: made.collect() }));
    }
    (told.lsn, told.steps, told.incidents, told.is_begun) = (lsn, steps, incidents, true);
    told.last_change = last_change;
    news
}

/// What is not as it was told, or all of it where something has gone; and whether something has.
fn differences<K: Ord + Clone, V: PartialEq + Clone>(
    told: &BTreeMap<K, V>,
    now: &BTreeMap<K, V>,
) -> (BTreeMap<K, V>, bool) {
    let has_gone = told.keys().any(|key| !now.contains_key(key));
    let changed = now.iter().filter(|(key, value)| has_gone || told.get(*key) != Some(value));
    (changed.map(|(key, value)| (key.clone(), value.clone())).collect(), has_gone)
}

/// All incidents that are remembered.
fn incidents(shared: &Shared) -> IncidentStates {
    let version = shared.versions.current();
    let registry = &version.setup.registry;
    let mut all = IncidentStates::new();
    for product in &registry.products {
        let policy = registry.severity_policy(&product.name);
        let words = Words { registry, product: &product.name, policy: &policy };
        let known = shared.incidents.of(product.name.as_str());
        let items = known.all().map(|of| ((product.name.to_string(), of.id.0), IncidentItem::of(&words, of)));
        all.extend(items);
    }
    all
}

fn states(shared: &Shared, index: &Index) -> (Lsn, States) {
    let version = shared.versions.current();
    let registry = &version.setup.registry;
    let now = shared.now();
    let known = index.of(shared);
    let counts = shared.counts();
    let silence = silence(shared, counts.heard(), now);
    let severity = shared.severity();
    let severity = (severity.version == version.number).then_some(&*severity);
    let judging = Judging::new(registry, severity, silence, now.minute());
    let of = |step: &milepost_model::Step| {
        let (product, name) = (step.product.as_str(), step.name.as_str());
        let live = judging.live(&counts, (product, name, None), &known.step(product, name, None));
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
    changes: broadcast::Receiver<Arc<News>>,
    told: Arc<Mutex<Told>>,
    /// What it is to get of everything, before changes, in the other order.
    first: Vec<fn(&Told) -> News>,
    _place: OwnedSemaphorePermit,
}

/// All steps, then the incidents that go on.
fn everything() -> Vec<fn(&Told) -> News> {
    let steps = |told: &Told| News::Steps(body(told.lsn, true, &told.steps));
    let incidents = |told: &Told| {
        let open = told.incidents.values().filter(|incident| !incident.is_closed()).cloned().collect();
        News::Incidents(IncidentsBody { is_complete: true, incidents: open })
    };
    vec![incidents, steps]
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(all) = self.first.pop() {
                let told = lock(&self.told);
                return event(&all(&told));
            }
            match self.changes.recv().await {
                Ok(changed) => return event(&changed),
                Err(RecvError::Lagged(_)) => self.first = everything(),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

fn event(news: &News) -> Option<Event> {
    match news {
        News::Steps(body) => Event::default().event("steps").id(body.lsn.to_string()).json_data(body).ok(),
        News::Changes(body) => Event::default().event("changes").json_data(body).ok(),
        News::Incidents(body) => Event::default().event("incidents").json_data(body).ok(),
    }
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

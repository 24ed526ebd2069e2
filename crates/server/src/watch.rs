//! The registry's folder, watched: a valid edit becomes active without a restart, an invalid one is refused and shown.
//!
//! It is looked at every second rather than by notices of the file system, which do not come over networks and tell little of the symbolic links by
//! which clusters exchange whole folders.

use crate::commit::Message;
use crate::intake::Refusal;
use crate::pulse::{LONG, Worker};
use crate::registry_store::{self, Snapshot};
use crate::shared::Shared;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is asked whether a registry is active now, and whether the server ends.
const PART: Duration = Duration::from_millis(50);

/// Watches until the server ends.
pub(crate) fn run(shared: &Shared, messages: &flume::Sender<Message>) {
    let folder = &shared.settings.registry;
    // The first look compares with what is active, whatever the folder looked like before.
    let mut seen = None;
    loop {
        shared.health.pulses.beat(Worker::Registry);
        let looks = look(folder);
        if seen.as_ref() != Some(&looks) && activate(shared, messages) {
            seen = Some(looks);
        }
        shared.registry().looked_at = Some(shared.now());
        if shared.stop.wait(EVERY) {
            return;
        }
    }
}

/// Reads the folder and makes it the active registry, if it is another; whether that is settled.
fn activate(shared: &Shared, messages: &flume::Sender<Message>) -> bool {
    let now = shared.now();
    shared.health.pulses.beat_for(Worker::Registry, LONG);
    let snapshot = match Snapshot::read(&shared.settings.registry, now) {
        Ok(snapshot) => snapshot,
        Err(diagnostics) => {
            let text = diagnostics.render(false);
            let mut state = shared.registry();
            if state.refused.as_ref() != Some(&text) {
                tracing::warn!(
                    errors = diagnostics.errors(),
                    "the registry's folder has errors; the last good one stays active"
                );
            }
            state.refused = Some(text);
            return true;
        }
    };
    let current = shared.versions.current();
    if snapshot.digest == current.digest {
        shared.registry().refused = None;
        return true;
    }
    if let Err(error) = registry_store::keep(&shared.directory.registry(), &snapshot) {
        tracing::error!(%error, "a new registry cannot be kept; it is tried again");
        return false;
    }
    let (number, digest) = (current.number + 1, snapshot.digest.clone());
    let (reply, answer) = oneshot::channel();
    let version = Arc::new(snapshot.version(number));
    if messages.send(Message::Activate(version, reply)).is_err() {
        return true;
    }
    let is_active = matches!(wait(answer, shared), Some(Ok(())));
    if is_active {
        tracing::info!(number, digest, "a new registry is active");
        let mut state = shared.registry();
        state.refused = None;
        state.activated_at = Some(now);
    }
    is_active
}

/// Waits for an answer, as long as the server does not end: the thread that answers then waits for this one.
fn wait(mut answer: Answer, shared: &Shared) -> Option<Result<(), Refusal>> {
    loop {
        // The thread that answers has a pulse of its own.
        shared.health.pulses.beat(Worker::Registry);
        match answer.try_recv() {
            Ok(answer) => return Some(answer),
            Err(TryRecvError::Closed) => return None,
            Err(TryRecvError::Empty) if shared.stop.wait(PART) => return None,
            Err(TryRecvError::Empty) => {}
        }
    }
}

type Answer = oneshot::Receiver<Result<(), Refusal>>;

/// What can be told of files without reading them: enough to see that one was changed, added, removed or exchanged.
type Looks = Vec<(PathBuf, u64, i64, i64, u64)>;

fn look(folder: &Path) -> Looks {
    let look = |path: PathBuf| {
        // As it is behind links.
        let metadata = fs::metadata(&path).ok()?;
        Some((path, metadata.len(), metadata.mtime(), metadata.mtime_nsec(), metadata.ino()))
    };
    milepost_registry::files(folder).into_iter().filter_map(look).collect()
}

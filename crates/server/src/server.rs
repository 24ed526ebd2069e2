//! The server without its network: threads that decode, the one that commits, and the one that watches the registry.

use crate::budget::Budget;
use crate::commit::{Message, RecoverError, Recovered, recover};
use crate::intake::Intake;
use crate::registry_store::Snapshot;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::{keeper, tail, watch, worker};
use milepost_store::catalog::Blocking;
use milepost_store::{Directory, Lsn, StoreError};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A server that works.
#[derive(Debug)]
pub struct Server {
    /// Where requests are handed in.
    pub intake: Intake,
    /// What its parts share.
    pub shared: Arc<Shared>,
    /// What starting found.
    pub recovered: Recovered,
    messages: flume::Sender<Message>,
    stopping: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Why a server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The data directory cannot be had.
    #[error(transparent)]
    Directory(#[from] StoreError),
    /// The registry has errors, and none was active before.
    #[error("the registry has errors")]
    Registry(String),
    /// What the directory has cannot be brought back.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// It is not started within a runtime of tokio, on which followed files are handed in.
    #[error("followed files need a runtime")]
    NoRuntime,
    /// The system gives no threads.
    #[error("cannot start a thread")]
    Thread(#[from] io::Error),
}

impl Server {
    /// Brings the data directory to where it was, and starts the threads.
    ///
    /// # Errors
    /// The directory or the registry cannot be used.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let directory = Directory::open(&settings.data)?;
        let now = Shared::clock();
        let (first, refused) = match Snapshot::read(&settings.registry, now) {
            Ok(snapshot) => (Some(snapshot), None),
            Err(diagnostics) => (None, Some(diagnostics.render(false))),
        };
        let (committer, shared, mut recovered) = match recover(settings, directory, first) {
            // Nothing was active before, so that what is wrong with the folder is what stops it.
            Err(error @ RecoverError::NoRegistry) => {
                return Err(refused.map_or_else(|| error.into(), StartError::Registry));
            }
            result => result?,
        };
        shared.registry().refused = refused;
        let runtime = Handle::try_current().ok();
        let catalog = Blocking::open(&shared.directory)?;
        let swept = milepost_store::sweep(&shared.directory, &catalog)?;
        recovered.damage.extend(swept.damage.iter().map(ToString::to_string));
        shared.health.set_flushed(catalog.flushed()?);
        let (intake, jobs) = Intake::new(Budget::new(shared.settings.request_bytes()));
        // What waits to be committed holds the memory of its requests, so that its number needs no other bound.
        let (messages, committed) = flume::unbounded();
        let mut threads = vec![spawn("commit", move || committer.run(&committed))?];
        for id in 0..shared.settings.workers {
            let (jobs, shared, messages) = (jobs.clone(), Arc::clone(&shared), messages.clone());
            threads.push(spawn(&format!("decode-{id}"), move || worker::run(id, &jobs, &shared, &messages))?);
        }
        let stopping = Arc::new(AtomicBool::new(false));
        let watched = (Arc::clone(&shared), messages.clone(), Arc::clone(&stopping));
        threads.push(spawn("registry", move || watch::run(&watched.0, &watched.1, &watched.2))?);
        for followed in shared.settings.followed.clone() {
            let Some(runtime) = runtime.clone() else { return Err(StartError::NoRuntime) };
            let (intake, shared, stopping) = (intake.clone(), Arc::clone(&shared), Arc::clone(&stopping));
            let run = move || tail::run(&followed, &intake, &shared, &stopping, &runtime);
            threads.push(spawn("tail", run)?);
        }
        let kept = (Arc::clone(&shared), messages.clone(), Arc::clone(&stopping));
        threads.push(spawn("keep", move || keeper::run(&kept.0, catalog, &kept.1, &kept.2))?);
        Ok(Self { intake, shared, recovered, messages, stopping, threads })
    }

    /// Writes a checkpoint now; everything up to the LSN that it gives is in the minute log and in files of the log that are whole.
    ///
    /// # Errors
    /// It could not be written, or the server ends.
    pub async fn checkpoint(&self) -> Result<Lsn, String> {
        let (reply, answer) = oneshot::channel();
        let ends = || "the server is shutting down".to_owned();
        self.messages.send(Message::Checkpoint(reply)).map_err(|_| ends())?;
        answer.await.map_err(|_| ends())?
    }

    /// Stops, once everything that was handed in is durable, counted and answered. The intake, and every copy of it, must not be used any more.
    pub fn stop(self) {
        let Self { intake, messages, stopping, threads, .. } = self;
        stopping.store(true, Relaxed);
        drop((intake, messages));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread ended by a panic");
            }
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

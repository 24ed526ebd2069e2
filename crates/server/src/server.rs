//! The server without its network: threads that decode, the one that commits, and the one that watches the registry.

use crate::budget::Budget;
use crate::commit::{Message, RecoverError, Recovered, recover};
use crate::intake::Intake;
use crate::notify::Notifier;
use crate::observe::RemoteWriter;
use crate::outbound::{Client, TlsError};
use crate::registry_store::Snapshot;
use crate::rounds::Rounds;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::tail::Followed;
use crate::{changes, evaluate, keeper, prometheus, severity, tail, watch, worker};
use milepost_store::catalog::Blocking;
use milepost_store::{Directory, Lsn, StoreError};
use std::io;
use std::sync::Arc;
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
    rounds: Rounds,
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
    /// Receivers cannot be told by https.
    #[error(transparent)]
    Tls(#[from] TlsError),
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
        let followed = with_runtime(&settings.followed)?;
        let outbound = Outbound::of(&settings)?;
        let directory = Directory::open(&settings.data)?;
        let now = settings.clock.now();
        let (first, refused) = match Snapshot::read(&settings.registry, now) {
            Ok(snapshot) => (Some(snapshot), None),
            Err(diagnostics) => (None, Some(diagnostics.render(false))),
        };
        let (committer, log, shared, mut recovered) = match recover(settings, directory, first) {
            // Nothing was active before, so that what is wrong with the folder is what stops it.
            Err(error @ RecoverError::NoRegistry) => {
                return Err(refused.map_or_else(|| error.into(), StartError::Registry));
            }
            result => result?,
        };
        shared.registry().refused = refused;
        let catalog = Blocking::open(&shared.directory)?;
        let swept = milepost_store::sweep(&shared.directory, &catalog)?;
        recovered.damage.extend(swept.damage.iter().map(ToString::to_string));
        shared.health.set_flushed(catalog.flushed()?);
        let (intake, jobs) = Intake::new(Budget::new(shared.settings.request_bytes()));
        let intake = intake.with_signs(shared.signs.clone());
        // What waits to be committed holds the memory of its requests, so that its number needs no other bound.
        let (messages, committed) = flume::unbounded();
        let rounds = Rounds::default();
        let mut threads = Threads { shared: Arc::clone(&shared), handles: Vec::new() };
        threads.spawn("log", move |_| log.run())?;
        threads.spawn("commit", move |_| committer.run(&committed))?;
        for id in 0..shared.settings.workers {
            let (jobs, messages) = (jobs.clone(), messages.clone());
            threads.spawn(&format!("decode-{id}"), move |shared| worker::run(id, &jobs, shared, &messages))?;
        }
        let watcher = messages.clone();
        threads.spawn("registry", move |shared| watch::run(shared, &watcher))?;
        for (at, (followed, runtime)) in followed.into_iter().enumerate() {
            let intake = intake.clone();
            threads.spawn("tail", move |shared| tail::run((at, &followed), &intake, shared, &runtime))?;
        }
        // Who comes later here sees what those before have made of a round.
        let turn = rounds.sit();
        threads.spawn("evaluate", move |shared| evaluate::run(shared, turn))?;
        let turn = rounds.sit();
        threads.spawn("changes", move |shared| changes::run(shared, turn))?;
        let turn = rounds.sit();
        threads.spawn("severity", move |shared| severity::run(shared, turn))?;
        if let Some(notifier) = outbound.notifier {
            let turn = rounds.sit();
            threads.spawn("notify", move |shared| notifier.run(shared, turn))?;
        }
        if let Some(writer) = outbound.writer {
            threads.spawn("remote-write", move |shared| writer.run(shared))?;
        }
        if let Some(client) = outbound.importer {
            let importer = messages.clone();
            threads.spawn("prometheus", move |shared| prometheus::run(shared, &importer, client))?;
        }
        let (keeper, turn) = (messages.clone(), rounds.sit());
        threads.spawn("keep", move |shared| keeper::run(shared, catalog, &keeper, turn))?;
        Ok(Self { intake, shared, recovered, messages, rounds, threads: std::mem::take(&mut threads.handles) })
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

    /// Where the clock is held: does everything that is due at the time as it is, and returns when it is done. Nothing else moves such a server on but
    /// what is handed in. It blocks, so that tasks may not call it.
    pub fn round(&self) {
        let (reply, answer) = oneshot::channel();
        if self.messages.send(Message::Round(reply)).is_ok() {
            // The thread may have ended, which its health says.
            let _ = answer.blocking_recv();
        }
        self.rounds.go();
    }

    /// Stops, once everything that was handed in is durable, counted and answered. The intake, and every copy of it, must not be used any more.
    pub fn stop(self) {
        let Self { intake, messages, shared, threads, .. } = self;
        shared.stop.set();
        drop((intake, messages));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread ended by a panic");
            }
        }
    }
}

/// The threads while they are started. Where one cannot be had, dropping what they wait for ends those before it.
struct Threads {
    shared: Arc<Shared>,
    handles: Vec<JoinHandle<()>>,
}

impl Threads {
    fn spawn(&mut self, name: &str, run: impl FnOnce(&Shared) + Send + 'static) -> io::Result<()> {
        let (shared, told) = (Arc::clone(&self.shared), name.to_owned());
        let run = move || {
            let told = TellsItsEnd { shared: &shared, thread: told };
            run(&shared);
            drop(told);
        };
        self.handles.push(thread::Builder::new().name(name.to_owned()).spawn(run)?);
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // All of them run: they are the server's now.
        if self.handles.is_empty() {
            return;
        }
        self.shared.stop.set();
    }
}

/// Says that a thread has ended, however it did: nobody else would notice a panic.
struct TellsItsEnd<'s> {
    shared: &'s Shared,
    thread: String,
}

impl Drop for TellsItsEnd<'_> {
    fn drop(&mut self) {
        if !self.shared.stop.is_set() {
            self.shared.health.has_ended(std::mem::take(&mut self.thread));
        }
    }
}

/// What leaves the server.
struct Outbound {
    notifier: Option<Notifier>,
    writer: Option<RemoteWriter>,
    /// By which sources are asked.
    importer: Option<Client>,
}

impl Outbound {
    fn of(settings: &Settings) -> Result<Self, TlsError> {
        let (is_told, asks) = (!settings.receivers.is_empty(), !settings.sources.is_empty());
        if !is_told && !asks && settings.remote_write.is_none() {
            return Ok(Self { notifier: None, writer: None, importer: None });
        }
        let client = Client::new(settings.ca_file.as_deref())?;
        let writer = settings.remote_write.clone().map(|address| RemoteWriter::new(address, client.clone()));
        let importer = asks.then(|| client.clone());
        Ok(Self { notifier: is_told.then(|| Notifier::new(&settings.receivers, client)), writer, importer })
    }
}

/// The files to follow, each with the runtime on which its lines are handed in.
fn with_runtime(followed: &[Followed]) -> Result<Vec<(Followed, Handle)>, StartError> {
    let runtime = || Handle::try_current().map_err(|_| StartError::NoRuntime);
    followed.iter().map(|followed| Ok((followed.clone(), runtime()?))).collect()
}

#[cfg(test)]
mod tests;

//! The thread that writes the log: while a group is on its way to the disk, the next one is gathered and encoded.

use super::thread::chain;
use flume::{Receiver, Sender};
use milepost_store::Lsn;
use milepost_store::wal::{RecordKind, Records, Writer};
use std::mem::replace;

/// The end of the log, as the thread that commits sees it: at most one group is on its way.
#[derive(Debug)]
pub(crate) struct Log {
    /// The group that is gathered.
    records: Records,
    jobs: Sender<Job>,
    written: Receiver<Written>,
    /// The memory of the group that was written last.
    spare: Records,
    on_its_way: bool,
}

/// What the thread is to do.
#[derive(Debug)]
pub(crate) enum Job {
    Write(Records),
    /// Whether there is room.
    Probe,
    /// Another file is begun for the next group.
    Rotate,
}

/// What became of a group, and its memory.
#[derive(Debug)]
pub(crate) struct Written {
    records: Records,
    result: Result<(), String>,
}

/// What the thread works on.
#[derive(Debug)]
pub(crate) struct LogThread {
    writer: Writer,
    jobs: Receiver<Job>,
    written: Sender<Written>,
}

impl Log {
    /// A log that goes on with an LSN, and what its thread is to run.
    pub(crate) fn new(writer: Writer, next: Lsn) -> (Self, LogThread) {
        // Never more than a group and a rotation.
        let (jobs, received) = flume::unbounded();
        let (done, written) = flume::unbounded();
        let log = Self { records: Records::new(next), jobs, written, spare: Records::new(next), on_its_way: false };
        (log, LogThread { writer, jobs: received, written: done })
    }

    /// Adds a record to the group that is gathered.
    pub(crate) fn add(&mut self, kind: RecordKind, payload: &[u8]) -> Lsn {
        self.records.add(kind, payload)
    }

    /// Whether the group that is gathered has no record.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether a group is on its way.
    pub(crate) fn is_writing(&self) -> bool {
        self.on_its_way
    }

    /// Tells when the group that is on its way has arrived, for [`Log::arrived`].
    pub(crate) fn written(&self) -> &Receiver<Written> {
        &self.written
    }

    /// Sends the group that was gathered on its way. None may be there.
    pub(crate) fn send(&mut self) {
        debug_assert!(!self.on_its_way, "one group at a time");
        self.spare.begin(self.records.next());
        let records = replace(&mut self.records, replace(&mut self.spare, Records::new(Lsn(0))));
        self.on_its_way = true;
        // A thread that has ended is told by what waits for it.
        let _ = self.jobs.send(Job::Write(records));
    }

    /// Waits for the group that is on its way.
    ///
    /// # Errors
    /// It is not durable. The group that is gathered has LSNs that follow on it, and is forgotten.
    pub(crate) fn wait(&mut self) -> Result<Lsn, String> {
        match self.written.recv() {
            Ok(written) => self.arrived(written),
            Err(_) => {
                self.on_its_way = false;
                Err(ENDED.to_owned())
            }
        }
    }

    /// The group that was on its way has arrived; the LSN of its last record.
    ///
    /// # Errors
    /// As [`Log::wait`].
    pub(crate) fn arrived(&mut self, written: Written) -> Result<Lsn, String> {
        let Written { records, result } = written;
        self.on_its_way = false;
        let (first, next) = (records.first(), records.next());
        self.spare = records;
        match result {
            Ok(()) => Ok(Lsn(next.0 - 1)),
            Err(why) => {
                self.records.begin(first);
                Err(why)
            }
        }
    }

    /// Whether there is room for a group, when nothing is on its way.
    pub(crate) fn probe(&mut self) -> Result<(), String> {
        let _ = self.jobs.send(Job::Probe);
        self.written.recv().map_or_else(|_| Err(ENDED.to_owned()), |written| written.result)
    }

    /// Everything so far is in files that are whole.
    pub(crate) fn rotate(&self) {
        let _ = self.jobs.send(Job::Rotate);
    }
}

/// Why nothing can be written when the thread is gone.
const ENDED: &str = "the thread that writes the log has ended";

impl LogThread {
    /// Works until nobody can ask any more.
    pub(crate) fn run(mut self) {
        for job in &self.jobs {
            let (records, result) = match job {
                Job::Write(mut records) => {
                    let result = self.writer.write(&mut records);
                    (records, result)
                }
                Job::Probe => (Records::new(Lsn(0)), self.writer.probe()),
                Job::Rotate => {
                    self.writer.rotate();
                    continue;
                }
            };
            let result = result.map_err(|error| chain(&error));
            if self.written.send(Written { records, result }).is_err() {
                break;
            }
        }
        if let Err(error) = self.writer.close() {
            tracing::error!(error = chain(&error), "the log may not be on the disk");
        }
    }
}

//! Writing the log: groups of records, each durable before anybody hears of it.

use super::read::ABANDONED;
use super::{MAX_PAYLOAD_BYTES, RecordKind, frame};
use crate::file::{FileKind, sync_folder};
use crate::lsn::Lsn;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a group is not durable. Nothing of it counts.
#[derive(Debug, Error)]
#[error("cannot write the log `{}`", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl WriteError {
    /// Whether there is no room for more.
    pub fn is_full(&self) -> bool {
        matches!(
            self.source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        )
    }
}

/// The end of the log.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    file: Option<Open>,
    /// The LSN of the next record.
    next: Lsn,
    is_durable: bool,
    group: Vec<u8>,
    /// Where each record of the group begins.
    starts: Vec<usize>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    bytes: u64,
}

/// Size at which a file is followed by another.
const FILE_BYTES: u64 = 64 << 20;
/// The file by which it is seen whether there is room; backups leave out files with this ending.
const PROBE: &str = "probe.tmp";
/// A request at the limit of most senders.
const PROBE_BYTES: usize = 1 << 20;

impl Writer {
    /// A log in a folder that goes on with an LSN. It always begins a file, so that nothing is written behind what a crash left.
    pub fn new(folder: &Path, next: Lsn) -> Self {
        Self { folder: folder.to_owned(), file: None, next, is_durable: true, group: Vec::new(), starts: Vec::new() }
    }

    /// The same without waiting for the disk: what was acknowledged in the last moments is lost when the machine stops, not when the process does.
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.is_durable = false;
        self
    }

    /// The LSN that the next record gets.
    pub fn next(&self) -> Lsn {
        self.next
    }

    /// Adds a record to the group.
    ///
    /// # Panics
    /// With a payload longer than [`MAX_PAYLOAD_BYTES`].
    pub fn add(&mut self, kind: RecordKind, payload: &[u8]) -> Lsn {
        assert!(payload.len() <= MAX_PAYLOAD_BYTES, "a record of {} bytes", payload.len());
        let lsn = Lsn(self.next.0 + self.starts.len() as u64);
        self.starts.push(self.group.len());
        frame::put(lsn, kind, payload, &mut self.group);
        lsn
    }

    /// Bytes of the group so far.
    pub fn group_bytes(&self) -> usize {
        self.group.len()
    }

    /// Forgets the group.
    pub fn abandon(&mut self) {
        self.group.clear();
        self.starts.clear();
    }

    /// Writes the group and makes it durable. Without records nothing happens. Returns the LSN of its last record.
    ///
    /// # Errors
    /// It is not durable, and its LSNs are given to others. Another file is begun next time.
    pub fn commit(&mut self) -> Result<Lsn, WriteError> {
        let count = self.starts.len();
        if count == 0 {
            return Ok(Lsn(self.next.0 - 1));
        }
        for (index, start) in self.starts.iter().enumerate() {
            let end = self.starts.get(index + 1).copied().unwrap_or(self.group.len());
            frame::seal(&mut self.group, *start, end, (count - 1 - index) as u32);
        }
        let written = self.write();
        self.group.clear();
        self.starts.clear();
        match written {
            Ok(()) => {
                self.next = Lsn(self.next.0 + count as u64);
                Ok(Lsn(self.next.0 - 1))
            }
            Err(error) => {
                self.abandon_file();
                Err(error)
            }
        }
    }

    /// Whether a group could be written: as much as most take is written to a file that is removed again. Asked when writing has failed and
    /// nothing has come since.
    ///
    /// # Errors
    /// It could not.
    pub fn probe(&self) -> Result<(), WriteError> {
        let path = self.folder.join(PROBE);
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(&vec![0; PROBE_BYTES])?;
            file.sync_data()
        };
        let written = write();
        // What is left of it is written over the next time, and is no part of the log.
        let _ = std::fs::remove_file(&path);
        written.map_err(|source| WriteError { path, source })
    }

    /// Ends the file, so that the next group begins another; the LSN from which on nothing is in it.
    pub fn rotate(&mut self) -> Lsn {
        self.file = None;
        self.next
    }

    fn write(&mut self) -> Result<(), WriteError> {
        if self.file.as_ref().is_some_and(|open| open.bytes >= FILE_BYTES) {
            self.file = None;
        }
        let open = match &mut self.file {
            Some(open) => open,
            file => file.insert(create(&self.folder, self.next)?),
        };
        let fails = |source| WriteError { path: open.path.clone(), source };
        open.file.write_all(&self.group).map_err(fails)?;
        if self.is_durable {
            open.file.sync_data().map_err(fails)?;
        }
        open.bytes += self.group.len() as u64;
        Ok(())
    }

    /// Leaves a file in which something went wrong. What the failed group left at its end must never be taken for acknowledged: it is cut
    /// off, and where even that fails its name says that it ends with what does not count.
    fn abandon_file(&mut self) {
        let Some(open) = self.file.take() else { return };
        let cut = open.file.set_len(open.bytes).and_then(|()| open.file.sync_all());
        // A file without a group is no use at all.
        if open.bytes <= FileKind::HEADER_BYTES as u64 || cut.is_err() {
            let name = open.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let _ = std::fs::rename(&open.path, open.path.with_file_name(format!("{name}{ABANDONED}{}", open.bytes)));
        }
    }
}

fn create(folder: &Path, first: Lsn) -> Result<Open, WriteError> {
    let path = folder.join(file_name(first));
    let make = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        file.write_all(&FileKind::Wal.header())?;
        file.sync_all()?;
        sync_folder(folder)?;
        Ok(file)
    };
    match make() {
        Ok(file) => Ok(Open { path, file, bytes: FileKind::HEADER_BYTES as u64 }),
        Err(source) => {
            // An empty file would say that the log goes on here.
            let _ = std::fs::remove_file(&path);
            Err(WriteError { path, source })
        }
    }
}

/// Files sort by name as they follow one another.
pub(super) fn file_name(first: Lsn) -> String {
    format!("{:020}.wal", first.0)
}

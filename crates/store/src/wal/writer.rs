//! Writing the log: one group of records after the other, each durable before anybody hears of it.

use super::read::ABANDONED;
use super::records::Records;
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
    is_durable: bool,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    bytes: u64,
}

/// Size at which a file is followed by another. Whoever reads the log holds one.
const FILE_BYTES: u64 = 8 << 20;
/// The file by which it is seen whether there is room; backups leave out files with this ending.
const PROBE: &str = "probe.tmp";
/// A request at the limit of most senders.
const PROBE_BYTES: usize = 1 << 20;

impl Writer {
    /// The end of the log in a folder. It always begins a file, so that nothing is written behind what a crash left.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), file: None, is_durable: true }
    }

    /// The same without waiting for the disk: what was acknowledged in the last moments is lost when the machine stops, not when the process does.
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.is_durable = false;
        self
    }

    /// Writes a group and makes it durable. Without records nothing happens.
    ///
    /// # Errors
    /// It is not durable: its LSNs go to others. Another file is begun next time.
    pub fn write(&mut self, records: &mut Records) -> Result<(), WriteError> {
        if records.is_empty() {
            return Ok(());
        }
        self.append(records.first(), records.seal()).inspect_err(|_| self.abandon_file())
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

    /// Ends the log: whatever did not wait for the disk does so now.
    ///
    /// # Errors
    /// Something may be lost when the machine stops; it is read back until then.
    pub fn close(self) -> io::Result<()> {
        if self.is_durable {
            return Ok(());
        }
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_log = path.extension().is_some_and(|ending| ending == "wal");
            match is_log.then(|| File::open(&path).and_then(|file| file.sync_data())) {
                // What nobody needs any more is removed meanwhile.
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        sync_folder(&self.folder)
    }

    /// Ends the file, so that the next group begins another.
    pub fn rotate(&mut self) {
        self.file = None;
    }

    fn append(&mut self, first: Lsn, group: &[u8]) -> Result<(), WriteError> {
        if self.file.as_ref().is_some_and(|open| open.bytes >= FILE_BYTES) {
            self.file = None;
        }
        let open = match &mut self.file {
            Some(open) => open,
            file => file.insert(create(&self.folder, first)?),
        };
        let fails = |source| WriteError { path: open.path.clone(), source };
        open.file.write_all(group).map_err(fails)?;
        if self.is_durable {
            open.file.sync_data().map_err(fails)?;
        }
        open.bytes += group.len() as u64;
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

//! The data directory: where everything lies, and that one process owns it.
//!
//! ```text
//! format        what kind of directory this is, and its version
//! lock          held by the process that owns the directory; says which
//! hold          held by whoever must not lose files while it reads
//! wal/          the log
//! minutes/      the minute log
//! checkpoints/  where counting starts again
//! fingerprints/ what was counted, so that it is known when it comes again
//! segments/     facts as Parquet, by day and hour of event time
//! registry/     each registry that was active, by its digest
//! catalog.sqlite, tokens
//! alerts        the states of alerts, as somebody was told of them
//! told          what each receiver of alerts knows that must hear of each once
//! incidents     what has happened to incidents, one event after the other
//! changes       what was deployed, switched and configured, one change after the other
//! versions      the versions of services that were seen
//! ```

mod hold;

pub(crate) use hold::create as create_hold;
pub use hold::{Alone, Hold};
use hold::{HOLD, lock_file};

use crate::error::StoreError;
use crate::file::{FileKind, sync_folder, write_whole};
use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// A data directory.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    /// The lock of the owner; nothing for a reader.
    lock: Option<File>,
}

/// Says what the directory is.
pub(crate) const MARKER: &str = "format";
const LOCK: &str = "lock";
/// What may lie in a folder that becomes a data directory: what a crash left of becoming one, and what a file system brings.
const HARMLESS: [&str; 4] = [LOCK, HOLD, "format.tmp", "lost+found"];

impl Directory {
    /// The folders in a data directory.
    pub(crate) const FOLDERS: [&str; 6] = ["wal", "minutes", "checkpoints", "fingerprints", "segments", "registry"];

    /// Opens a directory as its owner, creating it at the first start.
    ///
    /// # Errors
    /// Another process owns it, it holds something else, or it is of a newer version.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        no_file(root)?;
        fs::create_dir_all(root).map_err(StoreError::io("create", root))?;
        // Before the lock, so that no file is left in a folder that is something else.
        if !root.join(MARKER).exists() && !is_empty(root)? {
            return Err(StoreError::Foreign { path: root.to_owned() });
        }
        let lock = own(root)?;
        if root.join(MARKER).exists() {
            check_marker(root)?;
        } else {
            let marker = root.join(MARKER);
            write_whole(&marker, &FileKind::Directory.header()).map_err(StoreError::io("write", &marker))?;
        }
        for folder in Self::FOLDERS.map(|folder| root.join(folder)) {
            fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        }
        create_hold(root)?;
        sync_folder(root).map_err(StoreError::io("sync", root))?;
        Ok(Self { root: root.to_owned(), lock: Some(lock) })
    }

    /// Opens a directory that another process may own, to read from it.
    ///
    /// # Errors
    /// It is no data directory, or one of a newer version.
    pub fn read_only(root: &Path) -> Result<Self, StoreError> {
        no_file(root)?;
        if !root.join(MARKER).exists() {
            return Err(StoreError::NoDirectory { path: root.to_owned() });
        }
        check_marker(root)?;
        Ok(Self { root: root.to_owned(), lock: None })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether this process owns it.
    pub fn is_owned(&self) -> bool {
        self.lock.is_some()
    }

    /// The folder of the log.
    pub fn wal(&self) -> PathBuf {
        self.root.join("wal")
    }

    /// The folder of the minute log.
    pub fn minutes(&self) -> PathBuf {
        self.root.join("minutes")
    }

    /// The folder of checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// The folder of fingerprints.
    pub fn fingerprints(&self) -> PathBuf {
        self.root.join("fingerprints")
    }

    /// The folder of segments.
    pub fn segments(&self) -> PathBuf {
        self.root.join("segments")
    }

    /// The folder of registries.
    pub fn registry(&self) -> PathBuf {
        self.root.join("registry")
    }

    /// The file of the catalog.
    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog.sqlite")
    }

    /// The file of the states of alerts.
    pub fn alerts(&self) -> PathBuf {
        self.root.join("alerts")
    }

    /// The file of what receivers of alerts were told.
    pub fn told(&self) -> PathBuf {
        self.root.join("told")
    }

    /// The journal of incidents.
    pub fn incidents(&self) -> PathBuf {
        self.root.join("incidents")
    }

    /// The journal of changes.
    pub fn changes(&self) -> PathBuf {
        self.root.join("changes")
    }

    /// The file of the versions of services that were seen.
    pub fn versions(&self) -> PathBuf {
        self.root.join("versions")
    }

    /// The file of tokens.
    pub fn tokens(&self) -> PathBuf {
        self.root.join("tokens")
    }
}

/// Refuses a file where a folder belongs.
pub(crate) fn no_file(root: &Path) -> Result<(), StoreError> {
    if root.is_file() { Err(StoreError::NoFolder { path: root.to_owned() }) } else { Ok(()) }
}

/// Whether nothing lies in a folder that somebody could miss.
pub(crate) fn is_empty(folder: &Path) -> Result<bool, StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let name = entry.map_err(StoreError::io("read", folder))?.file_name();
        if !HARMLESS.iter().any(|harmless| name == *harmless) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn check_marker(root: &Path) -> Result<(), StoreError> {
    let path = root.join(MARKER);
    let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
    FileKind::Directory.after_header(&bytes).map(drop).map_err(|source| StoreError::Header { path, source })
}

/// Takes the lock and says in it who has it. It ends with the process, however that ends.
fn own(root: &Path) -> Result<File, StoreError> {
    let path = root.join(LOCK);
    let mut file = lock_file(&path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // What the holder wrote tells who it is; without it the message is still right.
            let _ = file.take(64).read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "another process".to_owned(),
                process => format!("process {process}"),
            };
            return Err(StoreError::InUse { path: root.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(StoreError::Io { action: "lock", path, source }),
    }
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(StoreError::io("write", &path))?;
    Ok(file)
}

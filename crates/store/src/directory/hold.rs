//! Holding off deletion: while somebody reads whole files, a backup or a report, none is removed under it.
//!
//! Readers share the lock, also across processes. Who removes files takes it alone, and comes back later where it cannot.

use super::Directory;
use crate::error::StoreError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

pub(crate) const HOLD: &str = "hold";

/// While it lives, no file that was listed is removed.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "dropping the file gives the lock back")] File);

/// While it lives, nobody holds files: they may be removed.
#[derive(Debug)]
pub struct Alone(#[expect(dead_code, reason = "dropping the file gives the lock back")] File);

impl Directory {
    /// Keeps all files; waits for a removal that is under way.
    ///
    /// # Errors
    /// The system refuses.
    pub fn hold(&self) -> Result<Hold, StoreError> {
        let path = self.root.join(HOLD);
        // The owner created it, or who restored it; a reader may have no right to write.
        let file = match File::open(&path) {
            // A copy by other means may have left it out.
            Err(error) if error.kind() == ErrorKind::NotFound => lock_file(&path)?,
            opened => opened.map_err(StoreError::io("open", &path))?,
        };
        file.lock_shared().map_err(StoreError::io("lock", &path))?;
        Ok(Hold(file))
    }

    /// The right to remove files, or nothing while somebody holds them.
    ///
    /// # Errors
    /// The system refuses.
    pub fn alone(&self) -> Result<Option<Alone>, StoreError> {
        let path = self.root.join(HOLD);
        let file = lock_file(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Alone(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(StoreError::Io { action: "lock", path, source }),
        }
    }
}

/// Begins the file that readers lock, who may have no right to.
pub(crate) fn create(root: &Path) -> Result<(), StoreError> {
    lock_file(&root.join(HOLD)).map(drop)
}

/// Opens a file to lock it, without a change to what it says.
pub(crate) fn lock_file(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    file.map_err(StoreError::io("open", path))
}

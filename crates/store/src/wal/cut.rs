//! Cutting the log: what is in counters and segments for good is needed no longer.

use super::ReadError;
use super::read::files;
use crate::directory::Alone;
use crate::file::sync_folder;
use crate::lsn::Lsn;
use std::fs;
use std::path::{Path, PathBuf};

/// Removes the files of a log whose records all lie before an LSN, oldest first, and never the last one. `alone` shows that nobody copies them.
/// Returns what it removed.
///
/// # Errors
/// A file cannot be removed; those before it are.
pub fn cut(folder: &Path, before: Lsn, _alone: &Alone) -> Result<Vec<PathBuf>, ReadError> {
    let files = files(folder)?;
    let follows = files.iter().skip(1).map(|(first, _)| *first);
    let old = files.iter().zip(follows).take_while(|(_, following)| *following <= before);
    let mut removed = Vec::new();
    for ((_, path), _) in old {
        fs::remove_file(path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
        removed.push(path.clone());
    }
    if !removed.is_empty() {
        sync_folder(folder).map_err(|source| ReadError::Io { path: folder.to_owned(), source })?;
    }
    Ok(removed)
}

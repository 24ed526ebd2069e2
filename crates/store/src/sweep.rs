//! What a crash left, looked for at each start: files of segments that no catalog lists, and segments whose file is gone.

use crate::catalog::Blocking;
use crate::directory::Directory;
use crate::error::StoreError;
use crate::segment::{Damage, missing};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a start found.
#[derive(Debug, Default)]
pub struct Swept {
    /// Files that were removed, since the catalog does not list them.
    pub removed: Vec<PathBuf>,
    /// Segments that the catalog lists and that are lost.
    pub damage: Vec<Damage>,
}

/// Makes the folder of segments what the catalog says. Only for the directory's owner, before anything is written.
///
/// # Errors
/// A file or the catalog cannot be read.
pub fn sweep(directory: &Directory, catalog: &Blocking) -> Result<Swept, StoreError> {
    let segments = catalog.segments()?;
    let listed: HashSet<PathBuf> = segments.iter().map(|segment| segment.file(directory)).collect();
    let mut swept = Swept::default();
    sweep_folder(&directory.segments(), &listed, &mut swept.removed)?;
    let gone = segments.iter().filter(|segment| !segment.file(directory).exists());
    swept.damage.extend(gone.map(|segment| missing(directory, segment)));
    Ok(swept)
}

/// Removes files that are not listed, and folders that are then empty.
fn sweep_folder(folder: &Path, listed: &HashSet<PathBuf>, removed: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let entry = entry.map_err(StoreError::io("read", folder))?;
        let path = entry.path();
        if entry.file_type().map_err(StoreError::io("read", &path))?.is_dir() {
            sweep_folder(&path, listed, removed)?;
            // Refused where something is left in it.
            let _ = fs::remove_dir(&path);
        } else if !listed.contains(&path) {
            fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
            removed.push(path);
        }
    }
    Ok(())
}

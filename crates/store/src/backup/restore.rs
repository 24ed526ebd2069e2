//! From a copy to a data directory.

use super::Contents;
use super::list::{List, copy, create_empty, create_parents, sync_folders};
use crate::catalog::Blocking;
use crate::directory::{MARKER, create_hold};
use crate::error::StoreError;
use crate::file::{FileKind, write_whole};
use crate::lsn::Lsn;
use crate::wal;
use std::path::{Component, Path};

/// Makes a data directory of a copy in a new or empty folder, and verifies every file of it.
///
/// What is damaged is named and comes along: reading steps over it, and it costs nothing else. It becomes a data directory with the last step, so
/// that a server never starts on half of one.
///
/// # Errors
/// The copy is not complete, its catalog cannot be read, or the folder holds something.
pub fn restore(copied: &Path, destination: &Path) -> Result<Contents, StoreError> {
    let list = List::read(copied)?;
    create_empty(destination)?;
    let (mut bytes, mut damage) = (0, Vec::new());
    for entry in &list.files {
        // Whoever made the list, nothing is written elsewhere.
        if !entry.path.components().all(|part| matches!(part, Component::Normal(_))) {
            damage.push(format!("`{}` lies outside", entry.path.display()));
            continue;
        }
        let from = copied.join(&entry.path);
        create_parents(destination, &entry.path)?;
        match copy(&from, &destination.join(&entry.path))? {
            None => damage.push(format!("`{}` is missing", from.display())),
            Some(found) => {
                bytes += found.0;
                if found != (entry.bytes, entry.crc32) {
                    damage.push(format!("`{}` is not what was copied: its checksum is wrong", from.display()));
                }
            }
        }
    }
    let catalog = Blocking::at(&destination.join("catalog.sqlite"), false)?;
    let mut contents = Contents::of(&catalog.segments()?, catalog.flushed()?);
    catalog.close()?;
    let log = wal::read(&destination.join("wal"), Lsn(0), |_| ())?;
    damage.extend(log.damage.iter().map(ToString::to_string));
    contents.last = log.last;
    (contents.files, contents.bytes, contents.damage) = (list.files.len() as u64, bytes, damage);
    // A report may be asked for before a server ever starts on it.
    create_hold(destination)?;
    sync_folders(destination)?;
    let marker = destination.join(MARKER);
    write_whole(&marker, &FileKind::Directory.header()).map_err(StoreError::io("write", &marker))?;
    Ok(contents)
}

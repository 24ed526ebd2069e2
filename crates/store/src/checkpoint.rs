//! Checkpoints: from where counting goes on after a crash. The last two are kept, and the older one serves when the newer is damaged.

use crate::file::{FileKind, write_whole};
use crate::lsn::Lsn;
use crc32fast::hash;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many are kept.
const KEPT: usize = 2;

/// One that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Everything up to here is in the minute log.
    pub lsn: Lsn,
    /// What the server wants to know again.
    pub contents: Vec<u8>,
}

/// Writes a checkpoint, and removes all but the last two. Returns the LSN of the older one, from which on the log is still needed.
///
/// # Errors
/// It is not durable, and the last one stands.
pub fn write(folder: &Path, checkpoint: &Checkpoint) -> io::Result<Lsn> {
    let mut bytes = FileKind::Checkpoint.header().to_vec();
    bytes.extend_from_slice(&hash(&checkpoint.contents).to_le_bytes());
    bytes.extend_from_slice(&checkpoint.contents);
    write_whole(&folder.join(file_name(checkpoint.lsn)), &bytes)?;
    let mut files = files(folder)?;
    while files.len() > KEPT {
        // One more than wanted does no harm.
        let _ = fs::remove_file(files.remove(0).1);
    }
    Ok(files.first().map_or(Lsn(0), |(lsn, _)| *lsn))
}

/// The newest checkpoint that is whole, and those that are damaged.
///
/// # Errors
/// The folder cannot be read.
pub fn newest(folder: &Path) -> io::Result<(Option<Checkpoint>, Vec<PathBuf>)> {
    let mut damaged = Vec::new();
    for (lsn, path) in files(folder)?.into_iter().rev() {
        match contents(&fs::read(&path)?) {
            Some(contents) => return Ok((Some(Checkpoint { lsn, contents }), damaged)),
            None => damaged.push(path),
        }
    }
    Ok((None, damaged))
}

fn contents(bytes: &[u8]) -> Option<Vec<u8>> {
    let (sum, contents) = FileKind::Checkpoint.after_header(bytes).ok()?.split_at_checked(4)?;
    (sum == hash(contents).to_le_bytes()).then(|| contents.to_vec())
}

fn files(folder: &Path) -> io::Result<Vec<(Lsn, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(lsn) = name.strip_suffix(".checkpoint").and_then(|number| number.parse().ok()) {
            files.push((Lsn(lsn), path));
        }
    }
    files.sort();
    Ok(files)
}

fn file_name(lsn: Lsn) -> String {
    format!("{:020}.checkpoint", lsn.0)
}

//! The registry as it was read: its texts with their hash, kept in the data directory for as long as facts may need it.

use crate::version::Version;
use milepost_ingest::Setup;
use milepost_model::{Date, Timestamp};
use milepost_registry::{Diagnostics, Outcome, ReadOptions, Registry};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// A registry without errors, with the texts that it was read from.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) registry: Registry,
    /// By their paths.
    pub(crate) texts: Vec<(String, String)>,
    /// Of the texts and their paths.
    pub(crate) digest: String,
}

impl Snapshot {
    /// Reads the folder of a registry.
    pub(crate) fn read(folder: &Path, now: Timestamp) -> Result<Self, Box<Diagnostics>> {
        let options = ReadOptions { today: Some(Date::of(now)) };
        let (Outcome { registry, diagnostics }, texts) = options.read_with_texts(folder);
        // Where the folder lies does not matter.
        let prefix = format!("{}/", folder.display());
        let name = |path: String| path.strip_prefix(&prefix).map(str::to_owned).unwrap_or(path);
        let texts: Vec<_> = texts.into_iter().map(|(path, text)| (name(path), text)).collect();
        let digest = digest(&texts);
        registry.map(|registry| Self { registry, texts, digest }).ok_or_else(|| Box::new(diagnostics))
    }

    /// Compiles it as a version.
    pub(crate) fn version(self, number: u64) -> Version {
        Version { number, digest: self.digest, setup: Setup::new(self.registry) }
    }
}

/// The hash of the texts of a registry, in hexadecimal.
fn digest(texts: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    for part in texts.iter().flat_map(|(path, text)| [path, text]) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Keeps a registry in a folder, by its digest.
pub(crate) fn keep(folder: &Path, snapshot: &Snapshot) -> io::Result<()> {
    let path = folder.join(format!("{}.json", snapshot.digest));
    if path.exists() {
        return Ok(());
    }
    milepost_store::write_whole(&path, &serde_json::to_vec(&snapshot.texts)?)
}

/// A registry that was kept; or why it is no use.
pub(crate) fn load(folder: &Path, digest: &str) -> Result<Snapshot, String> {
    let texts = texts(folder, digest)?;
    let borrowed = texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let Outcome { registry, diagnostics } = milepost_registry::read_texts(borrowed);
    let registry = registry.ok_or_else(|| format!("{} errors", diagnostics.errors()))?;
    Ok(Snapshot { registry, texts, digest: digest.to_owned() })
}

/// The texts of a registry that was kept, by their paths; or why they cannot be had.
pub(crate) fn texts(folder: &Path, digest: &str) -> Result<Vec<(String, String)>, String> {
    let bytes = fs::read(folder.join(format!("{digest}.json"))).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

/// The digest of the registry that a folder has, where it has one only.
pub(crate) fn only(folder: &Path) -> Option<String> {
    let mut names = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name());
    match (names.next(), names.next()) {
        (Some(name), None) => name.to_str()?.strip_suffix(".json").map(str::to_owned),
        _ => None,
    }
}

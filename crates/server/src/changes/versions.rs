//! The versions of services on the disk: a restart knows what was there before it.

use crate::commit::chain;
use milepost_impact::suspect::{KnownVersion, Versions};
use milepost_model::{Name, Timestamp};
use milepost_store::{Directory, FileKind, write_whole};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;

#[derive(Serialize, Deserialize)]
struct Kept {
    service: String,
    version: String,
    first: i64,
    last: i64,
    events: u64,
    others: u64,
    others_since: u64,
}

/// What was kept. What cannot be read is told, and counts as nothing seen: versions that are there then are no changes.
pub(super) fn read(directory: &Directory) -> Versions {
    let mut versions = Versions::default();
    let kept = stored(directory).unwrap_or_else(|error| {
        tracing::error!(error, "the versions of services cannot be read; those that are seen next are taken for known");
        Vec::new()
    });
    for of in kept {
        let Ok(service) = Name::new(&of.service) else { continue };
        let known = KnownVersion {
            version: of.version,
            first: Timestamp::from_nanos(of.first),
            last: Timestamp::from_nanos(of.last),
            events: of.events,
            others: of.others,
            others_since: of.others_since,
        };
        versions.restore(&service, known);
    }
    versions
}

fn stored(directory: &Directory) -> Result<Vec<Kept>, String> {
    let bytes = match std::fs::read(directory.versions()) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
    };
    let contents = FileKind::Versions.after_header(&bytes).map_err(|error| chain(&error))?;
    serde_json::from_slice(contents).map_err(|error| error.to_string())
}

/// Keeps what is known.
pub(super) fn write(directory: &Directory, versions: &Versions) -> Result<(), String> {
    let kept = |(service, known): (&Name, &KnownVersion)| Kept {
        service: service.to_string(),
        version: known.version.clone(),
        first: known.first.nanos(),
        last: known.last.nanos(),
        events: known.events,
        others: known.others,
        others_since: known.others_since,
    };
    let all: Vec<Kept> = versions.known().map(kept).collect();
    let mut bytes = FileKind::Versions.header().to_vec();
    serde_json::to_writer(&mut bytes, &all).map_err(|error| error.to_string())?;
    write_whole(&directory.versions(), &bytes).map_err(|error| error.to_string())
}

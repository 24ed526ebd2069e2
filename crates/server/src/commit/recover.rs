//! Starting where the last process stopped, however it stopped: checkpoint, minute log, then the log from there.

use super::checkpoint::Checkpointed;
use super::dedupe::Dedupe;
use super::followed::Followed;
use super::group::Group;
use super::log::{Log, LogThread};
use super::replay::{Known, Replay};
use super::state::CheckpointContents;
use super::thread::{Committer, chain};
use crate::changes::Changes;
use crate::counts::{Counts, SeriesKey};
use crate::incidents::IncidentBook;
use crate::registry_store::Snapshot;
use crate::settings::{Ack, Settings};
use crate::shared::Shared;
use crate::version::Versions;
use milepost_facts::Renaming;
use milepost_model::{Minute, Timestamp};
use milepost_store::fingerprints::Pieces;
use milepost_store::wal::{self, Writer};
use milepost_store::{Directory, Lsn, SeriesFile, SeriesId, checkpoint, minutes};
use std::sync::Arc;
use thiserror::Error;

/// Why the server cannot go on with what a directory has.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// What is kept cannot be read or written.
    #[error("cannot use the data directory: {0}")]
    Store(String),
    /// No registry was ever active in it, and none is to be.
    #[error("the data directory has no registry")]
    NoRegistry,
    /// A registry that was active is gone.
    #[error("the registry `{digest}` was active and is not in the data directory any more: {why}")]
    Registry {
        /// Its hash.
        digest: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What recovery has to say to whoever started the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Facts that were counted again from the log.
    pub replayed: u64,
    /// What was lost, in words.
    pub damage: Vec<String>,
}

pub(super) fn store(error: &dyn std::error::Error) -> RecoverError {
    RecoverError::Store(chain(error))
}

/// Brings a directory to where it was, under the registry that was active. `first` is the registry of a directory that has none yet.
pub(crate) fn recover(
    settings: Settings,
    directory: Directory,
    first: Option<Snapshot>,
) -> Result<(Committer, LogThread, Arc<Shared>, Recovered), RecoverError> {
    let directory = Arc::new(directory);
    let mut recovered = Recovered::default();
    let (newest, damaged) = checkpoint::newest(&directory.checkpoints()).map_err(|error| store(&error))?;
    recovered.damage.extend(damaged.iter().map(|path| format!("{}: the checkpoint is damaged", path.display())));
    let lsn = newest.as_ref().map_or(Lsn(0), |checkpoint| checkpoint.lsn);
    let contents: CheckpointContents = match &newest {
        Some(checkpoint) => serde_json::from_slice(&checkpoint.contents).map_err(|error| store(&error))?,
        None => CheckpointContents::default(),
    };
    let (counts, lost) = counted(&settings, &contents, lsn, &directory, &mut recovered)?;
    let pieces = Pieces::open(&directory.fingerprints()).map_err(|error| store(&error))?;
    let known = known(&settings, &contents, lsn, &pieces, &mut recovered);
    let read_after = known.read_after;
    let last = Checkpointed::new(lsn, &contents);
    let mut replay = Replay::new(&settings, Arc::clone(&directory), first, contents, (counts, lsn), known)?;
    replay.recovered = recovered;
    let reading =
        wal::read(&directory.wal(), read_after, |group| replay.group(group)).map_err(|error| store(&error))?;
    if let Some(error) = replay.failed {
        return Err(error);
    }
    // Who reads from a record on is told that by the reading.
    let missing = if read_after == Lsn(0) { wal::missing_after(&directory.wal(), lsn) } else { Ok(None) };
    let missing = missing.map_err(|error| store(&error))?;
    replay.recovered.damage.extend(missing.iter().chain(&reading.damage).map(ToString::to_string));
    let (log, log_thread) = Log::new(writer(&settings, &directory), reading.next.max(lsn.next()));
    let offsets = std::mem::take(&mut replay.offsets);
    let Replay { version, tables, counter, mut counts, traces, dedupe, activations, mut recovered, .. } = replay;
    counts.heard_at = counts.received_at.map(|received| received.min(settings.clock.steady()));
    counts.sources.until(settings.clock.steady());
    let workers = settings.workers;
    let (incidents, damage) = IncidentBook::open(&directory).map_err(|error| store(&error))?;
    recovered.damage.extend(damage);
    let (changes, damage) = Changes::open(&directory.changes()).map_err(|error| store(&error))?;
    recovered.damage.extend(damage);
    let versions = Versions::new(Arc::clone(&version));
    let shared = Shared::new(settings, directory, versions, counts, activations, (incidents, changes));
    shared.health.set_checkpoint(lsn, last.read_after);
    shared.health.set_unread(read_after);
    shared.health.note_lost(&lost);
    *shared.offsets() = offsets;
    shared.signs.listen(version.setup.registry.services.iter().map(|of| of.name.as_str()));
    let shared = Arc::new(shared);
    let followed = Followed::new(&version, shared.settings.course_bytes());
    let committer = Committer {
        log,
        renamings: (0..workers).map(|_| Renaming::new(&tables)).collect(),
        group: Group::new(&shared.settings.clock, &tables),
        sent: None,
        version,
        tables,
        counter,
        traces,
        followed,
        dedupe,
        switching: None,
        pieces,
        last,
        checkpointed_at: shared.settings.clock.steady(),
        ticked_at: shared.settings.clock.steady(),
        shared: Arc::clone(&shared),
    };
    Ok((committer, log_thread, shared, recovered))
}

/// What writes the log, as durable as the settings say.
fn writer(settings: &Settings, directory: &Directory) -> Writer {
    let writer = Writer::new(&directory.wal());
    if settings.ack == Ack::Memory { writer.without_sync() } else { writer }
}

/// What the checkpoint and the minute log have; what is lost of it.
fn counted(
    settings: &Settings,
    contents: &CheckpointContents,
    lsn: Lsn,
    directory: &Directory,
    recovered: &mut Recovered,
) -> Result<(Counts, Vec<minutes::LostRows>), RecoverError> {
    let mut lost = minutes::cut(&directory.minutes(), lsn, &contents.minutes).map_err(|error| store(&error))?;
    let (series, unnamed) = SeriesFile::open(&directory.minutes()).map_err(|error| store(&error))?;
    if unnamed > 0 {
        recovered.damage.push(format!("the names of {unnamed} series are lost"));
    }
    let mut counts = Counts::new(series, settings.count_bounds());
    for rows in restore(&mut counts, contents, lsn, directory)? {
        if !lost.contains(&rows) {
            lost.push(rows);
        }
    }
    recovered.damage.extend(lost.iter().map(ToString::to_string));
    Ok((counts, lost))
}

/// What was counted, by the fingerprints that a checkpoint names; by the log where it names none, or one of them is damaged.
fn known(
    settings: &Settings,
    contents: &CheckpointContents,
    lsn: Lsn,
    pieces: &Pieces,
    recovered: &mut Recovered,
) -> Known {
    let (bytes, started) = (settings.dedupe_bytes(), settings.clock.steady());
    let of_log =
        || Known { dedupe: Dedupe::new(bytes), closed: Vec::new(), is_of_log: true, read_after: Lsn(0), started };
    let Some(kept) = &contents.fingerprints else { return of_log() };
    match Dedupe::restore(bytes, kept, pieces, started) {
        Ok((dedupe, closed)) => {
            Known { dedupe, closed, is_of_log: false, read_after: contents.read_after(lsn), started }
        }
        Err(error) => {
            recovered.damage.push(format!("{}; they are read out of the log", chain(&error)));
            of_log()
        }
    }
}

/// Puts into memory what the checkpoint and the minute log have of the last hours; what is lost of them.
fn restore(
    counts: &mut Counts,
    contents: &CheckpointContents,
    lsn: Lsn,
    directory: &Directory,
) -> Result<Vec<minutes::LostRows>, RecoverError> {
    for (series, cell) in &contents.totals {
        counts.restore_total(SeriesId(*series), *cell);
    }
    counts.newest = contents.newest.map(Timestamp::from_nanos);
    counts.received_at = contents.received_at.map(Timestamp::from_nanos);
    counts.sources.restore(&contents.sources);
    counts.imported.clone_from(&contents.imported);
    counts.lsn = lsn;
    counts.checkpointed(lsn);
    let imported = contents.imported.values().map(|imported| Minute::new(imported.through)).max();
    let Some(newest) = counts.newest.map(Timestamp::minute).max(imported) else { return Ok(Vec::new()) };
    // Recent is by the clock; events may come a little ahead of it, and a clock that was set back must not hide what was counted.
    let now = newest.number().max(Minute::new(0).number());
    let range = Minute::new(now - crate::counts::LATENCY_HOURS * 60)..Minute::new(now + 24 * 60);
    let mut is_latency: Vec<Option<bool>> = vec![None; counts.series.len()];
    counts.trim(Minute::new(now));
    let lost = minutes::read(&directory.minutes(), range, lsn, |row| {
        let Some(known) = is_latency.get_mut(row.series.0 as usize) else { return };
        let latency = *known.get_or_insert_with(|| {
            let key = counts.series.key(row.series).and_then(SeriesKey::parse);
            matches!(key, Some(SeriesKey::Latency(_)))
        });
        // Of a day of many series only the last hours fit.
        if latency || row.minute >= counts.horizon() {
            counts.restore(row, latency);
        }
    });
    counts.trim(Minute::new(now));
    lost.map_err(|error| store(&error))
}

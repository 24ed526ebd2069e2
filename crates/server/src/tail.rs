//! Access logs that are followed: whole lines as they are written, through rotation and truncation, from the byte where the last process stopped.
//!
//! How far a file was read is one record of the log with the facts of its lines, so that each line counts once whenever the process ends.

use crate::intake::{FileOffset, Intake, Payload, Refusal, RequestKey, Submission};
use crate::pulse::{LONG, Worker};
use crate::shared::Shared;
use bytes::Bytes;
use milepost_annotate::Trust;
use milepost_model::Name;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Handle;

/// A file that is followed, and whose lines they are.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The service that writes it.
    pub service: Name,
    /// The file.
    pub path: PathBuf,
}

/// How often a file is looked at that has nothing new.
const EVERY: Duration = Duration::from_millis(250);
/// How long to wait when lines are refused.
const AFTER_REFUSAL: Duration = Duration::from_secs(1);
/// Bytes of lines handed in at once.
const PIECE_BYTES: usize = 1 << 20;

/// One open file.
struct Open {
    file: File,
    identity: (u64, u64),
    offset: u64,
    /// A hash of the bytes before the offset; 0 where it is not known.
    before: u64,
}

/// Bytes before the offset that tell whether the file still is what it was: a line of a log has its time in them.
const BEFORE_BYTES: u64 = 256;

impl Open {
    /// Whether the file is being written from its beginning again: it is shorter than what was read of it, or says something else there.
    fn was_truncated(&self) -> io::Result<bool> {
        let is_shorter = self.file.metadata()?.len() < self.offset;
        Ok(is_shorter || self.before != 0 && self.before(self.offset)? != self.before)
    }

    /// A hash of the bytes before a place.
    fn before(&self, offset: u64) -> io::Result<u64> {
        let from = offset.saturating_sub(BEFORE_BYTES);
        let mut bytes = Vec::new();
        (&self.file).seek(SeekFrom::Start(from))?;
        (&self.file).take(offset - from).read_to_end(&mut bytes)?;
        Ok(RequestKey::short(&bytes))
    }
}

/// Follows a file until the server ends.
pub(crate) fn run((at, followed): (usize, &Followed), intake: &Intake, shared: &Shared, runtime: &Handle) {
    let mut known = shared.offset(&followed.path);
    let mut open: Option<Open> = None;
    let mut told = None;
    while !shared.stop.is_set() {
        // What it hands in may wait for its turn as long as a request may.
        shared.health.pulses.beat_for(Worker::Tail(at), LONG);
        let step = follow(followed, &mut known, &mut open, intake, runtime);
        let pause = match step {
            Ok(true) => continue,
            Ok(false) => {
                told = None;
                EVERY
            }
            Err(error) => {
                if told.as_ref() != Some(&error) {
                    tracing::warn!(file = %followed.path.display(), error, "a log cannot be followed; it is tried again");
                    told = Some(error);
                }
                AFTER_REFUSAL
            }
        };
        shared.stop.wait(pause);
    }
}

/// Hands in what is new, one piece; whether there was any.
fn follow(
    followed: &Followed,
    known: &mut Option<FileOffset>,
    open: &mut Option<Open>,
    intake: &Intake,
    runtime: &Handle,
) -> Result<bool, String> {
    let now = match open {
        Some(now) => now,
        None => match begin(&followed.path, known) {
            Ok(found) => open.insert(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.to_string()),
        },
    };
    if now.was_truncated().map_err(|error| error.to_string())? {
        (now.offset, now.before) = (0, 0);
    }
    let piece = piece(now).map_err(|error| error.to_string())?;
    if piece.is_empty() {
        // Read to its end: it may have been put away, and another begun.
        let is_another = identity(&followed.path).is_ok_and(|identity| identity != now.identity);
        if is_another {
            // What was written between the last look and the rename.
            if last_piece(now, followed, known, intake, runtime)? {
                return Ok(true);
            }
            (*open, *known) = (None, None);
            return Ok(true);
        }
        return Ok(false);
    }
    hand_in(now, piece, followed, known, intake, runtime)?;
    Ok(true)
}

/// What a file that was put away has beyond its last line break.
fn last_piece(
    now: &mut Open,
    followed: &Followed,
    known: &mut Option<FileOffset>,
    intake: &Intake,
    runtime: &Handle,
) -> Result<bool, String> {
    let mut rest = Vec::new();
    let read = now.file.seek(SeekFrom::Start(now.offset));
    let read = read.and_then(|_| (&now.file).take(PIECE_BYTES as u64).read_to_end(&mut rest));
    read.map_err(|error| error.to_string())?;
    if rest.is_empty() {
        return Ok(false);
    }
    hand_in(now, rest, followed, known, intake, runtime)?;
    Ok(true)
}

fn hand_in(
    now: &mut Open,
    piece: Vec<u8>,
    followed: &Followed,
    known: &mut Option<FileOffset>,
    intake: &Intake,
    runtime: &Handle,
) -> Result<(), String> {
    let end = now.offset + piece.len() as u64;
    let path = followed.path.display().to_string();
    let before = now.before(end).map_err(|error| error.to_string())?;
    let offset = FileOffset { path, identity: now.identity, offset: end, before };
    let payload = Payload::AccessLog(Some(followed.service.clone()));
    // A file that was truncated has other lines at the same place.
    let name = format!("{}:{}:{:?}:{:?}", offset.path, now.offset, now.identity, RequestKey::of_body(&payload, &piece));
    let reservation = intake.budget().try_reserve(2 * piece.len()).ok_or_else(|| Refusal::Busy.to_string())?;
    let submission = Submission {
        payload,
        body: Bytes::from(piece),
        key: RequestKey::named("tail", &name),
        content: None,
        // Whoever can write to a file here can do more.
        trust: Trust::Internal,
        reservation,
        offset: Some(offset.clone()),
    };
    runtime.block_on(intake.submit(submission)).map_err(|refusal| refusal.to_string())?;
    (now.offset, now.before) = (end, before);
    *known = Some(offset);
    Ok(())
}

/// Opens the file, at the byte where it was left if it is still the same. A file that was put away since under another name is read to its end before.
fn begin(path: &Path, known: &mut Option<FileOffset>) -> io::Result<Open> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let identity = (metadata.dev(), metadata.ino());
    let Some(left) = known.as_ref() else { return Ok(Open { file, identity, offset: 0, before: 0 }) };
    if left.identity == identity {
        let left = Some(left).filter(|left| left.offset <= metadata.len());
        let (offset, before) = left.map_or((0, 0), |left| (left.offset, left.before));
        return Ok(Open { file, identity, offset, before });
    }
    match put_away(path, left) {
        Some(found) => return Ok(found),
        None => tracing::warn!(
            file = %path.display(),
            offset = left.offset,
            "the file that was followed is not in this folder any more: what was written to it after this offset is not counted"
        ),
    }
    *known = None;
    Ok(Open { file, identity, offset: 0, before: 0 })
}

/// The file that was left, by whatever name it is in the folder now.
fn put_away(path: &Path, left: &FileOffset) -> Option<Open> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let paths = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.into_iter().find(|path| identity(path).is_ok_and(|identity| identity == left.identity))?;
    let file = File::open(found).ok()?;
    let open = Open { file, identity: left.identity, offset: left.offset, before: left.before };
    // A file that was removed may have left its number to another.
    (!open.was_truncated().ok()?).then_some(open)
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The next whole lines. A line that is longer than a piece is handed in as it is, in pieces that are no lines and are rejected by reason.
fn piece(now: &mut Open) -> io::Result<Vec<u8>> {
    now.file.seek(SeekFrom::Start(now.offset))?;
    let mut piece = Vec::new();
    (&now.file).take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
    match piece.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => piece.truncate(last + 1),
        None if piece.len() < PIECE_BYTES => piece.clear(),
        None => {}
    }
    Ok(piece)
}

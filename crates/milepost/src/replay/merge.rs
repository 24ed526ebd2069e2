//! Several recordings as one, in the order in which events were over.

use crate::output;
use crate::reading::Reading;
use milepost_ingest::input::InputKind;
use milepost_ingest::otlp::proto::OtlpSignal;
use milepost_ingest::{Arrivals, Piece, Setup, otlp};
use milepost_model::{DurationNs, Name, Timestamp};
use milepost_server::Payload;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What comes at one time, each with how it is to be read.
type Requests = Vec<(Payload, Vec<u8>)>;

/// Recordings while they are read.
pub(crate) struct Merge<'r> {
    reading: &'r Reading,
    setup: &'r Arc<Setup>,
    recordings: Vec<Recording>,
    /// What is read and not handed out yet, by when it came.
    ahead: BTreeMap<Timestamp, Requests>,
    /// Files that could not be read, or not to their end.
    pub(crate) failed: usize,
}

struct Recording {
    path: PathBuf,
    state: State,
    /// Nothing earlier is to be expected of it, but for what [`AHEAD`] makes good.
    reached: Timestamp,
}

enum State {
    /// Looked at, and closed again: a year may be in more files than can be open at once.
    Waiting,
    Open(Box<Arrivals>, Option<Name>),
    Read,
}

/// So far recordings are read ahead: batches overlap, by as much as who recorded them waited to fill one.
const AHEAD: DurationNs = DurationNs::from_seconds(120);

impl<'r> Merge<'r> {
    /// Looks at the beginning of each file. One that cannot be read is told, and left out.
    pub(crate) fn new(reading: &'r Reading, setup: &'r Arc<Setup>, files: Vec<PathBuf>) -> Self {
        let mut merge = Self { reading, setup, recordings: Vec::new(), ahead: BTreeMap::new(), failed: 0 };
        for path in files {
            let first = merge.open(&path).and_then(|(mut arrivals, _)| Ok(first_time(&mut arrivals)?));
            match first {
                Ok(Some(reached)) => merge.recordings.push(Recording { path, state: State::Waiting, reached }),
                Ok(None) => output::note(&format!("warning: nothing in `{}` says when it was\n", path.display())),
                Err(error) => merge.fail(&error),
            }
        }
        merge
    }

    /// When the first of it came.
    pub(crate) fn begin(&self) -> Option<Timestamp> {
        self.recordings.iter().map(|recording| recording.reached).min()
    }

    /// What came next, and when; `None` at the end.
    pub(crate) fn next_time(&mut self) -> Option<(Timestamp, Requests)> {
        loop {
            let unread = self.recordings.iter().enumerate().filter(|(_, of)| !matches!(of.state, State::Read));
            let behind = unread.min_by_key(|(_, of)| of.reached).map(|(at, of)| (at, of.reached));
            let first = self.ahead.first_key_value().map(|(time, _)| *time);
            match (behind, first) {
                (Some((at, reached)), Some(first)) if reached <= first.plus(AHEAD) => self.read_on(at),
                (Some((at, _)), None) => self.read_on(at),
                _ => return self.ahead.pop_first(),
            }
        }
    }

    /// Reads the next record of a recording.
    fn read_on(&mut self, at: usize) {
        if let Err(error) = self.try_read_on(at) {
            self.recordings[at].state = State::Read;
            self.fail(&error);
        }
    }

    fn try_read_on(&mut self, at: usize) -> anyhow::Result<()> {
        if matches!(self.recordings[at].state, State::Waiting) {
            let (arrivals, service) = self.open(&self.recordings[at].path)?;
            self.recordings[at].state = State::Open(Box::new(arrivals), service);
        }
        let recording = &mut self.recordings[at];
        let State::Open(arrivals, service) = &mut recording.state else { return Ok(()) };
        let kind = arrivals.kind();
        let Some(pieces) = arrivals.next_record()? else {
            recording.state = State::Read;
            return Ok(());
        };
        let earliest = pieces.iter().filter_map(|piece| piece.arrived).min();
        recording.reached = earliest.map_or(recording.reached, |earliest| earliest.max(recording.reached));
        for Piece { arrived, bytes } in pieces {
            let arrived = arrived.unwrap_or(recording.reached);
            if self.reading.asked().contains(arrived) {
                self.ahead.entry(arrived).or_default().push((payload(kind, service.as_ref(), &bytes), bytes));
            }
        }
        Ok(())
    }

    fn open(&self, path: &Path) -> anyhow::Result<(Arrivals, Option<Name>)> {
        self.reading.arrivals(path, self.setup)
    }

    fn fail(&mut self, error: &anyhow::Error) {
        self.failed += 1;
        output::error(error);
    }
}

fn first_time(arrivals: &mut Arrivals) -> Result<Option<Timestamp>, milepost_ingest::input::InputError> {
    while let Some(pieces) = arrivals.next_record()? {
        if let Some(first) = pieces.iter().filter_map(|piece| piece.arrived).min() {
            return Ok(Some(first));
        }
    }
    Ok(None)
}

fn payload(kind: InputKind, service: Option<&Name>, bytes: &[u8]) -> Payload {
    match kind {
        InputKind::AccessLog | InputKind::Empty => Payload::AccessLog(service.cloned()),
        InputKind::OtlpProtoMessages if otlp::proto::signal(bytes) == Some(OtlpSignal::Logs) => Payload::LogsProto,
        InputKind::OtlpProtoMessages => Payload::TracesProto,
        // Either signal is read of JSON, whichever it is handed in as.
        InputKind::OtlpJsonLines | InputKind::OtlpJsonDocument | InputKind::OtlpJsonMessages => Payload::TracesJson,
    }
}

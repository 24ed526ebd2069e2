//! Files of telemetry as they would have come: each event once it was over, whatever batch it was recorded with.
//!
//! For playing a recording to a server. Records of OTLP/JSON are taken apart by the second in which their events ended; those of other kinds come as they
//! are, with their last event.

mod split;

use crate::input::{InputError, InputKind, Limits, Record, RecordReader};
use crate::read::{LogSource, Place, TelemetryFile, read_record};
use crate::recorder::Recorder;
use milepost_facts::FactBatch;
use milepost_model::{DurationNs, Timestamp};

/// Part of a recording, and when it had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When the last of it was over; nothing where none of it says so.
    pub arrived: Option<Timestamp>,
    /// What came, as the file has it: a request, or a line.
    pub bytes: Vec<u8>,
}

/// A file that is read piece by piece.
pub struct Arrivals {
    records: RecordReader,
    kind: InputKind,
    recorder: Recorder,
    log: Option<LogSource>,
    skipped: u64,
}

impl Arrivals {
    /// Of a file; `log` is needed for access logs, and the recorder for nothing but its registry.
    pub fn new(file: TelemetryFile, recorder: Recorder, log: Option<LogSource>) -> Self {
        let (input, kind) = file.into_parts();
        Self { records: input.records(kind, Limits::default()), kind, recorder, log, skipped: 0 }
    }

    /// What the file holds.
    pub fn kind(&self) -> InputKind {
        self.kind
    }

    /// Records that were too long or broken, and are in no piece.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The pieces of the next record; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_record(&mut self) -> Result<Option<Vec<Piece>>, InputError> {
        let bytes = loop {
            match self.records.next_record()? {
                None => return Ok(None),
                Some(Record::Skipped(_)) => self.skipped += 1,
                // Empty lines are no records.
                Some(Record::Bytes(bytes)) if bytes.trim_ascii().is_empty() => {}
                Some(Record::Bytes(bytes)) => break bytes,
            }
        };
        let is_json = !matches!(self.kind, InputKind::AccessLog | InputKind::OtlpProtoMessages | InputKind::Empty);
        if is_json && let Some(pieces) = split::by_second(bytes) {
            return Ok(Some(pieces));
        }
        let place = Place::default();
        read_record(bytes, self.kind, &place, &mut self.recorder, self.log.as_mut());
        let arrived = ended(&self.recorder.take_batch());
        Ok(Some(vec![Piece { arrived, bytes: bytes.to_vec() }]))
    }
}

/// When the last of some facts was over.
fn ended(batch: &FactBatch) -> Option<Timestamp> {
    let end = |row| batch.time(row).plus(batch.duration(row).unwrap_or(DurationNs::from_nanos(0)));
    (0..batch.len()).map(end).max()
}

//! Files of telemetry into facts: the kind of each found out, its records handed to the right reader.

use crate::access_log::{LineParser, MAX_LINE_BYTES, TooManyFields};
use crate::input::{Input, InputError, InputKind, Limits, Progress, Record, Skipped};
use crate::otlp;
use crate::recorder::{Recorder, Setup};
use crate::stats::Example;
use milepost_annotate::Slot;
use milepost_facts::{FactBatch, NameTables};
use milepost_model::LogFormat;
use std::path::Path;
use std::sync::Arc;

/// An access log's format and the service that wrote it.
#[derive(Debug)]
pub struct LogSource {
    service: String,
    parser: LineParser,
    fields: Vec<Slot>,
}

impl LogSource {
    /// A parser for the lines of a service's log, which also keeps the fields that the registry looks at.
    ///
    /// # Errors
    /// The registry looks at more fields than can be taken from a log.
    pub fn new(service: &str, format: &LogFormat, setup: &Setup) -> Result<Self, TooManyFields> {
        let (fields, slots) = setup.log_fields();
        Ok(Self { service: service.to_owned(), parser: LineParser::with_fields(format, &fields)?, fields: slots })
    }
}

/// One file, opened and recognised.
pub struct TelemetryFile {
    input: Input,
    kind: InputKind,
}

impl TelemetryFile {
    /// Opens a file, or standard input for `-`, and looks what it holds.
    ///
    /// # Errors
    /// It cannot be read, or holds nothing that is read.
    pub fn open(path: &Path, progress: &Progress) -> Result<Self, InputError> {
        let mut input = Input::open(path, progress)?;
        let kind = input.kind()?;
        Ok(Self { input, kind })
    }

    /// What it holds.
    pub fn kind(&self) -> InputKind {
        self.kind
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        self.input.name()
    }

    /// How an access log is written, guessed from its first lines.
    pub fn log_format(&mut self) -> Option<LogFormat> {
        self.input.log_format().ok().flatten()
    }

    pub(crate) fn into_parts(self) -> (Input, InputKind) {
        (self.input, self.kind)
    }

    /// Reads all of it. `log` is needed for access logs; batches go to `each` with the names that they were built with.
    ///
    /// # Errors
    /// The file cannot be read to its end; what was read before counts.
    pub fn read(
        self,
        recorder: &mut Recorder,
        mut log: Option<&mut LogSource>,
        each: &mut dyn FnMut(FactBatch, &mut NameTables),
    ) -> Result<(), InputError> {
        recorder.position = 0;
        let mut at = Place { file: self.input.name().to_owned(), record: 0 };
        let mut records = self.input.records(self.kind, Limits::default());
        let result = loop {
            at.record += 1;
            match records.next_record() {
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
                Ok(Some(Record::Skipped(skipped))) => {
                    at.reject(recorder, skipped.as_str(), || skipped.to_string());
                }
                Ok(Some(Record::Bytes(bytes))) => read_record(bytes, self.kind, &at, recorder, log.as_deref_mut()),
            }
            while let Some(batch) = recorder.full_batch() {
                each(batch, &mut recorder.tables);
            }
        };
        if let Some(batch) = recorder.last_batch() {
            each(batch, &mut recorder.tables);
        }
        result
    }
}

impl LogSource {
    /// Records the lines of one piece of a log.
    pub fn read_lines(&mut self, lines: &[u8], recorder: &mut Recorder) {
        recorder.position = 0;
        for line in lines.split(|byte| *byte == b'\n') {
            recorder.position += 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // Empty lines are no records.
            if line.is_empty() {
                continue;
            }
            if line.len() > MAX_LINE_BYTES {
                let skipped = Skipped::TooLong { bytes: line.len() as u64 };
                recorder.stats.reject(skipped.as_str(), None);
                continue;
            }
            match self.parser.parse(line) {
                Ok(line) => recorder.access_line(&line, &self.service, &self.fields),
                Err(rejected) => recorder.stats.reject(rejected.as_str(), None),
            }
        }
    }
}

/// Where a record stands, for messages.
#[derive(Default)]
pub(crate) struct Place {
    file: String,
    record: u64,
}

impl Place {
    fn reject(&self, recorder: &mut Recorder, reason: &'static str, text: impl Fn() -> String) {
        let example = || Example { file: self.file.clone(), line: self.record, reason, text: text() };
        recorder.stats.reject(reason, Some(&example));
    }
}

pub(crate) fn read_record(
    bytes: &[u8],
    kind: InputKind,
    at: &Place,
    recorder: &mut Recorder,
    log: Option<&mut LogSource>,
) {
    let setup = Arc::clone(recorder.setup());
    match kind {
        InputKind::Empty => {}
        InputKind::AccessLog => {
            let Some(log) = log else { return };
            recorder.position = at.record;
            match log.parser.parse(bytes) {
                Ok(line) => recorder.access_line(&line, &log.service, &log.fields),
                Err(rejected) => {
                    at.reject(recorder, rejected.as_str(), || String::from_utf8_lossy(bytes).into_owned());
                }
            }
        }
        InputKind::OtlpProtoMessages => otlp::proto::read(bytes, &setup.plan, recorder),
        InputKind::OtlpJsonLines | InputKind::OtlpJsonMessages | InputKind::OtlpJsonDocument => {
            // Empty lines are no records.
            if bytes.trim_ascii().is_empty() {
                return;
            }
            if let Err(error) = otlp::json::read(bytes, &setup.plan, recorder) {
                at.reject(recorder, error.reason(), || error.to_string());
            }
        }
    }
}

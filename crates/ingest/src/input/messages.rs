//! Messages with their length before them: four bytes, the highest first, then the message.
//!
//! So writes the OpenTelemetry Collector's file exporter `format: proto`, and with `compression: zstd` also `format: json`;
//! each message is then a zstd frame of its own. (With its newer stream compression the file as a whole is zstd,
//! which [`Input`] has undone already.)

use super::error::{InputError, Place};
use super::open::{Input, ZSTD_WINDOW_LOG};
use super::record::{MAX_RECORD_BYTES, Record, Skipped};
use std::io::{self, BufReader, Read};
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// How many times longer a message may get by decompression. Telemetry grows ten- to fiftyfold; a thousandfold is a bomb.
pub const MAX_RATIO: usize = 1000;
/// Messages that stay below this are no bomb whatever their ratio.
pub const RATIO_FLOOR_BYTES: usize = 1024 * 1024;

const BUFFER_BYTES: usize = 256 * 1024;
/// By how much the room for a decompressed message grows.
const STEP_BYTES: usize = 256 * 1024;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Hands out the messages of an input, decompressed.
pub struct MessageReader {
    input: BufReader<Input>,
    limit: usize,
    message: Vec<u8>,
    decompressed: Vec<u8>,
    decoder: Option<Decoder<'static>>,
    number: u64,
    offset: u64,
    next_offset: u64,
    ended: bool,
}

impl MessageReader {
    /// Messages of at most `limit` bytes, before and after decompression; more than [`MAX_RECORD_BYTES`] is not
    /// allowed to any.
    pub fn new(input: Input, limit: usize) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            limit: limit.min(MAX_RECORD_BYTES),
            message: Vec::new(),
            decompressed: Vec::new(),
            decoder: None,
            number: 0,
            offset: 0,
            next_offset: 0,
            ended: false,
        }
    }

    /// The next message; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read on, or ends within a message. After an error there is nothing more.
    pub fn next_message(&mut self) -> Result<Option<Record<'_>>, InputError> {
        if self.ended {
            return Ok(None);
        }
        let Some(length) = self.read_length()? else {
            self.ended = true;
            return Ok(None);
        };
        let fits = length as usize <= self.limit;
        self.message.clear();
        let body = (&mut self.input).take(u64::from(length));
        let read = if fits {
            { body }.read_to_end(&mut self.message).map(|n| n as u64)
        } else {
            io::copy(&mut { body }, &mut io::sink())
        };
        match read {
            Ok(bytes) if bytes == u64::from(length) => {}
            Ok(_) => return Err(self.breaks_off("the rest of a message")),
            Err(error) => return Err(self.fail(error)),
        }
        self.number += 1;
        self.offset = self.next_offset;
        self.next_offset += 4 + u64::from(length);
        if !fits {
            return Ok(Some(Record::Skipped(Skipped::TooLong { bytes: u64::from(length) })));
        }
        if !self.message.starts_with(&ZSTD_MAGIC) {
            return Ok(Some(Record::Bytes(&self.message)));
        }
        match self.decompress() {
            Ok(()) => Ok(Some(Record::Bytes(&self.decompressed))),
            Err(skipped) => Ok(Some(Record::Skipped(skipped))),
        }
    }

    /// The number of the message that was last handed out, from 1.
    pub fn message_number(&self) -> u64 {
        self.number
    }

    /// The byte of the input at which that message's length stands.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The length before a message; `None` at the end of the input.
    fn read_length(&mut self) -> Result<Option<u32>, InputError> {
        let mut length = [0; 4];
        let mut filled = 0;
        while filled < length.len() {
            match self.input.read(&mut length[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(self.breaks_off("the length of a message")),
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fail(error)),
            }
        }
        Ok(Some(u32::from_be_bytes(length)))
    }

    fn decompress(&mut self) -> Result<(), Skipped> {
        let Self { message, decompressed, decoder, limit, .. } = self;
        decompressed.clear();
        let by_ratio = message.len().saturating_mul(MAX_RATIO).max(RATIO_FLOOR_BYTES);
        let most = by_ratio.min(*limit);
        let decoder = match decoder {
            Some(decoder) => decoder,
            None => decoder.insert(new_decoder().map_err(|_| Skipped::CorruptMessage)?),
        };
        decoder.reinit().map_err(|_| Skipped::CorruptMessage)?;
        let mut source = InBuffer::around(message.as_slice());
        loop {
            if decompressed.capacity() - decompressed.len() < STEP_BYTES / 2 {
                decompressed.reserve(STEP_BYTES);
            }
            let (filled, room) = (decompressed.len(), decompressed.capacity());
            let mut out = OutBuffer::around_pos(decompressed, filled);
            let hint = decoder.run(&mut source, &mut out).map_err(|_| Skipped::CorruptMessage)?;
            let written = out.pos();
            if written > most {
                let by_limit = most == *limit;
                return Err(if by_limit { Skipped::TooLongDecompressed } else { Skipped::RatioTooHigh });
            }
            if source.pos() == message.len() {
                match hint {
                    0 => return Ok(()),
                    // All was read, there was room for more, and the frame has not ended.
                    _ if written < room => return Err(Skipped::CorruptMessage),
                    _ => {}
                }
            }
        }
    }

    fn place(&self) -> Place {
        Place { records: self.number, unit: "message", offset: self.next_offset }
    }

    fn breaks_off(&mut self, missing: &'static str) -> InputError {
        self.ended = true;
        InputError::Truncated { name: self.input.get_ref().name().to_owned(), place: self.place(), missing }
    }

    fn fail(&mut self, error: io::Error) -> InputError {
        self.ended = true;
        self.input.get_ref().error(self.place(), error)
    }
}

fn new_decoder() -> io::Result<Decoder<'static>> {
    let mut decoder = Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
    Ok(decoder)
}

//! Lines out of one big buffer that is used again and again.

use super::error::{InputError, Place};
use super::open::Input;
use super::record::{MAX_RECORD_BYTES, Record, Skipped};
use memchr::memchr;
use std::io::{self, Read};
use std::ops::Range;

/// The buffer to begin with, and the least room for a read: enough that system calls cost nothing beside parsing.
const CHUNK_BYTES: usize = 256 * 1024;

/// Hands out the lines of an input.
///
/// Line breaks are `\n` or `\r\n`; the last line may lack one. A byte-order mark before the first is dropped. Lines longer
/// than the bound are stepped over without being held. When the input fails, the piece of line read last is dropped:
/// where it was cut is chance.
pub struct LineReader {
    input: Input,
    buffer: Vec<u8>,
    /// What is in the buffer and not handed out.
    filled: Range<usize>,
    /// How much of it is known to have no line break.
    searched: usize,
    limit: usize,
    /// How many bytes were dropped of an overlong line that is being stepped over.
    skipping: Option<u64>,
    end: Option<io::Result<()>>,
    number: u64,
    /// Where the line that was last handed out begins, and where the next does.
    offset: u64,
    next_offset: u64,
}

impl LineReader {
    /// Lines of at most `limit` bytes; more than [`MAX_RECORD_BYTES`] is not allowed to any.
    pub fn new(input: Input, limit: usize) -> Self {
        Self {
            input,
            buffer: vec![0; CHUNK_BYTES],
            filled: 0..0,
            searched: 0,
            limit: limit.min(MAX_RECORD_BYTES),
            skipping: None,
            end: None,
            number: 0,
            offset: 0,
            next_offset: 0,
        }
    }

    /// The next line without its line break; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read on. After an error there is nothing more.
    pub fn next_line(&mut self) -> Result<Option<Record<'_>>, InputError> {
        loop {
            let unsearched = &self.buffer[self.searched..self.filled.end];
            if let Some(found) = memchr(b'\n', unsearched) {
                let newline = self.searched + found;
                return Ok(Some(self.take(newline, 1)));
            }
            self.searched = self.filled.end;
            if self.filled.len() > self.limit || self.skipping.is_some() {
                self.skipping = Some(self.skipping.unwrap_or(0) + self.filled.len() as u64);
                self.filled = 0..0;
                self.searched = 0;
            }
            if self.end.is_none() {
                self.read();
            } else if self.skipping.is_some() {
                return Ok(Some(self.take(self.filled.end, 0)));
            } else if let Some(Err(error)) = self.end.replace(Ok(())) {
                self.filled = 0..0;
                self.searched = 0;
                let place = Place { records: self.number, unit: "line", offset: self.next_offset };
                return Err(self.input.error(place, error));
            } else if self.filled.is_empty() {
                return Ok(None);
            } else {
                return Ok(Some(self.take(self.filled.end, 0)));
            }
        }
    }

    /// The number of the line that was last handed out, from 1.
    pub fn line_number(&self) -> u64 {
        self.number
    }

    /// The byte of the decompressed input at which that line begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    #[cfg(test)]
    pub(super) fn buffer_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    /// Takes the line that ends at `end` out of the buffer, and the line break after it.
    fn take(&mut self, end: usize, line_break: usize) -> Record<'_> {
        let mut line = self.filled.start..end;
        let bytes = self.skipping.take().unwrap_or(0) + line.len() as u64;
        self.filled.start = end + line_break;
        self.searched = self.filled.start;
        self.offset = self.next_offset;
        self.next_offset += bytes + line_break as u64;
        self.number += 1;
        if bytes > self.limit as u64 {
            return Record::Skipped(Skipped::TooLong { bytes });
        }
        if self.number == 1 && self.buffer[line.clone()].starts_with(b"\xef\xbb\xbf") {
            line.start += 3;
        }
        let line = &self.buffer[line];
        Record::Bytes(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Reads more behind what is in the buffer, making room first.
    fn read(&mut self) {
        if self.filled.is_empty() {
            self.filled = 0..0;
            self.searched = 0;
        }
        if self.buffer.len() - self.filled.end < CHUNK_BYTES / 2 {
            if self.filled.start > 0 {
                self.buffer.copy_within(self.filled.clone(), 0);
                self.searched -= self.filled.start;
                self.filled = 0..self.filled.len();
            }
            // What is in the buffer is at most the bound, or it would have been dropped.
            if self.buffer.len() - self.filled.end < CHUNK_BYTES / 2 {
                let doubled = (self.buffer.len() * 2).min(self.limit + CHUNK_BYTES);
                let length = doubled.max(self.filled.end + CHUNK_BYTES / 2);
                self.buffer.reserve_exact(length - self.buffer.len());
                self.buffer.resize(length, 0);
            }
        }
        match self.input.read(&mut self.buffer[self.filled.end..]) {
            Ok(0) => self.end = Some(Ok(())),
            Ok(bytes) => self.filled.end += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.end = Some(Err(error)),
        }
    }
}

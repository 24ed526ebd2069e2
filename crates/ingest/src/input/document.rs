//! An input that is one record as a whole: a JSON document over many lines.

use super::error::{InputError, Place};
use super::open::Input;
use super::record::{MAX_RECORD_BYTES, Record, Skipped};
use std::io::{self, Read};

/// Hands out an input as one record.
pub struct DocumentReader {
    input: Input,
    limit: usize,
    document: Vec<u8>,
    ended: bool,
}

impl DocumentReader {
    /// A document of at most `limit` bytes; more than [`MAX_RECORD_BYTES`] is not allowed to any.
    pub fn new(input: Input, limit: usize) -> Self {
        Self { input, limit: limit.min(MAX_RECORD_BYTES), document: Vec::new(), ended: false }
    }

    /// The document, without a byte-order mark; then `None`.
    ///
    /// # Errors
    /// The input cannot be read to its end.
    pub fn next_document(&mut self) -> Result<Option<Record<'_>>, InputError> {
        if self.ended {
            return Ok(None);
        }
        self.ended = true;
        let failed = |input: &Input, error| input.error(Place::default(), error);
        let most = self.limit as u64 + 1;
        if let Err(error) = (&mut self.input).take(most).read_to_end(&mut self.document) {
            return Err(failed(&self.input, error));
        }
        let bytes = self.document.len() as u64;
        if bytes == most {
            let rest = io::copy(&mut self.input, &mut io::sink()).map_err(|error| failed(&self.input, error))?;
            self.document = Vec::new();
            return Ok(Some(Record::Skipped(Skipped::TooLong { bytes: bytes + rest })));
        }
        let text = self.document.as_slice();
        Ok(Some(Record::Bytes(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))))
    }
}

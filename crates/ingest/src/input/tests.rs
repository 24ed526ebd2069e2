//! Inputs of every kind, cut and damaged in every place.

mod damage;
mod lines;
mod messages;
mod opening;

use super::*;
use std::io::{self, Read};

/// A reader that hands out its bytes in pieces of given lengths, over and over.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    lengths: Vec<usize>,
    turn: usize,
    /// What comes after the bytes.
    end: Option<io::ErrorKind>,
}

impl Pieces {
    fn new(bytes: Vec<u8>, lengths: Vec<usize>) -> Self {
        Self { bytes, at: 0, lengths, turn: 0, end: None }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.bytes.len()
            && let Some(kind) = self.end
        {
            // As the system reports it: with a number.
            return Err(if kind == io::ErrorKind::Other { io::Error::from_raw_os_error(5) } else { kind.into() });
        }
        self.turn += 1;
        if self.turn.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = self.lengths.get(self.turn % self.lengths.len().max(1)).copied().unwrap_or(usize::MAX).max(1);
        let bytes = (&self.bytes[self.at..][..length.min(self.bytes.len() - self.at)]).read(buffer)?;
        self.at += bytes;
        Ok(bytes)
    }
}

/// One record as a test keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    Bytes(Vec<u8>),
    Skipped(Skipped),
}

impl From<Record<'_>> for Kept {
    fn from(record: Record<'_>) -> Self {
        match record {
            Record::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
            Record::Skipped(skipped) => Self::Skipped(skipped),
        }
    }
}

/// All records, each with the offset it was said to begin at, and the error that ended them.
fn collect(mut reader: RecordReader) -> (Vec<(u64, Kept)>, Option<InputError>) {
    let mut records = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                let kept = record.into();
                records.push((reader.offset(), kept));
                assert_eq!(reader.number(), records.len() as u64);
            }
            Ok(None) => return (records, None),
            Err(error) => {
                assert!(matches!(reader.next_record(), Ok(None)), "after an error there is nothing");
                return (records, Some(error));
            }
        }
    }
}

fn read(reader: impl Read + Send + 'static, kind: InputKind, limit: usize) -> (Vec<(u64, Kept)>, Option<InputError>) {
    let limits = Limits { line_bytes: limit, message_bytes: limit };
    match Input::from_reader("sample", reader, None, &Progress::default()) {
        Ok(input) => collect(input.records(kind, limits)),
        Err(error) => (Vec::new(), Some(error)),
    }
}

/// One gzip member.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::fast()).read_to_end(&mut compressed).unwrap();
    compressed
}

/// One zstd frame.
fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// The bytes compressed in parts, one after the other.
fn in_parts(bytes: &[u8], parts: usize, compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    bytes.chunks(bytes.len().div_ceil(parts).max(1)).flat_map(compress).collect()
}

fn message(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

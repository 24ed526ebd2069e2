//! Opening inputs: files and standard input, with decompression and a count of what was read.

use super::error::{InputError, Place};
use super::record::{Limits, RecordReader};
use super::sniff::{InputKind, SNIFF_BYTES, Sniffed, sniff};
use crate::access_log::detect;
use flate2::bufread::MultiGzDecoder;
use milepost_model::LogFormat;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much compressed data is read at once.
const COMPRESSED_BUFFER_BYTES: usize = 128 * 1024;
/// The most that a zstd stream may ask its decoder to remember, as a power of two: 128 MiB, what the `zstd` command grants
/// without being told. Streams of up to level 19 ask for 8 MiB.
pub const ZSTD_WINDOW_LOG: u32 = 27;
/// Enough first bytes to tell compressions apart.
const MAGIC_BYTES: usize = 6;

/// How an input is compressed, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of one member or several.
    Gzip,
    /// zstd, of one frame or several.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

impl Compression {
    fn of(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or a frame to be skipped as parallel compressors put first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// How many bytes were read of one or more inputs, as they lie on disk. Clones count together, and any thread may look.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts what passes.
struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.progress.0.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// An opened input.
pub struct Input {
    name: String,
    size: Option<u64>,
    compression: Compression,
    stream: Box<dyn Read + Send>,
    /// What was read of the stream to look at it, and how much of that was handed on.
    head: Vec<u8>,
    head_at: usize,
    /// The stream ended or failed while the head was read; the failure is handed on after the head.
    head_end: Option<io::Result<()>>,
}

impl Input {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// It cannot be opened or read, or is compressed in a way that is not read.
    pub fn open(path: &Path, progress: &Progress) -> Result<Self, InputError> {
        if path == Path::new("-") {
            return Self::from_reader("standard input", io::stdin(), None, progress);
        }
        let name = path.display().to_string();
        let cannot_open = |source| InputError::Open { name: name.clone(), source };
        let file = File::open(path).map_err(cannot_open)?;
        let metadata = file.metadata().map_err(cannot_open)?;
        if metadata.is_dir() {
            return Err(InputError::Folder { name });
        }
        let size = metadata.is_file().then_some(metadata.len());
        Self::from_reader(&name, file, size, progress)
    }

    /// An input of any reader; `size` is what it will read in all, when that is known.
    ///
    /// # Errors
    /// It cannot be read, or is compressed in a way that is not read.
    pub fn from_reader(
        name: &str,
        reader: impl Read + Send + 'static,
        size: Option<u64>,
        progress: &Progress,
    ) -> Result<Self, InputError> {
        let mut counted = Counted { inner: reader, progress: progress.clone() };
        let mut magic = Vec::with_capacity(MAGIC_BYTES);
        let failed = |source| InputError::of_read(name, Place::default(), Compression::None, source);
        (&mut counted).take(MAGIC_BYTES as u64).read_to_end(&mut magic).map_err(failed)?;
        if let Some((_, format, remedy)) = UNSUPPORTED.iter().find(|(start, _, _)| magic.starts_with(start)) {
            return Err(InputError::Unsupported { name: name.to_owned(), format, remedy });
        }
        let compression = Compression::of(&magic);
        let whole = Cursor::new(magic).chain(counted);
        let stream: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(whole),
            Compression::Gzip => {
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(COMPRESSED_BUFFER_BYTES, whole)))
            }
            Compression::Zstd => {
                let buffered = BufReader::with_capacity(COMPRESSED_BUFFER_BYTES, whole);
                let mut decoder = zstd::Decoder::with_buffer(buffered).map_err(failed)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(failed)?;
                Box::new(decoder)
            }
        };
        Ok(Self { name: name.to_owned(), size, compression, stream, head: Vec::new(), head_at: 0, head_end: None })
    }

    /// What errors call it: the path, or `standard input`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its size on disk, when it is a file.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How it is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// What it holds, by its beginning. Reads no more than it takes to tell, so that a pipe is not waited for.
    ///
    /// # Errors
    /// It cannot be read, or it holds nothing that is read.
    pub fn kind(&mut self) -> Result<InputKind, InputError> {
        let mut wanted = 1;
        loop {
            self.fill_head(wanted)?;
            let complete = self.head_end.is_some() || self.head.len() >= SNIFF_BYTES;
            match sniff(&self.head, complete) {
                Sniffed::Kind(kind) => return Ok(kind),
                Sniffed::NeedsMore if !complete => wanted = self.head.len() + 1,
                Sniffed::NeedsMore | Sniffed::Unrecognised => {
                    return Err(InputError::Unrecognised { name: self.name.clone() });
                }
                Sniffed::Unsupported(format, remedy) => {
                    return Err(InputError::Unsupported { name: self.name.clone(), format, remedy });
                }
            }
        }
    }

    /// How an access log is written, guessed from the whole lines in its first [`SNIFF_BYTES`]; `None` when no line is
    /// one of a known format. Waits for so many bytes or the end.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn log_format(&mut self) -> Result<Option<LogFormat>, InputError> {
        self.fill_head(SNIFF_BYTES)?;
        let whole = if self.head_end.is_some() {
            self.head.len()
        } else {
            memchr::memrchr(b'\n', &self.head).unwrap_or(self.head.len())
        };
        Ok(detect(self.head[..whole].split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end)))
    }

    /// Cuts it into records of a kind, usually what [`Self::kind`] said.
    pub fn records(self, kind: InputKind, limits: Limits) -> RecordReader {
        RecordReader::new(self, kind, limits)
    }

    /// Reads until the head has `bytes` bytes or the stream ends. A failure after some bytes is kept for later.
    fn fill_head(&mut self, bytes: usize) -> Result<(), InputError> {
        while self.head.len() < bytes && self.head_end.is_none() {
            let length = self.head.len();
            self.head.resize(SNIFF_BYTES.max(bytes), 0);
            let read = self.stream.read(&mut self.head[length..]);
            self.head.truncate(length + read.as_ref().copied().unwrap_or(0));
            match read {
                Ok(0) => self.head_end = Some(Ok(())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if length == 0 => {
                    return Err(InputError::of_read(&self.name, Place::default(), self.compression, error));
                }
                Err(error) => self.head_end = Some(Err(error)),
            }
        }
        Ok(())
    }

    /// The error of a read that failed at `place`.
    pub(super) fn error(&self, place: Place, source: io::Error) -> InputError {
        InputError::of_read(&self.name, place, self.compression, source)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.head_at < self.head.len() {
            let bytes = (&self.head[self.head_at..]).read(buffer)?;
            self.head_at += bytes;
            return Ok(bytes);
        }
        self.head = Vec::new();
        self.head_at = 0;
        match self.head_end.take() {
            Some(Ok(())) => {
                self.head_end = Some(Ok(()));
                Ok(0)
            }
            Some(Err(error)) => {
                self.head_end = Some(Ok(()));
                Err(error)
            }
            None => self.stream.read(buffer),
        }
    }
}

/// Formats that people may have their files in and that are not read, by their first bytes.
const UNSUPPORTED: &[(&[u8], &str, &str)] = &[
    (b"\xfd7zXZ\0", "an xz file", "decompress it first: `xz -dc FILE | ... -`"),
    (b"BZh", "a bzip2 file", "decompress it first: `bzip2 -dc FILE | ... -`"),
    (b"\x04\x22\x4d\x18", "an lz4 file", "decompress it first: `lz4 -dc FILE | ... -`"),
    (b"PK\x03\x04", "a zip archive", "unpack it and name the files in it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and name the files in it"),
    (b"PAR1", "a Parquet file", "give the log or the OTLP that it was made from"),
    (b"\xff\xfe", "text in UTF-16", "write it in UTF-8: `iconv -f UTF-16 -t UTF-8 FILE | ... -`"),
    (b"\xfe\xff", "text in UTF-16", "write it in UTF-8: `iconv -f UTF-16 -t UTF-8 FILE | ... -`"),
];

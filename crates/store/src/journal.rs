//! A file of records that only grows: what has happened, one after the other, each checksummed and durable before anybody is told.
//!
//! For what happens seldom and must not be lost: what the records say is their writer's matter. What a crash cut is cut off, what is damaged is told and costs no
//! other record. A journal that has become too long is written anew, wholly or not at all.

use crate::block;
use crate::file::{FileKind, sync_folder, write_whole};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A journal that records are added to.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    kind: FileKind,
    file: File,
    bytes: u64,
    /// A write has failed: what lies behind `bytes` is to be cut off before the next.
    is_torn: bool,
}

/// What a journal held when it was opened.
#[derive(Debug, Default)]
pub struct Read {
    /// The records, the oldest first.
    pub records: Vec<Vec<u8>>,
    /// What is damaged, in words.
    pub damage: Vec<String>,
}

impl Journal {
    /// Opens a journal with what it holds, or begins it.
    ///
    /// # Errors
    /// It cannot be read or written, or is another kind of file.
    pub fn open(path: &Path, kind: FileKind) -> io::Result<(Self, Read)> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut read = Read::default();
        let mut end = 0;
        // A crash may have cut the header itself.
        if bytes.len() >= FileKind::HEADER_BYTES {
            kind.after_header(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            end = FileKind::HEADER_BYTES;
            let damaged = block::each(&bytes, end, |place, payload| {
                end = place.end;
                read.records.push(payload.to_vec());
            });
            let told = |place: &std::ops::Range<usize>| {
                format!("`{}`: {} bytes at {} are damaged", path.display(), place.len(), place.start)
            };
            read.damage = damaged.iter().map(told).collect();
            // What is damaged at the end stays for whoever wants to look at it; what a crash cut does not.
            end = damaged.last().map_or(end, |last| end.max(last.end));
        }
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.set_len(end as u64)?;
        file.seek(SeekFrom::End(0))?;
        if end == 0 {
            file.write_all(&kind.header())?;
            file.sync_all()?;
            sync_folder(path.parent().unwrap_or(Path::new(".")))?;
            end = FileKind::HEADER_BYTES;
        }
        Ok((Self { path: path.to_owned(), kind, file, bytes: end as u64, is_torn: false }, read))
    }

    /// Adds records, and makes them durable: all of them, or none.
    ///
    /// # Errors
    /// They are not durable; the journal holds what it held.
    pub fn append<R: AsRef<[u8]>>(&mut self, records: &[R]) -> io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.bytes)?;
            self.file.seek(SeekFrom::Start(self.bytes))?;
            self.file.sync_all()?;
            self.is_torn = false;
        }
        let mut bytes = Vec::new();
        records.iter().for_each(|record| block::put(record.as_ref(), &mut bytes));
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.bytes += bytes.len() as u64,
            Err(_) => self.is_torn = true,
        }
        written
    }

    /// Holds these records instead of what it held.
    ///
    /// # Errors
    /// It holds what it held.
    pub fn replace<R: AsRef<[u8]>>(&mut self, records: &[R]) -> io::Result<()> {
        let mut bytes = self.kind.header().to_vec();
        records.iter().for_each(|record| block::put(record.as_ref(), &mut bytes));
        write_whole(&self.path, &bytes)?;
        self.file = OpenOptions::new().write(true).open(&self.path)?;
        self.file.seek(SeekFrom::End(0))?;
        (self.bytes, self.is_torn) = (bytes.len() as u64, false);
        Ok(())
    }

    /// How long it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> (Journal, Vec<Vec<u8>>, usize) {
        let (journal, read) = Journal::open(path, FileKind::Incidents).unwrap();
        (journal, read.records, read.damage.len())
    }

    #[test]
    fn what_was_added_is_there_again_wherever_a_crash_cuts_what_came_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, records, damage) = open(&path);
        assert_eq!((records.len(), damage), (0, 0));
        journal.append(&["first", "second"]).unwrap();
        let whole = fs::read(&path).unwrap();
        journal.append(&["third"]).unwrap();
        let longer = fs::read(&path).unwrap();
        for length in whole.len()..longer.len() {
            fs::write(&path, &longer[..length]).unwrap();
            let (mut journal, records, damage) = open(&path);
            assert_eq!((records, damage), (vec![b"first".to_vec(), b"second".to_vec()], 0), "{length}");
            journal.append(&["fourth"]).unwrap();
            assert_eq!(open(&path).1.last().unwrap(), b"fourth");
        }
        for length in 0..FileKind::HEADER_BYTES {
            fs::write(&path, &longer[..length]).unwrap();
            assert_eq!(open(&path).1.len(), 0);
        }
    }

    #[test]
    fn a_flipped_bit_costs_its_record_only_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        open(&path).0.append(&["first", "second", "third"]).unwrap();
        let whole = fs::read(&path).unwrap();
        for place in FileKind::HEADER_BYTES..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 4;
            fs::write(&path, damaged).unwrap();
            let (mut journal, records, damage) = open(&path);
            // A length that claims more than there is looks like what a crash cut, at the end only.
            assert!(records.len() == 2 && damage == 1 || place > whole.len() - 20 && damage == 0, "{place}: {damage}");
            journal.append(&["fourth"]).unwrap();
            assert_eq!(open(&path).1.last().unwrap(), b"fourth", "{place}");
        }
    }

    #[test]
    fn it_is_written_anew_and_grows_from_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, ..) = open(&path);
        journal.append(&[[7; 1_000]; 10]).unwrap();
        journal.replace(&["kept"]).unwrap();
        journal.append(&["new"]).unwrap();
        assert_eq!(journal.bytes(), fs::metadata(&path).unwrap().len());
        assert_eq!(open(&path).1, [b"kept".to_vec(), b"new".to_vec()]);
        assert!(Journal::open(&path, FileKind::Told).is_err(), "it is another kind of file");
    }
}

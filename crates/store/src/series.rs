//! What is counted by minute, by number: names of series are written once, and rows of the minute log have numbers only.

use crate::block;
use crate::file::{FileKind, sync_folder};
use crate::minutes::LogError;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The number of a series, for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// All series, in a file to which new ones are added.
#[derive(Debug)]
pub struct SeriesFile {
    /// Where new ones are written; nowhere for what is counted to be looked at once.
    file: Option<(PathBuf, File)>,
    by_key: HashMap<Arc<str>, SeriesId>,
    /// The same texts: they are most of what a series takes.
    keys: Vec<Arc<str>>,
    /// How many are durable.
    durable: usize,
}

impl SeriesFile {
    /// Opens the file of a folder, or begins it. Damaged names stay unknown, and their numbers are not given again; how many is told.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn open(folder: &Path) -> Result<(Self, usize), LogError> {
        let path = folder.join("series");
        let fails = |source| LogError::Io { path: path.clone(), source };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(fails(source)),
        };
        let mut keys: Vec<Arc<str>> = Vec::new();
        let mut end = 0;
        // A crash may have cut the header itself.
        if bytes.len() >= FileKind::HEADER_BYTES {
            end = FileKind::HEADER_BYTES;
            block::each(&bytes, end, |place, payload| {
                end = place.end;
                read_names(payload, &mut keys);
            });
        }
        let lost = keys.iter().filter(|key| key.is_empty()).count();
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(fails)?;
        let begin = |file: &mut File| {
            if end == 0 {
                file.set_len(0)?;
                file.write_all(&FileKind::Series.header())?;
                file.sync_all()?;
                return sync_folder(folder);
            }
            // What a crash cut is written over.
            file.set_len(end as u64)?;
            io::Seek::seek(file, io::SeekFrom::End(0)).map(|_| ())
        };
        begin(&mut file).map_err(fails)?;
        let by_key = keys.iter().enumerate().filter(|(_, key)| !key.is_empty());
        let by_key = by_key.map(|(index, key)| (Arc::clone(key), SeriesId(index as u32))).collect();
        let durable = keys.len();
        Ok((Self { file: Some((path, file)), by_key, keys, durable }, lost))
    }

    /// Without a file: series that nobody looks for again.
    pub fn in_memory() -> Self {
        Self { file: None, by_key: HashMap::new(), keys: Vec::new(), durable: 0 }
    }

    /// Reads the names of a folder that another process may write to.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Vec<Arc<str>>, LogError> {
        let path = folder.join("series");
        let mut keys = Vec::new();
        match fs::read(&path) {
            Ok(bytes) => {
                block::each(&bytes, FileKind::HEADER_BYTES.min(bytes.len()), |_, payload| {
                    read_names(payload, &mut keys);
                });
                Ok(keys)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(keys),
            Err(source) => Err(LogError::Io { path, source }),
        }
    }

    /// The number of a series, a new one when it has none.
    pub fn id(&mut self, key: &str) -> SeriesId {
        if let Some(id) = self.by_key.get(key) {
            return *id;
        }
        let id = SeriesId(self.keys.len() as u32);
        let key: Arc<str> = key.into();
        self.keys.push(Arc::clone(&key));
        self.by_key.insert(key, id);
        id
    }

    /// The number of a series that is there.
    pub fn find(&self, key: &str) -> Option<SeriesId> {
        self.by_key.get(key).copied()
    }

    /// What a number stands for; nothing where its name was lost.
    pub fn key(&self, id: SeriesId) -> Option<&str> {
        self.keys.get(id.0 as usize).map(|key| &**key).filter(|key| !key.is_empty())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Makes new series durable. Must come before rows with their numbers.
    ///
    /// # Errors
    /// They are not durable.
    pub fn sync(&mut self) -> Result<(), LogError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        if self.durable == self.keys.len() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for index in self.durable..self.keys.len() {
            let mut payload = (index as u32).to_le_bytes().to_vec();
            payload.extend_from_slice(self.keys[index].as_bytes());
            block::put(&payload, &mut bytes);
        }
        let fails = |source| LogError::Io { path: path.clone(), source };
        file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(fails)?;
        self.durable = self.keys.len();
        Ok(())
    }
}

fn read_names(payload: &[u8], keys: &mut Vec<Arc<str>>) {
    let Some((index, key)) = payload.split_at_checked(4) else { return };
    let index = u32::from_le_bytes([index[0], index[1], index[2], index[3]]) as usize;
    // Numbers between were lost; more of them than a file can hold are none.
    if index >= keys.len() && index < 1 << 26 {
        keys.resize(index + 1, "".into());
        keys[index] = String::from_utf8_lossy(key).into();
    }
}

//! The list of the files of a copy, by which it is complete and can be verified; and how files are copied.

use crate::directory::{Directory, is_empty, no_file};
use crate::error::StoreError;
use crate::file::{FileKind, Summed, sync_folder, write_whole};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Files with their checksums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct List {
    pub(super) files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Within the copy.
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) crc32: u32,
}

/// The file of the list.
const LIST: &str = "backup.list";

impl List {
    pub(super) fn add(&mut self, path: &Path, bytes: u64, crc32: u32) {
        self.files.push(Entry { path: path.to_owned(), bytes, crc32 });
    }

    /// Makes the copy complete.
    pub(super) fn write(&self, copy: &Path) -> Result<(), StoreError> {
        sync_folders(copy)?;
        let path = copy.join(LIST);
        let mut bytes = FileKind::Backup.header().to_vec();
        let written = serde_json::to_writer(&mut bytes, self).map_err(io::Error::other);
        written.and_then(|()| write_whole(&path, &bytes)).map_err(StoreError::io("write", &path))
    }

    pub(super) fn read(copy: &Path) -> Result<Self, StoreError> {
        let path = copy.join(LIST);
        let missing = |why| StoreError::NoBackup { path: copy.to_owned(), why };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(missing("it has no file `backup.list`"));
            }
            Err(source) => return Err(StoreError::Io { action: "read", path, source }),
        };
        let list = FileKind::Backup.after_header(&bytes).map_err(|source| StoreError::Header { path, source })?;
        serde_json::from_slice(list).map_err(|_| missing("its file `backup.list` is damaged"))
    }
}

/// Creates the folder of a copy or of what is restored, with the folders in it.
pub(super) fn create_empty(folder: &Path) -> Result<(), StoreError> {
    no_file(folder)?;
    fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
    if !is_empty(folder)? {
        return Err(StoreError::NotEmpty { path: folder.to_owned() });
    }
    for inner in Directory::FOLDERS.map(|inner| folder.join(inner)) {
        fs::create_dir_all(&inner).map_err(StoreError::io("create", &inner))?;
    }
    Ok(())
}

/// Creates the folders above a file.
pub(super) fn create_parents(root: &Path, path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().map_or(root.to_owned(), |parent| root.join(parent));
    fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))
}

/// Makes the names in a folder and in all within it durable.
pub(super) fn sync_folders(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let path = entry.map_err(StoreError::io("read", folder))?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync_folder(folder).map_err(StoreError::io("sync", folder))
}

/// Copies a file as long as it is now, durable; its bytes and checksum, or nothing where it is gone.
pub(super) fn copy(from: &Path, to: &Path) -> Result<Option<(u64, u32)>, StoreError> {
    let source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Io { action: "read", path: from.to_owned(), source }),
    };
    // Somebody may be adding to it.
    let bytes = source.metadata().map_err(StoreError::io("read", from))?.len();
    let mut target = Summed::new(File::create(to).map_err(StoreError::io("create", to))?);
    let copied = io::copy(&mut source.take(bytes), &mut target).and_then(|_| target.inner.sync_all());
    copied.map_err(StoreError::io("write", to))?;
    Ok(Some(target.sum()))
}

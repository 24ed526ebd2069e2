//! Why the store cannot do what it was asked; the log has errors of its own.

use crate::file::HeaderError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why something is not stored or cannot be read.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The system says so.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has the directory.
    #[error("the data directory `{}` is in use by {holder}; stop it, or give this one a directory of its own", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The process that has it, as `process 123`.
        holder: String,
    },
    /// It is not a data directory.
    #[error("`{}` holds other files and is no data directory; name a new or empty folder", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// What stands for a data directory is a file.
    #[error("`{}` is a file; a data directory is a folder of its own", path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// There is no data directory.
    #[error("`{}` is no data directory: it has no file `format`", path.display())]
    NoDirectory {
        /// The folder.
        path: PathBuf,
    },
    /// A file is of another version.
    #[error("cannot read `{}`", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: HeaderError,
    },
    /// The catalog does not answer.
    #[error("cannot {action} the catalog `{}`", path.display())]
    Catalog {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The catalog is of a newer version.
    #[error("the catalog `{}` has version {found}, and up to {newest} are read", path.display())]
    CatalogVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is read.
        newest: i64,
    },
    /// There are segments without a catalog. A new one would say that none of them counts.
    #[error("`{}` has segments and no catalog that says which of them count; put `catalog.sqlite` back, or begin anew from a backup: `milepost restore BACKUP --data NEW`", path.display())]
    NoCatalog {
        /// The folder of segments.
        path: PathBuf,
    },
    /// The catalog is not what was written.
    #[error("the catalog `{}` is damaged: {why}; put a copy of it back, or begin anew from a backup: `milepost restore BACKUP --data NEW`", path.display())]
    CatalogDamaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        why: String,
    },
    /// The catalog has more than the caller knows of.
    #[error("facts up to {flushed} are in segments already; those up to {asked} are not written again")]
    Flushed {
        /// Up to where facts are in segments.
        flushed: crate::Lsn,
        /// Up to where they were to be.
        asked: crate::Lsn,
    },
    /// Facts cannot be written as columns.
    #[error("cannot write the segment `{}`", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What the writer says.
        source: parquet::errors::ParquetError,
    },
    /// A segment is not what was written.
    #[error(transparent)]
    Damaged(#[from] crate::segment::Damage),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] crate::wal::ReadError),
    /// Facts of the log cannot be decoded.
    #[error("cannot decode the record {lsn} of the log")]
    Decode {
        /// The record.
        lsn: crate::Lsn,
        /// What the decoder says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A folder that is to be filled holds something.
    #[error("`{}` is not empty; name a new or empty folder", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A backup has no list of its files.
    #[error("`{}` is no complete backup: {why}", path.display())]
    NoBackup {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        why: &'static str,
    },
}

impl StoreError {
    /// For `map_err`: an action on a path that the system refused.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// For `map_err`: columns that cannot be written.
    pub(crate) fn columns<E: Into<parquet::errors::ParquetError>>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_owned();
        move |source| Self::Columns { path, source: source.into() }
    }

    /// Whether there is no room for more.
    pub fn is_full(&self) -> bool {
        let full = |error: &io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
            )
        };
        match self {
            Self::Io { source, .. } => full(source),
            Self::Columns { source: parquet::errors::ParquetError::External(source), .. } => {
                source.downcast_ref::<io::Error>().is_some_and(full)
            }
            // SQLITE_FULL.
            Self::Catalog { source: sqlx::Error::Database(source), .. } => source.code().as_deref() == Some("13"),
            _ => false,
        }
    }
}

//! The catalog: which segments count, and up to which record of the log facts are in them. Every change is one transaction of SQLite.
//!
//! Async, for servers; [`Blocking`] for plain threads. Files are durable before the catalog lists them and are removed after it no longer does, so
//! that whatever a crash leaves, what is listed is there.

mod blocking;
mod row;
mod schema;
mod transaction;

pub use blocking::Blocking;

use crate::directory::Directory;
use crate::error::StoreError;
use crate::hour::Hour;
use crate::lsn::Lsn;
use crate::segment::Segment;
use row::{insert, is_listed, removed};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use std::convert::Infallible;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;

/// The catalog of a data directory.
#[derive(Debug)]
pub struct Catalog {
    path: PathBuf,
    /// SQLite writes one at a time anyway.
    connection: Mutex<SqliteConnection>,
}

/// A change takes milliseconds; who waits longer waits for something that is broken.
const BUSY: Duration = Duration::from_secs(10);

impl Catalog {
    /// Opens the catalog of a directory; its owner creates it and brings it to the newest version.
    ///
    /// # Errors
    /// It cannot be opened, or it is of a newer version.
    pub async fn open(directory: &Directory) -> Result<Self, StoreError> {
        if !directory.catalog().exists() && has_segments(&directory.segments())? {
            return Err(StoreError::NoCatalog { path: directory.segments() });
        }
        Self::at(&directory.catalog(), directory.is_owned()).await
    }

    pub(crate) async fn at(path: &Path, is_owned: bool) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY);
        let options = if is_owned {
            let owned = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            owned.synchronous(SqliteSynchronous::Full)
        } else {
            options.read_only(true)
        };
        let connection = options.disable_statement_logging().connect().await;
        let mut connection = connection.map_err(unusable("open", path))?;
        let found = schema::migrate(&mut connection, is_owned).await.map_err(unusable("bring up to date", path))?;
        let health = row::health(&mut connection, is_owned).await.map_err(unusable("check", path))?;
        if let Some(why) = health {
            return Err(StoreError::CatalogDamaged { path: path.to_owned(), why });
        }
        if found > schema::NEWEST {
            return Err(StoreError::CatalogVersion { path: path.to_owned(), found, newest: schema::NEWEST });
        }
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Up to which record the facts of the log are in segments.
    ///
    /// # Errors
    /// The catalog does not answer.
    pub async fn flushed(&self) -> Result<Lsn, StoreError> {
        let mut connection = self.connection.lock().await;
        row::flushed(&mut connection).await.map_err(failed("read", &self.path))
    }

    /// All segments and up to which record they have the log, as they were at one moment: the facts of both, and each once. Who reads the files
    /// then [holds](Directory::hold) them before asking.
    ///
    /// # Errors
    /// The catalog does not answer.
    pub async fn snapshot(&self) -> Result<(Vec<Segment>, Lsn), StoreError> {
        let mut connection = self.connection.lock().await;
        let read = async {
            transaction::begin_reading(&mut connection).await?;
            let segments = row::select(&mut connection, i64::MIN..i64::MAX).await;
            let flushed = row::flushed(&mut connection).await;
            let read = segments.and_then(|segments| Ok(Ok::<_, Infallible>((segments, flushed?))));
            transaction::end(&mut connection, read).await
        };
        read.await.map(|Ok(read)| read).map_err(failed("read", &self.path))
    }

    /// All segments in the order of their hours, and within one in that of the log.
    ///
    /// # Errors
    /// The catalog does not answer.
    pub async fn segments(&self) -> Result<Vec<Segment>, StoreError> {
        self.segments_of(Hour(i64::MIN)..Hour(i64::MAX)).await
    }

    /// The segments of some hours, in the same order.
    ///
    /// # Errors
    /// The catalog does not answer.
    pub async fn segments_of(&self, hours: Range<Hour>) -> Result<Vec<Segment>, StoreError> {
        let mut connection = self.connection.lock().await;
        row::select(&mut connection, hours.start.0..hours.end.0).await.map_err(failed("read", &self.path))
    }

    /// A number that no segment has yet.
    ///
    /// # Errors
    /// The catalog cannot be written.
    pub async fn next_serial(&self) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        let serial: Result<i64, _> =
            sqlx::query_scalar("UPDATE state SET next_serial = next_serial + 1 RETURNING next_serial - 1")
                .fetch_one(&mut *connection)
                .await;
        serial.map(i64::cast_unsigned).map_err(failed("write", &self.path))
    }

    /// Lists segments that hold all facts of the log after what was flushed before, up to a record.
    ///
    /// # Errors
    /// The catalog cannot be written, or it has facts up to there already; then nothing is listed.
    pub async fn commit(&self, segments: &[Segment], flushed: Lsn) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let list = async |connection: &mut SqliteConnection| {
            let before = row::flushed(connection).await?;
            let is_new = |segment: &Segment| before < segment.first_lsn && segment.last_lsn <= flushed;
            if flushed < before || !segments.iter().all(is_new) {
                return Ok(Err(StoreError::Flushed { flushed: before, asked: flushed }));
            }
            for segment in segments {
                insert(connection, segment).await?;
            }
            row::set_flushed(connection, flushed).await.map(Ok)
        };
        transaction::begin(&mut connection).await.map_err(failed("write", &self.path))?;
        let listed = list(&mut connection).await;
        transaction::end(&mut connection, listed).await.map_err(failed("write", &self.path))?
    }

    /// Lists one segment in place of others that hold the same facts. False, and nothing is changed, where one of them is no longer listed.
    ///
    /// # Errors
    /// The catalog cannot be written.
    pub async fn replace(&self, old: &[Segment], new: &Segment) -> Result<bool, StoreError> {
        self.exchange(old, Some(new)).await
    }

    /// Lists segments no longer, and notes that facts up to their newest hour were removed. False, and nothing is changed, where one of them is not listed.
    ///
    /// # Errors
    /// The catalog cannot be written.
    pub async fn remove(&self, old: &[Segment]) -> Result<bool, StoreError> {
        self.exchange(old, None).await
    }

    async fn exchange(&self, old: &[Segment], new: Option<&Segment>) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock().await;
        let exchange = async |connection: &mut SqliteConnection| {
            for segment in old {
                if !removed(connection, segment).await? {
                    return Ok(Err(()));
                }
            }
            match (new, old.iter().map(|segment| segment.hour).max()) {
                (Some(new), _) => insert(connection, new).await?,
                (None, Some(newest)) => row::set_kept_from(connection, Hour(newest.0 + 1)).await?,
                (None, None) => {}
            }
            Ok(Ok(()))
        };
        transaction::begin(&mut connection).await.map_err(failed("write", &self.path))?;
        let exchanged = exchange(&mut connection).await;
        let exchanged = transaction::end(&mut connection, exchanged).await.map_err(failed("write", &self.path))?;
        Ok(exchanged.is_ok())
    }

    /// The hour before which facts were removed, where some were: what came of earlier ones later is listed all the same.
    ///
    /// # Errors
    /// The catalog does not answer.
    pub async fn kept_from(&self) -> Result<Option<Hour>, StoreError> {
        let mut connection = self.connection.lock().await;
        row::kept_from(&mut connection).await.map_err(failed("read", &self.path))
    }

    /// Whether a segment is listed.
    ///
    /// # Errors
    /// The catalog does not answer.
    pub async fn lists(&self, segment: &Segment) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock().await;
        is_listed(&mut connection, segment).await.map_err(failed("read", &self.path))
    }

    /// Writes the catalog as it is now to another file.
    ///
    /// # Errors
    /// The file cannot be written, or it is there.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        // SQLite takes its own names as text.
        let text = path.to_string_lossy();
        let copied = sqlx::query("VACUUM INTO ?").bind(&*text).execute(&mut *connection).await;
        copied.map(drop).map_err(failed("copy", &self.path))
    }

    /// Ends the connection, after which a reader may find everything in the one file.
    ///
    /// # Errors
    /// SQLite cannot end it.
    pub async fn close(self) -> Result<(), StoreError> {
        self.connection.into_inner().close().await.map_err(failed("close", &self.path))
    }
}

/// Whether a folder or one within it has a segment.
fn has_segments(folder: &Path) -> Result<bool, StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let path = entry.map_err(StoreError::io("read", folder))?.path();
        if path.extension().is_some_and(|extension| extension == "parquet") || (path.is_dir() && has_segments(&path)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// For `map_err`, where a file is used for the first time: it may be none that SQLite can read.
fn unusable(action: &'static str, path: &Path) -> impl FnOnce(sqlx::Error) -> StoreError {
    /// SQLite's codes for a file with damage in it, and for one that is no database.
    const DAMAGED: [&str; 2] = ["11", "26"];
    let path = path.to_owned();
    move |source| match source.as_database_error() {
        Some(error) if error.code().is_some_and(|code| DAMAGED.contains(&&*code)) => {
            StoreError::CatalogDamaged { path, why: error.message().to_owned() }
        }
        _ => StoreError::Catalog { action, path, source },
    }
}

/// For `map_err`.
fn failed(action: &'static str, path: &Path) -> impl FnOnce(sqlx::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Catalog { action, path, source }
}

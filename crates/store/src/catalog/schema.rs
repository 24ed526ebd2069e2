//! The tables of the catalog, and how those of an older version become those of the newest.

use super::transaction;
use sqlx::sqlite::SqliteConnection;
use std::convert::Infallible;

/// What brings the catalog from one version to the next, the first from nothing. Written ones are never changed.
const MIGRATIONS: [&str; 2] = [
    "
CREATE TABLE segments (
    path TEXT NOT NULL PRIMARY KEY,
    hour INTEGER NOT NULL,
    first_lsn INTEGER NOT NULL,
    last_lsn INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    memory_bytes INTEGER NOT NULL,
    min_time INTEGER NOT NULL,
    max_time INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX segments_by_hour ON segments (hour, first_lsn);
CREATE TABLE state (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    flushed_lsn INTEGER NOT NULL,
    next_serial INTEGER NOT NULL
) STRICT;
INSERT INTO state VALUES (1, 0, 1);
",
    "ALTER TABLE state ADD COLUMN kept_from INTEGER;",
];

/// The version from which on it is known what was removed.
pub(super) const KNOWS_REMOVED: i64 = 2;
/// The version that is written.
pub(super) const NEWEST: i64 = MIGRATIONS.len() as i64;

/// Brings the catalog to the newest version, where it may be written; the version that it then has.
pub(super) async fn migrate(connection: &mut SqliteConnection, may_write: bool) -> Result<i64, sqlx::Error> {
    if !may_write {
        return version(connection).await;
    }
    transaction::begin(connection).await?;
    let migrated = bring_up_to_date(connection).await.map(Ok::<_, Infallible>);
    transaction::end(connection, migrated).await.map(|Ok(version)| version)
}

async fn bring_up_to_date(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT")
        .execute(&mut *connection)
        .await?;
    let found = version(connection).await?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        sqlx::raw_sql(*migration).execute(&mut *connection).await?;
        sqlx::query("INSERT INTO schema_version SELECT coalesce(max(version), 0) + 1 FROM schema_version")
            .execute(&mut *connection)
            .await?;
    }
    version(connection).await
}

pub(super) async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM schema_version").fetch_one(connection).await
}

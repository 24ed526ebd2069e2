//! Segments and what else the catalog has, as rows.

use super::schema;
use crate::hour::Hour;
use crate::lsn::Lsn;
use crate::segment::Segment;
use milepost_model::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::ops::Range;

/// SQLite has signed numbers only; LSNs, serials and sizes stay far below their end.
fn unsigned(row: &SqliteRow, column: &str) -> Result<u64, sqlx::Error> {
    row.try_get::<i64, _>(column).map(i64::cast_unsigned)
}

/// The segments of some hours, in order.
pub(super) async fn select(connection: &mut SqliteConnection, hours: Range<i64>) -> Result<Vec<Segment>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM segments WHERE hour >= ? AND hour < ? ORDER BY hour, first_lsn, path")
        .bind(hours.start)
        .bind(hours.end)
        .fetch_all(connection)
        .await?;
    rows.iter().map(segment).collect()
}

fn segment(row: &SqliteRow) -> Result<Segment, sqlx::Error> {
    let time = |column: &str| row.try_get(column).map(Timestamp::from_nanos);
    Ok(Segment {
        path: row.try_get("path")?,
        hour: Hour(row.try_get("hour")?),
        first_lsn: Lsn(unsigned(row, "first_lsn")?),
        last_lsn: Lsn(unsigned(row, "last_lsn")?),
        rows: unsigned(row, "rows")?,
        bytes: unsigned(row, "bytes")?,
        memory_bytes: unsigned(row, "memory_bytes")?,
        min_time: time("min_time")?,
        max_time: time("max_time")?,
        crc32: row.try_get("crc32")?,
        created: time("created")?,
    })
}

pub(super) async fn insert(connection: &mut SqliteConnection, segment: &Segment) -> Result<(), sqlx::Error> {
    let statement = "INSERT INTO segments
        (path, hour, first_lsn, last_lsn, rows, bytes, memory_bytes, min_time, max_time, crc32, created)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(statement)
        .bind(&segment.path)
        .bind(segment.hour.0)
        .bind(segment.first_lsn.0.cast_signed())
        .bind(segment.last_lsn.0.cast_signed())
        .bind(segment.rows.cast_signed())
        .bind(segment.bytes.cast_signed())
        .bind(segment.memory_bytes.cast_signed())
        .bind(segment.min_time.nanos())
        .bind(segment.max_time.nanos())
        .bind(segment.crc32)
        .bind(segment.created.nanos())
        .execute(connection)
        .await
        .map(drop)
}

/// Whether it was there to be removed.
pub(super) async fn removed(connection: &mut SqliteConnection, segment: &Segment) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM segments WHERE path = ?").bind(&segment.path).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}

pub(super) async fn is_listed(connection: &mut SqliteConnection, segment: &Segment) -> Result<bool, sqlx::Error> {
    let found = sqlx::query("SELECT 1 FROM segments WHERE path = ?").bind(&segment.path).fetch_optional(connection);
    Ok(found.await?.is_some())
}

pub(super) async fn flushed(connection: &mut SqliteConnection) -> Result<Lsn, sqlx::Error> {
    let flushed: i64 = sqlx::query_scalar("SELECT flushed_lsn FROM state").fetch_one(connection).await?;
    Ok(Lsn(flushed.cast_unsigned()))
}

pub(super) async fn set_flushed(connection: &mut SqliteConnection, flushed: Lsn) -> Result<(), sqlx::Error> {
    let changed = sqlx::query("UPDATE state SET flushed_lsn = ?").bind(flushed.0.cast_signed());
    changed.execute(connection).await.map(drop)
}

/// The hour before which facts were removed, where some were.
pub(super) async fn kept_from(connection: &mut SqliteConnection) -> Result<Option<Hour>, sqlx::Error> {
    // One that only reads finds the catalog as its owner left it.
    if schema::version(&mut *connection).await? < schema::KNOWS_REMOVED {
        return Ok(None);
    }
    let hour: Option<i64> = sqlx::query_scalar("SELECT kept_from FROM state").fetch_one(connection).await?;
    Ok(hour.map(Hour))
}

/// Notes that facts before an hour were removed.
pub(super) async fn set_kept_from(connection: &mut SqliteConnection, hour: Hour) -> Result<(), sqlx::Error> {
    let changed = sqlx::query("UPDATE state SET kept_from = max(coalesce(kept_from, ?1), ?1)").bind(hour.0);
    changed.execute(connection).await.map(drop)
}

/// What is wrong with the file, if something is. Only its owner looks: that reads all of it.
pub(super) async fn health(connection: &mut SqliteConnection, is_owned: bool) -> Result<Option<String>, sqlx::Error> {
    if !is_owned {
        return Ok(None);
    }
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(connection).await?;
    Ok((found != "ok").then_some(found))
}

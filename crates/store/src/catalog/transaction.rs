//! Transactions by hand: when the disk is full SQLite ends a transaction by itself, and a connection that counts them then never begins another.

use sqlx::sqlite::SqliteConnection;

/// Begins a transaction that will write.
pub(super) async fn begin(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    begin_as(connection, "BEGIN IMMEDIATE").await
}

/// Begins a transaction that only reads: all of it as it was at one moment.
pub(super) async fn begin_reading(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    begin_as(connection, "BEGIN").await
}

async fn begin_as(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    // One that was left open, since nobody waited for its end, is none of ours; mostly there is none.
    roll_back(connection).await;
    sqlx::query(statement).execute(connection).await.map(drop)
}

/// Ends a transaction: it stands where what was done in it succeeded and was not refused.
pub(super) async fn end<T, R>(
    connection: &mut SqliteConnection,
    done: Result<Result<T, R>, sqlx::Error>,
) -> Result<Result<T, R>, sqlx::Error> {
    let ended = match &done {
        Ok(Ok(_)) => sqlx::query("COMMIT").execute(&mut *connection).await.map(drop),
        _ => Ok(()),
    };
    if !matches!((&done, &ended), (Ok(Ok(_)), Ok(()))) {
        roll_back(connection).await;
    }
    ended.and(done)
}

async fn roll_back(connection: &mut SqliteConnection) {
    // It fails where nothing is to be rolled back, which is as good.
    let _ = sqlx::query("ROLLBACK").execute(connection).await;
}

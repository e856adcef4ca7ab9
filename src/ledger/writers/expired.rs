//! Deletes rows whose time is over, a few at a time, so that no transaction is long.

use sqlx::{AnyConnection, AssertSqlSafe};

/// Rows that one statement deletes at most.
const BATCH: u32 = 500;

/// Deletes up to [`BATCH`] expired rows of a table with this primary key, and returns how many.
pub(in crate::ledger) async fn delete(
    connection: &mut AnyConnection,
    table: &'static str,
    key: &'static str,
    now: i64,
) -> sqlx::Result<u64> {
    let statement = format!(
        "DELETE FROM {table} WHERE {key} IN
             (SELECT {key} FROM {table} WHERE expires_at <= $1 LIMIT {BATCH})"
    );
    // Both names are constants of this program.
    let deleted = sqlx::query(AssertSqlSafe(statement)).bind(now).execute(connection).await?;
    Ok(deleted.rows_affected())
}

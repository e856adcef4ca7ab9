//! Deletes rows in small transactions, so that the writer never waits for long.

use super::{
    database::{Access, Connection},
    error::StoreError,
};

/// Rows that one transaction deletes at most.
pub(super) const BATCH: i64 = 500;

/// Runs a statement that deletes at most [`BATCH`] rows until it finds no more.
pub(super) fn delete(
    connection: &mut Connection,
    sql: &str,
    before: i64,
) -> Result<(), StoreError> {
    loop {
        let deleted = connection
            .transaction(Access::Write, |connection| connection.execute(sql, &[before.into()]))?;
        if deleted < BATCH.unsigned_abs() {
            return Ok(());
        }
    }
}

//! Requests that the service rejected before a call, counted by minute, operation and code.

use std::collections::BTreeMap;

use crate::store::{
    audit::attempts::Operation, database::Connection, error::StoreError,
    requests::recipients::MINUTE,
};

/// Numbers of rejections that are not written yet.
pub(in crate::store) type Rejections = BTreeMap<(Operation, &'static str), i64>;

/// Adds rejections to the counts of this minute, within a transaction.
pub(in crate::store) fn write(
    connection: &mut Connection,
    rejections: &Rejections,
    now: i64,
) -> Result<(), StoreError> {
    for ((operation, code), count) in rejections {
        connection.execute(
            "INSERT INTO rejections (minute, operation, code, count) VALUES ($1, $2, $3, $4)
             ON CONFLICT (minute, operation, code) DO UPDATE SET
                 count = rejections.count + excluded.count",
            &[(now / MINUTE).into(), operation.as_str().into(), (*code).into(), (*count).into()],
        )?;
    }
    Ok(())
}

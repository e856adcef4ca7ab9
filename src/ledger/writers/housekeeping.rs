//! What has aged out is deleted, a little at a time.

use sqlx::AnyConnection;

use crate::ledger::{
    audit::retention::{self, Retention},
    database::Database,
    keys::Keys,
    requests::{confirmations, idempotency, messages, recent},
};

/// Deletes some of what has aged out; whether that was all of it. Any number of replicas may do
/// it at once.
pub(in crate::ledger) async fn age_out(
    connection: &mut AnyConnection,
    database: &Database,
    keys: &Keys,
    retention: &Retention,
    now: i64,
) -> sqlx::Result<bool> {
    let forgotten = idempotency::forget(connection, now).await?
        + recent::forget(connection, now).await?
        + confirmations::forget(connection, now).await?
        + messages::forget(connection, now).await?;
    let aged = retention::age_out(connection, database.begin(), keys, retention, now).await?;
    Ok(forgotten == 0 && aged == 0)
}

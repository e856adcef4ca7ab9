//! What has aged out is deleted, a little at a time.

use std::time::Duration;

use sqlx::AnyConnection;

use super::{
    confirmations, database::Database, idempotency, keys::Keys, messages, recent, retention,
};

/// How long attempts are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) accounts: Duration,
    pub(super) refusals: Duration,
}

/// Deletes some of what has aged out; whether that was all of it. Any number of replicas may do
/// it at once.
pub(super) async fn age_out(
    connection: &mut AnyConnection,
    database: &Database,
    keys: &Keys,
    kept: &Kept,
    now: i64,
) -> sqlx::Result<bool> {
    let forgotten = idempotency::forget(connection, now).await?
        + recent::forget(connection, now).await?
        + confirmations::forget(connection, now).await?
        + messages::forget(connection, now).await?;
    let aged = retention::age_out(connection, database.begin(), keys, kept, now).await?;
    Ok(forgotten == 0 && aged == 0)
}

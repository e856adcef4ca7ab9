//! What has aged out is deleted, a little at a time.

use std::time::Duration;

use sqlx::AnyConnection;

use super::{confirmations, idempotency, keys::Pepper, recent};

/// How long attempts are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) accounts: Duration,
    pub(super) refusals: Duration,
}

/// Deletes some of what has aged out; whether that was all of it.
pub(super) async fn age_out(
    connection: &mut AnyConnection,
    _pepper: &Pepper,
    _kept: &Kept,
    now: i64,
) -> sqlx::Result<bool> {
    let deleted = idempotency::forget(connection, now).await?
        + recent::forget(connection, now).await?
        + confirmations::forget(connection, now).await?;
    Ok(deleted == 0)
}

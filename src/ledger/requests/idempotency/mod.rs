//! The state of an Idempotency-Key: looked up, claimed, and ended. Each step is one statement, so
//! that exactly one of many concurrent requests gets the claim.

use sqlx::{AnyConnection, Row};

use crate::ledger::writers::expired;

/// Time for which a response is stored, in milliseconds.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// A request with an Idempotency-Key.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct KeyClaim {
    /// The digest of the key.
    pub(in crate::ledger) id: String,
    /// The digest of the body.
    pub(in crate::ledger) fingerprint: String,
    /// The request.
    pub(in crate::ledger) holder: String,
    /// How long it may take, in milliseconds.
    pub(in crate::ledger) lease: i64,
}

/// The state of a key, as one request sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum KeyState {
    /// No request holds it, and none is known to have used it.
    New,
    /// The lease of an earlier request is over without a response: it may have done the work.
    Takeover,
    /// An earlier request got this response, which is encrypted.
    Stored(String),
    /// Another request holds it, for this many milliseconds at most.
    InProgress(i64),
    /// It was used with another body.
    OtherBody,
}

/// Where a key goes when the request that holds it ends.
#[derive(Clone, Debug)]
pub(in crate::ledger) enum KeyEnd {
    /// The sealed answer stays.
    Keep(String),
    /// The next request takes it over, and knows that the outcome is unknown.
    LeaveForTakeover,
    /// It is as good as new.
    Free,
}

impl KeyState {
    /// Returns whether a request that sees this may claim the key.
    pub(in crate::ledger) fn is_claimable(&self) -> bool {
        matches!(self, Self::New | Self::Takeover)
    }
}

/// Reads the state of a key and writes nothing.
pub(in crate::ledger) async fn look_up(
    connection: &mut AnyConnection,
    claim: &KeyClaim,
    now: i64,
) -> sqlx::Result<KeyState> {
    state(connection, claim, now).await
}

/// Claims a key if it is new or can be taken over, and returns the state that the request met.
/// The same request gets the same result again until it has ended.
pub(in crate::ledger) async fn claim(
    connection: &mut AnyConnection,
    claim: &KeyClaim,
    now: i64,
) -> sqlx::Result<KeyState> {
    let claimed = sqlx::query(
        "INSERT INTO idempotency_keys
             (id, fingerprint, holder, lease_until, takeovers, answer, expires_at)
         VALUES ($1, $2, $3, $4, 0, NULL, $5)
         ON CONFLICT (id) DO UPDATE SET
             fingerprint = excluded.fingerprint,
             holder = excluded.holder,
             lease_until = excluded.lease_until,
             takeovers = CASE
                 WHEN idempotency_keys.holder = excluded.holder THEN idempotency_keys.takeovers
                 WHEN idempotency_keys.expires_at <= $6 THEN 0
                 ELSE idempotency_keys.takeovers + 1
             END,
             answer = NULL,
             expires_at = excluded.expires_at
         WHERE (idempotency_keys.holder = excluded.holder AND idempotency_keys.answer IS NULL)
            OR idempotency_keys.expires_at <= $6
            OR (idempotency_keys.answer IS NULL
                AND idempotency_keys.lease_until <= $6
                AND idempotency_keys.fingerprint = excluded.fingerprint)
         RETURNING takeovers",
    )
    .bind(claim.id.clone())
    .bind(claim.fingerprint.clone())
    .bind(claim.holder.clone())
    .bind(now + claim.lease)
    .bind(now + KEPT)
    .bind(now)
    .fetch_all(&mut *connection)
    .await?;
    if let Some(row) = claimed.first() {
        let is_takeover = row.get::<i64, _>(0) > 0;
        return Ok(if is_takeover { KeyState::Takeover } else { KeyState::New });
    }
    let state = state(connection, claim, now).await?;
    // The holder may have ended between the two statements. Then the next try gets the claim.
    Ok(if state.is_claimable() { KeyState::InProgress(0) } else { state })
}

/// Ends a request that holds a key. `false` where another has taken it over in the meantime.
pub(in crate::ledger) async fn end(
    connection: &mut AnyConnection,
    id: &str,
    holder: &str,
    end: &KeyEnd,
    now: i64,
) -> sqlx::Result<bool> {
    let (statement, answer) = match end {
        KeyEnd::Keep(answer) => (
            "UPDATE idempotency_keys SET answer = $3, lease_until = 0, expires_at = $4
             WHERE id = $1 AND holder = $2",
            Some(answer.clone()),
        ),
        KeyEnd::LeaveForTakeover => (
            "UPDATE idempotency_keys SET answer = $3, lease_until = 0, expires_at = $4
             WHERE id = $1 AND holder = $2 AND answer IS NULL",
            None,
        ),
        KeyEnd::Free => (
            // As if it had never been, unless an earlier request may have created the account.
            "UPDATE idempotency_keys SET
                 answer = $3,
                 lease_until = 0,
                 expires_at = CASE WHEN takeovers = 0 THEN 0 ELSE $4 END
             WHERE id = $1 AND holder = $2 AND answer IS NULL",
            None,
        ),
    };
    let ended = sqlx::query(statement)
        .bind(id.to_owned())
        .bind(holder.to_owned())
        .bind(answer)
        .bind(now + KEPT)
        .execute(&mut *connection)
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Deletes some of the expired keys, and returns how many.
pub(in crate::ledger) async fn forget(
    connection: &mut AnyConnection,
    now: i64,
) -> sqlx::Result<u64> {
    expired::delete(connection, "idempotency_keys", "id", now).await
}

async fn state(
    connection: &mut AnyConnection,
    claim: &KeyClaim,
    now: i64,
) -> sqlx::Result<KeyState> {
    let row = sqlx::query(
        "SELECT fingerprint, lease_until, answer FROM idempotency_keys
         WHERE id = $1 AND expires_at > $2",
    )
    .bind(claim.id.clone())
    .bind(now)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(KeyState::New) };
    let lease = row.get::<i64, _>(1) - now;
    Ok(match row.get(2) {
        _ if row.get::<String, _>(0) != claim.fingerprint => KeyState::OtherBody,
        Some(response) => KeyState::Stored(response),
        None if lease > 0 => KeyState::InProgress(lease),
        None => KeyState::Takeover,
    })
}

#[cfg(test)]
mod tests;

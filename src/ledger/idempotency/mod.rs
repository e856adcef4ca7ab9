//! What became of an Idempotency-Key: claimed, under way, unknown or answered. Each step is one
//! statement, so that of any number of requests at once one goes on.

use sqlx::{AnyConnection, Row};

/// How long an answer is kept, in milliseconds.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// A request that asks for a key.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// The digest of the key.
    pub(super) id: String,
    /// The digest under the previous pepper, with the fingerprint under that one.
    pub(super) previous: Option<(String, String)>,
    /// The digest of the body.
    pub(super) fingerprint: String,
    /// The request.
    pub(super) holder: String,
    /// How long it may take, in milliseconds.
    pub(super) lease: i64,
}

/// What a request that asked for a key is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    /// It holds the key. Where it took it over, an earlier request may have created the account.
    Held {
        /// The digest that the key is kept under.
        id: String,
        /// Whether another request held it before.
        taken_over: bool,
    },
    /// The answer is there, sealed.
    Answered {
        /// The digest that the key is kept under.
        id: String,
        /// The sealed answer.
        answer: String,
    },
    /// Another request holds it, for so many milliseconds at most.
    UnderWay(i64),
    /// It was sent with another body.
    OtherBody,
}

/// Where a key goes when the request that holds it ends.
#[derive(Clone, Debug)]
pub(super) enum KeyEnd {
    /// The sealed answer stays.
    Keep(String),
    /// The next request takes it over, and knows that the outcome is unknown.
    LeaveForTakeover,
    /// It is as good as new.
    Free,
}

/// Claims a key, or says why not. Asked again by the same request, it says the same again,
/// until that has ended.
pub(super) async fn claim(
    connection: &mut AnyConnection,
    claim: &Claim,
    now: i64,
) -> sqlx::Result<Claimed> {
    if let Some((id, fingerprint)) = &claim.previous
        && kept(connection, id, now).await?.is_some()
    {
        return claim_under(connection, id, fingerprint, claim, now).await;
    }
    claim_under(connection, &claim.id, &claim.fingerprint, claim, now).await
}

async fn claim_under(
    connection: &mut AnyConnection,
    id: &str,
    fingerprint: &str,
    claim: &Claim,
    now: i64,
) -> sqlx::Result<Claimed> {
    let held = sqlx::query(
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
    .bind(id.to_owned())
    .bind(fingerprint.to_owned())
    .bind(claim.holder.clone())
    .bind(now + claim.lease)
    .bind(now + KEPT)
    .bind(now)
    .fetch_all(&mut *connection)
    .await?;
    if let Some(row) = held.first() {
        return Ok(Claimed::Held { id: id.to_owned(), taken_over: row.get::<i64, _>(0) > 0 });
    }
    // It was there a moment ago. Where it is gone now, the next try gets it.
    let Some(kept) = kept(connection, id, now).await? else { return Ok(Claimed::UnderWay(0)) };
    Ok(match kept.answer {
        _ if kept.fingerprint != fingerprint => Claimed::OtherBody,
        Some(answer) => Claimed::Answered { id: id.to_owned(), answer },
        None => Claimed::UnderWay(kept.lease_until - now),
    })
}

/// Ends a request that holds a key. `false` where another has taken it over in the meantime.
pub(super) async fn end(
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

/// Forgets some of the keys whose time is over; how many.
pub(super) async fn forget(connection: &mut AnyConnection, now: i64) -> sqlx::Result<u64> {
    let forgotten = sqlx::query(
        "DELETE FROM idempotency_keys WHERE id IN
             (SELECT id FROM idempotency_keys WHERE expires_at <= $1 LIMIT 500)",
    )
    .bind(now)
    .execute(&mut *connection)
    .await?;
    Ok(forgotten.rows_affected())
}

struct Kept {
    fingerprint: String,
    lease_until: i64,
    answer: Option<String>,
}

async fn kept(connection: &mut AnyConnection, id: &str, now: i64) -> sqlx::Result<Option<Kept>> {
    let row = sqlx::query(
        "SELECT fingerprint, lease_until, answer FROM idempotency_keys
         WHERE id = $1 AND expires_at > $2",
    )
    .bind(id.to_owned())
    .bind(now)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(row.map(|row| Kept { fingerprint: row.get(0), lease_until: row.get(1), answer: row.get(2) }))
}

#[cfg(test)]
mod machine;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

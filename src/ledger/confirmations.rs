//! The codes that were sent to Cognito within a day, so that a second, identical confirm is a
//! success like the first.

use sqlx::{AnyConnection, Row, any::AnyRow};

/// How long a code is remembered, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What is known of an earlier confirm with the same user name and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierConfirmation {
    /// It was sent, and nobody knows what came of it.
    Unknown,
    /// It confirmed the account.
    Confirmed,
}

/// How a confirm ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationEnd {
    /// It confirmed the account.
    Confirmed,
    /// Nobody knows.
    Unknown,
    /// It did not.
    NotConfirmed,
}

/// A confirm that is about to be sent, or was.
#[derive(Clone, Debug)]
pub(super) struct Confirmation {
    /// The digest of user name and code.
    pub(super) id: String,
    /// The same under the previous pepper.
    pub(super) previous: Option<String>,
    /// The request.
    pub(super) holder: String,
    /// How long it may take, in milliseconds.
    pub(super) lease: i64,
}

/// Remembers that a code is about to be sent; what was known of it before.
pub(super) async fn begin(
    connection: &mut AnyConnection,
    confirmation: &Confirmation,
    now: i64,
) -> sqlx::Result<Option<EarlierConfirmation>> {
    let (earlier, _) = look(connection, confirmation, now).await?;
    // Whoever is under way stays; what is over begins anew.
    sqlx::query(
        "INSERT INTO confirmations (id, state, holder, lease_until, expires_at)
         VALUES ($1, 'unknown', $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET
             state = CASE WHEN confirmations.expires_at > $5 THEN confirmations.state
                     ELSE excluded.state END,
             expires_at = CASE WHEN confirmations.expires_at > $5 THEN confirmations.expires_at
                          ELSE excluded.expires_at END,
             holder = CASE WHEN confirmations.lease_until > $5 THEN confirmations.holder
                      ELSE excluded.holder END,
             lease_until = CASE WHEN confirmations.lease_until > $5
                           THEN confirmations.lease_until ELSE excluded.lease_until END",
    )
    .bind(confirmation.id.clone())
    .bind(confirmation.holder.clone())
    .bind(now + confirmation.lease)
    .bind(now + DAY)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    Ok(earlier)
}

/// Remembers how a confirm ended. One that confirmed nothing is forgotten where nothing was
/// known of the code before; otherwise an earlier one may have.
pub(super) async fn end(
    connection: &mut AnyConnection,
    confirmation: &Confirmation,
    end: ConfirmationEnd,
    earlier: Option<EarlierConfirmation>,
    now: i64,
) -> sqlx::Result<()> {
    let (statement, state) = match (end, earlier) {
        (ConfirmationEnd::Confirmed, _) => (
            "INSERT INTO confirmations (id, state, holder, lease_until, expires_at)
             VALUES ($1, $3, $2, 0, $4)
             ON CONFLICT (id) DO UPDATE SET
                 state = excluded.state,
                 lease_until = excluded.lease_until,
                 expires_at = excluded.expires_at",
            "confirmed",
        ),
        (ConfirmationEnd::NotConfirmed, None) => (
            "DELETE FROM confirmations
             WHERE id = $1 AND holder = $2 AND state = $3 AND expires_at <= $4",
            "unknown",
        ),
        _ => (
            "UPDATE confirmations SET lease_until = 0
             WHERE id = $1 AND holder = $2 AND state = $3 AND expires_at <= $4",
            "unknown",
        ),
    };
    sqlx::query(statement)
        .bind(confirmation.id.clone())
        .bind(confirmation.holder.clone())
        .bind(state)
        .bind(now + DAY)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// What is known of a code, and whether another confirm with it is under way.
pub(super) async fn look(
    connection: &mut AnyConnection,
    confirmation: &Confirmation,
    now: i64,
) -> sqlx::Result<(Option<EarlierConfirmation>, bool)> {
    let Confirmation { id, previous, holder, .. } = confirmation;
    let rows = sqlx::query(
        "SELECT state, holder, lease_until FROM confirmations
         WHERE id IN ($1, $2) AND expires_at > $3",
    )
    .bind(id.clone())
    .bind(previous.clone().unwrap_or_else(|| id.clone()))
    .bind(now)
    .fetch_all(&mut *connection)
    .await?;
    let is_confirmed = |row: &AnyRow| row.get::<String, _>(0) == "confirmed";
    let is_another =
        |row: &AnyRow| row.get::<String, _>(1) != *holder && row.get::<i64, _>(2) > now;
    let earlier = if rows.iter().any(is_confirmed) {
        Some(EarlierConfirmation::Confirmed)
    } else {
        rows.first().map(|_| EarlierConfirmation::Unknown)
    };
    Ok((earlier, rows.iter().any(is_another)))
}

/// Forgets some of the codes whose time is over; how many.
pub(super) async fn forget(connection: &mut AnyConnection, now: i64) -> sqlx::Result<u64> {
    let forgotten = sqlx::query(
        "DELETE FROM confirmations WHERE id IN
             (SELECT id FROM confirmations WHERE expires_at <= $1 LIMIT 500)",
    )
    .bind(now)
    .execute(&mut *connection)
    .await?;
    Ok(forgotten.rows_affected())
}

//! The confirms of the last day that may have confirmed an account, so that a second, identical
//! one is a success like the first.

use std::collections::BTreeSet;

use sqlx::{AnyConnection, Row};

use crate::ledger::{requests::precedent::Precedent, writers::expired};

/// How long a confirm is remembered, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What is known of an earlier confirm with the same user name and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
pub(in crate::ledger) struct Confirmation {
    /// A number of its own, made at random.
    pub(in crate::ledger) id: String,
    /// The digest of user name and code.
    pub(in crate::ledger) code: String,
    /// How long it may take, in milliseconds.
    pub(in crate::ledger) lease: i64,
}

/// What a confirm is told whose account is confirmed already: the same person has the same user
/// name and code.
pub(in crate::ledger) type Confirmed = Precedent<EarlierConfirmation>;

/// Remembers that a code is about to be sent.
pub(in crate::ledger) async fn begin(
    connection: &mut AnyConnection,
    confirmation: &Confirmation,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO confirmations (id, code, state, lease_until, expires_at)
         VALUES ($1, $2, 'in_flight', $3, $4) ON CONFLICT (id) DO NOTHING",
    )
    .bind(confirmation.id.clone())
    .bind(confirmation.code.clone())
    .bind(now + confirmation.lease)
    .bind(now + DAY)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Remembers how a confirm ended; one that confirmed nothing is forgotten.
pub(in crate::ledger) async fn end(
    connection: &mut AnyConnection,
    confirmation: &Confirmation,
    end: ConfirmationEnd,
    now: i64,
) -> sqlx::Result<()> {
    let state = match end {
        ConfirmationEnd::Confirmed => "confirmed",
        ConfirmationEnd::Unknown => "unknown",
        ConfirmationEnd::NotConfirmed => return forget_one(connection, &confirmation.id).await,
    };
    // Its beginning may not have been written.
    sqlx::query(
        "INSERT INTO confirmations (id, code, state, lease_until, expires_at)
         VALUES ($1, $2, $3, 0, $4)
         ON CONFLICT (id) DO UPDATE SET
             state = excluded.state,
             lease_until = excluded.lease_until,
             expires_at = excluded.expires_at",
    )
    .bind(confirmation.id.clone())
    .bind(confirmation.code.clone())
    .bind(state)
    .bind(now + DAY)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// The confirm was told that the account is confirmed: what is known of others with the same
/// user name and code. `waited_for` are those that an earlier answer named; what begins later
/// cannot be what confirmed it.
pub(in crate::ledger) async fn confirmed(
    connection: &mut AnyConnection,
    confirmation: &Confirmation,
    waited_for: Option<&BTreeSet<String>>,
    now: i64,
) -> sqlx::Result<Confirmed> {
    if waited_for.is_none() {
        // It is over itself, and nobody need wait for it.
        forget_one(connection, &confirmation.id).await?;
    }
    let others = others(connection, confirmation, now).await?;
    if others.iter().any(|other| other.earlier == EarlierConfirmation::Confirmed) {
        return Ok(Confirmed::Known(EarlierConfirmation::Confirmed));
    }
    let (under_way, over): (Vec<Other>, Vec<Other>) =
        others.into_iter().partition(|other| other.is_under_way);
    let under_way: BTreeSet<String> = under_way
        .into_iter()
        .map(|other| other.id)
        .filter(|id| waited_for.is_none_or(|waited_for| waited_for.contains(id)))
        .collect();
    if !under_way.is_empty() {
        return Ok(Confirmed::UnderWay(under_way));
    }
    let earlier = over.iter().map(|other| other.earlier).max();
    Ok(earlier.map_or(Confirmed::Stranger, Confirmed::Known))
}

/// Deletes some of the expired confirms, and returns how many.
pub(in crate::ledger) async fn forget(
    connection: &mut AnyConnection,
    now: i64,
) -> sqlx::Result<u64> {
    expired::delete(connection, "confirmations", "id", now).await
}

/// Another confirm with the same user name and code.
struct Other {
    id: String,
    earlier: EarlierConfirmation,
    is_under_way: bool,
}

async fn others(
    connection: &mut AnyConnection,
    confirmation: &Confirmation,
    now: i64,
) -> sqlx::Result<Vec<Other>> {
    let Confirmation { id, code, .. } = confirmation;
    let rows = sqlx::query(
        "SELECT id, state, lease_until FROM confirmations
         WHERE code = $1 AND id <> $2 AND expires_at > $3",
    )
    .bind(code.clone())
    .bind(id.clone())
    .bind(now)
    .fetch_all(&mut *connection)
    .await?;
    let other = |row: &sqlx::any::AnyRow| {
        let state: String = row.get(1);
        Other {
            id: row.get(0),
            earlier: match state.as_str() {
                "confirmed" => EarlierConfirmation::Confirmed,
                _ => EarlierConfirmation::Unknown,
            },
            is_under_way: state == "in_flight" && row.get::<i64, _>(2) > now,
        }
    };
    Ok(rows.iter().map(other).collect())
}

async fn forget_one(connection: &mut AnyConnection, id: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM confirmations WHERE id = $1 AND state = 'in_flight'")
        .bind(id.to_owned())
        .execute(&mut *connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;

//! The memory of the last 15 minutes: which sign-ups may have created an account, so that the
//! same person's next try is not told that somebody else has it.

use std::collections::BTreeSet;

use sqlx::{AnyConnection, Row};

use crate::ledger::{requests::precedent::Precedent, writers::expired};

/// How long a sign-up is remembered, in milliseconds.
const MEMORY: i64 = 15 * 60 * 1000;

/// So many different passwords are remembered for one name. One more drops the memory of the
/// name: it would answer whether a guess is right.
const MAX_PASSWORDS: usize = 2;

/// What is known of an earlier sign-up of the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriorAttempt {
    /// Nobody knows whether it created the account.
    Unknown,
    /// It probably did, and the code was not delivered.
    CodeNotDelivered,
    /// It did, and the account waits to be confirmed.
    Created,
    /// It did, and the account is confirmed.
    Confirmed,
}

/// A call that is about to be sent, or was.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Call {
    /// A number of its own, made at random.
    pub(in crate::ledger) id: String,
    /// The digest of the name.
    pub(in crate::ledger) name: String,
    /// The digest of name and password.
    pub(in crate::ledger) password: String,
    /// How long it may take, in milliseconds.
    pub(in crate::ledger) lease: i64,
}

/// What a call is told whose account exists already: the same person has the same name and
/// password.
pub(in crate::ledger) type Existing = Precedent<PriorAttempt>;

/// Remembers that a call is about to be sent.
pub(in crate::ledger) async fn begin(
    connection: &mut AnyConnection,
    call: &Call,
    now: i64,
) -> sqlx::Result<()> {
    write(connection, call, "in_flight", now).await
}

/// Remembers how a call ended that may have created the account; one that did not is forgotten,
/// unless it was a guess. A call whose memory was dropped stays forgotten, unless its beginning could not be written.
pub(in crate::ledger) async fn end(
    connection: &mut AnyConnection,
    call: &Call,
    earlier: Option<PriorAttempt>,
    was_begun: bool,
    now: i64,
) -> sqlx::Result<()> {
    let Some(earlier) = earlier else { return forget_call(connection, &call.id).await };
    if !was_begun {
        return write(connection, call, earlier.as_str(), now).await;
    }
    sqlx::query(
        "UPDATE recent_sign_ups SET state = $2, lease_until = 0, expires_at = $3 WHERE id = $1",
    )
    .bind(call.id.clone())
    .bind(earlier.as_str())
    .bind(now + MEMORY)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// The call was told that the account exists: what is known of earlier ones of the same name
/// and password. `waited_for` are those that an earlier answer named; calls that begin later
/// cannot be what created it.
pub(in crate::ledger) async fn exists(
    connection: &mut AnyConnection,
    call: &Call,
    waited_for: Option<&BTreeSet<String>>,
    now: i64,
) -> sqlx::Result<Existing> {
    let others = remembered(connection, call, now).await?;
    let is_same = |other: &&Remembered| other.password == call.password;
    let other_passwords: BTreeSet<&String> =
        others.iter().filter(|other| !is_same(other)).map(|other| &other.password).collect();
    if other_passwords.len() + 1 > MAX_PASSWORDS {
        drop_name(connection, call).await?;
        return Ok(Existing::Stranger);
    }
    if waited_for.is_none() {
        leave_a_guess(connection, call, &others, now).await?;
    }
    let known = others.iter().filter(is_same).filter_map(|other| other.earlier(now)).max();
    if let Some(earlier) = known {
        return Ok(Existing::Known(earlier));
    }
    let under_way: BTreeSet<String> = others
        .iter()
        .filter(is_same)
        .filter(|other| other.is_under_way(now))
        .map(|other| other.id.clone())
        .filter(|id| waited_for.is_none_or(|waited_for| waited_for.contains(id)))
        .collect();
    Ok(if under_way.is_empty() { Existing::Stranger } else { Existing::UnderWay(under_way) })
}

/// Deletes some of the expired calls, and returns how many.
pub(in crate::ledger) async fn forget(
    connection: &mut AnyConnection,
    now: i64,
) -> sqlx::Result<u64> {
    expired::delete(connection, "recent_sign_ups", "id", now).await
}

impl PriorAttempt {
    fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::CodeNotDelivered => "code_not_delivered",
            Self::Created => "created",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Another call of the same name.
struct Remembered {
    id: String,
    password: String,
    state: String,
    lease_until: i64,
}

impl Remembered {
    fn is_under_way(&self, now: i64) -> bool {
        self.state == "in_flight" && self.lease_until > now
    }

    fn earlier(&self, now: i64) -> Option<PriorAttempt> {
        match self.state.as_str() {
            "guessed" => None,
            "in_flight" => (self.lease_until <= now).then_some(PriorAttempt::Unknown),
            "code_not_delivered" => Some(PriorAttempt::CodeNotDelivered),
            "created" => Some(PriorAttempt::Created),
            "confirmed" => Some(PriorAttempt::Confirmed),
            _ => Some(PriorAttempt::Unknown),
        }
    }
}

async fn remembered(
    connection: &mut AnyConnection,
    call: &Call,
    now: i64,
) -> sqlx::Result<Vec<Remembered>> {
    let rows = sqlx::query(
        "SELECT id, password, state, lease_until FROM recent_sign_ups
         WHERE name = $1 AND id <> $2 AND expires_at > $3",
    )
    .bind(call.name.clone())
    .bind(call.id.clone())
    .bind(now)
    .fetch_all(&mut *connection)
    .await?;
    let remembered = |row: &sqlx::any::AnyRow| Remembered {
        id: row.get(0),
        password: row.get(1),
        state: row.get(2),
        lease_until: row.get(3),
    };
    Ok(rows.iter().map(remembered).collect())
}

/// The call itself is over. Its password stays as a guess for as long as there is something to
/// guess, once for each password.
async fn leave_a_guess(
    connection: &mut AnyConnection,
    call: &Call,
    others: &[Remembered],
    now: i64,
) -> sqlx::Result<()> {
    let is_kept = |other: &Remembered| other.password == call.password;
    let can_be_guessed = others.iter().any(|other| other.state != "guessed");
    if !can_be_guessed || others.iter().any(is_kept) {
        return forget_call(connection, &call.id).await;
    }
    sqlx::query(
        "UPDATE recent_sign_ups SET state = 'guessed', lease_until = 0, expires_at = $2
         WHERE id = $1",
    )
    .bind(call.id.clone())
    .bind(now + MEMORY)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn drop_name(connection: &mut AnyConnection, call: &Call) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM recent_sign_ups WHERE name = $1")
        .bind(call.name.clone())
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn forget_call(connection: &mut AnyConnection, id: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM recent_sign_ups WHERE id = $1 AND state = 'in_flight'")
        .bind(id.to_owned())
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn write(
    connection: &mut AnyConnection,
    call: &Call,
    state: &'static str,
    now: i64,
) -> sqlx::Result<()> {
    let lease_until = now + call.lease;
    sqlx::query(
        "INSERT INTO recent_sign_ups (id, name, password, state, lease_until, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
    )
    .bind(call.id.clone())
    .bind(call.name.clone())
    .bind(call.password.clone())
    .bind(state)
    .bind(lease_until)
    .bind(lease_until + MEMORY)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;

//! Whose attempts are whose, as far as digests tell.

use std::{collections::BTreeSet, fmt};

use futures_util::TryStreamExt;
use sqlx::{AnyConnection, Row};

use crate::ledger::{audit::record::counted, keys::Keys, requests::request};

/// Whose attempts are asked for.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Of this email address, phone number or user name, in its canonical form.
    Person(String),
    /// Of the account with this `sub`.
    Account(String),
    /// Of the request with this id.
    Request(String),
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Time and id of each attempt, the oldest first.
    pub(in crate::ledger) attempts: BTreeSet<(i64, String)>,
    /// The digest by which the sign-ups of the last 15 minutes are remembered.
    pub(in crate::ledger) name: Option<String>,
    /// How many of those there are.
    pub(in crate::ledger) sign_ups: usize,
}

impl Found {
    /// When the last attempt was made, in milliseconds since 1970.
    #[must_use]
    pub fn last(&self) -> Option<i64> {
        self.attempts.last().map(|(at, _)| *at)
    }
}

/// As `2 attempts and 1 sign-up of the last 15 minutes`.
impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = counted(self.attempts.len() as u64, "attempt");
        let sign_ups = counted(self.sign_ups as u64, "sign-up");
        write!(formatter, "{attempts} and {sign_ups} of the last 15 minutes")
    }
}

/// What tells whose an attempt is.
struct Telling {
    at: i64,
    id: String,
    operation: String,
    outcome: String,
    user_sub: Option<String>,
    recipient: Option<String>,
    username: Option<String>,
}

/// Finds the attempts of somebody.
///
/// Those that carry the digest or the `sub` that is asked for say more: the accounts that they
/// name, and, where they created one or met their own, its user name and recipient, which is all
/// that the other attempts of that account may carry. Another's account never is among them: an
/// attempt at a name that was taken says nothing of whose name it is, and an attempt that names
/// an account belongs to that one alone. What was written with another
/// key cannot be found by address or name, only by `sub`.
pub(in crate::ledger) async fn find(
    connection: &mut AnyConnection,
    keys: &Keys,
    whose: &Whose,
) -> sqlx::Result<Found> {
    let mut found = Found::default();
    let mut direct = Vec::new();
    match whose {
        Whose::Request(id) => {
            let told = telling(connection, Key::Request, id).await?;
            found.attempts.extend(told.into_iter().map(|told| (told.at, told.id)));
            return Ok(found);
        }
        Whose::Account(sub) => direct.extend(telling(connection, Key::Account, sub).await?),
        Whose::Person(name) => {
            let digest = request::digest_of_a_person(keys, name);
            direct.extend(telling(connection, Key::Person, &digest).await?);
            let digest = request::digest_of_a_name(keys, name);
            found.sign_ups = sign_ups(connection, &digest).await?;
            found.name = Some(digest);
        }
    }
    let mut subs = BTreeSet::new();
    let mut names = BTreeSet::new();
    for told in direct {
        if told.is_of_its_own_account() {
            names.extend(told.recipient);
            names.extend(told.username);
        }
        subs.extend(told.user_sub);
        found.attempts.insert((told.at, told.id));
    }
    for sub in &subs {
        let told = telling(connection, Key::Account, sub).await?;
        found.attempts.extend(told.into_iter().map(|told| (told.at, told.id)));
    }
    for name in &names {
        let told = telling(connection, Key::Person, name).await?;
        let is_theirs =
            |told: &Telling| told.user_sub.as_ref().is_none_or(|sub| subs.contains(sub));
        let theirs = told.into_iter().filter(is_theirs);
        found.attempts.extend(theirs.map(|told| (told.at, told.id)));
    }
    Ok(found)
}

impl Telling {
    /// Whether the account that it was about is that of whoever asked.
    fn is_of_its_own_account(&self) -> bool {
        self.operation == "register" && matches!(&*self.outcome, "created" | "existing")
            || self.user_sub.is_some()
    }
}

#[derive(Clone, Copy)]
enum Key {
    Request,
    Account,
    Person,
}

async fn telling(
    connection: &mut AnyConnection,
    by: Key,
    value: &str,
) -> sqlx::Result<Vec<Telling>> {
    macro_rules! select {
        ($condition:literal) => {
            concat!(
                "SELECT at, id, operation, outcome, user_sub, recipient, username FROM attempts
                 WHERE ",
                $condition
            )
        };
    }
    let statement = match by {
        Key::Request => select!("request_id = $1"),
        Key::Account => select!("user_sub = $1"),
        Key::Person => select!("recipient = $1 OR username = $1"),
    };
    let mut rows = sqlx::query(statement).bind(value.to_owned()).fetch(&mut *connection);
    let mut told = Vec::new();
    while let Some(row) = rows.try_next().await? {
        told.push(Telling {
            at: row.try_get(0)?,
            id: row.try_get(1)?,
            operation: row.try_get(2)?,
            outcome: row.try_get(3)?,
            user_sub: row.try_get(4)?,
            recipient: row.try_get(5)?,
            username: row.try_get(6)?,
        });
    }
    Ok(told)
}

async fn sign_ups(connection: &mut AnyConnection, name: &str) -> sqlx::Result<usize> {
    let ids = sqlx::query("SELECT id FROM recent_sign_ups WHERE name = $1")
        .bind(name.to_owned())
        .fetch_all(&mut *connection)
        .await?;
    Ok(ids.len())
}

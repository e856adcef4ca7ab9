//! The sign-ups of the last 15 minutes, so that a user who tries again is not told that another
//! user has the account.

use std::collections::BTreeSet;

use crate::store::{
    audit::short_id::ShortId,
    database::{Connection, Digest, Row, Value},
    error::StoreError,
    id,
    keys::Keys,
    requests::prior::{Memory, PriorLookup},
    writer::names::Names,
};

/// Time for which a sign-up is remembered, in milliseconds.
pub(in crate::store) const RETENTION: i64 = 15 * 60 * 1000;

/// Different passwords for one name that are no attempt to guess. With one more, only the network
/// that created the account is recognised: otherwise the response would tell if a guess is right.
const MAX_PASSWORDS: usize = 2;

/// Outcome of an earlier sign-up of the same user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriorAttempt {
    /// Its outcome is unknown.
    Unknown,
    /// It probably created the account, and the code was not delivered.
    CodeNotDelivered,
    /// It created the account, which waits for a code.
    Created,
    /// It created the account, which is confirmed.
    Confirmed,
}

/// The intent of a SignUp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct SignUpIntent {
    /// Digest of the recipient, or else of the user name.
    pub(in crate::store) name: Digest,
    /// Digest of the name and the password.
    pub(in crate::store) pair: Digest,
    /// Digest of the client's network.
    pub(in crate::store) network: Digest,
}

/// A sign-up that Cognito answered with `UsernameExists`.
#[derive(Clone, Debug)]
pub(in crate::store) struct ExistingSignUp {
    pub(in crate::store) id: i64,
    pub(in crate::store) intent: SignUpIntent,
    /// Digests of the names by which this service may have confirmed the account.
    pub(in crate::store) names: Vec<Digest>,
}

/// Stores an intent.
pub(in crate::store) fn insert(
    connection: &mut Connection,
    id: i64,
    intent: &SignUpIntent,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO sign_ups (id, name, pair, network) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING",
        &[id.into(), intent.name.into(), intent.pair.into(), intent.network.into()],
    )?;
    Ok(())
}

/// Deletes an intent that was not carried out.
pub(in crate::store) fn delete(connection: &mut Connection, id: i64) -> Result<(), StoreError> {
    connection.execute("DELETE FROM sign_ups WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Looks up earlier sign-ups of the same user.
///
/// `awaited` are those that an earlier look-up found in flight. Sign-ups that began later cannot
/// have created the account. `lease` is the time in milliseconds after which a sign-up without an
/// outcome is given up.
pub(in crate::store) fn look_up(
    connection: &mut Connection,
    names: &Names,
    keys: &Keys,
    sign_up: &ExistingSignUp,
    awaited: Option<&[i64]>,
    lease: i64,
    now: i64,
) -> Result<PriorLookup<PriorAttempt>, StoreError> {
    if awaited.is_none() {
        // This sign-up did not create the account, so no other one need wait for it.
        connection
            .execute("UPDATE sign_ups SET existed = 1 WHERE id = $1", &[sign_up.id.into()])?;
    }
    let since = id::first_at(now - RETENTION - lease);
    let rows = candidates(connection, names, sign_up, since)?;
    let others: Vec<Other> = rows
        .iter()
        .filter(|row| row.int(0) != sign_up.id)
        .filter_map(|row| Other::new(row, lease, now))
        .collect();
    let found = decide(&others, &sign_up.intent, awaited);
    let PriorLookup::Found(prior) = found else { return Ok(found) };
    let own = others.iter().filter(|other| other.pair == sign_up.intent.pair).map(|other| other.id);
    let is_confirmed = is_confirmed(connection, keys, sign_up, &own.collect::<Vec<_>>(), since)?;
    Ok(PriorLookup::Found(if is_confirmed { PriorAttempt::Confirmed } else { prior }))
}

/// Another sign-up with the same name.
#[derive(Clone, Debug)]
struct Other {
    id: i64,
    pair: Digest,
    network: Digest,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    InFlight,
    Existed,
    Prior(PriorAttempt),
}

impl Other {
    /// Reads a row of [`candidates`]. Returns `None` if the sign-up was rejected, so that it tells
    /// nothing about the account.
    fn new(row: &Row, lease: i64, now: i64) -> Option<Self> {
        let id = row.int(0);
        let has_ended = row.optional_int(4).is_some();
        let memory = Memory::of_column(row.optional_int(5));
        let state = match memory {
            Some(Memory::Existed) => State::Existed,
            Some(Memory::CodeNotDelivered) => State::Prior(PriorAttempt::CodeNotDelivered),
            Some(Memory::Created) => State::Prior(PriorAttempt::Created),
            Some(Memory::Confirmed) => State::Prior(PriorAttempt::Confirmed),
            None if row.optional_int(3).is_some() => State::Existed,
            None if has_ended => return None,
            None if id::time(id) + lease > now => State::InFlight,
            Some(Memory::Unknown) | None => State::Prior(PriorAttempt::Unknown),
        };
        Some(Self { id, pair: row.digest(1)?, network: row.digest(2)?, state })
    }
}

/// Decides what a sign-up with this intent is told.
fn decide(
    others: &[Other],
    intent: &SignUpIntent,
    awaited: Option<&[i64]>,
) -> PriorLookup<PriorAttempt> {
    let mut passwords: BTreeSet<Digest> = others.iter().map(|other| other.pair).collect();
    passwords.insert(intent.pair);
    let is_guessing = passwords.len() > MAX_PASSWORDS;
    let own = |other: &&Other| {
        other.pair == intent.pair && (!is_guessing || other.network == intent.network)
    };
    let prior = others.iter().filter(own).filter_map(|other| match other.state {
        State::Prior(prior) => Some(prior),
        State::InFlight | State::Existed => None,
    });
    let prior = prior.max();
    let is_created_by_another = others.iter().any(|other| {
        !own(&other)
            && matches!(other.state, State::Prior(PriorAttempt::Created | PriorAttempt::Confirmed))
    });
    match prior {
        Some(PriorAttempt::Unknown) | None if is_created_by_another => PriorLookup::NotFound,
        Some(prior) => PriorLookup::Found(prior),
        None => {
            let in_flight: Vec<i64> = others
                .iter()
                .filter(own)
                .filter(|other| other.state == State::InFlight)
                .map(|other| other.id)
                .filter(|id| awaited.is_none_or(|awaited| awaited.contains(id)))
                .collect();
            if in_flight.is_empty() {
                PriorLookup::NotFound
            } else {
                PriorLookup::InFlight(in_flight)
            }
        }
    }
}

/// Selects id, pair, network, `existed`, the attempt's id and memory. A condition follows.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT s.id, s.pair, s.network, s.existed, a.id, a.memory
             FROM sign_ups s LEFT JOIN attempts a ON a.id = s.id WHERE ",
            $condition
        )
    };
}

/// Reads the sign-ups with the same name. PostgreSQL has an index on the name. On SQLite such an
/// index costs more than the rest of a sign-up, so the store keeps the names in memory.
fn candidates(
    connection: &mut Connection,
    names: &Names,
    sign_up: &ExistingSignUp,
    since: i64,
) -> Result<Vec<Row>, StoreError> {
    let name = Value::from(sign_up.intent.name);
    if let Connection::Postgres(_) = connection {
        let sql = select!("s.name = $1 AND s.id >= $2");
        return connection.query(sql, &[name, since.into()]);
    }
    let mut rows = Vec::new();
    if names.complete_from() > since {
        let sql = select!("s.id >= $1 AND s.id < $2 AND s.name = $3");
        rows =
            connection.query(sql, &[since.into(), names.complete_from().into(), name.clone()])?;
    }
    for id in names.ids(&sign_up.intent.name).filter(|id| *id >= since) {
        rows.extend(
            connection.query(select!("s.id = $1 AND s.name = $2"), &[id.into(), name.clone()])?,
        );
    }
    Ok(rows)
}

/// Returns whether this service confirmed the account recently, by one of its names or by the
/// `sub` that Cognito gave to one of these sign-ups.
fn is_confirmed(
    connection: &mut Connection,
    keys: &Keys,
    sign_up: &ExistingSignUp,
    own: &[i64],
    since: i64,
) -> Result<bool, StoreError> {
    let mut names = sign_up.names.clone();
    for id in own {
        let sql = "SELECT user_sub FROM attempts WHERE id = $1";
        let row = connection.query_one(sql, &[(*id).into()])?;
        let sub = row.and_then(|row| ShortId::of_column(row.optional_blob(0)));
        names.extend(sub.map(|sub| keys.name(&sub.to_string())));
    }
    for name in names {
        let sql = "SELECT 1 FROM confirms c JOIN attempts a ON a.id = c.id
                   WHERE c.name = $1 AND c.id >= $2 AND a.memory = $3";
        let params = [name.into(), since.into(), Memory::Confirmed.as_column().into()];
        if connection.query_one(sql, &params)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

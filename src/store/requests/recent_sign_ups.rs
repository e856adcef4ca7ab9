//! The sign-ups of the last 15 minutes. A user who signs up again does not get the response that
//! another user has the account.

use std::collections::BTreeSet;

use crate::store::{
    audit::short_id,
    database::{Connection, Digest, Row},
    error::StoreError,
    id,
    keys::Keys,
    requests::prior::{Memory, PriorLookup},
    writer::names::Names,
};

/// Time for which the store remembers a sign-up, in milliseconds.
pub(in crate::store) const RETENTION: i64 = 15 * 60 * 1000;

/// Maximum number of different passwords for one name before the store suspects guessing. Above
/// this number, the store recognises only sign-ups from the same network. Otherwise the response
/// would reveal if a guess is correct.
const MAX_PASSWORDS: usize = 2;

/// Outcome of an earlier sign-up of the same user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriorAttempt {
    /// The outcome of the earlier sign-up is unknown.
    Unknown,
    /// The earlier sign-up probably created the account, but Cognito did not deliver the code.
    CodeNotDelivered,
    /// The earlier sign-up created the account, and the pool sent no code.
    AwaitingApproval,
    /// The earlier sign-up created the account, which waits for a code.
    Created,
    /// The earlier sign-up created the account, which is confirmed.
    Confirmed,
}

/// The owner of an existing account, according to recent sign-ups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountOwner {
    /// An earlier sign-up of the same user created the account, or may have.
    SameUser(PriorAttempt),
    /// A sign-up of another user certainly created the account.
    AnotherUser,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct SignUpIntent {
    pub(in crate::store) name: Digest,
    /// Digest of the recipient by which users confirm an account with a generated name, or of the
    /// user name if the name is not generated. The store does not save this digest.
    pub(in crate::store) alias: Digest,
    /// Digest of the name and the password, and of the recipients if the name is chosen.
    pub(in crate::store) pair: Digest,
    /// Digest of the client's network.
    pub(in crate::store) network: Digest,
}

pub(in crate::store) fn insert(
    connection: &mut Connection,
    id: i64,
    intent: &SignUpIntent,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO sign_ups (id, name, pair, network) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING",
        &[id.into(), (&intent.name).into(), (&intent.pair).into(), (&intent.network).into()],
    )?;
    Ok(())
}

pub(in crate::store) fn delete(connection: &mut Connection, id: i64) -> Result<(), StoreError> {
    connection.execute("DELETE FROM sign_ups WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Looks up earlier sign-ups of the same user, after Cognito responded to the sign-up `id` with
/// `UsernameExists`, or the pre-sign-up trigger rejected it.
///
/// `awaited` are the sign-ups that the last look-up found in progress. Sign-ups that began later
/// cannot have created the account. A sign-up without an outcome that began at the time
/// `abandoned` or before has an unknown outcome.
pub(in crate::store) fn look_up(
    connection: &mut Connection,
    names: &Names,
    keys: &Keys,
    id: i64,
    intent: &SignUpIntent,
    awaited: Option<&[i64]>,
    abandoned: i64,
) -> Result<PriorLookup<AccountOwner>, StoreError> {
    let others = others(connection, names, id, intent, awaited, abandoned)?;
    let found = decide(&others, intent, awaited);
    let PriorLookup::Found(AccountOwner::SameUser(prior)) = found else { return Ok(found) };
    let may_have_created =
        |other: &&Other| other.pair == intent.pair && matches!(other.state, State::Prior(_));
    let own = others.iter().filter(may_have_created).map(|other| other.id);
    let is_confirmed = is_confirmed(connection, keys, intent, own.collect())?;
    let prior = if is_confirmed { PriorAttempt::Confirmed } else { prior };
    Ok(PriorLookup::Found(AccountOwner::SameUser(prior)))
}

/// Looks up if an earlier sign-up of the same user passed the pre-sign-up trigger, after the
/// trigger rejected the sign-up `id`.
///
/// In contrast to [`look_up`], the result depends neither on the creator of the account nor on the
/// passwords of other users. Conceal mode therefore does not reveal the creator or the passwords.
/// The look-up recognises only the same network. Otherwise, it would confirm guessed passwords.
pub(in crate::store) fn look_up_accepted(
    connection: &mut Connection,
    names: &Names,
    id: i64,
    intent: &SignUpIntent,
    awaited: Option<&[i64]>,
    abandoned: i64,
) -> Result<PriorLookup<()>, StoreError> {
    let others = others(connection, names, id, intent, awaited, abandoned)?;
    let is_own = |other: &&Other| (other.pair, other.network) == (intent.pair, intent.network);
    let mut own = others.iter().filter(is_own);
    if own.clone().any(|other| matches!(other.state, State::Existed | State::Prior(_))) {
        return Ok(PriorLookup::Found(()));
    }
    Ok(in_flight(&mut own, awaited))
}

fn others(
    connection: &mut Connection,
    names: &Names,
    id: i64,
    intent: &SignUpIntent,
    awaited: Option<&[i64]>,
    abandoned: i64,
) -> Result<Vec<Other>, StoreError> {
    if awaited.is_none() {
        // No other sign-up needs to wait for this sign-up, because it did not create the account.
        connection.execute("UPDATE sign_ups SET existed = 1 WHERE id = $1", &[id.into()])?;
    }
    let rows = candidates(connection, names, intent.name, id::first_at(abandoned - RETENTION))?;
    let others = rows.iter().filter(|row| row.int(0) != id);
    Ok(others.filter_map(|row| Other::new(row, abandoned)).collect())
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
    /// The store looked up earlier sign-ups for this sign-up, and this sign-up has no memory. The
    /// trigger rejected it, or the database does not have its outcome.
    Rejected,
    Existed,
    Prior(PriorAttempt),
}

impl Other {
    /// Reads a row of [`candidates`]. Returns `None` for a sign-up that failed without a look-up of
    /// earlier sign-ups. Such a sign-up shows nothing about the account.
    fn new(row: &Row, abandoned: i64) -> Option<Self> {
        let id = row.int(0);
        let has_ended = row.optional_int(4).is_some();
        let memory = Memory::of_column(row.optional_int(5));
        let state = match memory {
            Some(Memory::Existed) => State::Existed,
            Some(Memory::CodeNotDelivered) => State::Prior(PriorAttempt::CodeNotDelivered),
            Some(Memory::AwaitingApproval) => State::Prior(PriorAttempt::AwaitingApproval),
            Some(Memory::Created) => State::Prior(PriorAttempt::Created),
            Some(Memory::Confirmed) => State::Prior(PriorAttempt::Confirmed),
            None if row.optional_int(3).is_some() => State::Rejected,
            None if has_ended => return None,
            None if id::time(id) > abandoned => State::InFlight,
            Some(Memory::Unknown) | None => State::Prior(PriorAttempt::Unknown),
        };
        Some(Self { id, pair: row.digest(1)?, network: row.digest(2)?, state })
    }
}

/// Decides the result for a sign-up with this intent.
///
/// A sign-up that certainly created the account decides the unknown outcomes of the others.
fn decide(
    others: &[Other],
    intent: &SignUpIntent,
    awaited: Option<&[i64]>,
) -> PriorLookup<AccountOwner> {
    let own = is_own(others, intent);
    let prior = others.iter().filter(|other| own(other)).filter_map(|other| match other.state {
        State::Prior(prior) => Some(prior),
        State::InFlight | State::Rejected | State::Existed => None,
    });
    let prior = prior.max();
    let is_created_by_another = others.iter().any(|other| {
        !own(other)
            && matches!(other.state, State::Prior(prior) if prior >= PriorAttempt::AwaitingApproval)
    });
    match prior {
        Some(PriorAttempt::Unknown | PriorAttempt::CodeNotDelivered) | None
            if is_created_by_another =>
        {
            PriorLookup::Found(AccountOwner::AnotherUser)
        }
        Some(prior) => PriorLookup::Found(AccountOwner::SameUser(prior)),
        None => in_flight(&mut others.iter().filter(|other| own(other)), awaited),
    }
}

/// Returns the test for sign-ups of the same user.
fn is_own(others: &[Other], intent: &SignUpIntent) -> impl Fn(&Other) -> bool {
    let mut passwords: BTreeSet<Digest> = others.iter().map(|other| other.pair).collect();
    passwords.insert(intent.pair);
    let is_guessing = passwords.len() > MAX_PASSWORDS;
    let intent = *intent;
    move |other| other.pair == intent.pair && (!is_guessing || other.network == intent.network)
}

fn in_flight<T>(own: &mut dyn Iterator<Item = &Other>, awaited: Option<&[i64]>) -> PriorLookup<T> {
    let in_flight: Vec<i64> = own
        .filter(|other| other.state == State::InFlight)
        .map(|other| other.id)
        .filter(|id| awaited.is_none_or(|awaited| awaited.contains(id)))
        .collect();
    if in_flight.is_empty() { PriorLookup::NotFound } else { PriorLookup::InFlight(in_flight) }
}

/// Selects the sign-ups of a name, up to the condition on the id.
const SELECT: &str = "SELECT s.id, s.pair, s.network, s.existed, a.id, a.memory
     FROM sign_ups s LEFT JOIN attempts a ON a.id = s.id WHERE s.name = $1 AND s.id";

/// Reads the sign-ups with the same name. PostgreSQL has an index on the name. On SQLite, the store
/// has the names in memory. The writer would spend more time on such an index than on the rest of a
/// sign-up.
fn candidates(
    connection: &mut Connection,
    names: &Names,
    name: Digest,
    since: i64,
) -> Result<Vec<Row>, StoreError> {
    if let Connection::Postgres(_) = connection {
        return connection.query(&format!("{SELECT} >= $2"), &[name.into(), since.into()]);
    }
    let mut rows = Vec::new();
    if names.complete_from() > since {
        let params = [name.into(), since.into(), names.complete_from().into()];
        rows = connection.query(&format!("{SELECT} >= $2 AND s.id < $3"), &params)?;
    }
    let by_id = format!("{SELECT} = $2");
    for id in names.ids(&name).filter(|id| *id >= since) {
        rows.extend(connection.query(&by_id, &[name.into(), id.into()])?);
    }
    Ok(rows)
}

/// Returns `true` if this service confirmed the account after the first of the user's `own`
/// sign-ups. Finds the account by its user name, its recipient, or the `sub` that Cognito gave to
/// one of the sign-ups. An earlier confirm concerns the account of another user.
fn is_confirmed(
    connection: &mut Connection,
    keys: &Keys,
    intent: &SignUpIntent,
    own: BTreeSet<i64>,
) -> Result<bool, StoreError> {
    let Some(&first) = own.first() else { return Ok(false) };
    let mut names = BTreeSet::from([intent.name, intent.alias]);
    for id in own {
        let sql = "SELECT user_sub FROM attempts WHERE id = $1";
        let row = connection.query_one(sql, &[id.into()])?;
        let sub = row.and_then(|row| row.optional_blob(0).map(short_id::of_column));
        names.extend(sub.map(|sub| keys.name(&sub)));
    }
    for name in names {
        let sql = "SELECT 1 FROM confirms c JOIN attempts a ON a.id = c.id
                   WHERE c.name = $1 AND c.id > $2 AND a.memory = $3";
        let params = [name.into(), first.into(), Memory::Confirmed.as_column().into()];
        if connection.query_one(sql, &params)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

//! The confirms of the last day. A second, identical confirm of a confirmed account succeeds like
//! the first.

use crate::store::{
    database::{Connection, Digest},
    error::StoreError,
    id,
    requests::prior::{Memory, PriorLookup},
};

/// Time for which the store remembers a confirm, in milliseconds.
pub(in crate::store) const RETENTION: i64 = 24 * 60 * 60 * 1000;

/// Outcome of an earlier confirm with the same user name and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EarlierConfirmation {
    /// The outcome of the earlier confirm is unknown.
    Unknown,
    /// The earlier confirm confirmed the account.
    Confirmed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct ConfirmIntent {
    pub(in crate::store) name: Digest,
    /// Digest of the user name and the code.
    pub(in crate::store) code: Digest,
}

pub(in crate::store) fn insert(
    connection: &mut Connection,
    id: i64,
    intent: &ConfirmIntent,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO confirms (id, name, code) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        &[id.into(), intent.name.into(), intent.code.into()],
    )?;
    Ok(())
}

pub(in crate::store) fn delete(connection: &mut Connection, id: i64) -> Result<(), StoreError> {
    connection.execute("DELETE FROM confirms WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Looks up earlier confirms with the same user name and code, after Cognito reported the account
/// as confirmed.
///
/// `awaited` are the confirms that the last look-up found in progress. Confirms that began later
/// cannot have confirmed the account. `lease` is the time in milliseconds after which the service
/// gives up a confirm without an outcome.
pub(in crate::store) fn look_up(
    connection: &mut Connection,
    id: i64,
    intent: &ConfirmIntent,
    awaited: Option<&[i64]>,
    lease: i64,
    now: i64,
) -> Result<PriorLookup<EarlierConfirmation>, StoreError> {
    if awaited.is_none() {
        // No other confirm needs to wait for this confirm, because it did not confirm the account.
        delete(connection, id)?;
    }
    let rows = connection.query(
        "SELECT c.id, c.code, a.id, a.memory
         FROM confirms c LEFT JOIN attempts a ON a.id = c.id WHERE c.name = $1 AND c.id >= $2",
        &[intent.name.into(), id::first_at(now - RETENTION).into()],
    )?;
    let mut prior = None;
    let mut in_flight = Vec::new();
    for row in rows.iter().filter(|row| row.int(0) != id && row.digest(1) == Some(intent.code)) {
        let other = row.int(0);
        let has_ended = row.optional_int(2).is_some();
        match Memory::of_column(row.optional_int(3)) {
            Some(Memory::Confirmed) => prior = Some(EarlierConfirmation::Confirmed),
            None if has_ended => {}
            None if id::time(other) + lease > now => in_flight.push(other),
            Some(_) | None => prior = prior.max(Some(EarlierConfirmation::Unknown)),
        }
    }
    in_flight.retain(|id| awaited.is_none_or(|awaited| awaited.contains(id)));
    Ok(match prior {
        Some(EarlierConfirmation::Confirmed) => PriorLookup::Found(EarlierConfirmation::Confirmed),
        _ if !in_flight.is_empty() => PriorLookup::InFlight(in_flight),
        Some(prior) => PriorLookup::Found(prior),
        None => PriorLookup::NotFound,
    })
}

//! Idempotency-Keys.
//!
//! The row of a key names the request that holds it (its *claim*). The end of that request is
//! another row. The database therefore updates a row only if a request takes a key over.

use std::time::Duration;

use crate::store::{
    database::{Connection, Digest, Row, Value},
    error::StoreError,
    id,
};

/// Time for which the store has a response, in milliseconds.
pub(in crate::store) const RETENTION: i64 = 24 * 60 * 60 * 1000;

#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct KeyClaim {
    pub(in crate::store) key: Digest,
    pub(in crate::store) fingerprint: Digest,
}

/// The state of an Idempotency-Key, as one request sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// No earlier request used the key, or an earlier request changed nothing.
    New,
    /// The outcome of an earlier request with the same body is unknown.
    Takeover,
    /// The response to an earlier request with the same body. The store encrypts it in the
    /// database, and decrypts it for the use cases.
    Stored(Vec<u8>),
    /// Another request with the same body holds the key, for at most this time.
    InProgress(Duration),
    /// An earlier request used the key with another body.
    OtherBody,
}

/// State of an Idempotency-Key after the request that holds it.
#[derive(Clone, Debug)]
pub enum KeyOutcome {
    /// The response is final, and later requests get the same response. The store encrypts it.
    Stored(Vec<u8>),
    /// The outcome is unknown, and the next request takes the key over.
    Unknown,
    /// The request changed nothing, and the key is free again.
    Free,
}

/// The end of the request that holds a key.
#[derive(Clone, Debug)]
pub(in crate::store) struct KeyEnd {
    pub(in crate::store) key: Digest,
    pub(in crate::store) claim: i64,
    pub(in crate::store) outcome: KeyOutcome,
}

impl KeyOutcome {
    /// Returns the value of the response's column, or `None` if the key becomes free.
    pub(in crate::store) fn column(&self) -> Option<Value<'_>> {
        match self {
            Self::Stored(response) => Some(response.as_slice().into()),
            Self::Unknown => Some(Value::Null),
            Self::Free => None,
        }
    }
}

/// The row of a key, with the end of its request.
#[derive(Clone, Debug)]
pub(in crate::store) struct KeyRow {
    claim: i64,
    fingerprint: Option<Digest>,
    has_ended: bool,
    response: Option<Vec<u8>>,
}

const SELECT: &str = "SELECT k.key, k.claim, k.fingerprint, r.id, r.response
     FROM idempotency_keys k LEFT JOIN responses r ON r.id = k.claim WHERE k.key = $1";

impl KeyRow {
    /// Reads a row of [`SELECT`].
    pub(in crate::store) fn new(row: &Row) -> Self {
        Self {
            claim: row.int(1),
            fingerprint: row.digest(2),
            has_ended: row.optional_int(3).is_some(),
            response: row.optional_blob(4).map(<[u8]>::to_vec),
        }
    }
}

impl KeyState {
    /// Returns `true` if a request that sees this state may claim the key.
    pub(in crate::store) fn is_claimable(&self) -> bool {
        matches!(self, Self::New | Self::Takeover)
    }

    /// Decides the state of a key for a request with this fingerprint. `lease` is the time in
    /// milliseconds after which the service gives up a request without an end.
    pub(in crate::store) fn of(
        row: Option<KeyRow>,
        fingerprint: Digest,
        lease: i64,
        now: i64,
    ) -> Self {
        let Some(row) = row else { return Self::New };
        let began = id::time(row.claim);
        if began + RETENTION <= now {
            return Self::New;
        }
        if row.fingerprint != Some(fingerprint) {
            return Self::OtherBody;
        }
        match row.response {
            Some(response) => Self::Stored(response),
            None if row.has_ended || began + lease <= now => Self::Takeover,
            None => Self::InProgress(Duration::from_millis((began + lease - now).unsigned_abs())),
        }
    }
}

/// Reads the row of a key. Returns `None` if the key has no row.
pub(in crate::store) fn read(
    connection: &mut Connection,
    key: Digest,
) -> Result<Option<KeyRow>, StoreError> {
    let row = connection.query_one(SELECT, &[key.into()])?;
    Ok(row.as_ref().map(KeyRow::new))
}

/// Claims a key for the request `id` within a transaction, if the key is new or can be taken over.
/// Returns the state before.
pub(in crate::store) fn claim(
    connection: &mut Connection,
    claim: KeyClaim,
    id: i64,
    lease: i64,
    now: i64,
) -> Result<KeyState, StoreError> {
    // The lock delays the end of the request that holds the key. The read after the lock sees the
    // whole end, or no part of it.
    let lock = match connection {
        Connection::Sqlite(_) => "SELECT 1 FROM idempotency_keys WHERE key = $1",
        Connection::Postgres(_) => "SELECT 1 FROM idempotency_keys WHERE key = $1 FOR UPDATE",
    };
    loop {
        let inserted = connection.execute(
            "INSERT INTO idempotency_keys (key, claim, fingerprint, is_takeover)
             VALUES ($1, $2, $3, 0) ON CONFLICT (key) DO NOTHING",
            &[claim.key.into(), id.into(), claim.fingerprint.into()],
        )?;
        if inserted > 0 {
            return Ok(KeyState::New);
        }
        // On PostgreSQL the key may be free now, and another request may claim the key first.
        if connection.query_one(lock, &[claim.key.into()])?.is_some() {
            break;
        }
    }
    let row = read(connection, claim.key)?;
    let state = KeyState::of(row, claim.fingerprint, lease, now);
    if state.is_claimable() {
        let is_takeover = state == KeyState::Takeover;
        connection.execute(
            "UPDATE idempotency_keys SET claim = $1, fingerprint = $2, is_takeover = $3
             WHERE key = $4",
            &[id.into(), claim.fingerprint.into(), i64::from(is_takeover).into(), claim.key.into()],
        )?;
    }
    Ok(state)
}

/// Ends the request that holds a key, within a transaction. Returns `false` if another request
/// has taken the key over.
pub(in crate::store) fn end(connection: &mut Connection, end: &KeyEnd) -> Result<bool, StoreError> {
    let held = match connection {
        Connection::Sqlite(_) => {
            "SELECT is_takeover FROM idempotency_keys WHERE key = $1 AND claim = $2"
        }
        Connection::Postgres(_) => {
            "SELECT is_takeover FROM idempotency_keys WHERE key = $1 AND claim = $2 FOR UPDATE"
        }
    };
    let Some(held) = connection.query_one(held, &[end.key.into(), end.claim.into()])? else {
        return Ok(false);
    };
    // An earlier request with this key may have done the work.
    let is_takeover = held.int(0) != 0;
    let Some(response) = end.outcome.column().or(is_takeover.then_some(Value::Null)) else {
        connection.execute(
            "DELETE FROM idempotency_keys WHERE key = $1 AND claim = $2",
            &[end.key.into(), end.claim.into()],
        )?;
        return Ok(true);
    };
    connection.execute(
        "INSERT INTO responses (id, response) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        &[end.claim.into(), response],
    )?;
    Ok(true)
}

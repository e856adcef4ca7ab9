//! The state of an Idempotency-Key.
//!
//! A key names the request that holds it (its *claim*), and the end of that request is a row of its
//! own, so nothing is updated unless a key is taken over.

use crate::store::{
    database::{Connection, Digest, Row, Value},
    error::StoreError,
    id,
};

/// Time for which a response is stored, in milliseconds.
pub(in crate::store) const RETENTION: i64 = 24 * 60 * 60 * 1000;

/// A request with an Idempotency-Key.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct KeyClaim {
    /// Digest of the key.
    pub(in crate::store) key: Digest,
    /// Digest of the body.
    pub(in crate::store) fingerprint: Digest,
}

/// The state of a key, as one request sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum KeyState {
    /// No request holds it, and none is known to have used it.
    New,
    /// An earlier request ended without a response, or its lease is over: its outcome is unknown.
    Takeover,
    /// An earlier request got this response, which is encrypted.
    Stored(Vec<u8>),
    /// Another request holds it, for this many milliseconds at most.
    InProgress(i64),
    /// It was used with another body.
    OtherBody,
}

/// The end of the request that holds a key.
#[derive(Clone, Debug)]
pub(in crate::store) struct KeyEnd {
    pub(in crate::store) key: Digest,
    /// Id of the request.
    pub(in crate::store) claim: i64,
    pub(in crate::store) end: KeyEndKind,
}

/// State of a key after the request.
#[derive(Clone, Debug)]
pub(in crate::store) enum KeyEndKind {
    /// The encrypted response is stored.
    Stored(Vec<u8>),
    /// The next request takes it over, because the outcome is unknown.
    Unknown,
    /// It is as good as new, because nothing was done.
    Free,
}

impl KeyEndKind {
    /// Returns the value of the response's column, or `None` if the key is freed.
    pub(in crate::store) fn response(&self) -> Option<Value> {
        match self {
            Self::Stored(response) => Some(response.clone().into()),
            Self::Unknown => Some(Value::Null),
            Self::Free => None,
        }
    }
}

/// The row of a key, with the end of the request that holds it.
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
    /// Returns whether a request that sees this may claim the key.
    pub(in crate::store) fn is_claimable(&self) -> bool {
        matches!(self, Self::New | Self::Takeover)
    }

    /// Decides the state of a key for a request with this fingerprint. `lease` is the time in
    /// milliseconds after which a request that has not ended is given up.
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
            None => Self::InProgress(began + lease - now),
        }
    }
}

/// Reads the row of a key.
pub(in crate::store) fn read(
    connection: &mut Connection,
    key: Digest,
) -> Result<Option<KeyRow>, StoreError> {
    let row = connection.query_one(SELECT, &[key.into()])?;
    Ok(row.as_ref().map(KeyRow::new))
}

/// Claims a key for the request `id` within a transaction, if it is new or can be taken over.
/// Returns the state that the request met.
pub(in crate::store) fn claim(
    connection: &mut Connection,
    claim: KeyClaim,
    id: i64,
    lease: i64,
    now: i64,
) -> Result<KeyState, StoreError> {
    // Holds up the end of the request that has the key, so that the read after it sees that end.
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
        // On PostgreSQL the key may have been freed since. Another request may claim it first.
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
    let Some(response) = end.end.response().or(is_takeover.then_some(Value::Null)) else {
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

//! Seals make tampering with the audit log detectable.
//!
//! A writer opens a seal, names it in each row that it writes, and closes it after about a minute
//! with a signature over the number of rows and the sum of their digests. The digest of a row
//! covers the row's seal, and the numbers of the seals have no gaps. So an altered row, a row that
//! is missing or moved, and a missing seal are found. Not found are rows that are missing from a
//! seal that is still open, and the loss of the last seals with all of their rows, unless one of
//! them is expected (`vestibule audit verify --expect`).

use crate::store::{
    audit::attempts::{AttemptRow, Kind, MAX_AGE},
    database::{Access, Connection, Digest, Row},
    error::StoreError,
    id,
    keys::Keys,
};

/// Time for which a seal takes rows, in milliseconds.
const OPEN: i64 = 60 * 1000;

/// Time after which an open seal belongs to a writer that is gone, in milliseconds.
pub(in crate::store) const ABANDONED: i64 = 10 * 60 * 1000;

/// Attempts to get a number, when several replicas open a seal at once.
const TRIES: usize = 10;

/// The seals that a writer has open.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct OpenSeals {
    accounts: Option<OpenSeal>,
    rejections: Option<OpenSeal>,
}

#[derive(Clone, Debug)]
struct OpenSeal {
    id: i64,
    opened_at: i64,
    content: Content,
}

/// The rows that a seal covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Content {
    rows: i64,
    /// The sum of the digests, modulo 2^128.
    sum: u128,
    first_id: i64,
    last_id: i64,
}

impl Content {
    pub(in crate::store) fn add(&mut self, id: i64, digest: Digest) {
        self.first_id = if self.rows == 0 { id } else { self.first_id.min(id) };
        self.last_id = self.last_id.max(id);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(digest));
    }

    pub(in crate::store) fn rows(&self) -> i64 {
        self.rows
    }

    /// Returns the first and the last id.
    pub(in crate::store) fn range(&self) -> (i64, i64) {
        (self.first_id, self.last_id)
    }
}

impl OpenSeals {
    /// Makes sure that a seal of this kind is open, and returns its number.
    pub(in crate::store) fn ready(
        &mut self,
        connection: &mut Connection,
        keys: &Keys,
        kind: Kind,
        now: i64,
    ) -> Result<i64, StoreError> {
        self.close(connection, keys, now - OPEN, now)?;
        let open = self.of(kind);
        if let Some(open) = open {
            return Ok(open.id);
        }
        let id = open_seal(connection, keys, kind, now)?;
        *open = Some(OpenSeal { id, opened_at: now, content: Content::default() });
        Ok(id)
    }

    /// Counts a row that was written.
    pub(in crate::store) fn add(&mut self, row: &AttemptRow) {
        if let Some(open) = self.of(row.kind).as_mut().filter(|open| open.id == row.seal) {
            open.content.add(row.id, row.digest);
        }
    }

    /// Closes the seals that are old enough, or all.
    pub(in crate::store) fn close_due(
        &mut self,
        connection: &mut Connection,
        keys: &Keys,
        now: i64,
        all: bool,
    ) -> Result<(), StoreError> {
        self.close(connection, keys, if all { now } else { now - OPEN }, now)
    }

    /// Closes the seals that were opened at this time or before.
    fn close(
        &mut self,
        connection: &mut Connection,
        keys: &Keys,
        opened_at: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        for kind in [Kind::Accounts, Kind::Rejections] {
            let seal = self.of(kind);
            if let Some(open) = seal.as_ref().filter(|open| open.opened_at <= opened_at) {
                Seal::new(open.id, kind, open.opened_at, open.content, now).close(
                    connection,
                    keys,
                    ClosedBy::Writer,
                )?;
                *seal = None;
            }
        }
        Ok(())
    }

    fn of(&mut self, kind: Kind) -> &mut Option<OpenSeal> {
        match kind {
            Kind::Accounts => &mut self.accounts,
            Kind::Rejections => &mut self.rejections,
        }
    }
}

fn open_seal(
    connection: &mut Connection,
    keys: &Keys,
    kind: Kind,
    now: i64,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO seals (id, kind, key, opened_at)
               SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3 FROM seals RETURNING id";
    let mut result = Err(StoreError::Conflict);
    for _ in 0..TRIES {
        let params = [kind.as_str().into(), keys.id.clone().into(), now.into()];
        result = connection.query_one(sql, &params);
        // Another replica took the number.
        if !matches!(result, Err(StoreError::Data(_))) {
            break;
        }
    }
    Ok(result?.map(|row| row.int(0)).unwrap_or_default())
}

/// The part of the service that closed a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum ClosedBy {
    /// Its writer, which knows what it wrote.
    Writer,
    /// The cleanup, which knows only the rows that it found.
    Cleanup,
}

/// A seal, closed unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Seal {
    pub(in crate::store) id: i64,
    pub(in crate::store) kind: String,
    /// Name of the `database.key` that signed it.
    pub(in crate::store) key: String,
    pub(in crate::store) opened_at: i64,
    pub(in crate::store) closed_at: i64,
    pub(in crate::store) content: Content,
    pub(in crate::store) is_open: bool,
    pub(in crate::store) mac: Digest,
    pub(in crate::store) expired_at: Option<i64>,
    pub(in crate::store) expired_mac: Option<Digest>,
}

/// The columns of [`Seal::of_row`], in their order.
pub(in crate::store) const COLUMNS: &str = "id, kind, key, opened_at, closed_at, row_count, \
    digest_sum, first_id, last_id, mac, expired_at, expired_mac";

impl Seal {
    fn new(id: i64, kind: Kind, opened_at: i64, content: Content, now: i64) -> Self {
        Self {
            id,
            kind: kind.as_str().to_owned(),
            key: String::new(),
            opened_at,
            closed_at: now,
            content,
            is_open: true,
            mac: Digest::default(),
            expired_at: None,
            expired_mac: None,
        }
    }

    /// Reads the columns [`COLUMNS`].
    pub(in crate::store) fn of_row(row: &Row) -> Self {
        Self {
            id: row.int(0),
            kind: row.text(1),
            key: row.text(2),
            opened_at: row.int(3),
            closed_at: row.int(4),
            content: Content {
                rows: row.int(5),
                sum: u128::from_be_bytes(row.digest(6).unwrap_or_default()),
                first_id: row.int(7),
                last_id: row.int(8),
            },
            is_open: row.is_null(9),
            mac: row.digest(9).unwrap_or_default(),
            expired_at: row.optional_int(10),
            expired_mac: row.digest(11),
        }
    }

    /// Returns the part of the service that signed the seal, or `None` if the signature does not
    /// fit.
    pub(in crate::store) fn closed_by(&self, keys: &Keys) -> Option<ClosedBy> {
        [ClosedBy::Writer, ClosedBy::Cleanup]
            .into_iter()
            .find(|by| self.sign(keys, *by) == self.mac)
    }

    fn sign(&self, keys: &Keys, by: ClosedBy) -> Digest {
        let Content { rows, sum, first_id, last_id } = self.content;
        let numbers = [self.id, self.opened_at, self.closed_at, rows, first_id, last_id];
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        let usage = match by {
            ClosedBy::Writer => "seal",
            ClosedBy::Cleanup => "abandoned seal",
        };
        keys.sign(usage, &[self.kind.as_bytes(), &numbers, &sum.to_be_bytes()])
    }

    /// Returns the signature that says that the retention has deleted the rows at this time, or,
    /// without a time, that it is deleting them.
    pub(in crate::store) fn sign_expiry(&self, keys: &Keys, expired_at: Option<i64>) -> Digest {
        let time = expired_at.unwrap_or_default().to_be_bytes();
        keys.sign("expired seal", &[&self.id.to_be_bytes(), &self.mac, &time])
    }

    /// Returns whether the retention is deleting the rows.
    pub(in crate::store) fn is_expiring(&self, keys: &Keys) -> bool {
        self.expired_at.is_none() && self.expired_mac == Some(self.sign_expiry(keys, None))
    }

    /// Signs and closes the seal in the database, unless it is closed already.
    fn close(
        &self,
        connection: &mut Connection,
        keys: &Keys,
        by: ClosedBy,
    ) -> Result<(), StoreError> {
        let mac = self.sign(keys, by);
        let Content { rows, sum, first_id, last_id } = self.content;
        connection.transaction(Access::Write, |connection| {
            connection.execute(
                "UPDATE seals SET closed_at = $1, row_count = $2, digest_sum = $3, first_id = $4,
                     last_id = $5, mac = $6
                 WHERE id = $7 AND mac IS NULL",
                &[
                    self.closed_at.into(),
                    rows.into(),
                    sum.to_be_bytes().into(),
                    first_id.into(),
                    last_id.into(),
                    mac.into(),
                    self.id.into(),
                ],
            )
        })?;
        Ok(())
    }
}

/// Closes the seals of writers that are gone, with the rows that are there.
pub(in crate::store) fn close_abandoned(
    connection: &mut Connection,
    keys: &Keys,
    now: i64,
) -> Result<(), StoreError> {
    let open = connection.query(
        "SELECT id, kind, opened_at FROM seals WHERE mac IS NULL AND opened_at < $1 AND key = $2",
        &[(now - ABANDONED).into(), keys.id.clone().into()],
    )?;
    for row in &open {
        let (seal, opened_at) = (row.int(0), row.int(2));
        let kind = if row.text(1) == "accounts" { Kind::Accounts } else { Kind::Rejections };
        let content = content(connection, seal, opened_at)?;
        Seal::new(seal, kind, opened_at, content, now).close(
            connection,
            keys,
            ClosedBy::Cleanup,
        )?;
    }
    Ok(())
}

/// Reads the rows of an open seal.
fn content(connection: &mut Connection, seal: i64, opened_at: i64) -> Result<Content, StoreError> {
    let mut content = Content::default();
    let mut after = id::first_at(opened_at - MAX_AGE) - 1;
    loop {
        let rows = connection.query(
            "SELECT id, seal, digest FROM attempts WHERE id > $1 ORDER BY id LIMIT 10000",
            &[after.into()],
        )?;
        for row in rows.iter().filter(|row| row.int(1) == seal) {
            content.add(row.int(0), row.digest(2).unwrap_or_default());
        }
        match rows.last() {
            Some(last) => after = last.int(0),
            None => return Ok(content),
        }
    }
}

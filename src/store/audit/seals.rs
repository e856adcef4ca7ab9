//! Seals make tampering with the audit log detectable. `docs/decisions/seals.md` describes them and
//! their limits.

use crate::store::{
    audit::{
        attempts::{Kind, MAX_AGE},
        stored_attempt::StoredAttempt,
    },
    database::{Access, Connection, Digest, Row},
    error::StoreError,
    id,
    keys::Keys,
};

/// Time for which a seal accepts rows, in milliseconds.
const OPEN: i64 = 60 * 1000;

/// Time after which the writer of an open seal must have ended, in milliseconds.
pub(in crate::store) const ABANDONED: i64 = 10 * 60 * 1000;

/// The open seals of a writer, one for each [`Kind`].
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct OpenSeals([Option<Seal>; 2]);

/// The rows that a seal covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Content {
    pub(in crate::store) rows: i64,
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

    pub(in crate::store) fn range(&self) -> (i64, i64) {
        (self.first_id, self.last_id)
    }
}

impl OpenSeals {
    /// Returns the number of the open seal of a kind. Opens a seal if the kind has no open seal.
    pub(in crate::store) fn ready(
        &mut self,
        connection: &mut Connection,
        keys: &Keys,
        kind: Kind,
        now: i64,
    ) -> Result<i64, StoreError> {
        self.close_due(connection, keys, now, false)?;
        let seal = &mut self.0[kind as usize];
        if let Some(seal) = seal {
            return Ok(seal.id);
        }
        let opened = Seal::open(connection, keys, kind, now)?;
        Ok(seal.insert(opened).id)
    }

    pub(in crate::store) fn add(&mut self, kind: Kind, row: &StoredAttempt) {
        if let Some(open) = self.0[kind as usize].as_mut().filter(|open| open.id == row.seal) {
            open.content.add(row.id, row.digest);
        }
    }

    /// Closes the seals that are old enough, or all seals if `all` is `true`.
    pub(in crate::store) fn close_due(
        &mut self,
        connection: &mut Connection,
        keys: &Keys,
        now: i64,
        all: bool,
    ) -> Result<(), StoreError> {
        for place in &mut self.0 {
            if let Some(seal) = place.as_mut().filter(|seal| all || seal.opened_at + OPEN <= now) {
                seal.close(connection, keys, ClosedBy::Writer, now)?;
                *place = None;
            }
        }
        Ok(())
    }
}

/// The part of the service that closed a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum ClosedBy {
    /// The writer of the seal, which knows the rows that it wrote.
    Writer,
    /// The cleanup, which knows only the rows that it found.
    Cleanup,
}

/// A seal. It is closed unless `is_open` is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Seal {
    pub(in crate::store) id: i64,
    pub(in crate::store) kind: String,
    /// Name of the `database.key` of its MAC.
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
    fn open(
        connection: &mut Connection,
        keys: &Keys,
        kind: Kind,
        now: i64,
    ) -> Result<Self, StoreError> {
        let sql = format!(
            "INSERT INTO seals (id, kind, key, opened_at)
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3 FROM seals RETURNING {COLUMNS}"
        );
        let params = [kind.as_str().into(), keys.id.clone().into(), now.into()];
        let row = connection.query_one(&sql, &params)?;
        row.as_ref().map(Self::of_row).ok_or(StoreError::Conflict)
    }

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

    /// Returns the part of the service that closed the seal, or `None` if the MAC does not match.
    pub(in crate::store) fn closed_by(&self, keys: &Keys) -> Option<ClosedBy> {
        [ClosedBy::Writer, ClosedBy::Cleanup]
            .into_iter()
            .find(|by| self.compute_mac(keys, *by) == self.mac)
    }

    fn compute_mac(&self, keys: &Keys, by: ClosedBy) -> Digest {
        let Content { rows, sum, first_id, last_id } = self.content;
        let numbers = [self.id, self.opened_at, self.closed_at, rows, first_id, last_id];
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        let usage = match by {
            ClosedBy::Writer => "seal",
            ClosedBy::Cleanup => "abandoned seal",
        };
        keys.audit_mac(usage, &[self.kind.as_bytes(), &numbers, &sum.to_be_bytes()])
    }

    /// Returns the MAC of the deletion of the rows at this time. If the time is `None`, returns the
    /// MAC of a deletion in progress.
    pub(in crate::store) fn expiry_mac(&self, keys: &Keys, expired_at: Option<i64>) -> Digest {
        let time = expired_at.unwrap_or_default().to_be_bytes();
        keys.audit_mac("expired seal", &[&self.id.to_be_bytes(), &self.mac, &time])
    }

    /// Returns `true` if the cleanup is deleting the rows.
    pub(in crate::store) fn is_expiring(&self, keys: &Keys) -> bool {
        self.expired_at.is_none() && self.expired_mac == Some(self.expiry_mac(keys, None))
    }

    /// Computes the MAC and closes the seal in the database, unless the seal is closed already.
    fn close(
        &mut self,
        connection: &mut Connection,
        keys: &Keys,
        by: ClosedBy,
        now: i64,
    ) -> Result<(), StoreError> {
        self.closed_at = now;
        let mac = self.compute_mac(keys, by);
        let Content { rows, sum, first_id, last_id } = self.content;
        connection.transaction(Access::Write, |connection| {
            connection.execute(
                "UPDATE seals SET closed_at = $1, row_count = $2, digest_sum = $3, first_id = $4,
                     last_id = $5, mac = $6
                 WHERE id = $7 AND mac IS NULL",
                &[
                    now.into(),
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

/// Closes the seals of writers that ended, with the rows that exist.
pub(in crate::store) fn close_abandoned(
    connection: &mut Connection,
    keys: &Keys,
    now: i64,
) -> Result<(), StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM seals WHERE mac IS NULL AND opened_at < $1 AND key = $2");
    for row in connection.query(&sql, &[(now - ABANDONED).into(), keys.id.clone().into()])? {
        let mut seal = Seal::of_row(&row);
        // An attacker may have removed the MAC of a closed seal.
        seal.content = Content::default();
        let after = id::first_at(seal.opened_at - MAX_AGE) - 1;
        StoredAttempt::for_each(connection, after, i64::MAX, |attempt| {
            if attempt.seal == seal.id {
                seal.content.add(attempt.id, attempt.digest);
            }
            Ok(())
        })?;
        seal.close(connection, keys, ClosedBy::Cleanup, now)?;
    }
    Ok(())
}

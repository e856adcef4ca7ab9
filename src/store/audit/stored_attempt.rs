//! The rows of the audit log as they are stored, those that are erased included.

use crate::store::{
    audit::attempts::{AttemptRow, COLUMNS},
    database::{Connection, Digest, Row, Value},
    error::StoreError,
    keys::Keys,
};

/// A row of `attempts`.
#[derive(Clone, Debug)]
pub(in crate::store) struct StoredAttempt {
    pub(in crate::store) row: AttemptRow,
    /// Time of the erasure, in milliseconds since 1970 (UTC).
    pub(in crate::store) erased_at: Option<i64>,
    pub(in crate::store) erased_mac: Option<Digest>,
}

impl StoredAttempt {
    /// Reads the rows that meet a condition, which may end with `ORDER BY` and `LIMIT`.
    pub(in crate::store) fn query(
        connection: &mut Connection,
        condition: &str,
        params: &[Value],
    ) -> Result<Vec<Self>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS}, erased_at, erased_mac FROM attempts WHERE {condition}");
        let of_row = |row: &Row| Self {
            row: AttemptRow::of_row(row),
            erased_at: row.optional_int(15),
            erased_mac: row.digest(16),
        };
        Ok(connection.query(&sql, params)?.iter().map(of_row).collect())
    }

    pub(in crate::store) fn by_id(
        connection: &mut Connection,
        id: i64,
    ) -> Result<Option<Self>, StoreError> {
        Ok(Self::query(connection, "id = $1", &[id.into()])?.pop())
    }

    /// Calls `each` with the rows between two ids, one page at a time.
    pub(in crate::store) fn for_each(
        connection: &mut Connection,
        mut after: i64,
        until: i64,
        mut each: impl FnMut(&Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        const PAGE: &str = "id > $1 AND id < $2 ORDER BY id LIMIT 1000";
        loop {
            let page = Self::query(connection, PAGE, &[after.into(), until.into()])?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.row.id;
            page.iter().try_for_each(&mut each)?;
        }
    }

    /// Returns whether the row is as the service wrote or erased it.
    pub(in crate::store) fn is_as_written(&self, keys: &Keys) -> bool {
        match self.erased_at {
            None => self.row.sign(keys) == self.row.digest,
            Some(at) => self.erased_mac == Some(sign_erasure(&self.row, keys, at)),
        }
    }
}

/// Returns the signature of an erasure. It covers the columns that are left, and that no other is.
pub(in crate::store) fn sign_erasure(erased: &AttemptRow, keys: &Keys, erased_at: i64) -> Digest {
    let parts: [&[u8]; 3] = [&erased.sign(keys), &erased.digest, &erased_at.to_be_bytes()];
    keys.sign("erased attempt", &parts)
}

//! The rows of the audit log, erased rows included.

use std::borrow::Cow;

use crate::store::{
    database::{Connection, Digest, Row, Value},
    error::StoreError,
    keys::Keys,
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct StoredAttempt {
    pub(in crate::store) id: i64,
    /// The seal that covers the row, or 0 before the writer chooses one.
    pub(in crate::store) seal: i64,
    pub(in crate::store) operation: Cow<'static, str>,
    pub(in crate::store) outcome: Cow<'static, str>,
    pub(in crate::store) code: Cow<'static, str>,
    pub(in crate::store) memory: Option<i64>,
    pub(in crate::store) request_id: Option<Vec<u8>>,
    pub(in crate::store) user_sub: Option<Vec<u8>>,
    pub(in crate::store) cognito_request_id: Option<Vec<u8>>,
    pub(in crate::store) recipient: Option<Digest>,
    /// `None` also if the user name equals the recipient.
    pub(in crate::store) username: Option<Digest>,
    pub(in crate::store) address: Option<Digest>,
    pub(in crate::store) locale: Option<String>,
    /// A JSON object of documents and versions.
    pub(in crate::store) consents: Option<String>,
    pub(in crate::store) digest: Digest,
    /// Time of the erasure, in milliseconds since 1970 (UTC).
    pub(in crate::store) erased_at: Option<i64>,
    pub(in crate::store) erased_mac: Option<Digest>,
}

const COLUMNS: &str = "id, seal, operation, outcome, code, memory, request_id, user_sub, \
    cognito_request_id, recipient, username, address, locale, consents, digest";

const INSERT: &str = "INSERT INTO attempts (id, seal, operation, outcome, code, memory,
         request_id, user_sub, cognito_request_id, recipient, username, address, locale, consents,
         digest)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     ON CONFLICT (id) DO NOTHING";

impl StoredAttempt {
    /// Reads the rows that meet a condition, which may end with `ORDER BY` and `LIMIT`.
    pub(in crate::store) fn query(
        connection: &mut Connection,
        condition: &str,
        params: &[Value],
    ) -> Result<Vec<Self>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS}, erased_at, erased_mac FROM attempts WHERE {condition}");
        Ok(connection.query(&sql, params)?.iter().map(Self::of_row).collect())
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
            after = last.id;
            page.iter().try_for_each(&mut each)?;
        }
    }

    fn of_row(row: &Row) -> Self {
        let id = |column| row.optional_blob(column).map(<[u8]>::to_vec);
        Self {
            id: row.int(0),
            seal: row.int(1),
            operation: row.text(2).into(),
            outcome: row.text(3).into(),
            code: row.text(4).into(),
            memory: row.optional_int(5),
            request_id: id(6),
            user_sub: id(7),
            cognito_request_id: id(8),
            recipient: row.digest(9),
            username: row.digest(10),
            address: row.digest(11),
            locale: row.optional_text(12),
            consents: row.optional_text(13),
            digest: row.digest(14).unwrap_or_default(),
            erased_at: row.optional_int(15),
            erased_mac: row.digest(16),
        }
    }

    /// Returns the values of the columns [`COLUMNS`].
    pub(in crate::store) fn values(&self) -> [Value<'_>; 15] {
        [
            self.id.into(),
            self.seal.into(),
            (*self.operation).into(),
            (*self.outcome).into(),
            (*self.code).into(),
            self.memory.into(),
            self.request_id.as_deref().into(),
            self.user_sub.as_deref().into(),
            self.cognito_request_id.as_deref().into(),
            self.recipient.as_ref().into(),
            self.username.as_ref().into(),
            self.address.as_ref().into(),
            self.locale.as_deref().into(),
            self.consents.as_deref().into(),
            (&self.digest).into(),
        ]
    }

    /// Inserts the row. Returns `false` if it exists already.
    pub(in crate::store) fn insert(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        Ok(connection.execute(INSERT, &self.values())? > 0)
    }

    /// Returns the keyed digest of all columns except the digest itself.
    pub(in crate::store) fn compute_digest(&self, keys: &Keys) -> Digest {
        let mut bytes = Vec::with_capacity(256);
        let values = self.values();
        for value in &values[..values.len() - 1] {
            // Kind and length separate the columns, and distinguish NULL from an empty value.
            let (kind, content): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Int(number) => (1, &number.to_be_bytes()),
                Value::Text(text) => (2, text.as_bytes()),
                Value::Blob(blob) => (3, blob),
            };
            bytes.push(kind);
            bytes.extend_from_slice(&(content.len() as u64).to_be_bytes());
            bytes.extend_from_slice(content);
        }
        keys.audit_mac("attempt", &[&bytes])
    }

    /// Returns the MAC of an erasure. The MAC covers the columns that remain, and that all other
    /// columns are NULL.
    pub(in crate::store) fn erasure_mac(&self, keys: &Keys, erased_at: i64) -> Digest {
        let parts: [&[u8]; 3] =
            [&self.compute_digest(keys), &self.digest, &erased_at.to_be_bytes()];
        keys.audit_mac("erased attempt", &parts)
    }

    /// Returns `true` if the row is as the service wrote or erased it.
    pub(in crate::store) fn is_authentic(&self, keys: &Keys) -> bool {
        match self.erased_at {
            None => self.compute_digest(keys) == self.digest,
            Some(at) => self.erased_mac == Some(self.erasure_mac(keys, at)),
        }
    }
}

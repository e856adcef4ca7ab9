//! The entries of the audit log: each has the operation and the outcome of a call to Cognito.

use std::{borrow::Cow, net::IpAddr};

use serde_json::{Map, Value as Json};

use crate::{
    registration::Consent,
    store::{
        audit::short_id::ShortId,
        database::{Connection, Digest, Row, Value},
        error::StoreError,
        keys::Keys,
        requests::prior::Memory,
    },
};

/// Highest age of an id, in milliseconds, when its row is written. An attempt that waited longer for
/// the database gets a new id, so that the rows of a seal lie together.
pub(in crate::store) const MAX_AGE: i64 = 60 * 60 * 1000;

/// The operation of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `POST /register`.
    Register,
    /// `POST /register/confirm`.
    Confirm,
    /// `POST /register/resend`.
    Resend,
}

/// An attempt, as the use cases know it. Only digests of personal data are stored.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The operation.
    pub operation: Operation,
    /// The `X-Request-Id` of the response.
    pub request_id: String,
    /// Outcome for the account.
    pub outcome: &'static str,
    /// The `code` or `status` of the response.
    pub code: &'static str,
    /// The account's `sub`.
    pub user_sub: Option<String>,
    /// The id that Cognito gave to the call.
    pub cognito_request_id: Option<String>,
    /// The email address, or else the phone number.
    pub recipient: Option<String>,
    /// The user name.
    pub username: Option<String>,
    /// The address of the client.
    pub address: Option<IpAddr>,
    /// The first language of `Accept-Language`.
    pub locale: Option<String>,
    /// The documents that the user agreed to.
    pub consents: Vec<Consent>,
}

/// The kind of a row. Each has seals and a retention of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// Rows that carry an account or a consent.
    Accounts,
    /// The others.
    Rejections,
}

impl Kind {
    pub(in crate::store) fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Rejections => "rejections",
        }
    }
}

impl Operation {
    /// Returns its name in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Confirm => "confirm",
            Self::Resend => "resend",
        }
    }

    /// Returns the outcome of a request that was rejected before a call.
    #[must_use]
    pub fn rejected(self) -> &'static str {
        match self {
            Self::Register => "not_created",
            Self::Confirm => "not_confirmed",
            Self::Resend => "not_sent",
        }
    }
}

impl Attempt {
    /// Returns whether the response waits until it is stored.
    #[must_use]
    pub fn carries_an_account_or_a_consent(&self) -> bool {
        let may_have_changed_one = match self.operation {
            Operation::Register => self.outcome != "not_created",
            Operation::Confirm => self.outcome != "not_confirmed",
            Operation::Resend => false,
        };
        may_have_changed_one || !self.consents.is_empty()
    }

    /// Returns the row to store. `id` is that of the intent, or 0 if there is none.
    pub(in crate::store) fn row(self, keys: &Keys, id: i64, memory: Option<Memory>) -> AttemptRow {
        let is_same = self.recipient == self.username;
        let kind =
            if self.carries_an_account_or_a_consent() { Kind::Accounts } else { Kind::Rejections };
        AttemptRow {
            id,
            seal: 0,
            kind,
            operation: self.operation.as_str().into(),
            outcome: self.outcome.into(),
            code: self.code.into(),
            memory,
            request_id: Some(ShortId::new(self.request_id)),
            user_sub: self.user_sub.map(ShortId::new),
            cognito_request_id: self.cognito_request_id.map(ShortId::new),
            username: self.username.filter(|_| !is_same).map(|username| keys.name(&username)),
            recipient: self.recipient.map(|recipient| keys.name(&recipient)),
            address: self.address.map(|address| address_digest(keys, address)),
            locale: self.locale.filter(|locale| is_language_tag(locale)),
            consents: consents(self.consents),
            digest: Digest::default(),
        }
    }
}

/// A row of `attempts` that is not erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct AttemptRow {
    pub(in crate::store) id: i64,
    /// The seal that covers it, or 0 as long as none does.
    pub(in crate::store) seal: i64,
    /// The kind of that seal.
    pub(in crate::store) kind: Kind,
    pub(in crate::store) operation: Cow<'static, str>,
    pub(in crate::store) outcome: Cow<'static, str>,
    pub(in crate::store) code: Cow<'static, str>,
    pub(in crate::store) memory: Option<Memory>,
    pub(in crate::store) request_id: Option<ShortId>,
    pub(in crate::store) user_sub: Option<ShortId>,
    pub(in crate::store) cognito_request_id: Option<ShortId>,
    pub(in crate::store) recipient: Option<Digest>,
    /// `None` also if it is the recipient.
    pub(in crate::store) username: Option<Digest>,
    pub(in crate::store) address: Option<Digest>,
    pub(in crate::store) locale: Option<String>,
    /// A JSON object of documents and versions.
    pub(in crate::store) consents: Option<String>,
    pub(in crate::store) digest: Digest,
}

/// The columns of [`AttemptRow::of_row`], in their order.
pub(in crate::store) const COLUMNS: &str = "id, seal, operation, outcome, code, memory, \
    request_id, user_sub, cognito_request_id, recipient, username, address, locale, consents, \
    digest";

const INSERT: &str = "INSERT INTO attempts (id, seal, operation, outcome, code, memory,
         request_id, user_sub, cognito_request_id, recipient, username, address, locale, consents,
         digest)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     ON CONFLICT (id) DO NOTHING";

impl AttemptRow {
    /// Reads the columns [`COLUMNS`].
    pub(in crate::store) fn of_row(row: &Row) -> Self {
        let id = |column| ShortId::of_column(row.optional_blob(column));
        Self {
            id: row.int(0),
            seal: row.int(1),
            kind: Kind::Accounts,
            operation: row.text(2).into(),
            outcome: row.text(3).into(),
            code: row.text(4).into(),
            memory: Memory::of_column(row.optional_int(5)),
            request_id: id(6),
            user_sub: id(7),
            cognito_request_id: id(8),
            recipient: row.digest(9),
            username: row.digest(10),
            address: row.digest(11),
            locale: row.optional_text(12),
            consents: row.optional_text(13),
            digest: row.digest(14).unwrap_or_default(),
        }
    }

    /// Returns the values of the columns [`COLUMNS`].
    pub(in crate::store) fn values(&self) -> [Value; 15] {
        let id = |id: &Option<ShortId>| Value::from(id.as_ref().map(ShortId::to_column));
        [
            self.id.into(),
            self.seal.into(),
            (*self.operation).into(),
            (*self.outcome).into(),
            (*self.code).into(),
            self.memory.map(Memory::as_column).into(),
            id(&self.request_id),
            id(&self.user_sub),
            id(&self.cognito_request_id),
            self.recipient.into(),
            self.username.into(),
            self.address.into(),
            self.locale.clone().into(),
            self.consents.clone().into(),
            self.digest.into(),
        ]
    }

    /// Returns the keyed digest of everything that the row says, but for the digest itself.
    pub(in crate::store) fn sign(&self, keys: &Keys) -> Digest {
        let mut bytes = Vec::with_capacity(256);
        let values = self.values();
        for value in &values[..values.len() - 1] {
            // The kind and the length keep the columns apart, and an absent one from an empty one.
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
        keys.sign("attempt", &[&bytes])
    }

    /// Stores the row. Returns `false` if it is stored already.
    pub(in crate::store) fn insert(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        Ok(connection.execute(INSERT, &self.values())? > 0)
    }
}

/// Returns the digest of a client's address.
pub(in crate::store) fn address_digest(keys: &Keys, address: IpAddr) -> Digest {
    keys.digest("address", &[address.to_string().as_bytes()])
}

fn consents(consents: Vec<Consent>) -> Option<String> {
    if consents.is_empty() {
        return None;
    }
    let entries =
        consents.into_iter().map(|consent| (consent.document, Json::from(consent.version)));
    Some(Json::Object(entries.collect::<Map<_, _>>()).to_string())
}

/// Returns whether a text looks like a language tag (RFC 5646), and not like anything else that a
/// client might write into a header.
fn is_language_tag(text: &str) -> bool {
    let is_subtag = |subtag: &str| {
        (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let first = text.split('-').next().unwrap_or_default();
    text.len() <= 35
        && (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && text.split('-').all(is_subtag)
}

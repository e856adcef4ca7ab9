//! One row for each attempt: what was asked, and what came of it.

use std::net::IpAddr;

use sqlx::AnyConnection;
use uuid::Uuid;

use crate::{
    ledger::{
        audit::chain::{Chain, Place},
        keys::Keys,
    },
    registration::Consent,
};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `POST /register`.
    Register,
    /// `POST /register/confirm`.
    Confirm,
    /// `POST /register/resend`.
    Resend,
}

/// What was asked, and what came of it, as the handlers know it. Only digests of what tells of
/// a person are written.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What was asked for.
    pub operation: Operation,
    /// The id that the answer carries.
    pub request_id: String,
    /// What became of the account.
    pub outcome: &'static str,
    /// The code of the answer.
    pub code: &'static str,
    /// The account's `sub`.
    pub user_sub: Option<String>,
    /// The id that Cognito gave to the call.
    pub cognito_request_id: Option<String>,
    /// The email address, or else the phone number.
    pub recipient: Option<String>,
    /// The user name.
    pub username: Option<String>,
    /// The caller.
    pub address: Option<IpAddr>,
    /// The first language of `Accept-Language`.
    pub locale: Option<String>,
    /// The documents agreed to.
    pub consents: Vec<Consent>,
}

impl Operation {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Confirm => "confirm",
            Self::Resend => "resend",
        }
    }
}

impl Operation {
    /// The outcome of what was refused before anything was sent.
    #[must_use]
    pub fn refused(self) -> &'static str {
        match self {
            Self::Register => "not_created",
            Self::Confirm => "not_confirmed",
            Self::Resend => "not_sent",
        }
    }
}

impl Attempt {
    /// Whether it has to be written before it is answered.
    #[must_use]
    pub fn carries_an_account_or_a_consent(&self) -> bool {
        let may_have_changed_one = match self.operation {
            Operation::Register => self.outcome != "not_created",
            Operation::Confirm => self.outcome != "not_confirmed",
            Operation::Resend => false,
        };
        may_have_changed_one || !self.consents.is_empty()
    }

    /// The row that is written.
    pub(in crate::ledger) fn row(self, keys: &Keys, now: i64) -> AttemptRow {
        let digest = |usage: &str, text: &str| keys.digest(usage, &[text]);
        AttemptRow {
            id: Uuid::new_v4().simple().to_string(),
            at: now,
            request_id: self.request_id,
            operation: self.operation.as_str().to_owned(),
            outcome: self.outcome.to_owned(),
            code: self.code.to_owned(),
            user_sub: self.user_sub,
            cognito_request_id: self.cognito_request_id,
            recipient: self.recipient.map(|recipient| digest(PERSON, &recipient)),
            username: self.username.map(|username| digest(PERSON, &username)),
            address: self.address.map(|address| digest("address", &address.to_string())),
            locale: self.locale.filter(|locale| is_language_tag(locale)),
            consents: self
                .consents
                .into_iter()
                .map(|consent| (consent.document, consent.version))
                .collect(),
        }
    }
}

/// Whether this looks like a language tag (RFC 5646), and not like anything else that a caller
/// might write into a header.
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

/// Recipients and user names are digested alike, since one may be the other.
pub(in crate::ledger) const PERSON: &str = "person";

/// A row of `attempts` with its rows of `consents`, but for its place in a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) struct AttemptRow {
    pub(in crate::ledger) id: String,
    pub(in crate::ledger) at: i64,
    pub(in crate::ledger) request_id: String,
    pub(in crate::ledger) operation: String,
    pub(in crate::ledger) outcome: String,
    pub(in crate::ledger) code: String,
    pub(in crate::ledger) user_sub: Option<String>,
    pub(in crate::ledger) cognito_request_id: Option<String>,
    pub(in crate::ledger) recipient: Option<String>,
    pub(in crate::ledger) username: Option<String>,
    pub(in crate::ledger) address: Option<String>,
    pub(in crate::ledger) locale: Option<String>,
    /// Documents and versions, in the order of the documents.
    pub(in crate::ledger) consents: Vec<(String, String)>,
}

impl AttemptRow {
    /// The digest of everything that the row says.
    pub(in crate::ledger) fn digest(&self, keys: &Keys) -> String {
        // What is absent differs from what is empty.
        let or_absent = |value: &Option<String>| match value {
            Some(value) => format!("={value}"),
            None => String::new(),
        };
        let at = self.at.to_string();
        let optional = [
            &self.user_sub,
            &self.cognito_request_id,
            &self.recipient,
            &self.username,
            &self.address,
            &self.locale,
        ]
        .map(or_absent);
        let mut parts =
            vec![&*self.id, &at, &self.request_id, &self.operation, &self.outcome, &self.code];
        parts.extend(optional.iter().map(String::as_str));
        for (document, version) in &self.consents {
            parts.extend([document.as_str(), version.as_str()]);
        }
        keys.sign("attempt", &parts)
    }
}

/// Writes a row at the end of a chain, once, however often it is asked to: where nobody knows
/// whether a transaction was committed, it is done again, perhaps with other rows before this one.
pub(in crate::ledger) async fn write(
    connection: &mut AnyConnection,
    row: &AttemptRow,
    chain: &mut Chain,
    keys: &Keys,
) -> sqlx::Result<()> {
    let digest = row.digest(keys);
    let mut place = chain.next(keys, &digest);
    if !insert(connection, row, &place, &digest, keys).await? {
        if is_written(connection, &row.id).await? {
            return Ok(());
        }
        // The place is taken: a transaction was committed that had seemed to fail, and the chain
        // goes further than is known here.
        chain.begin_another(connection, keys, row.at).await?;
        place = chain.next(keys, &digest);
        if !insert(connection, row, &place, &digest, keys).await? {
            return Err(sqlx::Error::Protocol("a new chain has rows already".to_owned()));
        }
    }
    chain.append(place);
    for (document, version) in &row.consents {
        sqlx::query("INSERT INTO consents (attempt, document, version) VALUES ($1, $2, $3)")
            .bind(row.id.clone())
            .bind(document.clone())
            .bind(version.clone())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// `false` where the row or another one at its place is there already.
async fn insert(
    connection: &mut AnyConnection,
    row: &AttemptRow,
    place: &Place,
    digest: &str,
    keys: &Keys,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query(
        "INSERT INTO attempts (id, at, request_id, operation, outcome, code, user_sub,
             cognito_request_id, recipient, username, address, locale, pepper,
             chain, sequence, digest, link)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT DO NOTHING",
    )
    .bind(row.id.clone())
    .bind(row.at)
    .bind(row.request_id.clone())
    .bind(row.operation.clone())
    .bind(row.outcome.clone())
    .bind(row.code.clone())
    .bind(row.user_sub.clone())
    .bind(row.cognito_request_id.clone())
    .bind(row.recipient.clone())
    .bind(row.username.clone())
    .bind(row.address.clone())
    .bind(row.locale.clone())
    .bind(keys.id.clone())
    .bind(place.chain.clone())
    .bind(place.sequence)
    .bind(digest.to_owned())
    .bind(place.link.clone())
    .execute(&mut *connection)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

async fn is_written(connection: &mut AnyConnection, id: &str) -> sqlx::Result<bool> {
    let row = sqlx::query("SELECT 1 FROM attempts WHERE id = $1")
        .bind(id.to_owned())
        .fetch_optional(&mut *connection)
        .await?;
    Ok(row.is_some())
}

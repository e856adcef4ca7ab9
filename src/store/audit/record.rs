//! An attempt as operators and auditors read it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::store::{
    audit::{short_id::ShortId, stored_attempt::StoredAttempt},
    database::Digest,
    id,
};

/// A row of `attempts`. Its digests tell a user's name only to a reader who has the key.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    pub(super) at: String,
    pub(super) operation: &'a str,
    pub(super) outcome: &'a str,
    pub(super) code: &'a str,
    pub(super) user_sub: Option<String>,
    pub(super) cognito_request_id: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) consents: BTreeMap<String, String>,
    pub(super) locale: Option<&'a str>,
    pub(super) recipient: Option<String>,
    /// `None` also if it is the recipient.
    pub(super) username: Option<String>,
    pub(super) address: Option<String>,
    pub(super) id: String,
    pub(super) seal: i64,
    pub(super) erased_at: Option<String>,
}

impl<'a> From<&'a StoredAttempt> for Record<'a> {
    fn from(StoredAttempt { row, erased_at, .. }: &'a StoredAttempt) -> Self {
        let text = |id: &Option<ShortId>| id.as_ref().map(ToString::to_string);
        let hex = |digest: Option<Digest>| {
            digest.map(|digest| format!("{:032x}", u128::from_be_bytes(digest)))
        };
        let consents = row.consents.as_deref().and_then(|json| serde_json::from_str(json).ok());
        Self {
            at: time(id::time(row.id)),
            operation: &row.operation,
            outcome: &row.outcome,
            code: &row.code,
            user_sub: text(&row.user_sub),
            cognito_request_id: text(&row.cognito_request_id),
            request_id: text(&row.request_id),
            consents: consents.unwrap_or_default(),
            locale: row.locale.as_deref(),
            recipient: hex(row.recipient),
            username: hex(row.username),
            address: hex(row.address),
            id: row.id.to_string(),
            seal: row.seal,
            erased_at: erased_at.map(time),
        }
    }
}

impl Record<'_> {
    /// Returns the consents as `privacy=3 terms=2026-10`.
    pub(super) fn consents(&self) -> String {
        let consents = self.consents.iter();
        let consents = consents.map(|(document, version)| format!("{document}={version}"));
        consents.collect::<Vec<_>>().join(" ")
    }
}

/// Returns `1 attempt` or `2 attempts`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Returns a time in UTC, as `2026-11-01T10:00:00.123Z`.
pub(super) fn time(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        Err(_) => milliseconds.to_string(),
    }
}

/// Replaces control characters, so that a text can neither begin a line nor control a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

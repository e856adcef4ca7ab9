//! An attempt as operators and auditors read it.

use std::{collections::BTreeMap, fmt::Write};

use jiff::Timestamp;
use serde::Serialize;

use super::entries::Written;

/// A row of `attempts` with its consents, as JSON has it. Its digests tell of a person only who
/// has the key.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    pub(super) at: String,
    pub(super) operation: &'a str,
    pub(super) outcome: &'a str,
    pub(super) code: &'a str,
    pub(super) user_sub: Option<&'a str>,
    pub(super) cognito_request_id: Option<&'a str>,
    pub(super) request_id: &'a str,
    pub(super) consents: BTreeMap<&'a str, &'a str>,
    pub(super) locale: Option<&'a str>,
    pub(super) recipient: Option<&'a str>,
    pub(super) username: Option<&'a str>,
    pub(super) address: Option<&'a str>,
    pub(super) id: &'a str,
    pub(super) key_id: &'a str,
    pub(super) chain: &'a str,
    pub(super) sequence: i64,
}

impl<'a> From<&'a Written> for Record<'a> {
    fn from(Written { row, key_id, place, .. }: &'a Written) -> Self {
        let consents = row.consents.iter();
        Self {
            at: time(row.at),
            operation: &row.operation,
            outcome: &row.outcome,
            code: &row.code,
            user_sub: row.user_sub.as_deref(),
            cognito_request_id: row.cognito_request_id.as_deref(),
            request_id: &row.request_id,
            consents: consents.map(|(document, version)| (&**document, &**version)).collect(),
            locale: row.locale.as_deref(),
            recipient: row.recipient.as_deref(),
            username: row.username.as_deref(),
            address: row.address.as_deref(),
            id: &row.id,
            key_id,
            chain: &place.chain,
            sequence: place.sequence,
        }
    }
}

impl Record<'_> {
    /// As `privacy=3 terms=2026-10`.
    pub(super) fn consents(&self) -> String {
        let mut text = String::new();
        for (document, version) in &self.consents {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a text cannot fail.
            let _ = write!(text, "{space}{document}={version}");
        }
        text
    }
}

/// As `1 attempt` or `2 attempts`.
pub(super) fn counted(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// A time in UTC, as `2026-11-01T10:00:00.123Z`.
pub(super) fn time(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        Err(_) => milliseconds.to_string(),
    }
}

//! An attempt as operators and auditors read it.

use std::{collections::BTreeMap, fmt::Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::ledger::audit::entries::Written;

/// A row of `attempts` with its consents, as JSON has it. Its digests tell of a person only who
/// has the key.
#[derive(Debug, Serialize)]
pub(in crate::ledger) struct Record<'a> {
    pub(in crate::ledger) at: String,
    pub(in crate::ledger) operation: &'a str,
    pub(in crate::ledger) outcome: &'a str,
    pub(in crate::ledger) code: &'a str,
    pub(in crate::ledger) user_sub: Option<&'a str>,
    pub(in crate::ledger) cognito_request_id: Option<&'a str>,
    pub(in crate::ledger) request_id: &'a str,
    pub(in crate::ledger) consents: BTreeMap<&'a str, &'a str>,
    pub(in crate::ledger) locale: Option<&'a str>,
    pub(in crate::ledger) recipient: Option<&'a str>,
    pub(in crate::ledger) username: Option<&'a str>,
    pub(in crate::ledger) address: Option<&'a str>,
    pub(in crate::ledger) id: &'a str,
    pub(in crate::ledger) key_id: &'a str,
    pub(in crate::ledger) chain: &'a str,
    pub(in crate::ledger) sequence: i64,
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
    pub(in crate::ledger) fn consents(&self) -> String {
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
pub(in crate::ledger) fn counted(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// A time in UTC, as `2026-11-01T10:00:00.123Z`.
pub(in crate::ledger) fn time(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        Err(_) => milliseconds.to_string(),
    }
}

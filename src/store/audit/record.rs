//! A row of the audit log as operators and auditors read it.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::store::{
    audit::{short_id, stored_attempt::StoredAttempt},
    database::Digest,
    error::StoreError,
    id,
};

/// Output format of `show` and `verify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Lines for a reader.
    Text,
    /// One JSON document.
    Json,
}

/// Names and values of columns. `Serialize` writes a JSON object.
pub(super) struct Record(pub(super) Vec<(&'static str, Json)>);

impl From<&StoredAttempt> for Record {
    /// Returns the columns of an attempt. Only a reader with the key can match its digests to a
    /// user. `username` is null if it equals the recipient.
    fn from(attempt: &StoredAttempt) -> Self {
        let id = |id: &Option<Vec<u8>>| id.as_deref().map(short_id::of_column).into();
        let hex = |digest: Option<Digest>| {
            digest.map(|digest| format!("{:032x}", u128::from_be_bytes(digest))).into()
        };
        let consents: Option<Map<_, _>> =
            attempt.consents.as_deref().and_then(|json| serde_json::from_str(json).ok());
        Self(vec![
            ("at", time(id::time(attempt.id)).into()),
            ("operation", attempt.operation.clone().into()),
            ("outcome", attempt.outcome.clone().into()),
            ("code", attempt.code.clone().into()),
            ("user_sub", id(&attempt.user_sub)),
            ("cognito_request_id", id(&attempt.cognito_request_id)),
            ("request_id", id(&attempt.request_id)),
            ("consents", consents.unwrap_or_default().into()),
            ("locale", attempt.locale.clone().into()),
            ("recipient", hex(attempt.recipient)),
            ("username", hex(attempt.username)),
            ("address", hex(attempt.address)),
            ("id", attempt.id.to_string().into()),
            ("seal", attempt.seal.into()),
            ("erased_at", attempt.erased_at.map(time).into()),
        ])
    }
}

impl Record {
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// Returns a column as a string. Returns an empty string if the column is null or missing.
    pub(super) fn text(&self, column: &str) -> String {
        let found = self.0.iter().find(|(name, _)| *name == column);
        found.map(|(_, value)| text(value)).unwrap_or_default()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(_, value)| text(value))
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Returns a value as a string. Consents become `privacy=3 terms=2026-10`.
fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(name, value)| format!("{name}={}", text(value)));
            entries.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// Returns a count with its noun, such as `1 attempt` or `2 attempts`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Returns a summary such as `2 attempts and 1 sign-up of the last 15 minutes`.
pub(super) fn summary(attempts: u64, sign_ups: u64) -> String {
    let (attempts, sign_ups) = (counted(attempts, "attempt"), counted(sign_ups, "sign-up"));
    format!("{attempts} and {sign_ups} of the last 15 minutes")
}

/// Returns a time in UTC, such as `2026-11-01T10:00:00.123Z`.
pub(super) fn time(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        Err(_) => milliseconds.to_string(),
    }
}

/// Replaces control characters. A value can then neither start a line nor control a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

pub(super) fn write_json(out: &mut dyn Write, value: &impl Serialize) -> Result<(), StoreError> {
    Ok(serde_json::to_writer(out, value).map_err(io::Error::from)?)
}

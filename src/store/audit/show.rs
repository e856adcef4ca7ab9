//! `vestibule audit show`: the attempts of a user, the oldest first.

use std::{fmt::Write as _, io::Write};

use crate::store::{
    audit::{
        record::{Record, printable},
        search::SearchResult,
        stored_attempt::StoredAttempt,
    },
    database::Connection,
    error::StoreError,
};

/// The form in which attempts are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowFormat {
    /// Lines for a reader.
    Text,
    /// One JSON array.
    Json,
}

/// Writes the attempts that were found.
pub(super) fn show(
    connection: &mut Connection,
    found: &SearchResult,
    format: ShowFormat,
    out: &mut dyn Write,
) -> Result<(), StoreError> {
    let mut is_first = true;
    for id in &found.ids {
        // It may have expired since the search.
        let Some(stored) = StoredAttempt::by_id(connection, *id)? else { continue };
        let record = Record::from(&stored);
        match format {
            ShowFormat::Text => {
                let blank = if is_first { "" } else { "\n" };
                write!(out, "{blank}{}", text(&record))?;
            }
            ShowFormat::Json => {
                out.write_all(if is_first { b"[\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *out, &record).map_err(std::io::Error::from)?;
            }
        }
        is_first = false;
    }
    match (format, is_first) {
        (ShowFormat::Text, true) => writeln!(out, "The audit log has no such attempt.")?,
        (ShowFormat::Text, false) => {}
        (ShowFormat::Json, true) => writeln!(out, "[]")?,
        (ShowFormat::Json, false) => writeln!(out, "\n]")?,
    }
    Ok(())
}

/// Returns a line, and one more for each detail.
fn text(record: &Record<'_>) -> String {
    let Record { at, operation, outcome, code, .. } = record;
    let mut text = format!("{at}  {operation}  {outcome}  {code}\n");
    let consents = record.consents();
    for (name, value) in [
        ("user sub", record.user_sub.as_deref()),
        ("Cognito's request id", record.cognito_request_id.as_deref()),
        ("request id", record.request_id.as_deref()),
        ("consents", (!consents.is_empty()).then_some(&*consents)),
        ("language", record.locale),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "    {name:<22}{}", printable(value));
        }
    }
    text
}

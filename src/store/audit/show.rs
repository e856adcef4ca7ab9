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

/// Output format of `show`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowFormat {
    /// Lines for a reader.
    Text,
    /// One JSON array.
    Json,
}

/// Writes the found attempts.
pub(super) fn show(
    connection: &mut Connection,
    found: &SearchResult,
    format: ShowFormat,
    out: &mut dyn Write,
) -> Result<(), StoreError> {
    let mut is_first = true;
    for id in &found.ids {
        // The attempt may have expired since the search.
        let Some(attempt) = StoredAttempt::by_id(connection, *id)? else { continue };
        let record = Record::from(&attempt);
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

/// Returns one line, and another line for each detail.
fn text(record: &Record) -> String {
    let first = ["at", "operation", "outcome", "code"].map(|column| record.text(column));
    let mut text = first.join("  ") + "\n";
    for (name, column) in [
        ("user sub", "user_sub"),
        ("Cognito's request id", "cognito_request_id"),
        ("request id", "request_id"),
        ("consents", "consents"),
        ("language", "locale"),
    ] {
        let value = record.text(column);
        if !value.is_empty() {
            let _ = writeln!(text, "    {name:<22}{}", printable(&value));
        }
    }
    text
}

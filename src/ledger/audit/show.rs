//! `vestibule audit show`: the attempts of somebody, the oldest first.

use std::{fmt::Write as _, io::Write};

use sqlx::AnyConnection;

use crate::ledger::{
    LedgerError,
    audit::{person::Found, record::Record, rows},
};

/// How attempts are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowFormat {
    /// For people.
    Text,
    /// One JSON array.
    Json,
}

/// Writes out what was found.
pub(in crate::ledger) async fn show(
    connection: &mut AnyConnection,
    found: &Found,
    format: ShowFormat,
    out: &mut dyn Write,
) -> Result<(), LedgerError> {
    let mut is_first = true;
    for (_, id) in &found.attempts {
        // It may have aged out in the meantime.
        let Some(written) = rows::by_id(connection, id).await? else { continue };
        let record = Record::from(&written);
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

/// A line, and what there is besides, a line each.
fn text(record: &Record<'_>) -> String {
    let Record { at, operation, outcome, code, .. } = record;
    let mut text = format!("{at}  {operation}  {outcome}  {code}\n");
    let consents = record.consents();
    for (name, value) in [
        ("user sub", record.user_sub),
        ("Cognito's request id", record.cognito_request_id),
        ("request id", Some(record.request_id)),
        ("consents", (!consents.is_empty()).then_some(&*consents)),
        ("language", record.locale),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "    {name:<22}{}", printable(value));
        }
    }
    text
}

/// Without what a terminal might obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

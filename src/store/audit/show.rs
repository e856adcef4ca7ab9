//! `vestibule audit show`: the attempts of a user, the oldest first.

use std::{fmt::Write as _, io::Write};

use crate::store::{
    audit::{
        log::AuditLog,
        record::{OutputFormat, Record, printable, write_json},
        search::SearchResult,
        stored_attempt::StoredAttempt,
    },
    error::StoreError,
};

impl AuditLog {
    /// Writes the found attempts.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails.
    pub fn show(
        &mut self,
        found: &SearchResult,
        format: OutputFormat,
        out: &mut dyn Write,
    ) -> Result<(), StoreError> {
        let mut is_first = true;
        for id in &found.ids {
            // The attempt may have expired since the search.
            let Some(attempt) = StoredAttempt::by_id(&mut self.connection, *id)? else { continue };
            let record = Record::from(&attempt);
            match format {
                OutputFormat::Text => {
                    let blank = if is_first { "" } else { "\n" };
                    write!(out, "{blank}{}", text(&record))?;
                }
                OutputFormat::Json => {
                    out.write_all(if is_first { b"[\n" } else { b",\n" })?;
                    write_json(out, &record)?;
                }
            }
            is_first = false;
        }
        match (format, is_first) {
            (OutputFormat::Text, true) => writeln!(out, "The audit log has no such attempt.")?,
            (OutputFormat::Text, false) => {}
            (OutputFormat::Json, true) => writeln!(out, "[]")?,
            (OutputFormat::Json, false) => writeln!(out, "\n]")?,
        }
        Ok(())
    }
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

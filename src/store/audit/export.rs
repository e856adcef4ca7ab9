//! `vestibule audit export`: everything of a period, one page at a time.

use std::io::Write;

use serde::Serialize;
use serde_json::json;

use crate::store::{
    audit::{
        record::{Record, time},
        stored_attempt::StoredAttempt,
    },
    database::Connection,
    error::StoreError,
    id,
    requests::recipients::MINUTE,
};

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// RFC 4180, with a row of names. A cell that a spreadsheet would take for a formula begins
    /// with an apostrophe.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

const COLUMNS: [&str; 15] = [
    "at",
    "operation",
    "outcome",
    "code",
    "user_sub",
    "cognito_request_id",
    "request_id",
    "consents",
    "locale",
    "recipient",
    "username",
    "address",
    "id",
    "seal",
    "erased_at",
];

const REJECTION_COLUMNS: [&str; 4] = ["at", "operation", "code", "count"];

/// Writes the attempts from one time to another, in milliseconds since 1970, in the order of time.
pub(super) fn attempts(
    connection: &mut Connection,
    since: i64,
    until: i64,
    format: ExportFormat,
    out: &mut dyn Write,
) -> Result<(), StoreError> {
    if format == ExportFormat::Csv {
        write_csv(out, &COLUMNS)?;
    }
    let (after, until) = (id::first_at(since) - 1, id::first_at(until));
    StoredAttempt::for_each(connection, after, until, |stored| {
        let record = Record::from(stored);
        match format {
            ExportFormat::Csv => write_csv(out, &cells(record)),
            ExportFormat::JsonLines => write_json(out, &record),
        }
    })
}

/// Writes the counts of requests that were rejected before a call, by minute, operation and code.
pub(super) fn rejections(
    connection: &mut Connection,
    since: i64,
    until: i64,
    format: ExportFormat,
    out: &mut dyn Write,
) -> Result<(), StoreError> {
    if format == ExportFormat::Csv {
        write_csv(out, &REJECTION_COLUMNS)?;
    }
    // One day at a time.
    let (mut first, end) = (since / MINUTE, (until + MINUTE - 1) / MINUTE);
    while first < end {
        let next = connection.query_one(
            "SELECT MIN(minute) FROM rejections WHERE minute >= $1 AND minute < $2",
            &[first.into(), end.into()],
        )?;
        let Some(day) = next.and_then(|row| row.optional_int(0)) else { break };
        first = end.min(day + 24 * 60);
        let rows = connection.query(
            "SELECT minute, operation, code, count FROM rejections
             WHERE minute >= $1 AND minute < $2 ORDER BY minute, operation, code",
            &[day.into(), first.into()],
        )?;
        for row in &rows {
            let (at, operation, code) = (time(row.int(0) * MINUTE), row.text(1), row.text(2));
            let count = row.int(3);
            match format {
                ExportFormat::Csv => {
                    write_csv(out, &[at, harmless(operation), harmless(code), count.to_string()])
                }
                ExportFormat::JsonLines => {
                    let count = json!({
                        "at": at, "operation": operation, "code": code, "count": count,
                    });
                    write_json(out, &count)
                }
            }?;
        }
    }
    Ok(())
}

fn cells(record: Record<'_>) -> [String; 15] {
    let consents = record.consents();
    [
        Some(record.at),
        Some(record.operation.to_owned()),
        Some(record.outcome.to_owned()),
        Some(record.code.to_owned()),
        record.user_sub,
        record.cognito_request_id,
        record.request_id,
        Some(consents),
        record.locale.map(str::to_owned),
        record.recipient,
        record.username,
        record.address,
        Some(record.id),
        Some(record.seal.to_string()),
        record.erased_at,
    ]
    .map(|cell| harmless(cell.unwrap_or_default()))
}

/// Puts an apostrophe before a text that spreadsheets take for a formula (OWASP, "CSV Injection").
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return format!("'{text}");
    }
    text
}

fn write_csv(out: &mut dyn Write, cells: &[impl AsRef<[u8]>]) -> Result<(), StoreError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1024)
        .from_writer(out);
    writer.write_record(cells).map_err(std::io::Error::from)?;
    Ok(writer.flush()?)
}

fn write_json(out: &mut dyn Write, value: &impl Serialize) -> Result<(), StoreError> {
    serde_json::to_writer(&mut *out, value).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_cells_and_defuses_formulas() {
        let harmless = |text: &str| harmless(text.to_owned());
        let mut out = Vec::new();

        write_csv(&mut out, &["a", "b,c", "d\"e", "f\r\ng", "", &harmless("=1+1")]).unwrap();
        write_csv(&mut out, &[harmless("-7"), harmless("@x"), harmless("a=1")]).unwrap();

        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a,\"b,c\",\"d\"\"e\",\"f\r\ng\",,'=1+1\r\n'-7,'@x,a=1\r\n"
        );
    }
}

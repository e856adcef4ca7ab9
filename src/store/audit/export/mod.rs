//! `vestibule audit export`: all rows of a period.

pub(in crate::store) mod resume;

use std::{io::Write, ops::Range};

use serde::Serialize;

use crate::store::{
    audit::{
        position::{Position, Report},
        record::{ATTEMPT_COLUMNS, Record, time},
        stored_attempt::StoredAttempt,
    },
    database::Connection,
    error::StoreError,
    id,
    requests::recipients::MINUTE,
};

/// Output format of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// RFC 4180, with a header. An apostrophe precedes a cell that a spreadsheet would execute as a
    /// formula.
    Csv,
    /// One JSON object per line. The last line says that the export is complete.
    JsonLines,
}

/// The last line of a complete export in JSON.
#[derive(Serialize)]
struct Trailer {
    complete: bool,
    rows: u64,
    last_id: Option<String>,
}

const REJECTION_COLUMNS: &[&str] = &["at", "operation", "code", "count"];

/// Writes the attempts from one time to another, in milliseconds since 1970, in the order of time.
/// An interrupted export continues after the position that it `reached`.
pub(super) fn attempts(
    connection: &mut Connection,
    period: &Range<i64>,
    mut reached: Position,
    format: ExportFormat,
    out: &mut dyn Write,
    report: &mut Report<'_>,
) -> Result<(), StoreError> {
    if reached.rows == 0 {
        write_header(out, format, ATTEMPT_COLUMNS)?;
    }
    let after = reached.last_id.unwrap_or(id::first_at(period.start) - 1);
    StoredAttempt::for_each(connection, after, id::first_at(period.end), |attempt| {
        write_record(out, format, &Record::from(attempt))?;
        reached.pass(Some(attempt.id));
        report(reached)
    })?;
    write_trailer(out, format, reached)
}

/// Writes the numbers of requests that the service rejected before a call, by minute, operation and
/// code.
pub(super) fn rejections(
    connection: &mut Connection,
    period: &Range<i64>,
    format: ExportFormat,
    out: &mut dyn Write,
    report: &mut Report<'_>,
) -> Result<(), StoreError> {
    write_header(out, format, REJECTION_COLUMNS)?;
    let mut reached = Position::default();
    // Each statement reads one day.
    let (mut first, end) = (period.start / MINUTE, (period.end + MINUTE - 1) / MINUTE);
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
            let at = time(row.int(0) * MINUTE);
            let values = vec![at.into(), row.text(1).into(), row.text(2).into(), row.int(3).into()];
            write_record(out, format, &Record { columns: REJECTION_COLUMNS, values })?;
            reached.pass(None);
            report(reached)?;
        }
    }
    write_trailer(out, format, reached)
}

fn write_header(
    out: &mut dyn Write,
    format: ExportFormat,
    columns: &[&str],
) -> Result<(), StoreError> {
    match format {
        ExportFormat::Csv => write_csv(out, columns),
        ExportFormat::JsonLines => Ok(()),
    }
}

fn write_record(
    out: &mut dyn Write,
    format: ExportFormat,
    record: &Record,
) -> Result<(), StoreError> {
    match format {
        ExportFormat::Csv => write_csv(out, record.texts().map(escape_formula)),
        ExportFormat::JsonLines => {
            serde_json::to_writer(&mut *out, record).map_err(std::io::Error::from)?;
            Ok(out.write_all(b"\n")?)
        }
    }
}

/// Writes the trailer in JSON. CSV has no trailer, because a reader would take it for a row.
fn write_trailer(
    out: &mut dyn Write,
    format: ExportFormat,
    Position { rows, last_id }: Position,
) -> Result<(), StoreError> {
    if format == ExportFormat::Csv {
        return Ok(());
    }
    let trailer = Trailer { complete: true, rows, last_id: last_id.map(|id| id.to_string()) };
    serde_json::to_writer(&mut *out, &trailer).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// Puts an apostrophe before a text that spreadsheets take for a formula (OWASP, "CSV Injection").
fn escape_formula(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return format!("'{text}");
    }
    text
}

fn write_csv(
    out: &mut dyn Write,
    cells: impl IntoIterator<Item: AsRef<[u8]>>,
) -> Result<(), StoreError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1024)
        .from_writer(out);
    writer.write_record(cells).map_err(std::io::Error::from)?;
    Ok(writer.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_cells_and_escapes_formulas() {
        let escape = |text: &str| escape_formula(text.to_owned());
        let mut out = Vec::new();

        write_csv(&mut out, ["a", "b,c", "d\"e", "f\r\ng", "", &escape("=1+1")]).unwrap();
        write_csv(&mut out, [escape("-7"), escape("@x"), escape("a=1")]).unwrap();

        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a,\"b,c\",\"d\"\"e\",\"f\r\ng\",,'=1+1\r\n'-7,'@x,a=1\r\n"
        );
    }
}

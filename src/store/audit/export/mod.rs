//! `vestibule audit export`: all rows of a period.

pub(in crate::store) mod resume;

use std::{io::Write, ops::Range};

use crate::store::{
    audit::{
        log::{AuditLog, Position, Report},
        record::{Record, time, write_json},
        stored_attempt::StoredAttempt,
    },
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

impl AuditLog {
    /// Writes all attempts of a period, in milliseconds since 1970, in the order of time. An
    /// interrupted export continues after the position that it `reached`.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails, or `report` returns an error.
    pub fn export(
        &mut self,
        period: &Range<i64>,
        mut reached: Position,
        format: ExportFormat,
        out: &mut dyn Write,
        report: &mut Report<'_>,
    ) -> Result<(), StoreError> {
        if reached.rows == 0 {
            write_header(out, format, &Record::from(&StoredAttempt::default()))?;
        }
        let after = reached.last_id.unwrap_or(id::first_at(period.start) - 1);
        StoredAttempt::for_each(
            &mut self.connection,
            after,
            id::first_at(period.end),
            |attempt| {
                write_record(out, format, &Record::from(attempt))?;
                reached.pass(Some(attempt.id));
                report(reached)
            },
        )?;
        write_trailer(out, format, reached)
    }

    /// Writes the numbers of requests that the service rejected before a call in a period, by
    /// minute, operation and code.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails, or `report` returns an error.
    pub fn export_rejections(
        &mut self,
        period: &Range<i64>,
        format: ExportFormat,
        out: &mut dyn Write,
        report: &mut Report<'_>,
    ) -> Result<(), StoreError> {
        const PAGE: &str = "SELECT minute, operation, code, count FROM rejections
         WHERE (minute, operation, code) > ($1, $2, $3) AND minute < $4
         ORDER BY minute, operation, code LIMIT 1000";
        write_header(out, format, &rejection_record(0, "", "", 0))?;
        let mut reached = Position::default();
        let until = (period.end + MINUTE - 1) / MINUTE;
        let mut after = (period.start / MINUTE, String::new(), String::new());
        loop {
            let (minute, operation, code) = after;
            let params = [minute.into(), operation.into(), code.into(), until.into()];
            let page = self.connection.query(PAGE, &params)?;
            let Some(last) = page.last() else { break };
            after = (last.int(0), last.text(1), last.text(2));
            for row in &page {
                let record = rejection_record(row.int(0), &row.text(1), &row.text(2), row.int(3));
                write_record(out, format, &record)?;
                reached.pass(None);
                report(reached)?;
            }
        }
        write_trailer(out, format, reached)
    }
}

fn rejection_record(minute: i64, operation: &str, code: &str, count: i64) -> Record {
    Record(vec![
        ("at", time(minute * MINUTE).into()),
        ("operation", operation.into()),
        ("code", code.into()),
        ("count", count.into()),
    ])
}

/// Writes the names of the columns in CSV.
fn write_header(
    out: &mut dyn Write,
    format: ExportFormat,
    record: &Record,
) -> Result<(), StoreError> {
    if format == ExportFormat::Csv { write_csv(out, record.names()) } else { Ok(()) }
}

fn write_record(
    out: &mut dyn Write,
    format: ExportFormat,
    record: &Record,
) -> Result<(), StoreError> {
    match format {
        ExportFormat::Csv => write_csv(out, record.texts().map(escape_formula)),
        ExportFormat::JsonLines => {
            write_json(out, record)?;
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
    let last_id = last_id.map(|id| id.to_string());
    let trailer =
        vec![("complete", true.into()), ("rows", rows.into()), ("last_id", last_id.into())];
    write_record(out, format, &Record(trailer))
}

/// Puts an apostrophe before a value that spreadsheets take for a formula (OWASP, "CSV Injection").
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

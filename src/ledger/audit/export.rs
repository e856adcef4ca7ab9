//! `vestibule audit export`: all attempts of a time, a page at a time.

use std::io::Write;

use sqlx::AnyConnection;

use crate::ledger::{
    LedgerError,
    audit::{record::Record, rows},
};

/// So many rows are held at once.
const PAGE: i64 = 500;

/// How attempts are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// RFC 4180, with a row of names. A cell that a spreadsheet would take for a formula begins
    /// with an apostrophe.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// Writes out the attempts from one time to another, in the order of time and id.
pub(in crate::ledger) async fn export(
    connection: &mut AnyConnection,
    since: i64,
    until: i64,
    format: ExportFormat,
    out: &mut dyn Write,
) -> Result<(), LedgerError> {
    if format == ExportFormat::Csv {
        write_csv(out, &HEADER)?;
    }
    let (mut at, mut id) = (since, String::new());
    loop {
        let page = rows::between(connection, (at, &id), until, PAGE).await?;
        for written in &page {
            let record = Record::from(written);
            match format {
                ExportFormat::Csv => write_csv(out, &cells(&record))?,
                ExportFormat::JsonLines => {
                    serde_json::to_writer(&mut *out, &record).map_err(std::io::Error::from)?;
                    out.write_all(b"\n")?;
                }
            }
        }
        let Some(last) = page.into_iter().next_back() else { return Ok(()) };
        (at, id) = (last.row.at, last.row.id);
    }
}

const HEADER: [&str; 16] = [
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
    "key_id",
    "chain",
    "sequence",
];

/// The digests and ids are as they are: they are made here, and nobody can choose them.
fn cells(record: &Record<'_>) -> [String; 16] {
    let own = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let others = |value: Option<&str>| harmless(value.unwrap_or_default());
    [
        record.at.clone(),
        harmless(record.operation),
        harmless(record.outcome),
        harmless(record.code),
        others(record.user_sub),
        others(record.cognito_request_id),
        harmless(record.request_id),
        harmless(&record.consents()),
        others(record.locale),
        own(record.recipient),
        own(record.username),
        own(record.address),
        own(Some(record.id)),
        own(Some(record.key_id)),
        own(Some(record.chain)),
        record.sequence.to_string(),
    ]
}

/// What spreadsheets take for a formula (OWASP, "CSV Injection") is a text to them after an
/// apostrophe.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return format!("'{text}");
    }
    text.to_owned()
}

fn write_csv(out: &mut dyn Write, cells: &[impl AsRef<[u8]>]) -> Result<(), LedgerError> {
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
    fn quotes_what_needs_it_and_defuses_formulas() {
        let mut out = Vec::new();

        write_csv(&mut out, &["a", "b,c", "d\"e", "f\r\ng", "", &harmless("=1+1")]).unwrap();
        write_csv(&mut out, &[harmless("-7"), harmless("@x"), harmless("a=1")]).unwrap();

        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a,\"b,c\",\"d\"\"e\",\"f\r\ng\",,'=1+1\r\n'-7,'@x,a=1\r\n"
        );
    }
}

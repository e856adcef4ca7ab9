//! Reads the rows that an interrupted export has written.

use std::io::{self, BufRead, ErrorKind};

use serde::Deserialize;

use crate::store::audit::{
    export::ExportFormat, log::Position, record::Record, stored_attempt::StoredAttempt,
};

/// Returns the position of an interrupted export of attempts, and the length of its complete rows
/// in bytes. An incomplete line at the end is not part of them.
///
/// # Errors
/// Returns an error if the file cannot be read, or is not an interrupted export in this format.
pub fn read_export(mut file: impl BufRead, format: ExportFormat) -> io::Result<(Position, u64)> {
    let (mut rows, mut length) = (0, 0);
    let (mut last, mut line) = (Vec::new(), Vec::new());
    while file.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        rows += 1;
        length += line.len() as u64;
        if rows == 1
            && format == ExportFormat::Csv
            && line.trim_ascii_end() != columns().join(",").as_bytes()
        {
            return Err(invalid("it lacks the columns of this version. Delete the file"));
        }
        std::mem::swap(&mut last, &mut line);
        line.clear();
    }
    if format == ExportFormat::Csv {
        rows = u64::saturating_sub(rows, 1);
    }
    if rows == 0 {
        return Ok((Position::default(), 0));
    }
    let id = match format {
        ExportFormat::Csv => csv_id(&last),
        ExportFormat::JsonLines => json_id(&last)?,
    };
    let id = id.ok_or_else(|| invalid("its last line is not an attempt. Delete the file"))?;
    Ok((Position { rows, last_id: Some(id) }, length))
}

fn columns() -> Vec<&'static str> {
    Record::from(&StoredAttempt::default()).names().collect()
}

fn csv_id(line: &[u8]) -> Option<i64> {
    let columns = columns();
    let column = columns.iter().position(|name| *name == "id")?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
    let record = reader.records().next()?.ok()?;
    let is_whole = record.len() == columns.len();
    record.get(column).filter(|_| is_whole)?.parse().ok()
}

fn json_id(line: &[u8]) -> io::Result<Option<i64>> {
    #[derive(Deserialize)]
    struct Row {
        id: Option<String>,
        #[serde(default)]
        complete: bool,
    }
    let Ok(row) = serde_json::from_slice::<Row>(line) else { return Ok(None) };
    if row.complete {
        return Err(invalid("it is complete. Remove .part from its name"));
    }
    Ok(row.id.and_then(|id| id.parse().ok()))
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_last_complete_row() {
        let header = columns().join(",");
        let csv = |id: &str| format!("t,register,created,c,,,,\"a=1 b=2\",de,,,,{id},1,\r\n");
        let json = |id: &str| format!("{{\"at\":\"t\",\"id\":\"{id}\",\"seal\":1}}\n");
        let (csv7, csv8, json7, json8) = (csv("7"), csv("8"), json("7"), json("8"));
        for (format, text, expected) in [
            (ExportFormat::Csv, String::new(), (0, None, 0)),
            (ExportFormat::Csv, header[..9].to_owned(), (0, None, 0)),
            (ExportFormat::Csv, format!("{header}\r\n"), (0, None, 0)),
            (
                ExportFormat::Csv,
                format!("{header}\r\n{csv7}{csv8}"),
                (2, Some(8), header.len() + 2 + csv7.len() + csv8.len()),
            ),
            (
                ExportFormat::Csv,
                format!("{header}\r\n{csv7}{}", &csv8[..csv8.len() - 1]),
                (1, Some(7), header.len() + 2 + csv7.len()),
            ),
            (ExportFormat::JsonLines, String::new(), (0, None, 0)),
            (ExportFormat::JsonLines, json7[..5].to_owned(), (0, None, 0)),
            (
                ExportFormat::JsonLines,
                format!("{json7}{json8}\0\0"),
                (2, Some(8), json7.len() + json8.len()),
            ),
        ] {
            let read = read_export(text.as_bytes(), format).unwrap();

            let (rows, last_id, length) = expected;
            assert_eq!(read, (Position { rows, last_id }, length as u64), "{text}");
        }
    }

    #[test]
    fn rejects_other_files() {
        let header = columns().join(",");
        for (format, text) in [
            (ExportFormat::Csv, "at,operation\r\n1,2\r\n"),
            (ExportFormat::Csv, "{\"id\":\"7\"}\n"),
            (ExportFormat::Csv, &*format!("{header}\r\n1,2,3\r\n")),
            (ExportFormat::JsonLines, "a,b\r\n"),
            (ExportFormat::JsonLines, "{\"at\":\"t\"}\n"),
            (ExportFormat::JsonLines, "{\"complete\":true,\"rows\":0,\"last_id\":null}\n"),
        ] {
            let read = read_export(text.as_bytes(), format);

            assert_eq!(read.unwrap_err().kind(), ErrorKind::InvalidData, "{text}");
        }
    }
}

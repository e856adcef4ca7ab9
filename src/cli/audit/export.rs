//! `vestibule audit export`: writes a period to standard output or to a file.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, ErrorKind, IsTerminal, Seek, SeekFrom, Write},
    ops::Range,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    time::SystemTime,
};

use anyhow::{Context, anyhow, bail};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use jiff::Timestamp;

use super::{milliseconds, time};
use crate::{
    cli::{
        output::{print, print_error},
        progress::LogProgress,
        stop::{Stop, stoppable},
    },
    config::Config,
    store::{AuditLog, ExportFormat, Position, StoreError, read_export},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArguments {
    /// Start of the period: 2026-11-01, 2026-11-01T10:00:00Z, or 7d for the last seven days.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: i64,
    /// End of the period, exclusive. The default is now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<i64>,
    /// Format of the output.
    #[arg(long, value_parser = format())]
    format: ExportFormat,
    /// Exports the numbers of requests that the service rejected before a call, by minute, instead
    /// of the attempts.
    #[arg(long)]
    rejections: bool,
    /// File to write. Its name is FILE.part until the export is complete. The default is standard
    /// output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Continues FILE.part of an interrupted run after its last complete row.
    #[arg(long, requires = "output", conflicts_with = "rejections")]
    resume: bool,
}

impl ExportArguments {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let mut log = AuditLog::open(config).await?;
        stoppable(move |stop| match &self.output {
            Some(file) => self.to_file(&mut log, file, stop),
            None => self.to_stdout(&mut log, stop),
        })
        .await
    }

    fn to_stdout(&self, log: &mut AuditLog, stop: &Stop) -> anyhow::Result<ExitCode> {
        let mut out = BufWriter::new(io::stdout());
        let (reached, written) = self.write(log, Position::default(), &mut out, stop);
        match written.and_then(|()| Ok(out.flush()?)) {
            // The reader closed the pipe, as in `vestibule audit export … | head`.
            Err(StoreError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
                // Prevents the drop of the buffer from writing the rest.
                let _ = out.into_parts();
            }
            Err(StoreError::Stopped) => {
                out.flush()?;
                let hint = if self.rejections {
                    "Run the command again."
                } else {
                    "With --output, --resume can continue an export."
                };
                print_error(&format!("Stopped after {}. {hint}\n", described(reached)));
                return Ok(stop.code());
            }
            written => written?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn to_file(&self, log: &mut AuditLog, file: &Path, stop: &Stop) -> anyhow::Result<ExitCode> {
        let remedy = if self.rejections {
            "Delete the file, and run the command again."
        } else {
            "Pass --resume to continue, or delete the file."
        };
        let part = Part::open(file, self.resume, self.format, remedy)?;
        let mut out = BufWriter::new(&part.file);
        let (reached, written) = self.write(log, part.reached, &mut out, stop);
        out.flush()?;
        let shown = part.path.display();
        match written {
            Err(StoreError::Stopped) => {
                print_error(&format!(
                    "Stopped after {} in {shown}. {remedy}\n",
                    described(reached)
                ));
                return Ok(stop.code());
            }
            written => written.map_err(|error| failed(reached, &part.path, &error, remedy))?,
        }
        drop(out);
        part.complete(file)?;
        print(&format!("Exported to {}: {}.\n", file.display(), described(reached)))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Writes the rows. Returns the position that the export reached, even if it failed.
    fn write(
        &self,
        log: &mut AuditLog,
        reached: Position,
        out: &mut dyn Write,
        stop: &Stop,
    ) -> (Position, Result<(), StoreError>) {
        let until = self.until.unwrap_or_else(|| milliseconds(SystemTime::now()));
        let period: Range<i64> = self.since..until;
        let extent = match log.extent(&period) {
            Ok(extent) => extent.filter(|_| !self.rejections),
            Err(error) => return (reached, Err(error)),
        };
        // On a terminal, the rows themselves show the progress.
        let is_shown = self.output.is_some() || !io::stdout().is_terminal();
        let mut progress = LogProgress::new("Exporting", extent, reached);
        if !is_shown {
            progress.line.hide();
        }
        let mut report = |reached| {
            progress.reach(reached);
            stop.check()
        };
        let written = if self.rejections {
            log.export_rejections(&period, self.format, out, &mut report)
        } else {
            log.export(&period, reached, self.format, out, &mut report)
        };
        (progress.reached, written)
    }
}

fn format() -> impl TypedValueParser<Value = ExportFormat> {
    PossibleValuesParser::new(["csv", "jsonl"])
        .map(|value| if value == "csv" { ExportFormat::Csv } else { ExportFormat::JsonLines })
}

/// Describes a position, such as `12 rows, the last of 2026-11-01T10:00:00Z`.
pub(super) fn described(reached: Position) -> String {
    let rows = if reached.rows == 1 { "row" } else { "rows" };
    let time = reached.time().and_then(|time| Timestamp::from_millisecond(time).ok());
    let last = time.map(|time| format!(", the last of {time}")).unwrap_or_default();
    format!("{} {rows}{last}", reached.rows)
}

/// Returns the error of an export that failed. The text of a [`StoreError`] ends in a remedy.
fn failed(reached: Position, part: &Path, error: &StoreError, remedy: &str) -> anyhow::Error {
    let (reached, part) = (described(reached), part.display());
    anyhow!("the export stopped after {reached} in {part}: {error} {remedy}")
}

/// The file of an export that is not complete.
struct Part {
    path: PathBuf,
    file: File,
    /// The position that the export reached.
    reached: Position,
}

impl Part {
    fn open(path: &Path, resume: bool, format: ExportFormat, remedy: &str) -> anyhow::Result<Self> {
        let shown = path.display();
        if path.exists() {
            bail!("--output: {shown} exists already. Delete it, or name another file.");
        }
        let mut part = OsString::from(path);
        part.push(".part");
        let part = PathBuf::from(part);
        // Only the owner may read the rows, which are pseudonymous personal data.
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o600).create(true).create_new(!resume);
        let mut file = match options.open(&part) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("--output: {shown}.part is an unfinished export. {remedy}")
            }
            opened => opened.map_err(|error| {
                anyhow!("--output: {shown}.part cannot be opened: {error}. Use a writable folder.")
            })?,
        };
        let context = || format!("--output: {shown}.part cannot be continued");
        file.try_lock()
            .map_err(|error| anyhow!("{}: {error}. End the other export.", context()))?;
        let (reached, length) = read_export(BufReader::new(&file), format).with_context(context)?;
        file.set_len(length).with_context(context)?;
        file.seek(SeekFrom::End(0)).with_context(context)?;
        Ok(Self { path: part, file, reached })
    }

    fn complete(self, path: &Path) -> anyhow::Result<()> {
        let renamed = self.file.sync_all().and_then(|()| fs::rename(&self.path, path));
        let shown = self.path.display();
        renamed.map_err(|error| {
            anyhow!("--output: {shown} cannot be renamed: {error}. Rename the file yourself.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_position_and_both_remedies() {
        let lost = StoreError::Unavailable("connection closed".to_owned());
        let remedy = "Pass --resume to continue, or delete the file.";

        let error = failed(Position::default(), Path::new("log.csv.part"), &lost, remedy);

        assert_eq!(
            error.to_string(),
            "the export stopped after 0 rows in log.csv.part: database.url: the database is \
             unavailable: connection closed. Check the database and the connection to it. Pass \
             --resume to continue, or delete the file."
        );
    }
}

//! `vestibule audit verify`: compares the audit log with its seals.

use std::{
    fs,
    io::{self, BufWriter, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
    time::SystemTime,
};

use anyhow::{Context, anyhow};
use clap::Args;

use super::{export::described, milliseconds, output_format};
use crate::{
    cli::{
        output::print_error,
        progress::{LogProgress, Progress},
        stop::{Stop, stoppable},
    },
    config::Config,
    store::{AuditLog, ExpectedSeals, OutputFormat, Position, StoreError},
};

/// Exit code if the command finds no alteration, but cannot verify all rows.
const UNVERIFIABLE: u8 = 3;

/// Exit code if the command finds an alteration. If the command cannot read the log, the exit code
/// is 1.
const ALTERED: u8 = 4;

#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArguments {
    /// The output of an earlier run. With this file, the command detects an old copy of the
    /// database.
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Format of the output.
    #[arg(long, value_parser = output_format(), default_value = "text")]
    format: OutputFormat,
}

impl VerifyArguments {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let expected = self.expected()?;
        let mut log = AuditLog::open(config).await?;
        stoppable(move |stop| verify(&mut log, &expected, self.format, stop)).await
    }

    fn expected(&self) -> anyhow::Result<ExpectedSeals> {
        let Some(file) = &self.expect else { return Ok(ExpectedSeals::default()) };
        let shown = file.display();
        let text = fs::read_to_string(file).map_err(|error| {
            anyhow!(
                "--expect: {shown} cannot be read: {error}. Correct the path or its permissions."
            )
        })?;
        ExpectedSeals::read(&text).with_context(|| {
            format!(
                "--expect: {shown} has no line `number:digest`. Pass the output of an earlier run."
            )
        })
    }
}

fn verify(
    log: &mut AuditLog,
    expected: &ExpectedSeals,
    format: OutputFormat,
    stop: &Stop,
) -> anyhow::Result<ExitCode> {
    let extent = log.extent(&(0..i64::MAX))?;
    let mut progress = LogProgress::new("Verifying", extent, Position::default());
    let mut out = BufWriter::new(Output { line: progress.line.clone() });
    let now = milliseconds(SystemTime::now());
    let result = log.verify(expected, format, now, &mut out, &mut |reached| {
        progress.reach(reached);
        stop.check()
    });
    out.flush()?;
    let reached = progress.reached;
    drop((out, progress));
    let result = match result {
        Err(StoreError::Stopped) => {
            print_error(&format!(
                "Stopped after {}. The result is not known. The next run begins at the first row.\n",
                described(reached)
            ));
            return Ok(stop.code());
        }
        result => result?,
    };
    Ok(match (result.alterations, result.unverifiable_seals) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(UNVERIFIABLE),
        _ => ExitCode::from(ALTERED),
    })
}

/// Standard output beside the line of progress. Ignores a closed pipe, because the verification
/// still ends with its exit code.
struct Output {
    line: Progress,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.line.suspend(|| io::stdout().write(bytes)) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.line.suspend(|| io::stdout().flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

//! `vestibule doctor`: compares the settings with the user pool.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::output::print;
use crate::{
    config::Config,
    doctor::{Finding, Format, Severity, describe, describe_from, examine, report},
};

/// Exit code if the most severe finding is a warning.
const WARNINGS: u8 = 3;

/// Exit code if a finding is an error.
const ERRORS: u8 = 4;

/// Time limit of all requests to AWS.
const TIMEOUT: Duration = Duration::from_mins(2);

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// Reads the output of the AWS CLI from these files, in any order, and sends no request. At
    /// least one file must describe the pool or the app client.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    offline: Vec<PathBuf>,

    /// Format of the report.
    #[arg(long, value_parser = format(), default_value = "text")]
    format: Format,

    /// Minimum severity of a finding that makes the exit code different from 0.
    #[arg(long, value_name = "SEVERITY", value_enum, default_value = "warning")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Exits with 4 for errors, otherwise with 0.
    Error,
    /// Exits with 4 for errors, with 3 for warnings.
    Warning,
    /// Exits with 0 for all findings.
    Never,
}

impl DoctorArguments {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let descriptions = if self.offline.is_empty() {
            describe(&config.cognito, TIMEOUT).await?
        } else {
            describe_from(&self.offline, &config.cognito).await?
        };
        let findings = examine(config, &descriptions);
        print(&report(&findings, &config.cognito, self.format))?;
        Ok(exit_code(&findings, self.fail_on))
    }
}

fn exit_code(findings: &[Finding], fail_on: FailOn) -> ExitCode {
    let worst = findings.iter().map(|finding| finding.code.severity()).max();
    match (worst, fail_on) {
        (Some(Severity::Error), FailOn::Error | FailOn::Warning) => ExitCode::from(ERRORS),
        (Some(Severity::Warning), FailOn::Warning) => ExitCode::from(WARNINGS),
        _ => ExitCode::SUCCESS,
    }
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["text", "json"])
        .map(|value| if value == "text" { Format::Text } else { Format::Json })
}

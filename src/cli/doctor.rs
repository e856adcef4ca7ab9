//! `vestibule doctor`: compares the settings with the user pool.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, ValueEnum};

use super::output::print;
use crate::{
    config::Config,
    doctor::{Finding, Format, Severity, describe, describe_from, examine, report},
};

/// What it exits with where the worst that was found is a warning, and where it is an error.
const WARNINGS: u8 = 3;
const ERRORS: u8 = 4;

/// How long AWS may take in all.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// Reads what the AWS CLI printed, from these files, and asks nobody: the pool, the app
    /// client, and what else there is, in any order.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    offline: Vec<PathBuf>,

    /// The format of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: FormatArgument,

    /// The mildest findings that make the exit code something else than 0.
    #[arg(long, value_name = "SEVERITY", value_enum, default_value = "warning")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatArgument {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Errors exit with 4; all else with 0.
    Error,
    /// Errors exit with 4, warnings with 3.
    Warning,
    /// Whatever was found exits with 0.
    Never,
}

impl DoctorArguments {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let descriptions = if self.offline.is_empty() {
            describe(&config.cognito, PATIENCE).await?
        } else {
            describe_from(&self.offline, &config.cognito).await?
        };
        let findings = examine(config, &descriptions);
        print(&report(&findings, &config.cognito, self.format.into()))?;
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

impl From<FormatArgument> for Format {
    fn from(argument: FormatArgument) -> Self {
        match argument {
            FormatArgument::Text => Self::Text,
            FormatArgument::Json => Self::Json,
        }
    }
}

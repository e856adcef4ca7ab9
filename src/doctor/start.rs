use std::time::Duration;

use thiserror::Error;

use super::{Finding, Severity, describe, examine};
use crate::config::{Config, DoctorOnStart};

const TIMEOUT: Duration = Duration::from_secs(20);

/// The error findings that prevent the start.
#[derive(Debug, Error)]
#[error(
    "doctor.on_start is \"fail\", and there are errors among the findings: {codes}. Run `vestibule doctor` for the details."
)]
pub struct FailedAtStart {
    codes: String,
}

/// Compares the settings with the pool and logs the findings, unless `doctor.on_start` is "off". An
/// unreadable pool does not prevent the start.
///
/// # Errors
/// Returns an error if `doctor.on_start` is "fail" and there is an error among the findings.
pub async fn at_start(config: &Config) -> Result<(), FailedAtStart> {
    if config.doctor.on_start == DoctorOnStart::Off {
        return Ok(());
    }
    let descriptions = match describe(&config.cognito, TIMEOUT).await {
        Ok(descriptions) => descriptions,
        Err(error) => {
            tracing::warn!(%error, "doctor did not examine the pool");
            return Ok(());
        }
    };
    let findings = examine(config, &descriptions);
    findings.iter().for_each(log);
    let codes: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.code.severity() == Severity::Error)
        .map(|finding| finding.code.name())
        .collect();
    if config.doctor.on_start == DoctorOnStart::Fail && !codes.is_empty() {
        return Err(FailedAtStart { codes: codes.join(", ") });
    }
    Ok(())
}

fn log(finding: &Finding) {
    let (code, severity) = (finding.code.name(), finding.code.severity().name());
    let sentence = &finding.sentence;
    match finding.code.severity() {
        Severity::Note => {
            tracing::info!(finding = code, severity, %sentence, "finding of the doctor");
        }
        Severity::Warning | Severity::Error => {
            tracing::warn!(
                finding = code,
                severity,
                %sentence,
                remedy = finding.command,
                "finding of the doctor"
            );
        }
    }
}

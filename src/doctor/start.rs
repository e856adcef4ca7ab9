//! The doctor at the start of the service.

use std::time::Duration;

use thiserror::Error;

use super::{Finding, Severity, describe, examine};
use crate::config::{Config, DoctorOnStart};

/// How long a start waits for AWS.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the service does not start.
#[derive(Debug, Error)]
#[error(
    "doctor.on_start is \"fail\", and settings and pool do not fit each other: {codes}; `vestibule doctor` says more"
)]
pub struct PoolDiffers {
    codes: String,
}

/// Compares settings and pool as `doctor.on_start` has it, and logs what was found. What could
/// not be read is no fault of the pool's, and keeps nothing from starting.
///
/// # Errors
/// If it is "fail" and there is an error among the findings.
pub async fn at_start(config: &Config) -> Result<(), PoolDiffers> {
    if config.doctor.on_start == DoctorOnStart::Off {
        return Ok(());
    }
    let descriptions = match describe(&config.cognito, PATIENCE).await {
        Ok(descriptions) => descriptions,
        Err(error) => {
            tracing::warn!("doctor.on_start: the pool was not examined: {error}");
            return Ok(());
        }
    };
    let findings = examine(config, &descriptions);
    findings.iter().for_each(log);
    let codes: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .map(|finding| finding.code.name())
        .collect();
    if config.doctor.on_start == DoctorOnStart::Fail && !codes.is_empty() {
        return Err(PoolDiffers { codes: codes.join(", ") });
    }
    Ok(())
}

fn log(finding: &Finding) {
    let (code, severity) = (finding.code.name(), finding.severity().name());
    match finding.severity() {
        Severity::Note => tracing::info!(code, severity, "doctor: {}", finding.sentence),
        Severity::Warning | Severity::Error => {
            tracing::warn!(
                code,
                severity,
                remedy = finding.command,
                "doctor: {}",
                finding.sentence
            );
        }
    }
}

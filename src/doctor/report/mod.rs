//! Reports of findings, as text or as JSON.

mod json;
mod text;

use super::{Finding, Severity};
use crate::config;

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Plain text.
    Text,
    /// One JSON object.
    Json,
}

/// Writes findings, in their order.
#[must_use]
pub fn report(findings: &[Finding], cognito: &config::Cognito, format: Format) -> String {
    match format {
        Format::Text => text::write(findings, cognito),
        Format::Json => json::write(findings, cognito),
    }
}

/// Returns the number of findings of a severity.
fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity() == severity).count()
}

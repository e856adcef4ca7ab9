//! What is printed: for people, for scripts, and for the tools that gather findings.

mod json;
mod sarif;
mod text;

use super::{Finding, Severity};
use crate::config;

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, which code hosts and editors show beside other findings.
    Sarif,
}

/// Writes findings, in their order.
#[must_use]
pub fn report(findings: &[Finding], cognito: &config::Cognito, format: Format) -> String {
    match format {
        Format::Text => text::write(findings, cognito),
        Format::Json => json::write(findings, cognito),
        Format::Sarif => sarif::write(findings, cognito),
    }
}

/// How many findings are as bad as this.
fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity() == severity).count()
}

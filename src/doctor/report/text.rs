//! Findings for people.

use super::count;
use crate::{
    config,
    doctor::{Finding, Severity},
};

pub(super) fn write(findings: &[Finding], cognito: &config::Cognito) -> String {
    let written: String = findings.iter().map(one).collect();
    let summary = format!(
        "User pool {}, app client {}: {}, {}, {}.\n",
        cognito.user_pool_id,
        cognito.client_id,
        counted(findings, Severity::Error),
        counted(findings, Severity::Warning),
        counted(findings, Severity::Note)
    );
    format!("{written}{summary}")
}

fn one(finding: &Finding) -> String {
    format!(
        "{}: {}\n  {}\n  Remedy: {}\n    {}\n  More: {}\n\n",
        finding.severity().name(),
        finding.code.name(),
        finding.sentence,
        finding.remedy,
        finding.command,
        finding.code.link()
    )
}

fn counted(findings: &[Finding], severity: Severity) -> String {
    let count = count(findings, severity);
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {}{plural}", severity.name())
}

use serde_json::{Value, json};

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

/// Formats findings in their order.
#[must_use]
pub fn report(findings: &[Finding], cognito: &config::Cognito, format: Format) -> String {
    match format {
        Format::Text => text(findings, cognito),
        Format::Json => json(findings, cognito),
    }
}

fn text(findings: &[Finding], cognito: &config::Cognito) -> String {
    let entries: String = findings.iter().map(text_entry).collect();
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let count = count(findings, severity);
        format!("{count} {}{}", severity.name(), if count == 1 { "" } else { "s" })
    });
    let (pool, client) = (&cognito.user_pool_id, &cognito.client_id);
    format!("{entries}User pool {pool}, app client {client}: {}.\n", counts.join(", "))
}

fn text_entry(finding: &Finding) -> String {
    let Finding { code, sentence, remedy, command } = finding;
    format!(
        "{}: {}\n  {sentence}\n  Remedy: {remedy}\n    {command}\n  More: {}\n\n",
        code.severity().name(),
        code.name(),
        code.link()
    )
}

fn json(findings: &[Finding], cognito: &config::Cognito) -> String {
    let entry = |finding: &Finding| -> Value {
        json!({
            "code": finding.code.name(),
            "severity": finding.code.severity().name(),
            "sentence": finding.sentence,
            "remedy": finding.remedy,
            "command": finding.command,
            "link": finding.code.link(),
        })
    };
    let report = json!({
        "user_pool_id": cognito.user_pool_id,
        "client_id": cognito.client_id,
        "errors": count(findings, Severity::Error),
        "warnings": count(findings, Severity::Warning),
        "notes": count(findings, Severity::Note),
        "findings": findings.iter().map(entry).collect::<Vec<_>>(),
    });
    format!("{report:#}\n")
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.code.severity() == severity).count()
}

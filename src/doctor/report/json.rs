//! Findings for scripts.

use serde_json::{Value, json};

use super::count;
use crate::{
    config,
    doctor::{Finding, Severity},
};

pub(super) fn write(findings: &[Finding], cognito: &config::Cognito) -> String {
    let written: Vec<Value> = findings.iter().map(one).collect();
    let report = json!({
        "user_pool_id": cognito.user_pool_id,
        "client_id": cognito.client_id,
        "errors": count(findings, Severity::Error),
        "warnings": count(findings, Severity::Warning),
        "notes": count(findings, Severity::Note),
        "findings": written,
    });
    format!("{report:#}\n")
}

fn one(finding: &Finding) -> Value {
    json!({
        "code": finding.code.name(),
        "severity": finding.severity().name(),
        "sentence": finding.sentence,
        "remedy": finding.remedy,
        "command": finding.command,
        "link": finding.code.link(),
    })
}

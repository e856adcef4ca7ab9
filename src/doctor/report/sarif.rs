//! Findings as SARIF 2.1.0
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use serde_json::{Value, json};

use crate::{
    config,
    doctor::{Code, Finding, Severity},
};

pub(super) fn write(findings: &[Finding], cognito: &config::Cognito) -> String {
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, cognito)).collect();
    let rules: Vec<Value> = Code::ALL.iter().copied().map(rule).collect();
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "vestibule doctor",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    });
    format!("{report:#}\n")
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "shortDescription": {"text": code.title()},
        "help": {"text": format!("See {}.", code.link())},
        "defaultConfiguration": {"level": level(code.severity())},
    })
}

fn result(finding: &Finding, cognito: &config::Cognito) -> Value {
    let rule_index = Code::ALL.iter().position(|code| *code == finding.code);
    json!({
        "ruleId": finding.code.name(),
        "ruleIndex": rule_index,
        "level": level(finding.severity()),
        "message": {"text": format!("{} Remedy: {} {}", finding.sentence, finding.remedy, finding.command)},
        // Nothing here is a line of a file; what is wrong stands in the pool or in its client. Code
        // hosts take no result without a file, all the same.
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": "vestibule.toml"},
            "region": {"startLine": 1},
        }, "logicalLocations": [{
            "name": cognito.client_id,
            "fullyQualifiedName": format!("{}/{}", cognito.user_pool_id, cognito.client_id),
            "kind": "resource",
        }]}],
        "partialFingerprints": {"finding/v1": format!("{}:{}", finding.code.name(), finding.sentence)},
    })
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}

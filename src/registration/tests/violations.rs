//! Rejected forms.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{EVERYTHING, Rules, parse, rules};

#[test]
fn reports_every_violation_at_once() {
    let body = json!({
        "human_proof": "h".repeat(8193),
        "consents": {"terms": "2025-01", "privacy": "2", "cookies": "1"},
        "analytics_endpoint_id": "no spaces",
        "validation_data": {"invite": "K7\u{7}", "other": "x"},
        "client_metadata": {"a/b": "c"},
        "attributes": {
            "birthdate": "tomorrow",
            "custom:code": "a1",
            "custom:plan": "gold",
            "custom:role": "admin",
            "email": "ada@example.com",
            "given_name": "Augusta Ada"
        },
        "password": "sw0rd",
        "phone_number": "07911 123456",
        "email": "ada",
        "username": "ada@example.com"
    });

    let violations = violations(body, &rules(EVERYTHING));

    assert_eq!(
        violations,
        [
            "/username looks_like_email",
            "/email invalid_email",
            "/phone_number invalid_phone_number",
            r#"/password too_short {"min":8}"#,
            "/password needs_uppercase",
            "/password needs_symbol",
            "/attributes/birthdate invalid_birthdate",
            r#"/attributes/custom:code too_short {"min":3}"#,
            "/attributes/custom:code invalid_format",
            r#"/attributes/custom:plan not_an_option {"options":["free","team"]}"#,
            "/attributes/custom:role not_allowed",
            "/attributes/email not_allowed",
            r#"/attributes/given_name too_long {"max":5}"#,
            "/client_metadata/a~1b not_allowed",
            "/validation_data/invite control_character",
            "/validation_data/other not_allowed",
            "/analytics_endpoint_id invalid_format",
            "/consents/cookies not_allowed",
            r#"/consents/privacy consent_outdated {"version":"3"}"#,
            r#"/consents/terms consent_outdated {"version":"2026-10"}"#,
            r#"/human_proof too_long {"max":8192}"#,
        ]
    );
}

#[test]
fn reports_every_missing_field() {
    for (case, settings, body, expected) in [
        ("defaults", "", json!({}), vec!["/email required", "/password required"]),
        (
            "an untouched form",
            "",
            json!({"email": " ", "password": "", "phone_number": "", "username": ""}),
            vec!["/email required", "/password required"],
        ),
        (
            "phone",
            r#"username = "phone""#,
            json!({"password": "Sw0rdfish!"}),
            vec!["/phone_number required"],
        ),
        (
            "everything",
            EVERYTHING,
            json!({"attributes": {"given_name": "  "}}),
            vec![
                "/username required",
                "/email required",
                "/password required",
                "/attributes/given_name required",
                r#"/consents/terms consent_required {"version":"2026-10"}"#,
            ],
        ),
        (
            "a recipient",
            r#"username = "generated""#,
            json!({"password": "Sw0rdfish!"}),
            vec!["/email missing_recipient"],
        ),
        (
            "a recipient by phone",
            "username = \"generated\"\nemail = \"off\"",
            json!({"password": "Sw0rdfish!"}),
            vec!["/phone_number missing_recipient"],
        ),
        (
            "an invalid recipient",
            r#"username = "generated""#,
            json!({"password": "Sw0rdfish!", "email": "ada"}),
            vec!["/email invalid_email"],
        ),
    ] {
        assert_eq!(violations(body, &rules(settings)), expected, "{case}");
    }
}

#[test]
fn rejects_fields_that_the_mode_does_not_use() {
    let password = "Sw0rdfish!";
    for (mode, body, expected) in [
        (
            "email",
            json!({"username": "ada", "email": "ada@example.com", "phone_number": "+14155550100", "password": password}),
            vec!["/username not_allowed", "/phone_number not_allowed"],
        ),
        (
            "phone",
            json!({"username": "ada", "phone_number": "+14155550100", "password": password}),
            vec!["/username not_allowed"],
        ),
        (
            "generated",
            json!({"username": "ada", "email": "ada@example.com", "password": password}),
            vec!["/username not_allowed"],
        ),
    ] {
        let rules = rules(&format!("username = \"{mode}\""));

        assert_eq!(violations(body, &rules), expected, "{mode}");
    }
}

#[test]
fn reports_an_exceeded_limit_once_per_field() {
    let long = "x".repeat(3000);
    let many: BTreeMap<_, _> = (0..60).map(|n| (format!("key{n}"), "value")).collect();
    let body = json!({
        "username": long, "email": long, "phone_number": long, "password": "y".repeat(257),
        "attributes": {"given_name": long, "custom:role": long},
        "client_metadata": many,
        "consents": {"terms": long},
    });

    let violations = violations(body, &rules(EVERYTHING));

    assert_eq!(
        violations,
        [
            r#"/username too_long {"max":128}"#,
            r#"/email too_long {"max":254}"#,
            r#"/phone_number too_long {"max":2048}"#,
            r#"/password too_long {"max":256}"#,
            r#"/attributes/custom:role too_long {"max":2048}"#,
            r#"/attributes/given_name too_long {"max":2048}"#,
            r#"/client_metadata too_many {"max":50}"#,
            r#"/consents/terms too_long {"max":2048}"#,
        ]
    );
}

#[test]
fn limits_the_total_size_of_metadata() {
    let rules = rules("[client_metadata]\nallow = [\"a\", \"b\", \"c\", \"d\", \"e\"]");
    let value = "x".repeat(2000);
    let body = json!({
        "email": "ada@example.com", "password": "Sw0rdfish!",
        "client_metadata": {"a": value, "b": value, "c": value, "d": value, "e": value},
    });

    assert_eq!(violations(body, &rules), [r#"/client_metadata too_long {"max":8192}"#]);
}

#[test]
fn rejects_passwords_that_contain_a_name() {
    for (settings, body) in [
        ("", json!({"email": "lovelace@example.com", "password": "Lovelace!1"})),
        (r#"username = "chosen""#, json!({"username": "Ada1815", "password": "Xx!ada1815"})),
        (
            r#"username = "phone""#,
            json!({"phone_number": "+14155550100", "password": "Xx!4155550100"}),
        ),
    ] {
        assert_eq!(
            violations(body, &rules(settings)),
            ["/password contains_username"],
            "{settings}"
        );
    }
}

#[test]
fn patterns_match_whole_values() {
    let rules = rules("[attributes.\"custom:code\"]\npattern = \"[A-Z]+|[0-9]+\"");
    for (value, is_fine) in
        [("ABC", true), ("123", true), ("ABC1", false), ("123\n", false), ("xABC", false)]
    {
        let body = json!({"email": "ada@example.com", "password": "Sw0rdfish!", "attributes": {"custom:code": value}});

        assert_eq!(parse(body, &rules).is_ok(), is_fine, "{value:?}");
    }
}

fn violations(body: Value, rules: &Rules) -> Vec<String> {
    let violations = parse(body, rules).err().unwrap_or_default();
    violations
        .iter()
        .map(|violation| {
            let mut line = format!("{} {}", violation.pointer, violation.code.as_str());
            if !violation.params.is_empty() {
                line.push(' ');
                line.push_str(&serde_json::to_string(&violation.params).unwrap());
            }
            line
        })
        .collect()
}

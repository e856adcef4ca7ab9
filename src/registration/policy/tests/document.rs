//! The document for front ends.

use serde_json::{Value, json};

use super::{
    super::super::tests::{EVERYTHING, settings},
    Deployment,
};

fn document(toml: &str) -> Value {
    Deployment::new(&settings(toml)).document
}

/// Returns one member of each object in a list.
fn each<'a>(list: &'a Value, member: &str) -> Vec<&'a Value> {
    list.as_array().unwrap().iter().map(|item| &item[member]).collect()
}

#[test]
fn describes_the_default_form() {
    let document = document("");

    assert_eq!(document["username_mode"], "email");
    assert_eq!(each(&document["fields"], "pointer"), ["/email", "/password"]);
    assert_eq!(each(&document["fields"], "required"), [true, true]);
    assert_eq!(
        each(&document["fields"][1]["rules"], "code"),
        [
            "too_short",
            "too_long",
            "white_space",
            "control_character",
            "needs_uppercase",
            "needs_lowercase",
            "needs_number",
            "needs_symbol",
            "contains_username"
        ]
    );
    assert_eq!(document["fields"][1]["rules"][0]["params"], json!({"min": 8}));
    assert_eq!(document["calling_codes"], Value::Null);
    assert_eq!(document["consents"], json!([]));
    assert_eq!(document["human_proof"], json!({"kind": "none"}));
    assert_eq!(document["confirmation"], json!({"code_length": 6, "resend_interval_seconds": 60}));
    assert_eq!(document["schema"]["required"], json!(["email", "password"]));
}

#[test]
fn lists_the_fields_in_the_order_of_a_form() {
    let document = document(EVERYTHING);

    assert_eq!(
        each(&document["fields"], "name"),
        [
            "username",
            "email",
            "phone_number",
            "password",
            "given_name",
            "birthdate",
            "locale",
            "custom:code",
            "custom:plan"
        ]
    );
    assert_eq!(
        document["consents"],
        json!([
            {"name": "privacy", "pointer": "/consents/privacy", "version": "3", "required": false},
            {"name": "terms", "pointer": "/consents/terms", "version": "2026-10", "required": true},
        ])
    );
}

#[test]
fn lists_the_field_for_sign_in_first() {
    for (mode, expected) in [
        ("email", &["/email", "/password"][..]),
        ("phone", &["/phone_number", "/email", "/password"]),
        ("chosen", &["/username", "/email", "/phone_number", "/password"]),
        ("generated", &["/email", "/phone_number", "/password"]),
    ] {
        let document = document(&format!("username = \"{mode}\""));

        assert_eq!(each(&document["fields"], "pointer"), expected, "{mode}");
    }
}

#[test]
fn lists_no_optional_password() {
    let document = document("password.required = false");

    assert_eq!(each(&document["fields"], "pointer"), ["/email"]);
    assert_eq!(document["schema"]["required"], json!(["email"]));
    assert!(document["schema"]["properties"]["password"].is_object(), "still accepted");
}

#[test]
fn lists_the_allowed_calling_codes() {
    let settings = settings("username = \"phone\"");
    for (allow, calling_codes, codes) in [
        (
            &["GB", "+1"][..],
            json!([1, 44]),
            &[
                "invalid_phone_number",
                "calling_code_not_allowed",
                "phone_number_not_mobile",
                "too_long",
            ][..],
        ),
        (&["*"], Value::Null, &["invalid_phone_number", "phone_number_not_mobile", "too_long"]),
    ] {
        let document = Deployment::with_sms(&settings, allow).document;

        assert_eq!(document["calling_codes"], calling_codes, "{allow:?}");
        assert_eq!(each(&document["fields"][0]["rules"], "code"), codes, "{allow:?}");
    }
}

#[test]
fn values_that_match_the_pattern_satisfy_the_form_rule() {
    let deployment = Deployment::new(&settings(""));
    let rules = deployment.document["fields"][1]["rules"].as_array().unwrap().clone();
    for (password, broken) in [
        ("Sw0rdfish!", &[][..]),
        ("Sw0rd fish", &[]),
        ("Sw0rdfish\u{e9}", &["needs_symbol"]),
        ("\u{c4}w0rdfish!", &["needs_uppercase"]),
        ("Sw\u{663}rdfish!", &["needs_number"]),
        (" Sw0rdfish", &["white_space", "needs_symbol"]),
        ("Sw0rdfish!\u{3000}", &["white_space"]),
        ("SW0RD\tFISH!", &["control_character", "needs_lowercase"]),
    ] {
        let found: Vec<&str> = rules
            .iter()
            .filter(|rule| {
                rule.get("pattern").is_some_and(|pattern| {
                    !super::validator(&json!({"pattern": pattern})).is_valid(&password.into())
                })
            })
            .filter_map(|rule| rule["code"].as_str())
            .collect();

        assert_eq!(found, broken, "{password:?}");
    }
}

#[test]
fn the_schema_is_a_valid_json_schema() {
    for settings in ["", EVERYTHING, "username = \"generated\"", "username = \"phone\""] {
        let schema = &document(settings)["schema"];

        assert!(jsonschema::draft202012::meta::is_valid(schema), "{schema}");
        assert_typed(schema);
    }
}

/// Asserts that each schema names the type of its keywords. Otherwise, validators in strict mode
/// report the keywords.
fn assert_typed(schema: &Value) {
    for (keyword, of_type) in [
        ("pattern", "string"),
        ("maxLength", "string"),
        ("const", "string"),
        ("enum", "string"),
        ("required", "object"),
        ("properties", "object"),
    ] {
        assert!(schema.get(keyword).is_none() || schema["type"] == of_type, "{schema}");
    }
    for keyword in ["properties", "$defs"] {
        schema[keyword]
            .as_object()
            .into_iter()
            .flatten()
            .for_each(|(_, inner)| assert_typed(inner));
    }
    for keyword in ["anyOf", "allOf"] {
        schema[keyword].as_array().into_iter().flatten().for_each(assert_typed);
    }
}

#[test]
fn does_not_disclose_server_side_settings() {
    let document = document(
        r#"
        client_metadata = { allow = ["campaign"], fill = { browser = "user_agent" } }
        consents.terms = { version = "1", attribute = "custom:terms" }
        "#,
    );

    let text = document.to_string();
    assert!(text.contains("campaign"));
    for hidden in ["browser", "user_agent", "custom:terms"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

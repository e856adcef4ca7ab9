use serde::Deserialize;
use validator::Validate;

use crate::registration::forms::{
    sent::{SentSecret, secret, text, visible_ascii},
    string_map::StringMap,
};

// The maximum lengths in characters. They are those of Cognito's model, except for email addresses
// (RFC 5321) and proofs (chosen by the service).
pub(in crate::registration) const MAX_USERNAME: u64 = 128;
pub(in crate::registration) const MAX_EMAIL: u64 = 254;
pub(in crate::registration) const MAX_PHONE_NUMBER: u64 = 2048;
pub(in crate::registration) const MAX_PASSWORD: usize = 256;
pub(in crate::registration) const MAX_ANALYTICS_ENDPOINT_ID: u64 = 128;
pub(in crate::registration) const MAX_HUMAN_PROOF: u64 = 8192;

/// The form of a sign-up, unchecked. A `null` has the wrong type. `http` collects unknown fields
/// with `serde_ignored`, because one response lists all violations.
#[derive(Default, Deserialize, Validate)]
#[serde(default)]
pub struct RegistrationForm {
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_USERNAME, code = "too_long"))]
    pub(in crate::registration) username: Option<String>,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_EMAIL, code = "too_long"))]
    pub(in crate::registration) email: Option<String>,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_PHONE_NUMBER, code = "too_long"))]
    pub(in crate::registration) phone_number: Option<String>,
    #[serde(deserialize_with = "secret")]
    #[validate(nested)]
    pub(in crate::registration) password: Option<SentSecret<MAX_PASSWORD>>,
    #[validate(nested)]
    pub(in crate::registration) attributes: StringMap,
    #[validate(nested)]
    pub(in crate::registration) client_metadata: StringMap,
    #[validate(nested)]
    pub(in crate::registration) validation_data: StringMap,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_ANALYTICS_ENDPOINT_ID, code = "too_long"), custom(function = visible_ascii))]
    pub(in crate::registration) analytics_endpoint_id: Option<String>,
    // There is no maximum, because the service drops device data that Cognito would reject.
    #[serde(deserialize_with = "text")]
    pub(in crate::registration) device_data: Option<String>,
    #[validate(nested)]
    pub(in crate::registration) consents: StringMap,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_HUMAN_PROOF, code = "too_long"))]
    pub(in crate::registration) human_proof: Option<String>,
}

opaque_debug!(RegistrationForm);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::registration::forms::sent;

    #[test]
    fn rejects_wrong_types_and_duplicates() {
        for body in [
            "null",
            r#"{"email": null}"#,
            r#"{"password": null}"#,
            r#"{"attributes": null}"#,
            r#"{"attributes": {"given_name": null}}"#,
            r#"{"attributes": {"given_name": 1}}"#,
            r#"{"attributes": ["given_name"]}"#,
            r#"{"email": "a", "email": "a"}"#,
            r#"{"attributes": {"a": "1", "\u0061": "1"}}"#,
        ] {
            let form = serde_json::from_str::<RegistrationForm>(body);

            assert!(form.is_err(), "{body}");
        }
    }

    #[test]
    fn reports_unknown_fields_to_serde_ignored() {
        let body = r#"{"emial": "a", "email": "b", "attributes": {"given_name": "c"}}"#;
        let mut unknown = Vec::new();

        let form: RegistrationForm =
            serde_ignored::deserialize(&mut serde_json::Deserializer::from_str(body), |path| {
                unknown.push(path.to_string());
            })
            .unwrap();

        assert_eq!(unknown, ["emial"]);
        assert_eq!(form.email.as_deref(), Some("b"));
    }

    #[test]
    fn errors_do_not_quote_duplicate_json_keys() {
        let body = r#"{"consents": {"hunter2": "swordfish", "hunter2": "swordfish"}}"#;

        let error = serde_json::from_str::<RegistrationForm>(body).unwrap_err().to_string();

        assert!(!error.contains("hunter2"), "{error}");
        assert!(!error.contains("swordfish"), "{error}");
    }

    #[test]
    fn debug_output_has_no_values() {
        let form: RegistrationForm =
            serde_json::from_value(json!({"email": "ada@example.com", "password": "swordfish"}))
                .unwrap();

        assert_eq!(format!("{form:?}"), "RegistrationForm(..)");
    }

    #[test]
    fn reports_exceeded_limits_without_the_values() {
        let many: BTreeMap<_, _> = (0..51).map(|n| (format!("key{n}"), "value")).collect();
        let form: RegistrationForm = serde_json::from_value(json!({
            "username": "ü".repeat(129),
            "email": "a".repeat(255),
            "password": "p".repeat(257),
            "attributes": {"a/b": "x".repeat(2049), "fine": "x".repeat(2048)},
            "client_metadata": many,
            "analytics_endpoint_id": "two words",
            "device_data": "d".repeat(9000),
            "human_proof": "h".repeat(8193),
        }))
        .unwrap();

        let violations = sent::violations(&form).in_order();

        let found: Vec<_> = violations
            .iter()
            .map(|violation| {
                let params = serde_json::to_string(&violation.params).unwrap();
                format!("{} {} {params}", violation.pointer, violation.code.as_str())
            })
            .collect();
        assert_eq!(
            found,
            [
                r#"/username too_long {"max":128}"#,
                r#"/email too_long {"max":254}"#,
                r#"/password too_long {"max":256}"#,
                r#"/attributes/a~1b too_long {"max":2048}"#,
                r#"/client_metadata too_many {"max":50}"#,
                r"/analytics_endpoint_id invalid_format {}",
                r#"/human_proof too_long {"max":8192}"#,
            ]
        );
    }
}

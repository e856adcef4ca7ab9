//! The body of `POST /register` as it was sent, with the limits of Cognito's model.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use validator::Validate;

use crate::registration::{
    forms::{
        entries::Entries,
        sent::{self, SentSecret, secret, text, visible_ascii},
    },
    mistakes::Mistakes,
};

// How many characters fields may have (Cognito's model, and RFC 5321 for addresses).
pub(in crate::registration) const MAX_USERNAME: u64 = 128;
pub(in crate::registration) const MAX_EMAIL: u64 = 254;
pub(in crate::registration) const MAX_PHONE_NUMBER: u64 = 2048;
pub(in crate::registration) const MAX_PASSWORD: usize = 256;
pub(in crate::registration) const MAX_ANALYTICS_ENDPOINT_ID: u64 = 128;
pub(in crate::registration) const MAX_HUMAN_PROOF: u64 = 8192;

// A `null` is a wrong shape, not an absent field. Unknown fields are not refused here: whoever
// reads the body collects them with `serde_ignored`, so that they are named together with all
// other mistakes. What stands beside the fields is what the contract says of them.
/// What a person signs up with. Which of the fields are asked for, allowed or refused is the
/// deployment's choice; by default they are `email` and `password`.
#[derive(Default, Deserialize, Validate)]
#[serde(default, remote = "Self")]
pub struct RegistrationForm {
    /// The name that the person picked, where the deployment lets people pick one. Used as it is.
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_USERNAME, code = "too_long"))]
    pub(in crate::registration) username: Option<String>,
    /// The email address. White space around it is left out, capital letters are made small.
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_EMAIL, code = "too_long"))]
    pub(in crate::registration) email: Option<String>,
    /// The phone number with its country code; made canonical (E.164).
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_PHONE_NUMBER, code = "too_long"))]
    pub(in crate::registration) phone_number: Option<String>,
    /// The password; never trimmed or changed.
    #[serde(deserialize_with = "secret")]
    #[validate(nested)]
    pub(in crate::registration) password: Option<SentSecret<MAX_PASSWORD>>,
    /// Standard attributes such as `given_name`, and custom ones such as `custom:plan`; each by
    /// the deployment's own rule.
    #[validate(nested)]
    pub(in crate::registration) attributes: Entries,
    /// What Lambda triggers of the user pool are told; only keys that the deployment allows.
    #[validate(nested)]
    pub(in crate::registration) client_metadata: Entries,
    /// What the pre-sign-up trigger alone is told; only keys that the deployment allows.
    #[validate(nested)]
    pub(in crate::registration) validation_data: Entries,
    /// The Amazon Pinpoint endpoint, in visible ASCII.
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_ANALYTICS_ENDPOINT_ID, code = "too_long"), custom(function = visible_ascii))]
    pub(in crate::registration) analytics_endpoint_id: Option<String>,
    /// The `EncodedData` that Cognito's script has collected in the browser or app.
    // Of any length: device data that Cognito would not take is dropped later.
    #[serde(deserialize_with = "text")]
    pub(in crate::registration) device_data: Option<String>,
    /// The version that the person agreed to, by document.
    #[validate(nested)]
    pub(in crate::registration) consents: Entries,
    /// The proof for a bot check, where the deployment has one.
    #[serde(deserialize_with = "text")]
    #[validate(length(max = MAX_HUMAN_PROOF, code = "too_long"))]
    pub(in crate::registration) human_proof: Option<String>,
}

/// Takes an object alone: what serde derives would take an array as well, field by field.
impl<'de> Deserialize<'de> for RegistrationForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FormVisitor)
    }
}

struct FormVisitor;

impl<'de> Visitor<'de> for FormVisitor {
    type Value = RegistrationForm;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RegistrationForm, A::Error> {
        RegistrationForm::deserialize(MapAccessDeserializer::new(map))
    }
}

impl RegistrationForm {
    /// What breaks the limits of Cognito's model.
    pub(in crate::registration) fn mistakes(&self) -> Mistakes {
        sent::mistakes(self)
    }
}

impl fmt::Debug for RegistrationForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RegistrationForm(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn refuses_wrong_shapes() {
        for body in [
            "null",
            "[]",
            r#"["ada", "ada@example.com"]"#,
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
    fn leaves_unknown_fields_to_be_collected() {
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
    fn quotes_nothing_of_a_duplicate() {
        let body = r#"{"consents": {"hunter2": "swordfish", "hunter2": "swordfish"}}"#;

        let error = serde_json::from_str::<RegistrationForm>(body).unwrap_err().to_string();

        assert!(!error.contains("hunter2"), "{error}");
        assert!(!error.contains("swordfish"), "{error}");
    }

    #[test]
    fn prints_nothing_that_was_sent() {
        let form: RegistrationForm =
            serde_json::from_value(json!({"email": "ada@example.com", "password": "swordfish"}))
                .unwrap();

        assert_eq!(format!("{form:?}"), "RegistrationForm(..)");
    }

    #[test]
    fn names_what_breaks_the_model_and_never_the_value() {
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

        let mistakes = form.mistakes().in_order();

        let found: Vec<_> = mistakes
            .iter()
            .map(|mistake| {
                let params = serde_json::to_string(&mistake.params).unwrap();
                format!("{} {} {params}", mistake.pointer, mistake.code.as_str())
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

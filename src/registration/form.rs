//! The body of `POST /register` as it was sent, with the limits of Cognito's model.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::{
    entries::{Entries, is_longer_than, over},
    mistakes::Mistakes,
    violation::{Violation, ViolationCode, pointer},
};

/// How many characters a password may have (Cognito's model).
const MAX_PASSWORD: usize = 256;

/// What a caller sent, before any rule of a deployment. The lengths and patterns here are
/// those of Cognito's service model. A `null` is a wrong shape, not an absent field.
///
/// Unknown fields are not refused here: whoever reads the body collects them with
/// `serde_ignored`, so that they are named together with all other mistakes.
#[derive(Default, Deserialize, Validate)]
#[serde(default, remote = "Self")]
pub struct RegistrationForm {
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 128, code = "too_long"))]
    pub(super) username: Option<String>,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 254, code = "too_long"))]
    pub(super) email: Option<String>,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 2048, code = "too_long"))]
    pub(super) phone_number: Option<String>,
    #[serde(deserialize_with = "password")]
    #[validate(nested)]
    pub(super) password: Option<SentPassword>,
    #[validate(nested)]
    pub(super) attributes: Entries,
    #[validate(nested)]
    pub(super) client_metadata: Entries,
    #[validate(nested)]
    pub(super) validation_data: Entries,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 128, code = "too_long"), custom(function = visible_ascii))]
    pub(super) analytics_endpoint_id: Option<String>,
    // Of any length: device data that Cognito would not take is dropped later.
    #[serde(deserialize_with = "text")]
    pub(super) device_data: Option<String>,
    #[validate(nested)]
    pub(super) consents: Entries,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 8192, code = "too_long"))]
    pub(super) human_proof: Option<String>,
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
    pub(super) fn mistakes(&self) -> Mistakes {
        let mut mistakes = Mistakes::default();
        if let Err(errors) = self.validate() {
            translate(&errors, "", &mut mistakes);
        }
        mistakes
    }
}

impl fmt::Debug for RegistrationForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RegistrationForm(..)")
    }
}

/// A password as sent. `validator` puts the offending value of a field into its errors;
/// with rules of its own the password stays where it is.
pub(super) struct SentPassword(pub(super) SecretString);

impl Validate for SentPassword {
    fn validate(&self) -> Result<(), ValidationErrors> {
        if !is_longer_than(self.0.expose_secret(), MAX_PASSWORD) {
            return Ok(());
        }
        let mut errors = ValidationErrors::new();
        errors.add("", over(ViolationCode::TooLong, MAX_PASSWORD));
        Err(errors)
    }
}

/// Takes of `validator`'s errors the code and the limits, and leaves the value, which it
/// also puts there, behind.
fn translate(errors: &ValidationErrors, parent: &str, mistakes: &mut Mistakes) {
    for (name, kind) in errors.errors() {
        let place = if parent.is_empty() {
            pointer(&[name])
        } else {
            // What is nested names itself by the rest of its pointer.
            format!("{parent}{name}")
        };
        match kind {
            ValidationErrorsKind::Struct(nested) => translate(nested, &place, mistakes),
            ValidationErrorsKind::List(_) => {}
            ValidationErrorsKind::Field(errors) => {
                for error in errors {
                    mistakes.push(violation(place.clone(), error));
                }
            }
        }
    }
}

fn violation(pointer: String, error: &ValidationError) -> Violation {
    let code = ViolationCode::ALL
        .iter()
        .copied()
        .find(|code| code.as_str() == error.code)
        .unwrap_or(ViolationCode::InvalidFormat);
    let mut params = BTreeMap::new();
    for name in ["min", "max"] {
        if let Some(limit) = error.params.get(name) {
            params.insert(name, limit.clone());
        }
    }
    Violation { pointer, code, params }
}

fn visible_ascii(text: &str) -> Result<(), ValidationError> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(ValidationError::new(ViolationCode::InvalidFormat.as_str()))
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

fn password<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SentPassword>, D::Error> {
    SecretString::deserialize(deserializer).map(|password| Some(SentPassword(password)))
}

#[cfg(test)]
mod tests {
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

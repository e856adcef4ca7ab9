//! Deserialization of fields, and the limits of Cognito's model.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::registration::{
    forms::string_map::{is_longer_than, over},
    violation::{Violation, ViolationCode, pointer},
    violations::Violations,
};

/// A secret string of at most `MAX` characters. Secrets have a type with its own validation,
/// because `validator` copies invalid values into its errors.
pub(in crate::registration) struct SentSecret<const MAX: usize>(
    pub(in crate::registration) SecretString,
);

impl<const MAX: usize> Validate for SentSecret<MAX> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        if !is_longer_than(self.0.expose_secret(), MAX) {
            return Ok(());
        }
        let mut errors = ValidationErrors::new();
        errors.add("", over(ViolationCode::TooLong, MAX));
        Err(errors)
    }
}

/// Returns the violations of the limits that a form declares.
pub(in crate::registration) fn violations(form: &impl Validate) -> Violations {
    let mut violations = Violations::default();
    if let Err(errors) = form.validate() {
        translate(&errors, "", &mut violations);
    }
    violations
}

/// Converts the errors of `validator` to violations, without the values in the errors.
fn translate(errors: &ValidationErrors, parent: &str, violations: &mut Violations) {
    for (name, kind) in errors.errors() {
        let path = if parent.is_empty() {
            pointer(&[name])
        } else {
            // The name of a nested error is the rest of its pointer.
            format!("{parent}{name}")
        };
        match kind {
            ValidationErrorsKind::Struct(nested) => translate(nested, &path, violations),
            ValidationErrorsKind::List(_) => {}
            ValidationErrorsKind::Field(errors) => {
                for error in errors {
                    violations.push(violation(path.clone(), error));
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

/// The pattern of [`visible_ascii`] for the JSON Schema.
pub(in crate::registration) const VISIBLE_ASCII: &str = "^[!-~]*$";

pub(in crate::registration) fn visible_ascii(text: &str) -> Result<(), ValidationError> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(ValidationError::new(ViolationCode::InvalidFormat.as_str()))
    }
}

/// Deserializes a string. A `null` has the wrong type.
pub(in crate::registration) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Deserializes a secret string. A `null` has the wrong type.
pub(in crate::registration) fn secret<'de, D: Deserializer<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Option<SentSecret<MAX>>, D::Error> {
    SecretString::deserialize(deserializer).map(|secret| Some(SentSecret(secret)))
}

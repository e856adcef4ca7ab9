//! How the fields of a form are read as they were sent, and judged by Cognito's model.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::registration::{
    forms::entries::{is_longer_than, over},
    mistakes::Mistakes,
    violation::{Violation, ViolationCode, pointer},
};

/// A secret text as sent, of at most so many characters. `validator` puts the offending value
/// of a field into its errors; with rules of its own a secret stays where it is.
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

/// What breaks the limits that a form declares.
pub(in crate::registration) fn mistakes(form: &impl Validate) -> Mistakes {
    let mut mistakes = Mistakes::default();
    if let Err(errors) = form.validate() {
        translate(&errors, "", &mut mistakes);
    }
    mistakes
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

/// The same as [`visible_ascii`], for the contract.
pub(in crate::registration) const VISIBLE_ASCII: &str = "^[!-~]*$";

pub(in crate::registration) fn visible_ascii(text: &str) -> Result<(), ValidationError> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(ValidationError::new(ViolationCode::InvalidFormat.as_str()))
    }
}

/// A text, where the field is there: a `null` is a wrong shape.
pub(in crate::registration) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// The same for a secret.
pub(in crate::registration) fn secret<'de, D: Deserializer<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Option<SentSecret<MAX>>, D::Error> {
    SecretString::deserialize(deserializer).map(|secret| Some(SentSecret(secret)))
}

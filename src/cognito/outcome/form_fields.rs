//! Maps Cognito's names in error messages to fields of the form.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    failure::{Failure, Misconfiguration},
    mistake::{self, Field, FieldMistake, Mistake},
    sign_up_error::SignUpError,
    trigger::TriggerRefusal,
};
use crate::config::{self, Presence, TriggerCode, UsernameMode};

/// The fields of the form of this deployment.
#[derive(Clone, Debug)]
pub struct FormFields {
    mode: UsernameMode,
    email: bool,
    phone_number: bool,
    attributes: BTreeSet<String>,
    trigger_codes: BTreeMap<String, TriggerCode>,
}

impl FormFields {
    /// Creates the fields that the settings require or allow.
    #[must_use]
    pub fn new(registration: &config::Registration) -> Self {
        Self {
            mode: registration.username,
            email: registration.email_presence() != Presence::Off,
            phone_number: registration.phone_number_presence() != Presence::Off,
            attributes: registration.attributes.keys().cloned().collect(),
            trigger_codes: registration.trigger_codes.clone(),
        }
    }

    /// Classifies a rejection by the pre-sign-up trigger by its original message.
    pub(super) fn trigger_refusal(&self, message: &str) -> TriggerRefusal {
        TriggerRefusal::read(message, &self.trigger_codes)
    }

    /// Returns the field with the value that Cognito calls the user name.
    pub(super) fn username(&self) -> Field {
        match self.mode {
            UsernameMode::Email => Field::Email,
            UsernameMode::Phone => Field::PhoneNumber,
            UsernameMode::Chosen | UsernameMode::Generated => Field::Username,
        }
    }

    /// Returns the field whose value is taken. `User already exists` means the user name, `An account
    /// with the given email already exists` an alias.
    pub(super) fn taken(&self, message: &str) -> Field {
        if message.contains("given email") {
            Field::Email
        } else if message.contains("given phone") {
            Field::PhoneNumber
        } else if self.mode == UsernameMode::Generated {
            // The user did not choose the user name, but knows the recipient.
            if self.email { Field::Email } else { Field::PhoneNumber }
        } else {
            self.username()
        }
    }

    /// Classifies an `InvalidParameterException` of a sign-up by its message in lower case.
    pub(super) fn invalid_parameter(&self, message: &str) -> SignUpError {
        if message.contains("did not conform to the schema") {
            return self.schema_mistake(message);
        }
        if message.contains("could not be determined") {
            return SignUpError::from(Misconfiguration::Schema);
        }
        if message.contains("username should be") {
            return self.username_should_be(message);
        }
        if message.contains("cannot be of email format") {
            return match self.mode {
                UsernameMode::Chosen => invalid(Field::Username, Mistake::LooksLikeEmail),
                _ => SignUpError::from(Misconfiguration::Schema),
            };
        }
        if message.contains("invalid email address") {
            return invalid(Field::Email, Mistake::InvalidEmail);
        }
        if message.contains("invalid phone number") {
            return invalid(Field::PhoneNumber, Mistake::InvalidPhoneNumber);
        }
        self.constraint_mistakes(message)
    }

    /// Classifies `Username should be an email.`, which is the user's error only if the form asks for
    /// one.
    fn username_should_be(&self, message: &str) -> SignUpError {
        match self.mode {
            _ if self.is_drift_of_names(message) => SignUpError::from(Misconfiguration::Schema),
            UsernameMode::Phone => invalid(Field::PhoneNumber, Mistake::InvalidPhoneNumber),
            _ => invalid(Field::Email, Mistake::InvalidEmail),
        }
    }

    /// Classifies `Attributes did not conform to the schema: given_name: The attribute is required`.
    /// The user can correct a field of the form. Any other attribute is a difference between form
    /// and pool.
    fn schema_mistake(&self, message: &str) -> SignUpError {
        let drift = SignUpError::from(Misconfiguration::Schema);
        let Some((_, complaints)) = message.split_once("schema:") else {
            return drift;
        };
        let mut mistakes = Vec::new();
        for complaint in complaints.lines().flat_map(|line| line.split(';')) {
            let Some((name, reason)) = complaint.trim().rsplit_once(": ") else {
                continue;
            };
            let Some(field) = self.attribute(name) else {
                return drift;
            };
            let mistake = match reason {
                _ if reason.contains("is required") => Mistake::Required,
                _ if reason.contains("does not exist") => return drift,
                _ => Mistake::InvalidValue,
            };
            mistakes.push(FieldMistake { field, mistake });
        }
        if mistakes.is_empty() { drift } else { SignUpError::Invalid(mistakes) }
    }

    /// Classifies `Value at 'password' failed to satisfy constraint: …`, once or several times.
    fn constraint_mistakes(&self, message: &str) -> SignUpError {
        let mistakes = mistakes_at(message, |name| match name {
            "password" => Some((Field::Password, Mistake::WeakPassword)),
            "username" => Some((self.username(), Mistake::InvalidValue)),
            _ => None,
        });
        if mistakes.is_empty() { SignUpError::Rejected } else { SignUpError::Invalid(mistakes) }
    }

    /// Returns the fields that an `InvalidParameterException` about an existing account names, by its
    /// message in lower case.
    pub(super) fn invalid_account(&self, message: &str) -> Result<Vec<FieldMistake>, Failure> {
        if self.is_drift_of_names(message) {
            return Err(Failure::Misconfigured(Misconfiguration::Schema));
        }
        if message.contains("username should be") {
            return Ok(mistake::invalid(Field::Username, Mistake::InvalidValue));
        }
        Ok(mistakes_at(message, |name| match name {
            "username" => Some((Field::Username, Mistake::InvalidValue)),
            "confirmationcode" => Some((Field::Code, Mistake::InvalidValue)),
            "session" => Some((Field::Session, Mistake::InvalidValue)),
            _ => None,
        }))
    }

    /// Matches `Username should be an email.` if the user names of this deployment are of another kind.
    fn is_drift_of_names(&self, message: &str) -> bool {
        message.contains("username should be")
            && match self.mode {
                UsernameMode::Email => !message.contains("email"),
                UsernameMode::Phone => !message.contains("phone"),
                UsernameMode::Chosen | UsernameMode::Generated => true,
            }
    }

    fn attribute(&self, name: &str) -> Option<Field> {
        // Cognito shows `name` as `name.formatted`.
        let name = name.strip_suffix(".formatted").unwrap_or(name).trim();
        match name {
            "email" if self.email => Some(Field::Email),
            "phone_number" if self.phone_number => Some(Field::PhoneNumber),
            _ => self
                .attributes
                .iter()
                .find(|known| known.to_lowercase() == name)
                .cloned()
                .map(Field::Attribute),
        }
    }
}

/// Returns the error for one mistake in one field.
fn invalid(field: Field, mistake: Mistake) -> SignUpError {
    SignUpError::Invalid(mistake::invalid(field, mistake))
}

/// Returns each known place of `Value at 'username' failed …` or `Value '123' at
/// 'confirmationCode' failed …` once.
fn mistakes_at(
    message: &str,
    known: impl Fn(&str) -> Option<(Field, Mistake)>,
) -> Vec<FieldMistake> {
    let mut mistakes = Vec::new();
    for part in message.split(" at '").skip(1) {
        let Some((field, mistake)) = part.split('\'').next().and_then(&known) else { continue };
        let mistake = FieldMistake { field, mistake };
        if !mistakes.contains(&mistake) {
            mistakes.push(mistake);
        }
    }
    mistakes
}

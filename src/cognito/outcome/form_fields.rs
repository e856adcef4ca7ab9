//! The mapping of Cognito's names in error messages to fields of the form.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    failure::Misconfiguration, invalid_parameter::InvalidParameter, sign_up_error::Field,
    trigger::TriggerRejection,
};
use crate::{
    config::{self, Presence, TriggerCode, UsernameMode},
    registration::{Violation, ViolationCode},
};

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

    /// Classifies a rejection by the pre-sign-up trigger from the original error message.
    pub(super) fn trigger_rejection(&self, message: &str) -> TriggerRejection {
        TriggerRejection::read(message, &self.trigger_codes)
    }

    /// Returns the field with the value that Cognito calls the user name.
    pub(super) fn username(&self) -> Field {
        match self.mode {
            UsernameMode::Email => Field::Email,
            UsernameMode::Phone => Field::PhoneNumber,
            UsernameMode::Chosen | UsernameMode::Generated => Field::Username,
        }
    }

    /// Returns the field whose value is taken. `User already exists` means the user name. `An
    /// account with the given email already exists` means an alias.
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

    /// Returns the field with the alias that is taken. Returns `None` if neither the error message
    /// nor the form identifies the field.
    pub(super) fn taken_alias(&self, message: &str) -> Option<Field> {
        match self.mode {
            UsernameMode::Email => Some(Field::Email),
            UsernameMode::Phone => Some(Field::PhoneNumber),
            _ if message.contains("given email") => Some(Field::Email),
            _ if message.contains("given phone") => Some(Field::PhoneNumber),
            _ if self.attributes.contains("preferred_username") => None,
            _ if self.email != self.phone_number => {
                Some(if self.email { Field::Email } else { Field::PhoneNumber })
            }
            _ => None,
        }
    }

    /// Classifies an `InvalidParameterException` of a sign-up by its error message in lower case.
    pub(super) fn invalid_parameter(&self, message: &str) -> InvalidParameter {
        if message.contains("did not conform to the schema") {
            return self.schema_violations(message);
        }
        if message.contains("could not be determined") {
            return InvalidParameter::from(Misconfiguration::Schema);
        }
        if message.contains("username should be") {
            return self.username_should_be(message);
        }
        for (text, code) in [
            ("cannot be of email format", ViolationCode::LooksLikeEmail),
            ("cannot be of phone number format", ViolationCode::LooksLikePhoneNumber),
        ] {
            if message.contains(text) {
                return match self.mode {
                    UsernameMode::Chosen => invalid(Field::Username, code),
                    _ => InvalidParameter::from(Misconfiguration::Schema),
                };
            }
        }
        if message.contains("invalid email address") {
            return invalid(Field::Email, ViolationCode::InvalidEmail);
        }
        if message.contains("invalid phone number") {
            return invalid(Field::PhoneNumber, ViolationCode::InvalidPhoneNumber);
        }
        InvalidParameter::read(message, |name| match name {
            "password" => Some(("password", ViolationCode::WeakPassword)),
            "username" => Some((self.username().name(), ViolationCode::InvalidValue)),
            _ => None,
        })
    }

    /// Classifies an error message such as `Username should be an email.`. It is a violation only
    /// if the form requires the kind of user name that Cognito names.
    fn username_should_be(&self, message: &str) -> InvalidParameter {
        match self.mode {
            _ if self.is_username_mismatch(message) => {
                InvalidParameter::from(Misconfiguration::Schema)
            }
            UsernameMode::Phone => invalid(Field::PhoneNumber, ViolationCode::InvalidPhoneNumber),
            _ => invalid(Field::Email, ViolationCode::InvalidEmail),
        }
    }

    /// Classifies `Attributes did not conform to the schema: given_name: The attribute is required`.
    /// The user can correct a field of the form. Any other attribute shows that the form does not
    /// match the pool.
    fn schema_violations(&self, message: &str) -> InvalidParameter {
        let mismatch = InvalidParameter::from(Misconfiguration::Schema);
        let Some((_, reasons)) = message.split_once("schema:") else {
            return mismatch;
        };
        let mut violations = Vec::new();
        for entry in reasons.lines().flat_map(|line| line.split(';')) {
            let Some((name, reason)) = entry.trim().rsplit_once(": ") else {
                continue;
            };
            let Some(path) = self.attribute(name) else {
                return mismatch;
            };
            let code = match reason {
                _ if reason.contains("is required") => ViolationCode::Required,
                _ if reason.contains("does not exist") => return mismatch,
                _ => ViolationCode::InvalidValue,
            };
            violations.push(Violation::new(&path, code));
        }
        if violations.is_empty() { mismatch } else { InvalidParameter::Fields(violations) }
    }

    /// Classifies an `InvalidParameterException` about an existing account by its error message in
    /// lower case.
    pub(super) fn invalid_account(&self, message: &str) -> InvalidParameter {
        if self.is_username_mismatch(message) {
            return InvalidParameter::from(Misconfiguration::Schema);
        }
        if message.contains("username should be") {
            return invalid(Field::Username, ViolationCode::InvalidValue);
        }
        InvalidParameter::read(message, |name| match name {
            "username" => Some(("username", ViolationCode::InvalidValue)),
            "confirmationcode" => Some(("code", ViolationCode::InvalidValue)),
            "session" => Some(("session", ViolationCode::InvalidValue)),
            _ => None,
        })
    }

    /// Returns `true` if Cognito requires another kind of user name than the form, as in `Username
    /// should be an email.`.
    fn is_username_mismatch(&self, message: &str) -> bool {
        message.contains("username should be")
            && match self.mode {
                UsernameMode::Email => !message.contains("email"),
                UsernameMode::Phone => !message.contains("phone"),
                UsernameMode::Chosen | UsernameMode::Generated => true,
            }
    }

    fn attribute(&self, name: &str) -> Option<Vec<&str>> {
        // Cognito shows `name` as `name.formatted`.
        let name = name.strip_suffix(".formatted").unwrap_or(name).trim();
        match name {
            "email" if self.email => Some(vec!["email"]),
            "phone_number" if self.phone_number => Some(vec!["phone_number"]),
            _ => {
                let mut names = self.attributes.iter();
                let known = names.find(|known| known.to_lowercase() == name)?;
                Some(vec!["attributes", known])
            }
        }
    }
}

fn invalid(field: Field, code: ViolationCode) -> InvalidParameter {
    InvalidParameter::Fields(vec![Violation::new(&[field.name()], code)])
}

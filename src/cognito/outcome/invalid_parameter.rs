//! The meaning of an `InvalidParameterException`, which Cognito also returns for errors that
//! concern no parameter.

use super::failure::{Failure, Misconfiguration};
use crate::registration::{Violation, ViolationCode};

/// The meaning of an `InvalidParameterException`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InvalidParameter {
    /// The error message names fields of the form. Cognito changed nothing.
    Fields(Vec<Violation>),
    /// Another account has the user name or an alias, for example after a race of two sign-ups.
    Exists,
    /// The account is confirmed already.
    Confirmed,
    /// Every other meaning. The message of a trigger or a template is invalid, the settings do not
    /// match the pool, or the meaning is unknown.
    Failed(Failure),
}

/// Words in errors about the message of a trigger or a template.
const MESSAGE: [&str; 7] =
    ["message", "{####}", "email body", "emailbody", "subject", "template", "too long"];

/// Words in errors about the settings of the pool. Cognito returns these errors before it creates
/// an account.
const SETTINGS: [&str; 2] = ["user pool is configured for", "preferred username cannot"];

/// Words in errors about a confirmed account. Several exceptions contain these words.
const CONFIRMED: [&str; 3] = ["already confirmed", "status is confirmed", "is not unconfirmed"];

impl InvalidParameter {
    /// Reads an error message in lower case. `known` maps Cognito's names to fields of the form.
    pub(super) fn read(
        message: &str,
        known: impl Fn(&str) -> Option<(&'static str, ViolationCode)>,
    ) -> Self {
        let names: Vec<&str> = constraint_names(message).collect();
        let mentions = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
        // An error about a constraint quotes the value. Other words of the error may therefore
        // come from the user.
        if !names.is_empty() {
            return if names.iter().any(|name| is_of_message(name)) {
                Self::Failed(Failure::TriggerFailed)
            } else {
                Self::fields(names.into_iter().filter_map(known))
            };
        }
        if is_of_message(message) {
            Self::Failed(Failure::TriggerFailed)
        } else if is_confirmed(message) {
            Self::Confirmed
        } else if message.contains("already exist") {
            Self::Exists
        } else if mentions(&SETTINGS) {
            Self::Failed(Failure::Misconfigured(Misconfiguration::Schema))
        } else {
            Self::Failed(Failure::UpstreamFailed)
        }
    }

    fn fields(named: impl Iterator<Item = (&'static str, ViolationCode)>) -> Self {
        let mut violations = Vec::new();
        for (field, code) in named {
            let violation = Violation::new(&[field], code);
            if !violations.contains(&violation) {
                violations.push(violation);
            }
        }
        if violations.is_empty() {
            Self::Failed(Failure::UpstreamFailed)
        } else {
            Self::Fields(violations)
        }
    }
}

impl From<Misconfiguration> for InvalidParameter {
    fn from(misconfiguration: Misconfiguration) -> Self {
        Self::Failed(Failure::Misconfigured(misconfiguration))
    }
}

/// Returns `true` if an error message in lower case says that the account is confirmed.
pub(super) fn is_confirmed(message: &str) -> bool {
    CONFIRMED.iter().any(|text| message.contains(text))
}

fn is_of_message(text: &str) -> bool {
    MESSAGE.iter().any(|word| text.contains(word))
}

/// Returns the names in error messages such as `Value at 'username' failed …` or
/// `Value '123' at 'confirmationCode' failed …`.
fn constraint_names(message: &str) -> impl Iterator<Item = &str> {
    message.split(" at '").skip(1).filter_map(|part| part.split('\'').next())
}

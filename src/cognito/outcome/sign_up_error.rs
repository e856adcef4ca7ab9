use thiserror::Error;

use super::{
    failure::{CallError, Failure, Misconfiguration},
    trigger::TriggerRejection,
};
use crate::registration::Violation;

/// A field that identifies an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `username`.
    Username,
    /// `email`.
    Email,
    /// `phone_number`.
    PhoneNumber,
}

impl Field {
    /// Returns the name of the field in the form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }
}

/// The error of a sign-up.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignUpError {
    /// Cognito rejected fields that its error message names.
    #[error("the pool rejected the contents of the form")]
    Invalid(Vec<Violation>),
    /// The pre-sign-up trigger rejected the sign-up, or crashed.
    #[error(transparent)]
    RejectedByTrigger(TriggerRejection),
    /// The user name or the alias in this field is taken. `None` if Cognito does not name the
    /// field.
    #[error("the account exists")]
    AccountExists(Option<Field>),
    /// Only administrators create accounts in this pool.
    #[error("the pool does not permit sign-up")]
    Closed,
    /// Cognito probably created the account, but did not send its code.
    #[error("the pool did not deliver the code")]
    CodeNotDelivered,
    /// A trigger that runs after the creation of the account failed, or the message of a trigger or
    /// a template is invalid.
    #[error("a trigger or the template of a message failed after Cognito created the account")]
    LaterTriggerFailed,
    /// The call failed for a reason that every operation shares.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl SignUpError {
    /// Returns `true` if Cognito may have created the account.
    #[must_use]
    pub fn may_have_succeeded(&self) -> bool {
        match self {
            Self::CodeNotDelivered | Self::LaterTriggerFailed => true,
            Self::Failed(failure) => failure.may_have_succeeded(),
            _ => false,
        }
    }

    /// Returns `true` if the pool rejected the contents, and would reject them again.
    #[must_use]
    pub fn is_about_the_contents(&self) -> bool {
        matches!(self, Self::Invalid(_) | Self::RejectedByTrigger(_) | Self::AccountExists(_))
    }

    /// Returns `true` if the error reveals that the account existed before, or that it is new.
    /// Cognito sends a first code only for a new account. A failure to send this code reveals the
    /// new account.
    #[must_use]
    pub fn reveals_account(&self) -> bool {
        match self {
            Self::AccountExists(_) | Self::CodeNotDelivered | Self::LaterTriggerFailed => true,
            Self::Failed(failure) => failure.is_about_delivery(),
            Self::Invalid(_) | Self::RejectedByTrigger(_) | Self::Closed => false,
        }
    }
}

impl From<Misconfiguration> for SignUpError {
    fn from(misconfiguration: Misconfiguration) -> Self {
        Self::Failed(Failure::Misconfigured(misconfiguration))
    }
}

impl CallError for SignUpError {
    fn failure(&self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(*failure),
            Self::LaterTriggerFailed => Some(Failure::TriggerFailed),
            _ => None,
        }
    }

    fn is_warning(&self) -> bool {
        match self {
            Self::CodeNotDelivered => true,
            Self::RejectedByTrigger(rejection) => rejection.is_warning(),
            _ => false,
        }
    }
}

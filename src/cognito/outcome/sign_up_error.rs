//! The result of a sign-up.

use thiserror::Error;

use super::{
    failure::{CallError, Failure, Misconfiguration},
    trigger::TriggerRefusal,
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

/// The effect of a sign-up on the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The account was created.
    Created,
    /// The account was not created.
    NotCreated,
    /// The account may have been created.
    Unknown,
}

impl Outcome {
    /// For logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::NotCreated => "not_created",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a sign-up did not end as created.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignUpError {
    /// Cognito refused contents that it named.
    #[error("refused for its contents")]
    Invalid(Vec<Violation>),
    /// Cognito refused the contents and named none.
    #[error("refused")]
    Rejected,
    /// The pre-sign-up trigger refused it, or crashed.
    #[error(transparent)]
    RefusedByTrigger(TriggerRefusal),
    /// The user name, or the alias named here, is taken.
    #[error("the account exists")]
    AccountExists(Field),
    /// Only administrators create accounts in this pool.
    #[error("sign-up is not permitted for this pool")]
    Closed,
    /// The account was probably created, but its code did not go out.
    #[error("the code was not delivered")]
    CodeNotDelivered,
    /// A trigger failed that runs once the account is there.
    #[error("a trigger failed after the account was created")]
    LaterTriggerFailed,
    /// There is no verdict.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl SignUpError {
    /// Returns the effect of the call on the account.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::CodeNotDelivered | Self::LaterTriggerFailed => Outcome::Unknown,
            Self::Failed(failure) if failure.may_have_happened() => Outcome::Unknown,
            Self::Failed(_)
            | Self::Invalid(_)
            | Self::Rejected
            | Self::RefusedByTrigger(_)
            | Self::AccountExists(_)
            | Self::Closed => Outcome::NotCreated,
        }
    }

    /// Returns `true` if the pool rejected the contents, and would reject them again.
    #[must_use]
    pub fn is_about_the_contents(&self) -> bool {
        matches!(
            self,
            Self::Invalid(_) | Self::Rejected | Self::RefusedByTrigger(_) | Self::AccountExists(_)
        )
    }

    /// Returns `true` if the error shows that the account existed before. Only a new account can
    /// meet an error of sending the first code, so these errors show it too.
    #[must_use]
    pub fn tells_of_an_account(&self) -> bool {
        match self {
            Self::AccountExists(_) | Self::CodeNotDelivered | Self::LaterTriggerFailed => true,
            Self::Failed(failure) => failure.is_about_sending(),
            Self::Invalid(_) | Self::Rejected | Self::RefusedByTrigger(_) | Self::Closed => false,
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
            Self::LaterTriggerFailed => Some(Failure::HookFailed),
            _ => None,
        }
    }

    fn is_to_be_watched(&self) -> bool {
        match self {
            Self::CodeNotDelivered => true,
            Self::RefusedByTrigger(refusal) => refusal.is_to_be_watched(),
            _ => false,
        }
    }
}

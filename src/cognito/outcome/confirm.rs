//! What came of a ConfirmSignUp.

use aws_sdk_cognitoidentityprovider::{
    error::SdkError, operation::confirm_sign_up::ConfirmSignUpError as SdkConfirmError,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::{
    failure::{CallError, Failure, Refused, understood},
    form_fields::FormFields,
};
use crate::registration::Violation;

/// What a confirmation did to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// It is confirmed, by this call.
    Confirmed,
    /// This call did not confirm it.
    NotConfirmed,
    /// The account may have been confirmed.
    Unknown,
}

impl ConfirmOutcome {
    /// For logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::NotConfirmed => "not_confirmed",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a confirmation did not end as confirmed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfirmError {
    /// Cognito refused contents that it named.
    #[error("refused for its contents")]
    Invalid(Vec<Violation>),
    /// Cognito refused the contents and named none.
    #[error("refused")]
    Rejected,
    /// The code is wrong, or there is nobody whom it could confirm.
    #[error("the code does not confirm anybody")]
    InvalidCode,
    /// The code is too old.
    #[error("the code has expired")]
    ExpiredCode,
    /// The account is confirmed already, so that nothing is said about the code.
    #[error("the account is confirmed already")]
    AlreadyConfirmed,
    /// The code is right, but another account has the address as its alias.
    #[error("another account has the alias")]
    AliasExists,
    /// Too many codes were tried for this account.
    #[error("too many attempts")]
    TooManyAttempts,
    /// There is no verdict.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ConfirmError {
    /// Returns the effect of the call on the account.
    #[must_use]
    pub fn outcome(&self) -> ConfirmOutcome {
        match self {
            Self::Failed(failure) if failure.may_have_happened() => ConfirmOutcome::Unknown,
            Self::Failed(_)
            | Self::Invalid(_)
            | Self::Rejected
            | Self::InvalidCode
            | Self::ExpiredCode
            | Self::AlreadyConfirmed
            | Self::AliasExists
            | Self::TooManyAttempts => ConfirmOutcome::NotConfirmed,
        }
    }

    /// Returns `true` if the pool rejected the contents, and would reject them again.
    #[must_use]
    pub fn is_about_the_contents(&self) -> bool {
        match self {
            Self::Invalid(_)
            | Self::Rejected
            | Self::InvalidCode
            | Self::ExpiredCode
            | Self::AlreadyConfirmed
            | Self::AliasExists => true,
            Self::TooManyAttempts | Self::Failed(_) => false,
        }
    }

    /// Whether this tells if there is an account, or what state it is in, to somebody who does
    /// not have its code. Who has it may learn that another account has the alias, and that a
    /// trigger failed that runs after the confirmation.
    #[must_use]
    pub fn tells_of_an_account(&self) -> bool {
        match self {
            Self::InvalidCode
            | Self::ExpiredCode
            | Self::AlreadyConfirmed
            | Self::TooManyAttempts => true,
            Self::Invalid(_) | Self::Rejected | Self::AliasExists | Self::Failed(_) => false,
        }
    }
}

impl CallError for ConfirmError {
    fn failure(&self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(*failure),
            _ => None,
        }
    }

    fn is_to_be_watched(&self) -> bool {
        false
    }
}

/// What the SDK's error means for a confirmation.
pub(in crate::cognito) fn confirm_error(
    error: &SdkError<SdkConfirmError, HttpResponse>,
    form: &FormFields,
) -> ConfirmError {
    understood("ConfirmSignUp", error, |refused| meaning(refused, form))
}

fn meaning(refused: &Refused<'_>, form: &FormFields) -> ConfirmError {
    match refused.code {
        "ExpiredCodeException" => ConfirmError::ExpiredCode,
        "AliasExistsException" => ConfirmError::AliasExists,
        "LimitExceededException" | "TooManyFailedAttemptsException" => {
            ConfirmError::TooManyAttempts
        }
        "NotAuthorizedException" if refused.is_about_the_secret() => {
            ConfirmError::Failed(refused.failure())
        }
        "NotAuthorizedException" if refused.says("status is confirmed") => {
            ConfirmError::AlreadyConfirmed
        }
        // Not authorized is a disabled account, for example, which is nobody else's business.
        "CodeMismatchException" | "UserNotFoundException" | "NotAuthorizedException" => {
            ConfirmError::InvalidCode
        }
        "InvalidParameterException" => match form.invalid_account(&refused.message) {
            Ok(violations) if violations.is_empty() => ConfirmError::Rejected,
            Ok(violations) => ConfirmError::Invalid(violations),
            Err(failure) => ConfirmError::Failed(failure),
        },
        _ => ConfirmError::Failed(refused.failure()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cognito::Misconfiguration,
        config::{Config, Sources},
        registration::ViolationCode,
    };

    #[test]
    fn reads_what_messages_add_to_a_code() {
        let config = Config::load(Sources { sandbox: true, ..Sources::default() }).unwrap();
        let form = FormFields::new(&config.registration);
        let invalid = |fields: &[&str]| {
            let violation = |field: &&str| Violation::new(&[field], ViolationCode::InvalidValue);
            ConfirmError::Invalid(fields.iter().map(violation).collect())
        };
        for (code, message, expected) in [
            (
                "NotAuthorizedException",
                "User cannot be confirmed. Current status is CONFIRMED",
                ConfirmError::AlreadyConfirmed,
            ),
            (
                "NotAuthorizedException",
                "User cannot be confirmed. Current status is RESET_REQUIRED",
                ConfirmError::InvalidCode,
            ),
            ("NotAuthorizedException", "Invalid session for the user.", ConfirmError::InvalidCode),
            (
                "InvalidParameterException",
                "2 validation errors detected: Value at 'username' failed to satisfy constraint: \
                 x; Value '1 2' at 'confirmationCode' failed to satisfy constraint: [\\S]+",
                invalid(&["username", "code"]),
            ),
            (
                "InvalidParameterException",
                "1 validation error detected: Value at 'session' failed to satisfy constraint: \
                 Member must have length greater than or equal to 20",
                invalid(&["session"]),
            ),
            ("InvalidParameterException", "Username should be an email.", invalid(&["username"])),
            (
                "InvalidParameterException",
                "Username should be a phone number.",
                ConfirmError::Failed(Failure::Misconfigured(Misconfiguration::Schema)),
            ),
            ("InvalidParameterException", "Value at 'surprise' failed", ConfirmError::Rejected),
            ("InvalidParameterException", "", ConfirmError::Rejected),
        ] {
            let meaning = meaning(&Refused::new(code, message), &form);

            assert_eq!(meaning, expected, "{message}");
        }
    }
}

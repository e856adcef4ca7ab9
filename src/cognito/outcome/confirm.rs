use aws_sdk_cognitoidentityprovider::{
    error::SdkError, operation::confirm_sign_up::ConfirmSignUpError as SdkConfirmError,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::{
    classify::classify,
    failure::{CallError, CognitoError, Failure},
    form_fields::FormFields,
    invalid_parameter::{InvalidParameter, is_confirmed},
};
use crate::registration::Violation;

/// The error of a confirm.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfirmError {
    /// Cognito rejected fields that its error message names.
    #[error("the pool rejected the contents of the form")]
    Invalid(Vec<Violation>),
    /// The code is wrong, or there is no account that it could confirm.
    #[error("the code does not confirm an account")]
    InvalidCode,
    /// The code has expired.
    #[error("the code has expired")]
    ExpiredCode,
    /// Cognito rejected the session of the sign-up. The code may be right.
    #[error("the session is not valid")]
    SessionRejected,
    /// The account is already confirmed. Cognito does not report if the code is right.
    #[error("the account is confirmed already")]
    AlreadyConfirmed,
    /// The code is right, but another account has the email address or phone number as its alias.
    #[error("another account has the alias")]
    AliasExists,
    /// Clients sent too many wrong codes for this account.
    #[error("too many confirms")]
    TooManyAttempts,
    /// The call failed for a reason that every operation shares.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ConfirmError {
    /// Returns `true` if Cognito may have confirmed the account.
    #[must_use]
    pub fn may_have_succeeded(&self) -> bool {
        matches!(self, Self::Failed(failure) if failure.may_have_succeeded())
    }

    /// Returns `true` if the pool rejected the contents, and would reject them again.
    #[must_use]
    pub fn is_about_the_contents(&self) -> bool {
        match self {
            Self::Invalid(_)
            | Self::InvalidCode
            | Self::ExpiredCode
            | Self::SessionRejected
            | Self::AlreadyConfirmed
            | Self::AliasExists => true,
            Self::TooManyAttempts | Self::Failed(_) => false,
        }
    }

    /// Returns `true` if the error reveals the existence or state of an account to a client that
    /// does not have its code.
    ///
    /// Cognito reports an alias of another account and a failed trigger only if the code is right.
    #[must_use]
    pub fn reveals_account(&self) -> bool {
        match self {
            Self::InvalidCode
            | Self::ExpiredCode
            | Self::SessionRejected
            | Self::AlreadyConfirmed
            | Self::TooManyAttempts => true,
            Self::Invalid(_) | Self::AliasExists | Self::Failed(_) => false,
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

    fn is_warning(&self) -> bool {
        false
    }
}

pub(in crate::cognito) fn confirm_error(
    error: &SdkError<SdkConfirmError, HttpResponse>,
    form: &FormFields,
) -> ConfirmError {
    classify("ConfirmSignUp", error, |error| interpret(error, form))
}

fn interpret(error: &CognitoError<'_>, form: &FormFields) -> ConfirmError {
    match error.code {
        "ExpiredCodeException" => ConfirmError::ExpiredCode,
        "AliasExistsException" => ConfirmError::AliasExists,
        "LimitExceededException" | "TooManyFailedAttemptsException" => {
            ConfirmError::TooManyAttempts
        }
        "NotAuthorizedException" if error.is_about_secret() => {
            ConfirmError::Failed(error.failure())
        }
        "NotAuthorizedException" if error.mentions("invalid session") => {
            ConfirmError::SessionRejected
        }
        "NotAuthorizedException" if is_confirmed(&error.message) => ConfirmError::AlreadyConfirmed,
        // A disabled account, for example, is not authorized. Other clients must not learn the
        // state of an account.
        "CodeMismatchException" | "UserNotFoundException" | "NotAuthorizedException" => {
            ConfirmError::InvalidCode
        }
        "InvalidParameterException" => match form.invalid_account(&error.message) {
            InvalidParameter::Fields(violations) => ConfirmError::Invalid(violations),
            InvalidParameter::Exists => ConfirmError::AliasExists,
            InvalidParameter::Confirmed => ConfirmError::AlreadyConfirmed,
            InvalidParameter::Failed(failure) => ConfirmError::Failed(failure),
        },
        _ => ConfirmError::Failed(error.failure()),
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
    fn refines_error_codes_by_error_messages() {
        let config = Config::load(Sources { sandbox: true, ..Sources::default() }).unwrap();
        let form = FormFields::new(&config.registration);
        let invalid = |fields: &[&str]| {
            let violation = |field: &&str| Violation::new(&[field], ViolationCode::InvalidValue);
            ConfirmError::Invalid(fields.iter().map(violation).collect())
        };
        let unknown = ConfirmError::Failed(Failure::UpstreamFailed);
        let trigger_failed = ConfirmError::Failed(Failure::TriggerFailed);
        for (code, message, expected) in [
            (
                "NotAuthorizedException",
                "User cannot be confirmed. Current status is CONFIRMED",
                ConfirmError::AlreadyConfirmed,
            ),
            (
                "NotAuthorizedException",
                "User cannot confirm because user status is not UNCONFIRMED.",
                ConfirmError::AlreadyConfirmed,
            ),
            (
                "NotAuthorizedException",
                "User cannot be confirmed. Current status is RESET_REQUIRED",
                ConfirmError::InvalidCode,
            ),
            (
                "NotAuthorizedException",
                "Invalid session for the user.",
                ConfirmError::SessionRejected,
            ),
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
            (
                "InvalidParameterException",
                "User is already confirmed.",
                ConfirmError::AlreadyConfirmed,
            ),
            (
                "InvalidParameterException",
                "Alias entry already exists for a different username",
                ConfirmError::AliasExists,
            ),
            ("InvalidParameterException", "The message is empty.", trigger_failed),
            ("InvalidParameterException", "Value at 'surprise' failed", unknown.clone()),
            ("InvalidParameterException", "", unknown),
        ] {
            let classified = interpret(&CognitoError::new(code, message), &form);

            assert_eq!(classified, expected, "{message}");
        }
    }
}

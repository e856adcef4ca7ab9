use aws_sdk_cognitoidentityprovider::{
    error::SdkError,
    operation::resend_confirmation_code::ResendConfirmationCodeError as SdkResendError,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::{
    classify::classify,
    failure::{CallError, CognitoError, Failure, Misconfiguration},
    form_fields::FormFields,
    invalid_parameter::InvalidParameter,
};
use crate::registration::Violation;

/// The error of a resend.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ResendError {
    /// Cognito rejected fields that its error message names.
    #[error("the pool rejected the contents of the form")]
    Invalid(Vec<Violation>),
    /// The account does not exist, or is confirmed or disabled.
    #[error("the pool has no unconfirmed account with this name")]
    NoPendingAccount,
    /// Clients requested too many codes for this account.
    #[error("too many resends")]
    TooManyAttempts,
    /// Cognito's built-in sender has reached its daily email limit.
    #[error("the pool has reached its daily email limit. Configure the pool to send by Amazon SES")]
    EmailLimitReached,
    /// Cognito could not send the message.
    #[error("the pool did not deliver the code")]
    CodeNotDelivered,
    /// The call failed for a reason that every operation shares.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ResendError {
    /// Returns `true` if Cognito may have sent a code.
    #[must_use]
    pub fn may_have_succeeded(&self) -> bool {
        matches!(self, Self::Failed(failure)
            if failure.may_have_succeeded() && !failure.is_about_delivery())
    }

    /// Returns `true` if the pool rejected the contents, and would reject them again.
    #[must_use]
    pub fn is_about_the_contents(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }

    /// Returns `true` if the error reveals the existence or state of an account. Cognito composes
    /// and sends messages and counts resends only for an existing account.
    #[must_use]
    pub fn reveals_account(&self) -> bool {
        match self {
            Self::NoPendingAccount
            | Self::TooManyAttempts
            | Self::EmailLimitReached
            | Self::CodeNotDelivered
            | Self::Failed(Failure::TriggerFailed) => true,
            Self::Failed(failure) => failure.is_about_delivery(),
            Self::Invalid(_) => false,
        }
    }
}

impl CallError for ResendError {
    fn failure(&self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(*failure),
            _ => None,
        }
    }

    fn is_warning(&self) -> bool {
        matches!(self, Self::EmailLimitReached | Self::CodeNotDelivered)
    }
}

pub(in crate::cognito) fn resend_error(
    error: &SdkError<SdkResendError, HttpResponse>,
    form: &FormFields,
) -> ResendError {
    classify("ResendConfirmationCode", error, |error| interpret(error, form))
}

fn interpret(error: &CognitoError<'_>, form: &FormFields) -> ResendError {
    match error.code {
        "LimitExceededException" if error.mentions("daily email limit") => {
            ResendError::EmailLimitReached
        }
        "LimitExceededException" | "TooManyFailedAttemptsException" => ResendError::TooManyAttempts,
        "CodeDeliveryFailureException" => ResendError::CodeNotDelivered,
        "NotAuthorizedException" if error.is_about_secret() => ResendError::Failed(error.failure()),
        "NotAuthorizedException" | "InvalidParameterException"
            if error.mentions("auto verification") =>
        {
            ResendError::Failed(Failure::Misconfigured(Misconfiguration::NoVerification))
        }
        // A disabled account, for example, is not authorized. Other clients must not learn the
        // state of an account.
        "UserNotFoundException" | "NotAuthorizedException" => ResendError::NoPendingAccount,
        "InvalidParameterException" => match form.invalid_account(&error.message) {
            InvalidParameter::Fields(violations) => ResendError::Invalid(violations),
            InvalidParameter::Exists | InvalidParameter::Confirmed => ResendError::NoPendingAccount,
            InvalidParameter::Failed(failure) => ResendError::Failed(failure),
        },
        _ => ResendError::Failed(error.failure()),
    }
}

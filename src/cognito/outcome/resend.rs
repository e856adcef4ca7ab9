//! What came of a ResendConfirmationCode.

use aws_sdk_cognitoidentityprovider::{
    error::SdkError,
    operation::resend_confirmation_code::ResendConfirmationCodeError as SdkResendError,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::{
    failure::{CallError, Failure, Misconfiguration, Refused, understood},
    form_fields::FormFields,
};
use crate::registration::Violation;

/// Whether a code went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResendOutcome {
    /// It did, as far as Cognito says.
    Sent,
    /// It did not.
    NotSent,
    /// A code may have been sent.
    Unknown,
}

impl ResendOutcome {
    /// For logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

/// Why no code was sent, or perhaps none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ResendError {
    /// Cognito refused contents that it named.
    #[error("refused for its contents")]
    Invalid(Vec<Violation>),
    /// Cognito refused the contents and named none.
    #[error("refused")]
    Rejected,
    /// There is no account that waits for a code: none at all, a confirmed one, a disabled one.
    #[error("nobody waits for a code")]
    NobodyWaits,
    /// Too many codes were asked for.
    #[error("too many attempts")]
    TooManyAttempts,
    /// Cognito's own sender of mail is used up for today.
    #[error("the pool's mail for today is used up; let it send by Amazon SES")]
    MailUsedUp,
    /// The message could not be sent.
    #[error("the code was not delivered")]
    CodeNotDelivered,
    /// There is no verdict.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ResendError {
    /// Whether a code went out.
    #[must_use]
    pub fn outcome(&self) -> ResendOutcome {
        match self {
            // What fails here is the sending itself.
            Self::Failed(Failure::Misconfigured(_)) => ResendOutcome::NotSent,
            Self::Failed(failure) if failure.may_have_happened() => ResendOutcome::Unknown,
            Self::Failed(_)
            | Self::Invalid(_)
            | Self::Rejected
            | Self::NobodyWaits
            | Self::TooManyAttempts
            | Self::MailUsedUp
            | Self::CodeNotDelivered => ResendOutcome::NotSent,
        }
    }

    /// Returns `true` if the pool rejected the contents, and would reject them again.
    #[must_use]
    pub fn is_about_the_contents(&self) -> bool {
        matches!(self, Self::Invalid(_) | Self::Rejected)
    }

    /// Whether this tells if there is an account, or what state it is in: for nobody no message
    /// is worded or sent, and nobody's attempts are counted.
    #[must_use]
    pub fn tells_of_an_account(&self) -> bool {
        match self {
            Self::NobodyWaits
            | Self::TooManyAttempts
            | Self::MailUsedUp
            | Self::CodeNotDelivered
            | Self::Failed(Failure::HookFailed) => true,
            Self::Failed(failure) => failure.is_about_sending(),
            Self::Invalid(_) | Self::Rejected => false,
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

    fn is_to_be_watched(&self) -> bool {
        matches!(self, Self::MailUsedUp | Self::CodeNotDelivered)
    }
}

/// What the SDK's error means for a code that was asked for.
pub(in crate::cognito) fn resend_error(
    error: &SdkError<SdkResendError, HttpResponse>,
    form: &FormFields,
) -> ResendError {
    understood("ResendConfirmationCode", error, |refused| meaning(refused, form))
}

fn meaning(refused: &Refused<'_>, form: &FormFields) -> ResendError {
    match refused.code {
        "LimitExceededException" if refused.says("daily email limit") => ResendError::MailUsedUp,
        "LimitExceededException" | "TooManyFailedAttemptsException" => ResendError::TooManyAttempts,
        "CodeDeliveryFailureException" => ResendError::CodeNotDelivered,
        "NotAuthorizedException" if refused.is_about_the_secret() => {
            ResendError::Failed(refused.failure())
        }
        "NotAuthorizedException" if refused.says("auto verification") => {
            ResendError::Failed(Failure::Misconfigured(Misconfiguration::NoVerification))
        }
        // Not authorized is a disabled account, for example, which is nobody else's business.
        "UserNotFoundException" | "NotAuthorizedException" => ResendError::NobodyWaits,
        "InvalidParameterException" if refused.says("already confirmed") => {
            ResendError::NobodyWaits
        }
        "InvalidParameterException" => match form.invalid_account(&refused.message) {
            Ok(violations) if violations.is_empty() => ResendError::Rejected,
            Ok(violations) => ResendError::Invalid(violations),
            Err(failure) => ResendError::Failed(failure),
        },
        _ => ResendError::Failed(refused.failure()),
    }
}

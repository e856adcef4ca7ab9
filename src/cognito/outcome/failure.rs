//! The failures that every operation shares, and the reading of the SDK's errors.

use std::{error::Error as StdError, fmt::Display, time::Duration};

use aws_sdk_cognitoidentityprovider::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use crate::cognito::validate_response;

/// A failure that every operation shares: Cognito neither accepted nor rejected the form.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// A web application firewall rejected the request.
    #[error("blocked by a firewall in front of the pool")]
    Blocked,
    /// Cognito throttled the call.
    #[error("throttled")]
    Busy,
    /// The queue of calls to the pool is full. The call was not sent.
    #[error("the queue of calls to the pool is full")]
    QueueFull {
        /// The time until there would have been a slot.
        retry_after: Duration,
    },
    /// The request was never sent.
    #[error("the pool could not be reached")]
    Unreachable,
    /// Cognito reports that the operation is not enabled for the pool.
    #[error("the operation is not enabled for this pool")]
    NotEnabled,
    /// The settings do not match the pool.
    #[error("misconfigured: {0}")]
    Misconfigured(Misconfiguration),
    /// A Lambda trigger failed. The operation may have succeeded.
    #[error("a trigger failed")]
    TriggerFailed,
    /// There was no response, or an unusable one.
    #[error("the pool failed")]
    UpstreamFailed,
    /// There was no response in time.
    #[error("the pool did not respond in time")]
    TimedOut,
}

/// A difference between the settings and the pool.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Misconfiguration {
    /// The client secret is wrong.
    #[error("the pool rejected the SecretHash. Check cognito.client_secret")]
    SecretHash,
    /// The SDK could not build a request from the settings.
    #[error("no request could be built. Check cognito.region and cognito.endpoint")]
    Request,
    /// The pool or the app client does not exist.
    #[error("the pool does not know the app client. Check cognito.client_id, region and endpoint")]
    UnknownClient,
    /// The app client may not write an attribute of the form.
    #[error("the app client may not write an attribute that the form sends")]
    UnwritableAttribute,
    /// The form does not match the pool's schema or its kind of user names.
    #[error(
        "the form does not match the pool's schema. Check registration.username and registration.attributes"
    )]
    Schema,
    /// The pool rejected the app client for another reason.
    #[error("the pool rejected the app client")]
    NotAuthorized,
    /// The pool's SMS role or email identity does not allow it to send codes.
    #[error("the pool may not send codes. Check its SMS role and its email identity")]
    DeliveryRole,
    /// The pool has no attribute to which it sends codes.
    #[error("the pool verifies no attribute and sends no codes. Check its AutoVerifiedAttributes")]
    NoVerification,
}

impl Failure {
    /// Returns `true` if the operation may have succeeded.
    #[must_use]
    pub fn may_have_succeeded(self) -> bool {
        match self {
            Self::Misconfigured(Misconfiguration::DeliveryRole)
            | Self::TriggerFailed
            | Self::UpstreamFailed
            | Self::TimedOut => true,
            Self::Misconfigured(_)
            | Self::Blocked
            | Self::Busy
            | Self::QueueFull { .. }
            | Self::Unreachable
            | Self::NotEnabled => false,
        }
    }

    /// Returns `true` if the pool could not send a code. A code requires an account.
    pub(super) fn is_about_delivery(self) -> bool {
        self == Self::Misconfigured(Misconfiguration::DeliveryRole)
    }

    /// Returns `true` if Cognito did not process the request, so that a retry is safe and may
    /// succeed.
    pub(in crate::cognito) fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::Unreachable)
    }

    /// Returns `true` if the pool did not process the request.
    #[must_use]
    pub fn was_not_processed(self) -> bool {
        matches!(self, Self::Busy | Self::QueueFull { .. } | Self::Unreachable)
    }

    pub(in crate::cognito) fn accepted_secret(self) -> bool {
        match self {
            Self::TriggerFailed => true,
            Self::Misconfigured(misconfiguration) => !matches!(
                misconfiguration,
                Misconfiguration::SecretHash
                    | Misconfiguration::UnknownClient
                    | Misconfiguration::Request
            ),
            Self::Blocked
            | Self::Busy
            | Self::QueueFull { .. }
            | Self::Unreachable
            | Self::NotEnabled
            | Self::UpstreamFailed
            | Self::TimedOut => false,
        }
    }
}

/// The error of one operation: a rejection by the pool, or a failure.
pub(in crate::cognito) trait CallError: From<Failure> + Display {
    /// Returns the failure, or `None` if the pool rejected the form.
    fn failure(&self) -> Option<Failure>;

    /// Returns `true` if the service logs a rejection as a warning.
    fn is_warning(&self) -> bool;
}

pub(super) struct CognitoError<'a> {
    pub(super) code: &'a str,
    /// The message in lower case.
    pub(super) message: String,
    /// The message as received.
    pub(super) original: &'a str,
}

impl<'a> CognitoError<'a> {
    pub(super) fn new(code: &'a str, original: &'a str) -> Self {
        Self { code, message: original.to_lowercase(), original }
    }

    pub(super) fn mentions(&self, text: &str) -> bool {
        self.message.contains(text)
    }

    /// Returns `true` if the message begins with the name of this trigger, in lower case. The rest
    /// of the message is the trigger's own text.
    pub(super) fn is_of_trigger(&self, name: &str) -> bool {
        self.message.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))
    }

    /// Returns `true` if a `NotAuthorizedException` is about the client secret and not the user.
    pub(super) fn is_about_secret(&self) -> bool {
        ["secret_hash", "secret hash", "secrethash"].iter().any(|text| self.mentions(text))
    }

    /// Classifies the codes that have the same meaning at every operation.
    pub(super) fn failure(&self) -> Failure {
        match self.code {
            "NotAuthorizedException" => Failure::Misconfigured(match () {
                () if self.is_about_secret() => Misconfiguration::SecretHash,
                () if self.mentions("unauthorized attribute") => {
                    Misconfiguration::UnwritableAttribute
                }
                () => Misconfiguration::NotAuthorized,
            }),
            "ResourceNotFoundException" => Failure::Misconfigured(Misconfiguration::UnknownClient),
            "InvalidEmailRoleAccessPolicyException"
            | "InvalidSmsRoleAccessPolicyException"
            | "InvalidSmsRoleTrustRelationshipException" => {
                Failure::Misconfigured(Misconfiguration::DeliveryRole)
            }
            "TooManyRequestsException" => Failure::Busy,
            code if code.starts_with("Throttling") => Failure::Busy,
            "OperationNotEnabledException" => Failure::NotEnabled,
            "ForbiddenException" => Failure::Blocked,
            "UserLambdaValidationException"
            | "InvalidLambdaResponseException"
            | "UnexpectedLambdaException" => Failure::TriggerFailed,
            _ => Failure::UpstreamFailed,
        }
    }
}

/// Classifies an error of the SDK, and logs it. `interpret` classifies an error that has a code.
pub(super) fn classify<E, M>(
    operation: &str,
    error: &SdkError<E, HttpResponse>,
    interpret: impl FnOnce(&CognitoError<'_>) -> M,
) -> M
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    M: CallError,
{
    let classified = read_error(error).map_or_else(M::from, |error| interpret(&error));
    report(operation, error, &classified);
    classified
}

pub(super) fn read_error<E>(error: &SdkError<E, HttpResponse>) -> Result<CognitoError<'_>, Failure>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let response = error.raw_response();
            match code(error) {
                Some(code) => Ok(CognitoError::new(code, error.message().unwrap_or_default())),
                // The page of a firewall has no code. A truncated response may have had one that
                // shows an account, such as LimitExceededException.
                None if response.is_some_and(|response| {
                    response.status().is_client_error() && validate_response::is_readable(response)
                }) =>
                {
                    Err(Failure::Blocked)
                }
                None => Err(Failure::UpstreamFailed),
            }
        }
        SdkError::ConstructionFailure(_) => Err(Failure::Misconfigured(Misconfiguration::Request)),
        SdkError::TimeoutError(_) => Err(Failure::TimedOut),
        SdkError::DispatchFailure(_) if was_never_sent(error) => Err(Failure::Unreachable),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Err(Failure::TimedOut),
        _ => Err(Failure::UpstreamFailed),
    }
}

/// Returns the exception's name that the SDK read, or else the one in the header. Ignores the
/// header of a response with a success status.
fn code<E>(error: &SdkError<E, HttpResponse>) -> Option<&str>
where
    E: ProvideErrorMetadata,
{
    let in_header = || {
        let response = error.raw_response().filter(|response| !response.status().is_success())?;
        validate_response::exception_in_header(response)
    };
    error.code().filter(|code| !code.is_empty()).or_else(in_header)
}

/// Logs an error without Cognito's message, because the message may contain values of users.
fn report<E, M>(operation: &str, error: &SdkError<E, HttpResponse>, classified: &M)
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    M: CallError,
{
    let code = code(error)
        .filter(|code| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let status = error.raw_response().map(|response| response.status().as_u16());
    let cognito_request_id = error.request_id().filter(|id| validate_response::is_request_id(id));
    match classified.failure() {
        Some(Failure::Misconfigured(_) | Failure::NotEnabled | Failure::TriggerFailed) => {
            tracing::error!(
                alarm = true,
                code,
                status,
                cognito_request_id,
                "{operation}: {classified}"
            );
        }
        Some(Failure::Unreachable) => {
            tracing::warn!(cause = %DisplayErrorContext(error), "{operation}: {classified}");
        }
        Some(
            Failure::Blocked
            | Failure::Busy
            | Failure::QueueFull { .. }
            | Failure::UpstreamFailed
            | Failure::TimedOut,
        ) => {
            tracing::warn!(code, status, cognito_request_id, "{operation}: {classified}");
        }
        None if classified.is_warning() => {
            tracing::warn!(code, status, cognito_request_id, "{operation}: {classified}");
        }
        None => {
            tracing::debug!(code, status, cognito_request_id, "{operation}: {classified}");
        }
    }
}

/// Returns `true` if the connection failed before the service sent the request: name resolution, a
/// closed port, TLS, or a connect timeout.
fn was_never_sent(error: &(dyn StdError + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        source = error.source();
    }
    false
}

//! What can come between any call and its verdict, and how the SDK's errors are read.

use std::{error::Error as StdError, fmt::Display, time::Duration};

use aws_sdk_cognitoidentityprovider::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use crate::cognito::validate_response;

/// Why a call has no verdict on what was sent, whichever operation it was.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// A web application firewall refused it.
    #[error("blocked in front of the pool")]
    Blocked,
    /// Too many calls for the pool.
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
    /// The pool is a replica that takes no sign-ups.
    #[error("the operation is not enabled for this pool")]
    NotEnabled,
    /// Settings and pool do not fit each other.
    #[error("misconfigured: {0}")]
    Misconfigured(Misconfiguration),
    /// A Lambda trigger failed, and nobody knows how far the operation came.
    #[error("a trigger failed")]
    HookFailed,
    /// An answer that says nothing, or none at all.
    #[error("the pool failed")]
    UpstreamFailed,
    /// No answer in time.
    #[error("the pool did not answer in time")]
    TimedOut,
}

/// What does not fit between settings and pool.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Misconfiguration {
    /// The client secret is wrong.
    #[error("the pool refused the SecretHash; check cognito.client_secret")]
    SecretHash,
    /// The SDK could not make a request of the settings.
    #[error("no request could be made; check cognito.region and cognito.endpoint")]
    Request,
    /// The pool or the app client does not exist.
    #[error("the pool does not know the app client; check cognito.client_id, region and endpoint")]
    UnknownClient,
    /// An attribute that the app client may not write.
    #[error("the app client may not write an attribute that the form sends")]
    UnwritableAttribute,
    /// The form does not fit the pool's schema or its kind of user names.
    #[error(
        "the form does not fit the pool's schema; check registration.username and registration.attributes"
    )]
    Schema,
    /// Another refusal of the client.
    #[error("the pool refused the app client")]
    NotAuthorized,
    /// The role that sends SMS, or the identity that sends mail.
    #[error("the pool may not send codes; check its SMS role and its mail identity")]
    DeliveryRole,
    /// The pool has no attribute that codes are sent to.
    #[error(
        "the pool verifies nothing, so that it sends no codes; check its AutoVerifiedAttributes"
    )]
    NoVerification,
}

impl Failure {
    /// Whether the operation may have been carried out all the same.
    #[must_use]
    pub fn may_have_happened(self) -> bool {
        match self {
            Self::Misconfigured(Misconfiguration::DeliveryRole)
            | Self::HookFailed
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

    /// Whether it came of sending a code, which takes an account to send one to.
    pub(super) fn is_about_sending(self) -> bool {
        self == Self::Misconfigured(Misconfiguration::DeliveryRole)
    }

    /// Whether the same request may be sent again by itself: it was not carried out, and may
    /// fare better in a moment.
    pub(in crate::cognito) fn may_be_repeated(self) -> bool {
        matches!(self, Self::Busy | Self::Unreachable)
    }

    /// Returns true if the pool did not process the request.
    #[must_use]
    pub fn was_not_processed(self) -> bool {
        matches!(self, Self::Busy | Self::QueueFull { .. } | Self::Unreachable)
    }

    /// Whether the pool came as far as to take the SecretHash.
    pub(in crate::cognito) fn has_taken_the_secret(self) -> bool {
        match self {
            Self::HookFailed => true,
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

/// An operation's own error: a verdict of the pool, or a failure on the way to one.
pub(in crate::cognito) trait CallError: From<Failure> + Display {
    /// The failure, unless this is a verdict.
    fn failure(&self) -> Option<Failure>;

    /// Whether operators should hear of a verdict.
    fn is_to_be_watched(&self) -> bool;
}

/// What Cognito refused, in its own words.
pub(super) struct Refused<'a> {
    pub(super) code: &'a str,
    /// In lower case.
    pub(super) message: String,
    /// As it came.
    pub(super) original: &'a str,
}

impl<'a> Refused<'a> {
    pub(super) fn new(code: &'a str, original: &'a str) -> Self {
        Self { code, message: original.to_lowercase(), original }
    }

    pub(super) fn says(&self, text: &str) -> bool {
        self.message.contains(text)
    }

    /// Whether it is this trigger's, named in lower case. What stands further on are the words of
    /// whoever wrote the trigger.
    pub(super) fn is_of_trigger(&self, name: &str) -> bool {
        self.message.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))
    }

    /// Whether a `NotAuthorizedException` is about the client and not about the person.
    pub(super) fn is_about_the_secret(&self) -> bool {
        ["secret_hash", "secret hash", "secrethash"].iter().any(|text| self.says(text))
    }

    /// What the codes mean that mean the same at every operation.
    pub(super) fn failure(&self) -> Failure {
        match self.code {
            "NotAuthorizedException" => Failure::Misconfigured(match () {
                () if self.is_about_the_secret() => Misconfiguration::SecretHash,
                () if self.says("unauthorized attribute") => Misconfiguration::UnwritableAttribute,
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
            | "UnexpectedLambdaException" => Failure::HookFailed,
            _ => Failure::UpstreamFailed,
        }
    }
}

/// What the SDK's error means to an operation that knows its own codes, told to the operator.
pub(super) fn understood<E, M>(
    operation: &str,
    error: &SdkError<E, HttpResponse>,
    meaning: impl FnOnce(&Refused<'_>) -> M,
) -> M
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    M: CallError,
{
    let meaning = read(error).map_or_else(M::from, |refused| meaning(&refused));
    report(operation, error, &meaning);
    meaning
}

fn read<E>(error: &SdkError<E, HttpResponse>) -> Result<Refused<'_>, Failure>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let response = error.raw_response();
            match code(error) {
                Some(code) => Ok(Refused::new(code, error.message().unwrap_or_default())),
                // A page of a firewall names no code. What was cut off may have named one that
                // means an account: LimitExceededException, for example.
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

/// The exception's name: what the SDK read, and otherwise what the header says of a body that
/// it could not read. Of a success that was none, there is no name.
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

/// Tells the operator what is theirs to mend or to watch. Cognito's message stays out of it:
/// it echoes what people type.
fn report<E, M>(operation: &str, error: &SdkError<E, HttpResponse>, meaning: &M)
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    M: CallError,
{
    let code = code(error)
        .filter(|code| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let status = error.raw_response().map(|response| response.status().as_u16());
    let cognito_request_id = error.request_id().filter(|id| validate_response::is_request_id(id));
    match meaning.failure() {
        Some(Failure::Misconfigured(_) | Failure::NotEnabled | Failure::HookFailed) => {
            tracing::error!(
                alarm = true,
                code,
                status,
                cognito_request_id,
                "{operation}: {meaning}"
            );
        }
        Some(Failure::Unreachable) => {
            tracing::warn!(cause = %DisplayErrorContext(error), "{operation}: {meaning}");
        }
        Some(
            Failure::Blocked
            | Failure::Busy
            | Failure::QueueFull { .. }
            | Failure::UpstreamFailed
            | Failure::TimedOut,
        ) => {
            tracing::warn!(code, status, cognito_request_id, "{operation}: {meaning}");
        }
        None if meaning.is_to_be_watched() => {
            tracing::warn!(code, status, cognito_request_id, "{operation}: {meaning}");
        }
        None => {
            tracing::debug!(code, status, cognito_request_id, "{operation}: {meaning}");
        }
    }
}

/// Whether the failure came before the request was on its way: name resolution, refusal,
/// TLS, or a connect time-out.
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

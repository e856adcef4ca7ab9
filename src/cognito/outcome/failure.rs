//! The failures that every operation shares.

use std::{fmt::Display, time::Duration};

use thiserror::Error;

/// A failure that every operation shares: Cognito neither accepted nor rejected the form.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// A web application firewall rejected the request.
    #[error("a firewall in front of the pool blocked the request")]
    Blocked,
    /// Cognito throttled the call.
    #[error("Cognito throttled the request")]
    Busy,
    /// The queue of calls to the pool is full. The service did not send the call.
    #[error("the queue of calls to the pool is full")]
    QueueFull {
        /// The time until the next slot.
        retry_after: Duration,
    },
    /// The service could not send the request.
    #[error("the service cannot reach the pool")]
    Unreachable,
    /// Cognito reports that the operation is not enabled for the pool.
    #[error("the pool does not allow the operation")]
    NotEnabled,
    /// The settings do not match the pool.
    #[error("misconfigured: {0}")]
    Misconfigured(Misconfiguration),
    /// A Lambda trigger failed. The operation may have succeeded.
    #[error("a trigger failed")]
    TriggerFailed,
    /// There was no response, or the response was not usable.
    #[error("the pool returned no usable response")]
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
    #[error("the SDK cannot build a request. Check cognito.region and cognito.endpoint")]
    Request,
    /// The pool or the app client does not exist.
    #[error("the pool has no such app client. Check cognito.client_id, region and endpoint")]
    UnknownClient,
    /// The app client may not write an attribute of the form.
    #[error("the app client may not write an attribute that the form sends. Allow the attribute")]
    UnwritableAttribute,
    /// The form does not match the pool's schema or its kind of user names.
    #[error(
        "the form does not match the pool's schema. Check registration.username and registration.attributes"
    )]
    Schema,
    /// The pool rejected the app client for another reason.
    #[error("the pool rejected the app client. Run `vestibule doctor`")]
    NotAuthorized,
    /// The pool's SMS role or email identity does not allow the pool to send codes.
    #[error("the pool may not send codes. Check its SMS role and its email identity")]
    DeliveryRole,
    /// The pool has no attribute to which it sends codes.
    #[error("the pool verifies no attribute and sends no codes. Check its AutoVerifiedAttributes")]
    NoVerification,
}

impl Failure {
    /// Returns the value of the metric's label `result`.
    pub(in crate::cognito) fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Busy => "throttled",
            Self::Unreachable => "unreachable",
            // Cognito may accept the other client secret.
            Self::Misconfigured(Misconfiguration::SecretHash) => "secret_rejected",
            Self::NotEnabled | Self::Misconfigured(_) => "misconfigured",
            Self::TriggerFailed => "trigger_failed",
            Self::QueueFull { .. } | Self::UpstreamFailed => "failed",
            Self::TimedOut => "timed_out",
        }
    }

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

    /// Returns `true` if the pool could not send a code. The pool sends codes only for existing
    /// accounts.
    pub(super) fn is_about_delivery(self) -> bool {
        self == Self::Misconfigured(Misconfiguration::DeliveryRole)
    }

    /// Returns `true` if Cognito did not process the request, and a further try may succeed.
    pub(in crate::cognito) fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::Unreachable)
    }

    /// Returns `true` if the request did not reach the pool, or if Cognito throttled the request.
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

    /// Returns `true` if the service logs the rejection as a warning.
    fn is_warning(&self) -> bool;
}

pub(super) struct CognitoError<'a> {
    pub(super) code: &'a str,
    /// The error message in lower case.
    pub(super) message: String,
    /// The error message as Cognito sent it.
    pub(super) original: &'a str,
}

impl<'a> CognitoError<'a> {
    pub(super) fn new(code: &'a str, original: &'a str) -> Self {
        Self { code, message: original.to_lowercase(), original }
    }

    pub(super) fn mentions(&self, text: &str) -> bool {
        self.message.contains(text)
    }

    /// Returns `true` if the error message begins with the name of this trigger, in lower case. The
    /// rest of the error message comes from the trigger.
    pub(super) fn is_of_trigger(&self, name: &str) -> bool {
        self.message.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))
    }

    /// Returns `true` if a `NotAuthorizedException` is about the client secret and not the user.
    pub(super) fn is_about_secret(&self) -> bool {
        ["secret_hash", "secret hash", "secrethash"].iter().any(|text| self.mentions(text))
    }

    /// Classifies the error codes that have the same meaning at every operation.
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

//! Requests to Cognito: their durations and exceptions. A call has one request for each try.

use std::time::Duration;

use prometheus_client::{
    metrics::{counter::Counter, histogram::Histogram},
    registry::Registry,
};

use super::{Metrics, Series};

/// An operation of Cognito.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of Cognito")]
pub enum CognitoOperation {
    SignUp,
    ConfirmSignUp,
    ResendConfirmationCode,
}

impl CognitoOperation {
    /// Returns Cognito's name for the operation.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignUp => "SignUp",
            Self::ConfirmSignUp => "ConfirmSignUp",
            Self::ResendConfirmationCode => "ResendConfirmationCode",
        }
    }
}

impl CognitoOperation {
    /// Returns the name of the operation's span, by the semantic conventions for AWS.
    #[must_use]
    pub fn span_name(self) -> &'static str {
        match self {
            Self::SignUp => "CognitoIdentityProvider.SignUp",
            Self::ConfirmSignUp => "CognitoIdentityProvider.ConfirmSignUp",
            Self::ResendConfirmationCode => "CognitoIdentityProvider.ResendConfirmationCode",
        }
    }
}

/// Values of the label `operation`.
const OPERATIONS: &[&str] = &["SignUp", "ConfirmSignUp", "ResendConfirmationCode"];

/// Values of the label `result`.
const RESULTS: &[&str] = &[
    "success",
    "rejected",
    "throttled",
    "blocked",
    "misconfigured",
    "secret_rejected",
    "trigger_failed",
    "timed_out",
    "unreachable",
    "failed",
];

/// Values of the label `exception`: the documented exceptions of the operations, and `other` for any
/// other exception. `timeout` and `connection` mean that there was no response. `none` means a
/// response without an exception.
pub const EXCEPTIONS: &[&str] = &[
    "AliasExistsException",
    "CodeDeliveryFailureException",
    "CodeMismatchException",
    "ConcurrentModificationException",
    "ExpiredCodeException",
    "ForbiddenException",
    "InternalErrorException",
    "InvalidEmailRoleAccessPolicyException",
    "InvalidLambdaResponseException",
    "InvalidParameterException",
    "InvalidPasswordException",
    "InvalidSmsRoleAccessPolicyException",
    "InvalidSmsRoleTrustRelationshipException",
    "LimitExceededException",
    "NotAuthorizedException",
    "OperationNotEnabledException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "TooManyFailedAttemptsException",
    "TooManyRequestsException",
    "UnexpectedLambdaException",
    "UserLambdaValidationException",
    "UserNotFoundException",
    "UsernameExistsException",
    "other",
    "timeout",
    "connection",
    "none",
];

/// The buckets in seconds. They separate the fast rejections of a firewall from requests that take
/// up to `cognito.operation_timeout`.
const BUCKETS: [f64; 12] = [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0];

#[derive(Clone, Debug)]
pub(super) struct Cognito {
    durations: Series<Histogram>,
    errors: Series<Counter>,
}

impl Cognito {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            durations: Series::register(
                registry,
                "cognito_request_duration_seconds",
                "Duration of requests to Cognito by operation and result",
                &[("operation", OPERATIONS), ("result", RESULTS)],
                || Histogram::new(BUCKETS),
            ),
            errors: Series::register(
                registry,
                "cognito_errors",
                "Requests to Cognito that failed, by operation and exception",
                &[("operation", OPERATIONS), ("exception", EXCEPTIONS)],
                Counter::default,
            ),
        }
    }
}

impl Metrics {
    /// Records a request to Cognito, with its exception if it failed.
    pub fn cognito_request(
        &self,
        operation: CognitoOperation,
        result: &'static str,
        exception: Option<&'static str>,
        duration: Duration,
    ) {
        if let Some(histogram) = self.cognito.durations.get(&[operation.name(), result]) {
            histogram.observe(duration.as_secs_f64());
        }
        if let Some(exception) = exception
            && let Some(counter) = self.cognito.errors.get(&[operation.name(), exception])
        {
            counter.inc();
        }
    }
}

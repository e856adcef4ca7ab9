//! The classification of the SDK's errors, and their report in metrics and in the log.

use std::error::Error as StdError;

use aws_sdk_cognitoidentityprovider::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::failure::{CallError, CognitoError, Failure, Misconfiguration};
use crate::{cognito::validate_response, metrics::EXCEPTIONS};

/// Classifies an error of the SDK, and logs it. `interpret` classifies an error that has an error
/// code.
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

fn read_error<E>(error: &SdkError<E, HttpResponse>) -> Result<CognitoError<'_>, Failure>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let response = error.raw_response();
            match code(error) {
                Some(code) => Ok(CognitoError::new(code, error.message().unwrap_or_default())),
                // The page of a firewall has no error code. A truncated response may have had one
                // that reveals an account, such as LimitExceededException.
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

/// Returns the value of the metric's label `exception`.
pub(in crate::cognito) fn exception<E>(error: &SdkError<E, HttpResponse>) -> &'static str
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "timeout",
        SdkError::DispatchFailure(_) => "connection",
        _ => match code(error) {
            Some(code) => EXCEPTIONS.iter().find(|known| **known == code).unwrap_or(&"other"),
            None => "none",
        },
    }
}

/// Returns the exception's name that the SDK read. If the SDK read no name, returns the name in the
/// header. Ignores the header of a response with a success status.
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

/// Logs an error without its error message, which may contain values of users.
fn report<E, M>(operation: &str, error: &SdkError<E, HttpResponse>, classified: &M)
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    M: CallError,
{
    let cognito_exception = code(error)
        .filter(|code| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let cognito_status = error.raw_response().map(|response| response.status().as_u16());
    let cognito_request_id = error.request_id().filter(|id| validate_response::is_request_id(id));
    match classified.failure() {
        Some(Failure::Misconfigured(_) | Failure::NotEnabled | Failure::TriggerFailed) => {
            tracing::error!(
                alarm = true,
                operation,
                reason = %classified,
                cognito_exception,
                cognito_status,
                cognito_request_id,
                "call to Cognito failed"
            );
        }
        Some(Failure::Unreachable) => {
            let cause = DisplayErrorContext(error);
            tracing::warn!(operation, reason = %classified, %cause, "call to Cognito failed");
        }
        Some(
            Failure::Blocked
            | Failure::Busy
            | Failure::QueueFull { .. }
            | Failure::UpstreamFailed
            | Failure::TimedOut,
        ) => {
            tracing::warn!(
                operation,
                reason = %classified,
                cognito_exception,
                cognito_status,
                cognito_request_id,
                "call to Cognito failed"
            );
        }
        None if classified.is_warning() => {
            tracing::warn!(
                operation,
                reason = %classified,
                cognito_exception,
                cognito_status,
                cognito_request_id,
                "call to Cognito failed"
            );
        }
        None => {
            tracing::debug!(
                operation,
                reason = %classified,
                cognito_exception,
                cognito_status,
                cognito_request_id,
                "call to Cognito failed"
            );
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

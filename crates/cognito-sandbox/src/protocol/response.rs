//! The responses of operations, before their serialization.

use std::time::Duration;

use serde_json::Value;

pub(crate) const AMZ_JSON: &str = "application/x-amz-json-1.1";

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) delay: Duration,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// A 200 with this JSON document.
    Output(Value),
    /// An exception.
    Exception(Exception),
    /// A fixed response.
    Raw(RawResponse),
    /// No response. The pool keeps the connection open.
    Silence,
    /// No response. The pool resets the connection.
    Reset,
}

impl From<Content> for Response {
    fn from(content: Content) -> Self {
        Self { delay: Duration::ZERO, content }
    }
}

impl From<Result<Value, Exception>> for Response {
    fn from(result: Result<Value, Exception>) -> Self {
        match result {
            Ok(output) => Content::Output(output).into(),
            Err(exception) => Content::Exception(exception).into(),
        }
    }
}

/// A response with a fixed head and body.
#[derive(Clone, Copy, Debug)]
pub struct RawResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The header `x-amzn-errortype`.
    pub error_type: Option<&'static str>,
    /// The body.
    pub body: &'static str,
    /// The exception that a careful client reads from the response.
    pub code: Option<&'static str>,
}

/// An exception of Cognito.
#[derive(Debug)]
pub(crate) struct Exception {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Exception {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn not_authorized(message: impl Into<String>) -> Self {
        Self::new("NotAuthorizedException", message)
    }
}

/// Returns the HTTP status of an exception (service model, `httpError`).
pub(crate) fn status(code: &str) -> u16 {
    match code {
        "InternalErrorException" => 500,
        "ForbiddenException" => 403,
        _ => 400,
    }
}

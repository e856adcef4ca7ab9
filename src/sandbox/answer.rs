//! What the pool answers, before it is bytes.

use std::time::Duration;

use serde_json::Value;

use super::magic::RawAnswer;

/// An answer and how long it keeps the caller waiting.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) after: Duration,
    pub(super) content: Content,
}

/// What comes over the wire, if anything does.
#[derive(Debug)]
pub(super) enum Content {
    Output(Value),
    Refused(Refusal),
    Raw(RawAnswer),
    Silence,
    Reset,
}

impl From<Content> for Answer {
    fn from(content: Content) -> Self {
        Self { after: Duration::ZERO, content }
    }
}

impl From<Result<Value, Refusal>> for Answer {
    fn from(result: Result<Value, Refusal>) -> Self {
        match result {
            Ok(output) => Content::Output(output).into(),
            Err(refusal) => Content::Refused(refusal).into(),
        }
    }
}

/// One of Cognito's exceptions.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(super) fn not_authorized(message: impl Into<String>) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    /// 400 for all but two (service model, `httpError` of each exception).
    pub(super) fn status(&self) -> u16 {
        match self.code {
            "InternalErrorException" => 500,
            "ForbiddenException" => 403,
            _ => 400,
        }
    }
}

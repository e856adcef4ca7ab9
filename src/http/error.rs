//! The errors of the HTTP layer. Use cases return a `Rejection` instead.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use thiserror::Error;

use super::problem::{Problem, ProblemType, from_rejection};
use crate::{
    rate_limit::{Exceeded, Reason},
    registration::Violation,
};

/// An error that the middleware `render_problem` replaces by a problem.
#[derive(Debug, Error)]
pub(super) enum Error {
    #[error("{}", .0.name())]
    Problem(ProblemType),
    #[error("method not allowed")]
    MethodNotAllowed(&'static str),
    #[error("the body is not readable")]
    Unreadable(Vec<Violation>),
    #[error("invalid form")]
    Invalid(Vec<Violation>),
    #[error("the client is over a limit")]
    OverLimit(Exceeded),
    #[error("too many requests are in progress")]
    Busy,
}

impl Error {
    /// Returns the problem for the client.
    pub(super) fn problem(&self) -> Problem<'_> {
        match self {
            Self::Problem(kind) => Problem::from(*kind),
            Self::MethodNotAllowed(allow) => {
                Problem { allow: Some(allow), ..Problem::from(ProblemType::MethodNotAllowed) }
            }
            Self::Unreadable(violations) => {
                Problem::with(ProblemType::UnreadableBody, violations.as_slice())
            }
            Self::Invalid(violations) => {
                Problem::with(ProblemType::InvalidRegistration, violations.as_slice())
            }
            Self::OverLimit(exceeded) => from_rejection::too_many_requests(*exceeded),
            Self::Busy => from_rejection::busy(std::time::Duration::ZERO),
        }
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::OverLimit(exceeded) => Self::OverLimit(exceeded),
            Reason::Busy => Self::Busy,
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.problem().kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

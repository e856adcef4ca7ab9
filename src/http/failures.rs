//! Why a request is refused, and which problem that is: the only place that decides it.

use std::borrow::Cow;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use thiserror::Error;

use super::{
    limits::whole_seconds,
    problem::{Problem, ProblemType},
};
use crate::{
    cognito::{Field, FieldMistake, Misconfiguration, Mistake, Outcome, SignUpError},
    limits::Exceeded,
    registration::{Violation, ViolationCode},
};

/// Why a request is refused.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("{}", .0.name())]
    Plain(ProblemType),
    #[error("method not allowed")]
    MethodNotAllowed(&'static str),
    #[error("a value of the wrong type")]
    WrongType(Violation),
    #[error("invalid registration")]
    Invalid(Vec<Violation>),
    #[error("over a limit")]
    OverLimit(Exceeded),
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    #[error("the first request with this key is under way")]
    InProgress,
    #[error("the ledger is away")]
    LedgerAway,
    #[error("the outcome could not be written")]
    NotWritten,
}

impl From<Vec<Violation>> for Refusal {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

/// The body is written by [`super::problem::render`], which knows the request.
impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.problem().kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl Refusal {
    /// What the caller is told.
    pub(super) fn problem(&self) -> Problem<'_> {
        match self {
            Self::Plain(kind) => Problem::from(*kind),
            Self::MethodNotAllowed(allow) => {
                Problem { allow: Some(allow), ..Problem::from(ProblemType::MethodNotAllowed) }
            }
            Self::WrongType(violation) => {
                with(ProblemType::UnreadableBody, std::slice::from_ref(violation))
            }
            Self::Invalid(violations) => {
                with(ProblemType::InvalidRegistration, violations.as_slice())
            }
            Self::OverLimit(exceeded) => {
                after(ProblemType::TooManyRequests, whole_seconds(exceeded.retry_after).max(1))
            }
            Self::SignUp(error) => sign_up_problem(error),
            Self::InProgress => after(ProblemType::RequestInProgress, 1),
            Self::LedgerAway => after(ProblemType::Unavailable, 5),
            // It was done, and nobody may be told so before that is written.
            Self::NotWritten => after(ProblemType::UpstreamFailed, 5),
        }
    }

    /// Whether the same request would be told the same for ever: Cognito refused its contents.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::SignUp(error) => error.is_about_the_contents(),
            _ => false,
        }
    }

    /// Whether what was asked for may have been done.
    pub(super) fn leaves_the_outcome_unknown(&self) -> bool {
        match self {
            Self::SignUp(error) => error.outcome() == Outcome::Unknown,
            Self::NotWritten => true,
            _ => false,
        }
    }
}

fn sign_up_problem(error: &SignUpError) -> Problem<'_> {
    match error {
        SignUpError::Invalid(mistakes) => {
            let violations: Vec<Violation> = mistakes.iter().map(violation).collect();
            with(ProblemType::InvalidRegistration, violations)
        }
        SignUpError::Rejected => Problem::from(ProblemType::Rejected),
        SignUpError::RefusedByTrigger => Problem::from(ProblemType::RegistrationRejected),
        SignUpError::AccountExists(field) => with(
            ProblemType::AccountExists,
            vec![Violation::new(&path(field), ViolationCode::Taken)],
        ),
        SignUpError::Closed => Problem::from(ProblemType::SignUpClosed),
        SignUpError::Blocked => Problem::from(ProblemType::Blocked),
        // Jittered, so that those who were refused together do not come back together.
        SignUpError::Busy => after(ProblemType::Busy, fastrand::u64(2..=5)),
        SignUpError::Unreachable => after(ProblemType::Unavailable, 5),
        SignUpError::NotEnabled => after(ProblemType::Unavailable, 60),
        SignUpError::Misconfigured(
            Misconfiguration::SecretHash
            | Misconfiguration::Request
            | Misconfiguration::UnknownClient
            | Misconfiguration::UnwritableAttribute
            | Misconfiguration::Schema
            | Misconfiguration::NotAuthorized
            | Misconfiguration::DeliveryRole,
        ) => after(ProblemType::Misconfigured, 60),
        SignUpError::HookFailed => after(ProblemType::HookFailed, 5),
        // The handler answers these as a success that is pending.
        SignUpError::CodeNotDelivered | SignUpError::UpstreamFailed => {
            after(ProblemType::UpstreamFailed, 5)
        }
        SignUpError::TimedOut => after(ProblemType::UpstreamTimeout, 5),
    }
}

fn with<'a>(kind: ProblemType, violations: impl Into<Cow<'a, [Violation]>>) -> Problem<'a> {
    Problem { violations: violations.into(), ..Problem::from(kind) }
}

fn after(kind: ProblemType, seconds: u64) -> Problem<'static> {
    Problem { retry_after: Some(seconds), ..Problem::from(kind) }
}

fn violation(mistake: &FieldMistake) -> Violation {
    let code = match mistake.mistake {
        Mistake::Required => ViolationCode::Required,
        Mistake::TooShort => ViolationCode::TooShort,
        Mistake::NeedsUppercase => ViolationCode::NeedsUppercase,
        Mistake::NeedsLowercase => ViolationCode::NeedsLowercase,
        Mistake::NeedsNumber => ViolationCode::NeedsNumber,
        Mistake::NeedsSymbol => ViolationCode::NeedsSymbol,
        Mistake::WeakPassword => ViolationCode::WeakPassword,
        Mistake::InvalidEmail => ViolationCode::InvalidEmail,
        Mistake::InvalidPhoneNumber => ViolationCode::InvalidPhoneNumber,
        Mistake::LooksLikeEmail => ViolationCode::LooksLikeEmail,
        Mistake::InvalidValue => ViolationCode::InvalidValue,
    };
    Violation::new(&path(&mistake.field), code)
}

fn path(field: &Field) -> Vec<&str> {
    match field {
        Field::Username => vec!["username"],
        Field::Email => vec!["email"],
        Field::PhoneNumber => vec!["phone_number"],
        Field::Password => vec!["password"],
        Field::Attribute(name) => vec!["attributes", name],
    }
}

//! Why a request is refused, and which problem that is: the only place that decides it.

use std::{borrow::Cow, time::Duration};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use thiserror::Error;

use super::{
    State,
    limits::whole_seconds,
    problem::{Problem, ProblemType},
};
use crate::{
    bot_check,
    cognito::{
        Caller, ConfirmError, ConfirmOutcome, Failure, Field, FieldMistake, Mistake, Outcome,
        ResendError, ResendOutcome, SignUpError,
    },
    ledger::{Attempt, Operation},
    pwned_passwords,
    rate_limit::Exceeded,
    registration::{Violation, ViolationCode},
};

/// Cognito counts a person's attempts by the hour.
const AN_HOUR: u64 = 3600;

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
    #[error("too much is under way")]
    Busy,
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    #[error(transparent)]
    Resend(#[from] ResendError),
    #[error("the first request with this key is under way")]
    InProgress,
    #[error(transparent)]
    Proof(bot_check::Rejection),
    #[error("the pwned passwords API is unavailable")]
    PwnedPasswordsUnavailable,
    #[error("the ledger is away")]
    LedgerAway,
    #[error("the outcome could not be written")]
    NotWritten,
}

impl From<pwned_passwords::Rejection> for Refusal {
    fn from(rejection: pwned_passwords::Rejection) -> Self {
        match rejection {
            pwned_passwords::Rejection::Breached(count) => {
                let breached = Violation::new(&["password"], ViolationCode::Breached);
                Self::Invalid(vec![breached.with("count", count)])
            }
            pwned_passwords::Rejection::Unavailable => Self::PwnedPasswordsUnavailable,
        }
    }
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
            Self::Busy => busy(Duration::ZERO),
            Self::SignUp(error) => sign_up_problem(error),
            Self::Confirm(error) => confirm_problem(error),
            Self::Resend(error) => resend_problem(error),
            Self::InProgress => after(ProblemType::RequestInProgress, 1),
            Self::Proof(rejection) => proof_problem(*rejection),
            Self::PwnedPasswordsUnavailable | Self::LedgerAway => {
                after(ProblemType::Unavailable, 5)
            }
            // It was done, and nobody may be told so before that is written.
            Self::NotWritten => after(ProblemType::UpstreamFailed, 5),
        }
    }

    /// The code of the problem.
    pub(super) fn code(&self) -> &'static str {
        self.problem().kind.code()
    }

    /// Takes note of a form that broke rules. Whom it was about is not known.
    pub(super) fn note(
        &self,
        state: &State,
        operation: Operation,
        request_id: &str,
        caller: &Caller,
    ) {
        if self.is_about_messages() {
            state.metrics.over_limit("sms", true);
        }
        state.ledger.refused(Attempt {
            operation,
            request_id: request_id.to_owned(),
            outcome: operation.refused(),
            code: self.code(),
            user_sub: None,
            cognito_request_id: None,
            recipient: None,
            username: None,
            address: Some(caller.address),
            locale: caller.language.clone(),
            consents: Vec::new(),
        });
    }

    /// Whether somebody gave a number that is sent no messages.
    fn is_about_messages(&self) -> bool {
        let Self::Invalid(violations) = self else { return false };
        violations.iter().any(|violation| {
            matches!(
                violation.code,
                ViolationCode::CallingCodeNotAllowed | ViolationCode::PhoneNumberNotMobile
            )
        })
    }

    /// Whether the same request would be told the same for ever: Cognito refused its contents.
    /// Where an earlier request with the same key may have created the account, what a trigger
    /// says of a second one (an invitation is used up, for example) says nothing of the first.
    pub(super) fn is_final(&self, taken_over: bool) -> bool {
        match self {
            Self::SignUp(SignUpError::RefusedByTrigger(_)) if taken_over => false,
            Self::SignUp(error) => error.is_about_the_contents(),
            Self::Confirm(error) => error.is_about_the_contents(),
            Self::Resend(error) => error.is_about_the_contents(),
            _ => false,
        }
    }

    /// Whether what was asked for may have been done.
    pub(super) fn leaves_the_outcome_unknown(&self) -> bool {
        match self {
            Self::SignUp(error) => error.outcome() == Outcome::Unknown,
            Self::Confirm(error) => error.outcome() == ConfirmOutcome::Unknown,
            Self::Resend(error) => error.outcome() == ResendOutcome::Unknown,
            Self::NotWritten => true,
            _ => false,
        }
    }
}

fn proof_problem(rejection: bot_check::Rejection) -> Problem<'static> {
    match rejection {
        bot_check::Rejection::ProofRequired => Problem::from(ProblemType::ProofRequired),
        bot_check::Rejection::NotHuman => Problem::from(ProblemType::NotHuman),
        bot_check::Rejection::Unavailable => after(ProblemType::Unavailable, 5),
        bot_check::Rejection::Misconfigured => after(ProblemType::Misconfigured, 60),
    }
}

fn sign_up_problem(error: &SignUpError) -> Problem<'_> {
    match error {
        SignUpError::Invalid(mistakes) => invalid(mistakes),
        SignUpError::Rejected => Problem::from(ProblemType::Rejected),
        SignUpError::RefusedByTrigger(refusal) => {
            Problem { marked: refusal.marked(), ..Problem::from(ProblemType::RegistrationRejected) }
        }
        SignUpError::AccountExists(field) => with(
            ProblemType::AccountExists,
            vec![Violation::new(&path(field), ViolationCode::Taken)],
        ),
        SignUpError::Closed => Problem::from(ProblemType::SignUpClosed),
        // The handler answers this as a success that is pending.
        SignUpError::CodeNotDelivered => after(ProblemType::UpstreamFailed, 5),
        SignUpError::LaterTriggerFailed => failure_problem(Failure::HookFailed),
        SignUpError::Failed(failure) => failure_problem(*failure),
    }
}

fn confirm_problem(error: &ConfirmError) -> Problem<'_> {
    match error {
        ConfirmError::Invalid(mistakes) => invalid(mistakes),
        ConfirmError::Rejected => Problem::from(ProblemType::Rejected),
        ConfirmError::InvalidCode | ConfirmError::AlreadyConfirmed => {
            Problem::from(ProblemType::InvalidCode)
        }
        ConfirmError::ExpiredCode => Problem::from(ProblemType::ExpiredCode),
        // No field of this form holds the address that is taken.
        ConfirmError::AliasExists => Problem::from(ProblemType::AccountExists),
        ConfirmError::TooManyAttempts => after(ProblemType::TooManyAttempts, AN_HOUR),
        ConfirmError::Failed(failure) => failure_problem(*failure),
    }
}

fn resend_problem(error: &ResendError) -> Problem<'_> {
    match error {
        ResendError::Invalid(mistakes) => invalid(mistakes),
        ResendError::Rejected => Problem::from(ProblemType::Rejected),
        ResendError::TooManyAttempts | ResendError::MailUsedUp => {
            after(ProblemType::TooManyAttempts, AN_HOUR)
        }
        ResendError::CodeNotDelivered => after(ProblemType::DeliveryFailed, 30),
        // The handler answers this as a success.
        ResendError::NobodyWaits => after(ProblemType::UpstreamFailed, 5),
        ResendError::Failed(failure) => failure_problem(*failure),
    }
}

fn failure_problem(failure: Failure) -> Problem<'static> {
    match failure {
        Failure::Blocked => Problem::from(ProblemType::Blocked),
        Failure::Busy => busy(Duration::ZERO),
        Failure::QueueFull { retry_after } => busy(retry_after),
        Failure::Unreachable => after(ProblemType::Unavailable, 5),
        Failure::NotEnabled => after(ProblemType::Unavailable, 60),
        Failure::Misconfigured(_) => after(ProblemType::Misconfigured, 60),
        Failure::HookFailed => after(ProblemType::HookFailed, 5),
        Failure::UpstreamFailed => after(ProblemType::UpstreamFailed, 5),
        Failure::TimedOut => after(ProblemType::UpstreamTimeout, 5),
    }
}

/// Not before it makes sense, and jittered, so that those who were refused together do not come
/// back together.
fn busy(at_least: Duration) -> Problem<'static> {
    after(ProblemType::Busy, whole_seconds(at_least).max(2) + fastrand::u64(0..=3))
}

fn invalid(mistakes: &[FieldMistake]) -> Problem<'_> {
    let violations: Vec<Violation> = mistakes.iter().map(violation).collect();
    with(ProblemType::InvalidRegistration, violations)
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
        Field::Code => vec!["code"],
        Field::Session => vec!["session"],
    }
}

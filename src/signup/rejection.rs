use std::time::Duration;

use thiserror::Error;

use crate::{
    bot_check,
    cognito::{ConfirmError, ResendError, SignUpError},
    pwned_passwords,
    rate_limit::Exceeded,
    registration::{Violation, ViolationCode},
};

/// The reason why the service rejects a request. `http::problem` maps each reason to a problem.
#[derive(Debug, Error)]
pub enum Rejection {
    /// The form has violations.
    #[error("invalid form")]
    Invalid(Vec<Violation>),
    /// The client or a recipient is over a limit.
    #[error("the client or a recipient is over a limit")]
    OverLimit(Exceeded),
    /// The sign-up did not pass the bot check.
    #[error(transparent)]
    BotCheck(#[from] bot_check::Rejection),
    /// The Pwned Passwords API is unavailable, and the settings require a check of each password.
    #[error("the pwned passwords API is unavailable")]
    PwnedPasswordsUnavailable,
    /// The first request with this Idempotency-Key is in progress, for at most this time.
    #[error("the first request with this Idempotency-Key is in progress")]
    InProgress(Duration),
    /// An earlier request had this Idempotency-Key and another body.
    #[error("an earlier request had this Idempotency-Key and another body")]
    KeyReused,
    /// The database is unavailable.
    #[error("the database is unavailable")]
    StoreUnavailable,
    /// The response must not report the outcome, because the database did not store the outcome.
    #[error("the database did not store the outcome")]
    NotStored,
    /// The service cannot read the stored response.
    #[error("the service cannot read the stored response")]
    UnreadableResponse,
    /// An earlier confirm with the same code may have confirmed the account.
    #[error("an earlier confirm with the same code may have succeeded")]
    ConfirmationUncertain,
    /// SignUp did not succeed.
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    /// ConfirmSignUp did not succeed.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// ResendConfirmationCode did not succeed.
    #[error(transparent)]
    Resend(#[from] ResendError),
}

impl Rejection {
    /// Returns `true` if Cognito rejected the contents of the request, and would reject them again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::SignUp(error) => error.is_about_the_contents(),
            Self::Confirm(error) => error.is_about_the_contents(),
            Self::Resend(error) => error.is_about_the_contents(),
            _ => false,
        }
    }

    /// Returns `true` if the requested change may have happened.
    #[must_use]
    pub fn leaves_the_outcome_unknown(&self) -> bool {
        match self {
            Self::SignUp(error) => error.may_have_succeeded(),
            Self::Confirm(error) => error.may_have_succeeded(),
            Self::Resend(error) => error.may_have_succeeded(),
            Self::NotStored => true,
            _ => false,
        }
    }
}

impl From<Exceeded> for Rejection {
    fn from(exceeded: Exceeded) -> Self {
        Self::OverLimit(exceeded)
    }
}

impl From<pwned_passwords::Rejection> for Rejection {
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

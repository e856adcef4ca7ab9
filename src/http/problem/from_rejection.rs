//! The table of rejections. Each rejection becomes a problem with a type and, if a retry may help,
//! a `Retry-After`.

use std::time::Duration;

use super::{Problem, ProblemType};
use crate::{
    bot_check,
    cognito::{ConfirmError, Failure, Field, ResendError, SignUpError},
    rate_limit::{Exceeded, Owner},
    registration::{Violation, ViolationCode},
    signup::Rejection,
    time::whole_seconds,
};

/// Seconds after which Cognito accepts more confirms or resends, which it counts per hour.
const AN_HOUR: u64 = 3600;

impl<'a> From<&'a Rejection> for Problem<'a> {
    fn from(rejection: &'a Rejection) -> Self {
        match rejection {
            Rejection::Invalid(violations) => invalid(violations),
            Rejection::OverLimit(exceeded) => too_many_requests(*exceeded),
            Rejection::BotCheck(rejection) => bot_check_problem(*rejection),
            Rejection::InProgress(lease) => {
                Self::after(ProblemType::RequestInProgress, whole_seconds(*lease).max(1))
            }
            Rejection::KeyReused => Self::from(ProblemType::IdempotencyKeyReused),
            Rejection::PwnedPasswordsUnavailable | Rejection::StoreUnavailable => unavailable(5),
            // Cognito made the change, but the service must not report a change that it did not
            // store.
            Rejection::NotStored => Self::after(ProblemType::UpstreamFailed, 5),
            Rejection::UnreadableResponse => Self::from(ProblemType::Internal),
            Rejection::ConfirmationUncertain => Self::from(ProblemType::ConfirmationUncertain),
            Rejection::SignUp(error) => sign_up_problem(error),
            Rejection::Confirm(error) => confirm_problem(error),
            Rejection::Resend(error) => resend_problem(error),
        }
    }
}

fn invalid(violations: &[Violation]) -> Problem<'_> {
    Problem::with(ProblemType::InvalidRegistration, violations)
}

/// Returns the problem of a client or recipient over a limit.
pub(in crate::http) fn too_many_requests(exceeded: Exceeded) -> Problem<'static> {
    let seconds = whole_seconds(exceeded.retry_after).max(1);
    let field = match exceeded.owner {
        Owner::Email => Field::Email.name(),
        Owner::PhoneNumber => Field::PhoneNumber.name(),
        Owner::Username => Field::Username.name(),
        Owner::Client => return Problem::after(ProblemType::TooManyRequests, seconds),
        Owner::ManyClients => {
            return Problem::after(ProblemType::TooManyRequests, jittered(seconds));
        }
    };
    let violations = vec![Violation::new(&[field], ViolationCode::LimitExceeded)];
    Problem {
        violations: violations.into(),
        ..Problem::after(ProblemType::TooManyRequests, seconds)
    }
}

/// Returns the problem of too much load.
pub(in crate::http) fn busy(at_least: Duration) -> Problem<'static> {
    Problem::after(ProblemType::Busy, jittered(whole_seconds(at_least).max(2)))
}

fn unavailable(seconds: u64) -> Problem<'static> {
    Problem::after(ProblemType::Unavailable, jittered(seconds))
}

/// Adds a random time. Otherwise, clients with simultaneous rejections would retry simultaneously.
fn jittered(seconds: u64) -> u64 {
    seconds + fastrand::u64(0..=(seconds / 4).max(3))
}

fn bot_check_problem(rejection: bot_check::Rejection) -> Problem<'static> {
    match rejection {
        bot_check::Rejection::ProofRequired => Problem::from(ProblemType::ProofRequired),
        bot_check::Rejection::NotHuman => Problem::from(ProblemType::NotHuman),
        bot_check::Rejection::Unavailable => unavailable(5),
        bot_check::Rejection::Misconfigured => Problem::after(ProblemType::Misconfigured, 60),
    }
}

fn sign_up_problem(error: &SignUpError) -> Problem<'_> {
    match error {
        SignUpError::Invalid(violations) => invalid(violations),
        SignUpError::RejectedByTrigger(rejection) => Problem {
            marked: rejection.marked(),
            ..Problem::from(ProblemType::RegistrationRejected)
        },
        // The user signs in if the account is confirmed, and otherwise needs a new code.
        SignUpError::AccountExists(field) => {
            let violations = field
                .iter()
                .map(|field| Violation::new(&[field.name()], ViolationCode::Taken))
                .collect::<Vec<_>>();
            Problem {
                next: &["sign_in", "resend"],
                ..Problem::with(ProblemType::AccountExists, violations)
            }
        }
        SignUpError::Closed => Problem::from(ProblemType::SignUpClosed),
        // The use case turns this error into a pending success.
        SignUpError::CodeNotDelivered => Problem::after(ProblemType::UpstreamFailed, 5),
        SignUpError::LaterTriggerFailed => failure_problem(Failure::TriggerFailed),
        SignUpError::Failed(failure) => failure_problem(*failure),
    }
}

fn confirm_problem(error: &ConfirmError) -> Problem<'_> {
    match error {
        ConfirmError::Invalid(violations) => invalid(violations),
        ConfirmError::InvalidCode
        | ConfirmError::SessionRejected
        | ConfirmError::AlreadyConfirmed => Problem::from(ProblemType::InvalidCode),
        ConfirmError::ExpiredCode => Problem::from(ProblemType::ExpiredCode),
        // The address belongs to another account, which is confirmed. No field of this form
        // contains the address.
        ConfirmError::AliasExists => {
            Problem { next: &["sign_in"], ..Problem::from(ProblemType::AccountExists) }
        }
        ConfirmError::TooManyAttempts => Problem::after(ProblemType::TooManyAttempts, AN_HOUR),
        ConfirmError::Failed(failure) => failure_problem(*failure),
    }
}

fn resend_problem(error: &ResendError) -> Problem<'_> {
    match error {
        ResendError::Invalid(violations) => invalid(violations),
        ResendError::TooManyAttempts | ResendError::EmailLimitReached => {
            Problem::after(ProblemType::TooManyAttempts, AN_HOUR)
        }
        ResendError::CodeNotDelivered => Problem::after(ProblemType::DeliveryFailed, 30),
        // The use case turns this error into a success.
        ResendError::NoPendingAccount => Problem::after(ProblemType::UpstreamFailed, 5),
        ResendError::Failed(failure) => failure_problem(*failure),
    }
}

fn failure_problem(failure: Failure) -> Problem<'static> {
    match failure {
        Failure::Blocked => Problem::from(ProblemType::Blocked),
        Failure::Busy => busy(Duration::ZERO),
        Failure::QueueFull { retry_after } => busy(retry_after),
        Failure::Unreachable => unavailable(5),
        Failure::NotEnabled => unavailable(60),
        Failure::Misconfigured(_) => Problem::after(ProblemType::Misconfigured, 60),
        Failure::TriggerFailed => Problem::after(ProblemType::HookFailed, 5),
        Failure::UpstreamFailed => Problem::after(ProblemType::UpstreamFailed, 5),
        Failure::TimedOut => Problem::after(ProblemType::UpstreamTimeout, 5),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn clients_with_simultaneous_rejections_retry_at_different_times() {
        let over_limit =
            |owner| Rejection::OverLimit(Exceeded { retry_after: Duration::from_mins(1), owner });
        let bot_check = Rejection::BotCheck(bot_check::Rejection::Unavailable);
        let failed = |failure| Rejection::SignUp(SignUpError::Failed(failure));
        let queue_full = Failure::QueueFull { retry_after: Duration::from_secs(1) };
        for (rejection, range) in [
            (over_limit(Owner::ManyClients), 60..=75),
            (Rejection::StoreUnavailable, 5..=8),
            (Rejection::PwnedPasswordsUnavailable, 5..=8),
            (bot_check, 5..=8),
            (failed(Failure::Unreachable), 5..=8),
            (failed(Failure::NotEnabled), 60..=75),
            (failed(Failure::Busy), 2..=5),
            (failed(queue_full), 2..=5),
        ] {
            let seconds: BTreeSet<u64> =
                (0..1000).filter_map(|_| Problem::from(&rejection).retry_after).collect();

            assert_eq!(seconds, range.collect(), "{rejection}");
        }
        for owner in [Owner::Email, Owner::PhoneNumber, Owner::Username, Owner::Client] {
            let rejection = over_limit(owner);
            assert_eq!(Problem::from(&rejection).retry_after, Some(60), "{owner:?}");
        }
    }
}

//! `POST /register`: limit, validate, sign up, answer.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    web::{Data, Payload},
};

use super::{
    State,
    answer::Answer,
    caller::{caller, facts},
    failures::Refusal,
    json,
    root_span::{AnsweredCode, LoggedOutcome},
    to_its_end::to_its_end,
};
use crate::{
    cognito::{Caller, Field, Outcome, SignUpError, SignedUp},
    config::ExistingAccounts,
    ledger::{Attempt, Earlier, Ending},
    registration::{Registration, RegistrationForm},
};

pub(super) async fn register(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let read = json::read::<RegistrationForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let registration = checked(read, &state, &caller)?;
    let ended = to_its_end(sign_up_once(state, registration, caller)).await?;
    request.extensions_mut().insert(LoggedOutcome(ended.outcome.as_str()));
    let answer = ended.answer?;
    request.extensions_mut().insert(AnsweredCode(answer.code()));
    Ok(answer.response())
}

/// What came of a sign-up.
struct Ended {
    outcome: Outcome,
    answer: Result<Answer, SignUpError>,
}

/// One sign-up, from its memory to its answer. Runs to its end even if the caller hangs up,
/// so that what came of it is recorded.
async fn sign_up_once(state: Data<State>, registration: Registration, caller: Caller) -> Ended {
    let _in_flight = state.health.in_flight();
    let attempt =
        state.recent.begin(registration.recipient_or_username(), registration.password.as_ref());
    let result = state.cognito.sign_up(&registration, &caller).await;
    let outcome = result.as_ref().map_or_else(SignUpError::outcome, |_| Outcome::Created);
    state.metrics.sign_up(outcome.as_str());
    let answer = remembered(attempt, result, &registration).await;
    Ended { outcome, answer: concealed(answer, &state, &registration) }
}

/// Remembers how the call ended, and asks the memory where the account exists already.
async fn remembered(
    attempt: Attempt<'_>,
    result: Result<SignedUp, SignUpError>,
    registration: &Registration,
) -> Result<Answer, SignUpError> {
    match result {
        Ok(account) => {
            let earlier = if account.confirmed { Earlier::Confirmed } else { Earlier::Created };
            attempt.end(Ending::MayExist(earlier));
            Ok(Answer::created(account, registration))
        }
        Err(SignUpError::CodeNotDelivered) => {
            attempt.end(Ending::MayExist(Earlier::CodeNotDelivered));
            Ok(Answer::pending(Earlier::CodeNotDelivered, registration))
        }
        Err(SignUpError::AccountExists(field)) => match attempt.exists().await {
            Some(earlier) => Ok(Answer::pending(earlier, registration)),
            None => Err(SignUpError::AccountExists(field)),
        },
        Err(error) => {
            attempt.end(match error.outcome() {
                Outcome::NotCreated => Ending::NotCreated,
                Outcome::Created | Outcome::Unknown => Ending::MayExist(Earlier::Unknown),
            });
            Err(error)
        }
    }
}

/// In conceal mode, everything that tells about one account is one and the same answer.
fn concealed(
    answer: Result<Answer, SignUpError>,
    state: &State,
    registration: &Registration,
) -> Result<Answer, SignUpError> {
    if state.existing_accounts == ExistingAccounts::Reveal {
        return answer;
    }
    match answer {
        // A name that people pick has to be told, or they could not pick another.
        Err(SignUpError::AccountExists(Field::Username)) => answer,
        Err(SignUpError::AccountExists(_)) | Ok(_) => {
            Ok(Answer::unrevealing(state.username_mode, registration))
        }
        Err(_) => answer,
    }
}

/// The registration, or every mistake in it at once.
fn checked(
    read: json::Read<RegistrationForm>,
    state: &State,
    caller: &Caller,
) -> Result<Registration, Refusal> {
    let mut registration =
        read.checked(|form| Registration::parse(form, &state.rules, &state.username_key))?;
    registration.fill(&state.rules, &facts(caller));
    Ok(registration)
}

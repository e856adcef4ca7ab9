//! `POST /register`: limit, validate, sign up, answer.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{ACCEPT_LANGUAGE, HeaderName, USER_AGENT},
    rt,
    web::{Data, Payload},
};
use tracing::Instrument;

use super::{
    State,
    answer::Answer,
    failures::Refusal,
    json,
    problem::ProblemType,
    root_span::{AnsweredCode, CallerAddress, LoggedOutcome},
};
use crate::{
    cognito::{Caller, Field, Outcome, SignUpError, SignedUp},
    config::ExistingAccounts,
    ledger::{Attempt, Earlier, Ending},
    registration::{Facts, Registration, RegistrationForm},
};

const SEC_CH_UA_PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");

pub(super) async fn register(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let read = json::read::<RegistrationForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let registration = checked(read, &state, &caller)?;
    // Boxed, since what is spawned is moved several times, and this is large.
    let sign_up = Box::pin(sign_up_once(state, registration, caller)).in_current_span();
    let ended = rt::spawn(sign_up).await.map_err(|_| Refusal::Plain(ProblemType::Internal))?;
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
    let parsed = Registration::parse(read.form, &state.rules, &state.username_key);
    match parsed {
        Ok(mut registration) if read.unknown_fields.is_empty() => {
            let facts = Facts {
                locale: caller.language.as_deref(),
                user_agent: caller.user_agent.as_deref(),
            };
            registration.fill(&state.rules, &facts);
            Ok(registration)
        }
        Ok(_) => Err(Refusal::Invalid(read.unknown_fields)),
        Err(mut violations) => {
            violations.extend(read.unknown_fields);
            Err(Refusal::Invalid(violations))
        }
    }
}

/// Who is calling, as far as the request truly says.
fn caller(request: &HttpRequest) -> Caller {
    let header =
        |name: &HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    let address = request.extensions().get::<CallerAddress>().map(|address| address.0);
    Caller {
        // Without a peer there is no address, and the unspecified one goes nowhere.
        address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        user_agent: header(&USER_AGENT).and_then(text),
        language: header(&ACCEPT_LANGUAGE).and_then(first_language).map(str::to_owned),
        platform: header(&SEC_CH_UA_PLATFORM).map(|value| value.trim_matches('"')).and_then(text),
    }
}

/// The first tag of `Accept-Language`, unless it is the wildcard.
fn first_language(header: &str) -> Option<&str> {
    let first = header.split(',').next()?.split(';').next()?.trim();
    let is_tag =
        !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_tag.then_some(first)
}

//! `POST /register`: limit, validate, sign up, answer.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, HeaderName, HeaderValue, USER_AGENT},
    rt,
    web::{Data, Payload},
};
use serde::Serialize;
use tracing::Instrument;

use super::{
    State,
    failures::Refusal,
    json, mask,
    problem::ProblemType,
    root_span::{AnsweredCode, CallerAddress, LoggedOutcome},
};
use crate::{
    cognito::{Caller, Delivery, Field, Medium, Outcome, SignUpError, SignedUp},
    config::{ExistingAccounts, UsernameMode},
    ledger::{Earlier, Ending},
    registration::{Facts, Registration, RegistrationForm},
};

const SEC_CH_UA_PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");

/// The answer to a sign-up that was not refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Answer {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<AnsweredDelivery>,
    next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Confirmed,
    ConfirmationRequired,
    DeliveryFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    SignIn,
    Confirm,
    Resend,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct AnsweredDelivery {
    medium: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
}

pub(super) async fn register(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let read = json::read::<RegistrationForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let facts =
        Facts { locale: caller.language.as_deref(), user_agent: caller.user_agent.as_deref() };
    let registration = checked(read, &state, &facts)?;
    // Boxed, since what is spawned is moved several times, and this is large.
    let sign_up = Box::pin(sign_up_once(state, registration, caller));
    let signed_up = rt::spawn(sign_up.in_current_span()).await;
    let (answer, outcome) = signed_up.map_err(|_| Refusal::Plain(ProblemType::Internal))?;
    request.extensions_mut().insert(LoggedOutcome(outcome));
    let (answer, is_created) = answer?;
    request.extensions_mut().insert(AnsweredCode(answer.status.as_str()));
    let mut response = if is_created { HttpResponse::Created() } else { HttpResponse::Accepted() };
    Ok(response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(answer))
}

/// One sign-up, from its memory to its answer. Runs to its end even if the caller hangs up,
/// so that what came of it is recorded.
async fn sign_up_once(
    state: Data<State>,
    registration: Registration,
    caller: Caller,
) -> (Result<(Answer, bool), SignUpError>, &'static str) {
    let _in_flight = state.health.in_flight();
    let attempt =
        state.recent.begin(registration.recipient_or_username(), registration.password.as_ref());
    let result = state.cognito.sign_up(&registration, &caller).await;
    let outcome = match &result {
        Ok(_) => Outcome::Created,
        Err(error) => error.outcome(),
    };
    state.metrics.sign_up(outcome.as_str());
    let answer = match result {
        Ok(account) => {
            attempt.end(Ending::MayExist(if account.confirmed {
                Earlier::Confirmed
            } else {
                Earlier::Created
            }));
            Ok((created(account, &registration), true))
        }
        Err(SignUpError::AccountExists(field)) => match attempt.exists().await {
            Some(earlier) => Ok((pending(earlier, &registration), false)),
            None => Err(SignUpError::AccountExists(field)),
        },
        Err(SignUpError::CodeNotDelivered) => {
            attempt.end(Ending::MayExist(Earlier::CodeNotDelivered));
            Ok((pending(Earlier::CodeNotDelivered, &registration), false))
        }
        Err(error) => {
            attempt.end(match outcome {
                Outcome::NotCreated => Ending::NotCreated,
                Outcome::Created | Outcome::Unknown => Ending::MayExist(Earlier::Unknown),
            });
            Err(error)
        }
    };
    (concealed(answer, &state, &registration), outcome.as_str())
}

fn created(account: SignedUp, registration: &Registration) -> Answer {
    Answer {
        status: if account.confirmed { Status::Confirmed } else { Status::ConfirmationRequired },
        user_id: Some(account.user_sub),
        username: Some(registration.username.as_str().to_owned()),
        delivery: account.delivery.map(AnsweredDelivery::from),
        next: if account.confirmed { Next::SignIn } else { Next::Confirm },
    }
}

/// The account exists, or probably does, by an earlier try of the same person.
fn pending(earlier: Earlier, registration: &Registration) -> Answer {
    let (status, next) = match earlier {
        Earlier::Unknown | Earlier::Created => (Status::ConfirmationRequired, Next::Confirm),
        Earlier::CodeNotDelivered => (Status::DeliveryFailed, Next::Resend),
        Earlier::Confirmed => (Status::Confirmed, Next::SignIn),
    };
    Answer {
        status,
        user_id: None,
        username: Some(registration.username.as_str().to_owned()),
        delivery: None,
        next,
    }
}

/// In conceal mode, everything that tells about one account is one and the same answer.
fn concealed(
    answer: Result<(Answer, bool), SignUpError>,
    state: &State,
    registration: &Registration,
) -> Result<(Answer, bool), SignUpError> {
    if state.existing_accounts == ExistingAccounts::Reveal {
        return answer;
    }
    match answer {
        // A name that people pick has to be told, or they could not pick another.
        Err(SignUpError::AccountExists(Field::Username)) => answer,
        Err(SignUpError::AccountExists(_)) | Ok(_) => {
            Ok((unrevealing(state.username_mode, registration), false))
        }
        Err(_) => answer,
    }
}

/// Made from the input alone.
fn unrevealing(mode: UsernameMode, registration: &Registration) -> Answer {
    let email = registration.email.as_ref().map(|email| AnsweredDelivery {
        medium: "email",
        destination: Some(mask::email(email.as_str())),
        attribute: Some("email".to_owned()),
    });
    let phone_number = registration.phone_number.as_ref().map(|number| AnsweredDelivery {
        medium: "sms",
        destination: Some(mask::phone_number(number.as_str())),
        attribute: Some("phone_number".to_owned()),
    });
    Answer {
        status: Status::ConfirmationRequired,
        user_id: None,
        username: (mode != UsernameMode::Generated)
            .then(|| registration.username.as_str().to_owned()),
        // Where a pool verifies both, it sends to the phone.
        delivery: match mode {
            UsernameMode::Email => email,
            UsernameMode::Phone => phone_number,
            UsernameMode::Chosen | UsernameMode::Generated => phone_number.or(email),
        },
        next: Next::Confirm,
    }
}

/// The registration, or every mistake in it at once.
fn checked(
    read: json::Read<RegistrationForm>,
    state: &State,
    facts: &Facts<'_>,
) -> Result<Registration, Refusal> {
    let parsed = Registration::parse(read.form, &state.rules, &state.username_key);
    match parsed {
        Ok(mut registration) if read.unknown_fields.is_empty() => {
            registration.fill(&state.rules, facts);
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

impl From<Delivery> for AnsweredDelivery {
    fn from(delivery: Delivery) -> Self {
        let medium = match delivery.medium {
            Medium::Email => "email",
            Medium::Sms => "sms",
        };
        Self { medium, destination: delivery.destination, attribute: delivery.attribute }
    }
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::ConfirmationRequired => "confirmation_required",
            Self::DeliveryFailed => "delivery_failed",
        }
    }
}

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
    idempotency::{self, End, Start},
    json,
    kept::Kept,
    problem::ProblemType,
    request_id::RequestId,
    root_span::{AnsweredCode, CallerAddress, LoggedOutcome},
};
use crate::{
    cognito::{Caller, Field, Outcome, SignUpError, SignedUp},
    config::ExistingAccounts,
    ledger::{Attempt, Earlier, Held, Keyed, Operation, Subject, SubjectEnd},
    registration::{Facts, Registration, RegistrationForm},
};

const SEC_CH_UA_PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");

pub(super) async fn register(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let key = idempotency::key(&request)?;
    let read = json::read::<RegistrationForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let request_id = request_id(&request);
    let mut registration = checked(read, &state)
        .inspect_err(|refusal| state.ledger.refused(refused(&request_id, refusal, &caller)))?;
    let keyed = key.map(|key| Keyed { key, route: "/register", body: registration.identity() });
    registration.fill(&state.rules, &facts(&caller));
    // Boxed, since what is spawned is moved several times, and this is large.
    let sign_up = SignUp { state, keyed, registration, caller, request_id };
    let ended = rt::spawn(Box::pin(sign_up_once(sign_up)).in_current_span())
        .await
        .map_err(|_| Refusal::Plain(ProblemType::Internal))?;
    request.extensions_mut().insert(LoggedOutcome(ended.outcome));
    let kept = ended.answer?;
    request.extensions_mut().insert(AnsweredCode(kept.code()));
    Ok(kept.response())
}

/// What one sign-up works with.
struct SignUp {
    state: Data<State>,
    keyed: Option<Keyed>,
    registration: Registration,
    caller: Caller,
    request_id: String,
}

/// What came of a sign-up.
struct Ended {
    outcome: &'static str,
    answer: Result<Kept, Refusal>,
}

/// One sign-up, from its beginning in the ledger to its end there. Runs to its end even if the
/// caller hangs up, so that what came of it is recorded.
async fn sign_up_once(sign_up: SignUp) -> Ended {
    let SignUp { state, keyed, registration, caller, request_id } = sign_up;
    let _in_flight = state.health.in_flight();
    let subject = Subject::SignUp {
        name: registration.recipient_or_username(),
        password: registration.password.as_ref(),
    };
    let held = match idempotency::begin(&state, keyed.as_ref(), subject).await {
        Ok(Start::Go(held)) => held,
        Ok(Start::Replay(kept)) => return Ended { outcome: "replayed", answer: Ok(kept) },
        Err(refusal) => return Ended { outcome: "not_sent", answer: Err(refusal) },
    };
    let result = state.cognito.sign_up(&registration, &caller).await;
    let outcome = result.as_ref().map_or_else(SignUpError::outcome, |_| Outcome::Created).as_str();
    state.metrics.sign_up(outcome);
    let user_sub = result.as_ref().ok().map(|account| account.user_sub.clone());
    let settled = settled(&state, &held, result, &registration).await;
    let outcome = if settled.existed { "existing" } else { outcome };
    let answer = concealed(settled.answer, &state, &registration);
    let attempt = attempt(&request_id, outcome, &answer, user_sub, &registration, &caller);
    let end = End {
        answer: answer.map(|answer| Kept::answer(&answer)),
        subject: SubjectEnd::SignUp(settled.known),
        attempt,
    };
    Ended { outcome, answer: idempotency::end(&state, held, end, &request_id).await }
}

/// What is known after a call.
struct Settled {
    /// What may be told to the same person's next try; nothing where there is no account of
    /// theirs by this call.
    known: Option<Earlier>,
    /// Whether the account is theirs by an earlier try.
    existed: bool,
    answer: Result<Answer, Refusal>,
}

/// What the result of a call means for the account, and what is answered. Where the account
/// exists already, the ledger knows whether it is by an earlier try of the same person.
async fn settled(
    state: &State,
    held: &Held,
    result: Result<SignedUp, SignUpError>,
    registration: &Registration,
) -> Settled {
    let pending = |earlier| Ok(Answer::pending(earlier, registration));
    let (known, existed, answer) = match result {
        Ok(account) => {
            let known = if account.confirmed { Earlier::Confirmed } else { Earlier::Created };
            (Some(known), false, Ok(Answer::created(account, registration)))
        }
        Err(SignUpError::CodeNotDelivered) => {
            let known = Earlier::CodeNotDelivered;
            (Some(known), false, pending(known))
        }
        Err(SignUpError::AccountExists(field)) => match state.ledger.existing(held).await {
            Ok(Some(earlier)) => (None, true, pending(earlier)),
            // Nobody knows what came of an earlier request with the same key and body.
            Ok(None) if held.taken_over() => (None, true, pending(Earlier::Unknown)),
            Ok(None) => (None, false, Err(SignUpError::AccountExists(field).into())),
            Err(_) => (None, false, Err(Refusal::LedgerAway)),
        },
        Err(error) => {
            let is_unknown = error.outcome() == Outcome::Unknown;
            (is_unknown.then_some(Earlier::Unknown), false, Err(error.into()))
        }
    };
    Settled { known, existed, answer }
}

/// The row of a sign-up.
fn attempt(
    request_id: &str,
    outcome: &'static str,
    answer: &Result<Answer, Refusal>,
    user_sub: Option<String>,
    registration: &Registration,
    caller: &Caller,
) -> Attempt {
    let code = match answer {
        Ok(answer) => answer.code(),
        Err(refusal) => refusal.problem().kind.code(),
    };
    Attempt {
        operation: Operation::Register,
        request_id: request_id.to_owned(),
        outcome,
        code,
        user_sub,
        cognito_request_id: None,
        recipient: registration.recipient().map(str::to_owned),
        username: Some(registration.username.as_str().to_owned()),
        address: Some(caller.address),
        locale: caller.language.clone(),
        consents: registration.consents.clone(),
    }
}

/// The row of a form that broke rules. Whom it was about is not known.
fn refused(request_id: &str, refusal: &Refusal, caller: &Caller) -> Attempt {
    Attempt {
        operation: Operation::Register,
        request_id: request_id.to_owned(),
        outcome: "not_created",
        code: refusal.problem().kind.code(),
        user_sub: None,
        cognito_request_id: None,
        recipient: None,
        username: None,
        address: Some(caller.address),
        locale: caller.language.clone(),
        consents: Vec::new(),
    }
}

/// In conceal mode, everything that tells about one account is one and the same answer.
fn concealed(
    answer: Result<Answer, Refusal>,
    state: &State,
    registration: &Registration,
) -> Result<Answer, Refusal> {
    if state.existing_accounts == ExistingAccounts::Reveal {
        return answer;
    }
    match answer {
        // A name that people pick has to be told, or they could not pick another.
        Err(Refusal::SignUp(SignUpError::AccountExists(Field::Username))) => answer,
        Err(Refusal::SignUp(SignUpError::AccountExists(_))) | Ok(_) => {
            Ok(Answer::unrevealing(state.username_mode, registration))
        }
        Err(_) => answer,
    }
}

/// The registration, or every mistake in it at once.
fn checked(read: json::Read<RegistrationForm>, state: &State) -> Result<Registration, Refusal> {
    match Registration::parse(read.form, &state.rules, &state.username_key) {
        Ok(registration) if read.unknown_fields.is_empty() => Ok(registration),
        Ok(_) => Err(Refusal::Invalid(read.unknown_fields)),
        Err(mut violations) => {
            violations.extend(read.unknown_fields);
            Err(Refusal::Invalid(violations))
        }
    }
}

/// What the request says besides its body.
fn facts(caller: &Caller) -> Facts<'_> {
    Facts { locale: caller.language.as_deref(), user_agent: caller.user_agent.as_deref() }
}

/// The id that the answer will carry.
fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.as_str().to_owned())
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

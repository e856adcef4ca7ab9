//! `POST /register`: limit, validate, sign up, answer.

use std::time::Instant;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};

use super::{
    State,
    answer::Answer,
    caller::{caller, facts},
    failures::Refusal,
    humanity,
    idempotency::{self, Start},
    json,
    kept::Kept,
    limits,
    request_id::request_id,
    to_its_end::{Ended, to_its_end},
};
use crate::{
    cognito::{Caller, Field, Outcome, Reply, SignUpError, SignedUp},
    config::ExistingAccounts,
    ledger::{Attempt, Earlier, Held, Keyed, Operation, Subject, SubjectEnd},
    limits::Admission,
    registration::{Registration, RegistrationForm},
};

pub(super) async fn register(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let key = idempotency::key(&request)?;
    let read = json::read::<RegistrationForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let request_id = request_id(&request);
    let mut registration = read
        .checked(|form| Registration::parse(form, &state.rules, &state.username_key))
        .inspect_err(|refusal| refusal.note(&state, Operation::Register, &request_id, &caller))?;
    let keyed = key.map(|key| Keyed { key, route: "/register", body: registration.identity() });
    registration.fill(&state.rules, &facts(&caller));
    let admission = limits::admission(&request);
    let sign_up = SignUp { state, keyed, registration, caller, request_id, admission };
    to_its_end(sign_up_once(sign_up)).await?.respond(&request)
}

/// What one sign-up works with.
struct SignUp {
    state: Data<State>,
    keyed: Option<Keyed>,
    registration: Registration,
    caller: Caller,
    request_id: String,
    admission: Option<Admission>,
}

/// One sign-up, from its beginning in the ledger to its end there.
async fn sign_up_once(sign_up: SignUp) -> Ended {
    let SignUp { state, keyed, registration, caller, request_id, admission } = sign_up;
    let _in_flight = state.health.in_flight();
    let subject = Subject::SignUp {
        name: registration.recipient_or_username(),
        password: registration.password.as_ref(),
    };
    let held = match idempotency::begin(&state, keyed.as_ref(), subject).await {
        Start::Go(held) => held,
        Start::Over(ended) => return ended,
    };
    let may_be_sent = may_be_sent(&state, &held, &registration, admission.as_ref(), &caller).await;
    if let Err(refusal) = may_be_sent {
        let attempt = refused(&refusal, &registration, request_id, caller);
        let end = SubjectEnd::SignUp(None);
        return idempotency::end(&state, held, Err(refusal), end, attempt).await;
    }
    let began = Instant::now();
    let Reply { result, request_id: cognito_request_id } =
        state.cognito.sign_up(&registration, &caller, admission.as_ref()).await;
    let outcome = result.as_ref().map_or_else(SignUpError::outcome, |_| Outcome::Created).as_str();
    state.metrics.sign_up(outcome);
    let user_sub = result.as_ref().ok().map(|account| account.user_sub.clone());
    let settled = settled(&state, &held, result, &registration).await;
    let answer = concealed(settled.answer, &state, &registration);
    let attempt = Attempt {
        operation: Operation::Register,
        request_id,
        outcome: settled.outcome.unwrap_or(outcome),
        code: answer.as_ref().map_or_else(Refusal::code, Answer::code),
        user_sub,
        cognito_request_id,
        recipient: registration.recipient().map(str::to_owned),
        username: Some(registration.username.as_str().to_owned()),
        address: Some(caller.address),
        locale: caller.language,
        consents: registration.consents,
    };
    let answer = answer.map(|answer| Kept::from(&answer));
    let end = SubjectEnd::SignUp(settled.known);
    // Before it is written: who asks again with the same key may not learn earlier, either.
    state.even_time.wait(began).await;
    idempotency::end(&state, held, answer, end, attempt).await
}

/// Whether a sign-up that is new may be sent. This is asked once the ledger knows that it is new:
/// what was answered before is answered again, whatever was used up since. Limits come first, then
/// the bot check, and only then is anybody else asked.
async fn may_be_sent(
    state: &State,
    held: &Held,
    registration: &Registration,
    admission: Option<&Admission>,
    caller: &Caller,
) -> Result<(), Refusal> {
    // Where an earlier request may have created the account, it is its own that this one meets.
    if !held.taken_over() {
        limits::check_recipients(state, admission, registration).await?;
    }
    humanity::check(state, held, admission, registration, caller).await?;
    password_is_fit(state, held, registration).await
}

/// Whether the password may be taken, as far as data breaches tell. This is asked once the ledger
/// knows that the request is new: what was answered before is answered again, whatever has become
/// of the range server since. Where an earlier request may have created the account, its password
/// was fit then, and nobody may be told that nothing was created.
async fn password_is_fit(
    state: &State,
    held: &Held,
    registration: &Registration,
) -> Result<(), Refusal> {
    match (&state.breaches, &registration.password) {
        (Some(breaches), Some(password)) if !held.taken_over() => {
            breaches.check(password).await.map_err(Refusal::from)
        }
        _ => Ok(()),
    }
}

/// The row of a sign-up that was refused before anything was sent.
fn refused(
    refusal: &Refusal,
    registration: &Registration,
    request_id: String,
    caller: Caller,
) -> Attempt {
    let operation = Operation::Register;
    Attempt {
        operation,
        request_id,
        outcome: operation.refused(),
        code: refusal.code(),
        user_sub: None,
        cognito_request_id: None,
        recipient: registration.recipient().map(str::to_owned),
        username: Some(registration.username.as_str().to_owned()),
        address: Some(caller.address),
        locale: caller.language,
        consents: Vec::new(),
    }
}

/// What is known after a call.
struct Settled {
    /// What may be told to the same person's next try; nothing where there is no account of
    /// theirs by this call.
    known: Option<Earlier>,
    /// What became of the account, where the call alone does not tell.
    outcome: Option<&'static str>,
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
    let (known, outcome, answer) = match result {
        Ok(account) => {
            let known = if account.confirmed { Earlier::Confirmed } else { Earlier::Created };
            (Some(known), None, Ok(Answer::created(account, registration)))
        }
        Err(SignUpError::CodeNotDelivered) => {
            let known = Earlier::CodeNotDelivered;
            (Some(known), None, pending(known))
        }
        // Whose it is makes no difference to what is told, and to find out may take its time.
        Err(SignUpError::AccountExists(field)) if is_concealed(state, &field) => {
            tracing::info!("somebody signed up with the address of an account that exists");
            (None, Some("taken"), Err(SignUpError::AccountExists(field).into()))
        }
        Err(SignUpError::AccountExists(field)) => match state.ledger.existing(held).await {
            Ok(Some(earlier)) => (None, Some("existing"), pending(earlier)),
            // Nobody knows what came of an earlier request with the same key and body.
            Ok(None) if held.taken_over() => (None, Some("unknown"), pending(Earlier::Unknown)),
            Ok(None) => (None, None, Err(SignUpError::AccountExists(field).into())),
            Err(_) => (None, None, Err(Refusal::LedgerAway)),
        },
        Err(error) => {
            let is_unknown = error.outcome() == Outcome::Unknown;
            (is_unknown.then_some(Earlier::Unknown), None, Err(error.into()))
        }
    };
    Settled { known, outcome, answer }
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
        Err(Refusal::SignUp(SignUpError::AccountExists(ref field)))
            if !is_concealed(state, field) =>
        {
            answer
        }
        Err(Refusal::SignUp(SignUpError::AccountExists(_))) | Ok(_) => {
            Ok(Answer::unrevealing(state.username_mode, registration))
        }
        Err(_) => answer,
    }
}

/// Whether nobody is told that this is taken. A name that people pick has to be told, or they
/// could not pick another.
fn is_concealed(state: &State, field: &Field) -> bool {
    state.existing_accounts == ExistingAccounts::Conceal && *field != Field::Username
}

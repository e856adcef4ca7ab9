//! `POST /register`: limit, validate, sign up, answer.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};

use super::{
    State,
    answer::Answer,
    caller::{caller, facts},
    failures::Refusal,
    hidden_resend::HiddenResend,
    humanity,
    idempotency::{self, Start},
    json::{self, Read},
    kept::Kept,
    limits, messages,
    request_id::request_id,
    settled::settled,
    to_its_end::{Ended, to_its_end},
};
use crate::{
    cognito::{Caller, Outcome, Reply, SignUpError},
    config::LedgerFailure,
    ledger::{Attempt, Held, Keyed, Operation, Subject, SubjectEnd},
    rate_limit::{Admission, Charge, Operation as CognitoOperation, Used},
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
    let mut registration = checked(read, key.is_some(), &state)
        .inspect_err(|refusal| refusal.note(&state, Operation::Register, &request_id, &caller))?;
    let keyed = key.map(|key| Keyed { key, route: "/register", body: registration.identity() });
    registration.fill(&state.rules, &facts(&caller));
    let admission = limits::admission(&request);
    let sign_up = SignUp { state, keyed, registration, caller, request_id, admission };
    to_its_end(sign_up_once(sign_up)).await?.respond(&request)
}

/// What the form says, or every mistake at once. Lists of domains are read again while the service
/// runs, and a request with a key may have been answered before they changed: where its domain is
/// all that is wrong, it is refused only once the ledger knows that it is new.
fn checked(
    read: Read<RegistrationForm>,
    has_key: bool,
    state: &State,
) -> Result<Registration, Refusal> {
    let may_be_late = has_key && read.knows_every_field();
    read.checked(|form| {
        let registration =
            Registration::parse_with_any_domain(form, &state.rules, &state.username_key)?;
        if may_be_late { Ok(registration) } else { registration.with_a_fine_domain() }
    })
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
    let used = admission.as_ref().map(|admission| admission.used);
    let charge = match may_be_sent(&state, &held, &registration, used, &caller).await {
        Ok(charge) => charge,
        Err(refusal) => {
            let attempt = refused(&refusal, &registration, request_id, caller);
            let end = SubjectEnd::SignUp(None);
            return idempotency::end(&state, held, Err(refusal), end, attempt).await;
        }
    };
    let wait_for_slot = async |longest| {
        let slot = state.budget.wait_for_slot(CognitoOperation::Register, longest).await;
        slot.map_err(|full| full.retry_after)
    };
    let reply = state.cognito.sign_up(&registration, &caller, wait_for_slot).await;
    let Reply { result, request_id: cognito_request_id, sent_at, was_throttled } = reply;
    if was_throttled {
        state.budget.reduce(CognitoOperation::Register);
    }
    let outcome = result.as_ref().map_or_else(SignUpError::outcome, |_| Outcome::Created).as_str();
    state.metrics.sign_up(outcome);
    let may_be_sent_again = charge.has_message_budget();
    let of_existing = messages::settle_sign_up(&state, charge, &registration, &result).await;
    let user_sub = result.as_ref().ok().map(|account| account.user_sub.clone());
    let is_duplicate = matches!(result, Err(SignUpError::AccountExists(_)));
    let duplicate = (is_duplicate && may_be_sent_again).then(|| held.aside());
    let hidden = HiddenResend::of(&state, duplicate, &registration, &caller, &request_id);
    let settled = settled(&state, &held, result, &registration).await;
    if let Some(charge) = of_existing.filter(|_| settled.is_told_as_their_own()) {
        // They had their message when it was made.
        state.limits.refund_messages(charge).await;
    }
    let answer = settled.answer;
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
    let may_be_asked = hidden.as_ref().is_some_and(HiddenResend::is_of_a_duplicate);
    let end = if may_be_asked { SubjectEnd::Duplicate } else { SubjectEnd::SignUp(settled.known) };
    // Before it is written: who asks again with the same key may not learn earlier, either.
    state.even_time.wait(sent_at).await;
    let ended = idempotency::end(&state, held, answer, end, attempt).await;
    if let Some(hidden) = hidden.filter(|_| ended.answer.is_ok()) {
        hidden.begin();
    }
    ended
}

/// Whether a sign-up that is new may be sent. This is asked once the ledger knows that it is new:
/// what was answered before is answered again, whatever was used up or forbidden since. Limits come
/// first, then the bot check, and only then is anybody else asked.
async fn may_be_sent(
    state: &State,
    held: &Held,
    registration: &Registration,
    used: Option<Used>,
    caller: &Caller,
) -> Result<Charge, Refusal> {
    // Where an earlier request may have created the account, it is its own that this one meets.
    let charge = if held.taken_over() {
        Charge::default()
    } else {
        registration.check_domain()?;
        messages::check_sign_up(state, registration).await?
    };
    let checked = match humanity::check(state, held, used, registration, caller).await {
        Ok(()) => password_is_fit(state, held, registration).await,
        refused => refused,
    };
    match checked {
        Ok(()) => Ok(charge),
        Err(refusal) => {
            state.limits.refund_all(charge).await;
            Err(refusal)
        }
    }
}

/// Whether the password may be charge, as far as data breaches tell. This is asked once the ledger
/// knows that the request is new: what was answered before is answered again, whatever has become
/// of the range server since. Where an earlier request may have created the account, with the same
/// key or by the same person without one, its password was fit then, and nobody may be told that
/// nothing was created.
async fn password_is_fit(
    state: &State,
    held: &Held,
    registration: &Registration,
) -> Result<(), Refusal> {
    match (&state.pwned_passwords, &registration.password) {
        (Some(pwned_passwords), Some(password)) if !held.taken_over() => {
            let Err(refused) = pwned_passwords.check(password).await else { return Ok(()) };
            // Only of what is refused, since to ask counts as a guess at somebody's password.
            match state.ledger.tried_before(held).await {
                Ok(Some(_)) => Ok(()),
                // Nobody knows whether they have an account with this very password.
                Err(_) if state.ledger_failure == LedgerFailure::Refuse => Err(Refusal::LedgerAway),
                Ok(None) | Err(_) => Err(refused.into()),
            }
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

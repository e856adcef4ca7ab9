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
    ledger::{Attempt, Claim, IdempotentRequest, Operation, Subject, SubjectEnd},
    limits::{Admission, Taken},
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
    let keyed =
        key.map(|key| IdempotentRequest { key, route: "/register", body: registration.identity() });
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
    keyed: Option<IdempotentRequest>,
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
    let admission = admission.as_ref();
    let taken = match may_be_sent(&state, &held, &registration, admission, &caller).await {
        Ok(taken) => taken,
        Err(refusal) => {
            let attempt = refused(&refusal, &registration, request_id, caller);
            let end = SubjectEnd::SignUp(None);
            return idempotency::end(&state, held, Err(refusal), end, attempt).await;
        }
    };
    let Reply { result, request_id: cognito_request_id, sent } =
        state.cognito.sign_up(&registration, &caller, admission).await;
    let outcome = result.as_ref().map_or_else(SignUpError::outcome, |_| Outcome::Created).as_str();
    state.metrics.sign_up(outcome);
    let may_be_sent_again = taken.allows_a_message();
    let of_existing =
        messages::settle_sign_up(&state, admission, taken, &registration, &result).await;
    let user_sub = result.as_ref().ok().map(|account| account.user_sub.clone());
    let is_duplicate = matches!(result, Err(SignUpError::AccountExists(_)));
    let duplicate = (is_duplicate && may_be_sent_again).then(|| held.lookup_handle());
    let hidden = HiddenResend::of(&state, duplicate, &registration, &caller, &request_id);
    let settled = settled(&state, &held, result, &registration).await;
    if let Some(taken) = of_existing.filter(|_| settled.is_told_as_their_own()) {
        // They had their message when it was made.
        state.limits.give_back(admission, taken).await;
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
    state.even_time.wait(sent).await;
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
    held: &Claim,
    registration: &Registration,
    admission: Option<&Admission>,
    caller: &Caller,
) -> Result<Taken, Refusal> {
    // Where an earlier request may have created the account, it is its own that this one meets.
    let taken = if held.is_takeover() {
        Taken::default()
    } else {
        registration.check_domain()?;
        messages::check_sign_up(state, admission, registration).await?
    };
    let checked = match humanity::check(state, held, admission, registration, caller).await {
        Ok(()) => password_is_fit(state, held, registration).await,
        refused => refused,
    };
    match checked {
        Ok(()) => Ok(taken),
        Err(refusal) => {
            state.limits.undo(admission, taken).await;
            Err(refusal)
        }
    }
}

/// Rejects a password that is known from data breaches. A takeover is not checked: if the earlier
/// request created the account, its password was checked then.
async fn password_is_fit(
    state: &State,
    claim: &Claim,
    registration: &Registration,
) -> Result<(), Refusal> {
    match (&state.breaches, &registration.password) {
        (Some(breaches), Some(password)) if !claim.is_takeover() => {
            Ok(breaches.check(password).await?)
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

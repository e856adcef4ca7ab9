//! `POST /register/resend`: limit, validate, have a code sent, answer.

use std::time::Instant;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};

use super::{
    State,
    caller::{caller, facts},
    failures::Refusal,
    idempotency::{self, Start},
    json,
    kept::Kept,
    limits, messages,
    next_step::NextStep,
    request_id::request_id,
    to_its_end::{Ended, to_its_end},
};
use crate::{
    cognito::{Caller, Reply, ResendError, ResendOutcome},
    config::ExistingAccounts,
    ledger::{Attempt, IdempotentRequest, Operation, Subject, SubjectEnd},
    limits::Admission,
    registration::{Resend, ResendForm},
};

pub(super) async fn resend(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let key = idempotency::key(&request)?;
    let read = json::read::<ResendForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let request_id = request_id(&request);
    let mut resend = read
        .checked(|form| Resend::parse(form, &state.rules))
        .inspect_err(|refusal| refusal.note(&state, Operation::Resend, &request_id, &caller))?;
    let route = "/register/resend";
    let keyed = key.map(|key| IdempotentRequest { key, route, body: resend.identity() });
    resend.fill(&state.rules, &facts(&caller));
    let admission = limits::admission(&request);
    let ask = Ask { state, keyed, resend, caller, request_id, admission };
    to_its_end(resend_once(ask)).await?.respond(&request)
}

/// What asking for one code works with.
struct Ask {
    state: Data<State>,
    keyed: Option<IdempotentRequest>,
    resend: Resend,
    caller: Caller,
    request_id: String,
    admission: Option<Admission>,
}

/// One code asked for, from its beginning in the ledger to its end there.
async fn resend_once(ask: Ask) -> Ended {
    let Ask { state, keyed, resend, caller, request_id, admission } = ask;
    let _in_flight = state.health.in_flight();
    let held = match idempotency::begin(&state, keyed.as_ref(), Subject::Resend).await {
        Start::Go(held) => held,
        Start::Over(ended) => return ended,
    };
    let admission = admission.as_ref();
    let began = Instant::now();
    let allowed = messages::check_resend(&state, admission, &resend.username).await;
    let (outcome, cognito_request_id, answer) = match allowed {
        Ok(allowed) if allowed.is_used_up => {
            state.even_time.wait(Some(began)).await;
            (Operation::Resend.refused(), None, Ok(NextStep::Confirm))
        }
        Ok(allowed) => {
            let Reply { result, request_id, sent } =
                state.cognito.resend(&resend, &caller, admission).await;
            let outcome =
                result.as_ref().map_or_else(ResendError::outcome, |()| ResendOutcome::Sent);
            state.metrics.resend(outcome.as_str());
            messages::settle_resend(&state, admission, allowed, &result).await;
            let answer = answer(result, state.existing_accounts).map_err(Refusal::Resend);
            // Before it is written: who asks again with the same key may not learn earlier, either.
            state.even_time.wait(sent).await;
            (outcome.as_str(), request_id, answer)
        }
        Err(refusal) => (Operation::Resend.refused(), None, Err(refusal)),
    };
    let attempt = Attempt {
        operation: Operation::Resend,
        request_id,
        outcome,
        code: answer.as_ref().map_or_else(Refusal::code, |step| step.code()),
        user_sub: None,
        cognito_request_id,
        recipient: None,
        username: Some(resend.username.as_str().to_owned()),
        address: Some(caller.address),
        locale: caller.language,
        consents: Vec::new(),
    };
    idempotency::end(&state, held, answer.map(Kept::from), SubjectEnd::Resend, attempt).await
}

/// Whether there is an account to send to is told in no mode; in conceal mode, neither is what
/// only an account can meet: that too many codes were asked for, that a trigger failed at its
/// message, or that this could not be delivered.
fn answer(
    result: Result<(), ResendError>,
    existing_accounts: ExistingAccounts,
) -> Result<NextStep, ResendError> {
    let is_concealed = existing_accounts == ExistingAccounts::Conceal;
    match result {
        Ok(()) | Err(ResendError::NobodyWaits) => Ok(NextStep::Confirm),
        Err(error) if is_concealed && error.tells_of_an_account() => Ok(NextStep::Confirm),
        Err(error) => Err(error),
    }
}

//! `POST /register/resend`: limit, validate, have a code sent, answer.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    web::{Data, Payload},
};

use super::{
    State,
    caller::{caller, facts},
    failures::Refusal,
    json,
    next_step::NextStep,
    root_span::{AnsweredCode, LoggedOutcome},
    to_its_end::to_its_end,
};
use crate::{
    cognito::{Caller, ResendError, ResendOutcome},
    config::ExistingAccounts,
    registration::{Resend, ResendForm},
};

pub(super) async fn resend(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let read = json::read::<ResendForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let mut resend = read.checked(|form| Resend::parse(form, &state.rules))?;
    resend.fill(&state.rules, &facts(&caller));
    let ended = to_its_end(resend_once(state, resend, caller)).await?;
    request.extensions_mut().insert(LoggedOutcome(ended.outcome.as_str()));
    let answer = ended.answer?;
    request.extensions_mut().insert(AnsweredCode(answer.code()));
    Ok(answer.response())
}

/// What came of asking for a code.
struct Ended {
    outcome: ResendOutcome,
    answer: Result<NextStep, ResendError>,
}

/// One code asked for, from the call to its answer.
async fn resend_once(state: Data<State>, resend: Resend, caller: Caller) -> Ended {
    let _in_flight = state.health.in_flight();
    let result = state.cognito.resend(&resend, &caller).await;
    let outcome = result.as_ref().map_or_else(ResendError::outcome, |()| ResendOutcome::Sent);
    state.metrics.resend(outcome.as_str());
    Ended { outcome, answer: answer(result, state.existing_accounts) }
}

/// Whether there is an account to send to is told in no mode; in conceal mode, neither is
/// what only an account can meet: that its message could not be delivered.
fn answer(
    result: Result<(), ResendError>,
    existing_accounts: ExistingAccounts,
) -> Result<NextStep, ResendError> {
    let is_concealed = existing_accounts == ExistingAccounts::Conceal;
    match result {
        Ok(()) | Err(ResendError::NobodyWaits) => Ok(NextStep::Confirm),
        Err(ResendError::CodeNotDelivered | ResendError::MailUsedUp) if is_concealed => {
            Ok(NextStep::Confirm)
        }
        Err(error) => Err(error),
    }
}

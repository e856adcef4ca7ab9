//! `POST /register/confirm`: limit, validate, confirm, answer.

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
    problem::ProblemType,
    request_id::request_id,
    to_its_end::{Ended, to_its_end},
};
use crate::{
    cognito::{Caller, ConfirmError, ConfirmOutcome, Reply},
    config::ExistingAccounts,
    ledger::{
        Attempt, Claim, ConfirmationEnd, EarlierConfirmation, IdempotentRequest, Operation,
        Subject, SubjectEnd,
    },
    limits::Admission,
    registration::{Confirmation, ConfirmationForm},
};

pub(super) async fn confirm(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let key = idempotency::key(&request)?;
    let read = json::read::<ConfirmationForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let request_id = request_id(&request);
    let mut confirmation = read
        .checked(|form| Confirmation::parse(form, &state.rules))
        .inspect_err(|refusal| refusal.note(&state, Operation::Confirm, &request_id, &caller))?;
    let route = "/register/confirm";
    let keyed = key.map(|key| IdempotentRequest { key, route, body: confirmation.identity() });
    confirmation.fill(&state.rules, &facts(&caller));
    let admission = limits::admission(&request);
    let confirm = Confirm { state, keyed, confirmation, caller, request_id, admission };
    to_its_end(confirm_once(confirm)).await?.respond(&request)
}

/// What one confirmation works with.
struct Confirm {
    state: Data<State>,
    keyed: Option<IdempotentRequest>,
    confirmation: Confirmation,
    caller: Caller,
    request_id: String,
    admission: Option<Admission>,
}

/// One confirmation, from its beginning in the ledger to its end there.
async fn confirm_once(confirm: Confirm) -> Ended {
    let Confirm { state, keyed, confirmation, caller, request_id, admission } = confirm;
    let _in_flight = state.health.in_flight();
    let subject = Subject::Confirmation {
        username: confirmation.username.as_str(),
        code: &confirmation.code,
    };
    let held = match idempotency::begin(&state, keyed.as_ref(), subject).await {
        Start::Go(held) => held,
        Start::Over(ended) => return ended,
    };
    let username = &confirmation.username;
    let within_limits = limits::check_confirms(&state, admission.as_ref(), username).await;
    let called = match within_limits {
        Ok(taken) => {
            let admission = admission.as_ref();
            let called = call(&state, &held, &confirmation, &caller, admission).await;
            if called.was_not_looked_at() {
                state.limits.undo(admission, taken).await;
            }
            called
        }
        Err(refusal) => {
            Called { outcome: ConfirmOutcome::NotConfirmed, request_id: None, answer: Err(refusal) }
        }
    };
    let Called { outcome, request_id: cognito_request_id, answer } = called;
    let answer = concealed(answer, state.existing_accounts);
    let attempt = Attempt {
        operation: Operation::Confirm,
        request_id,
        outcome: outcome.as_str(),
        code: answer.as_ref().map_or_else(Refusal::code, |step| step.code()),
        user_sub: None,
        cognito_request_id,
        recipient: None,
        username: Some(confirmation.username.as_str().to_owned()),
        address: Some(caller.address),
        locale: caller.language,
        consents: Vec::new(),
    };
    let end = match outcome {
        ConfirmOutcome::Confirmed => ConfirmationEnd::Confirmed,
        ConfirmOutcome::NotConfirmed => ConfirmationEnd::NotConfirmed,
        ConfirmOutcome::Unknown => ConfirmationEnd::Unknown,
    };
    let subject = SubjectEnd::Confirmation(end);
    idempotency::end(&state, held, answer.map(Kept::from), subject, attempt).await
}

/// What came of a call, or of none.
struct Called {
    outcome: ConfirmOutcome,
    /// Cognito's.
    request_id: Option<String>,
    answer: Result<NextStep, Refusal>,
}

impl Called {
    /// Whether the code was not so much as looked at.
    fn was_not_looked_at(&self) -> bool {
        match &self.answer {
            Err(Refusal::Confirm(ConfirmError::Failed(failure))) => failure.was_not_looked_at(),
            _ => false,
        }
    }
}

/// Calls Cognito, and settles what it means.
async fn call(
    state: &State,
    held: &Claim,
    confirmation: &Confirmation,
    caller: &Caller,
    admission: Option<&Admission>,
) -> Called {
    let Reply { result, request_id, sent } =
        state.cognito.confirm(confirmation, caller, admission).await;
    let outcome =
        result.as_ref().map_or_else(ConfirmError::outcome, |()| ConfirmOutcome::Confirmed);
    state.metrics.confirmation(outcome.as_str());
    if result.is_ok() {
        messages::confirmed(state, &confirmation.username);
    }
    let answer = match result {
        Ok(()) => Ok(NextStep::SignIn),
        Err(ConfirmError::AlreadyConfirmed) => match state.ledger.confirmed_before(held).await {
            Ok(earlier) => confirmed_already(earlier),
            Err(_) => Err(Refusal::LedgerAway),
        },
        Err(error) => Err(Refusal::Confirm(error)),
    };
    // Whoever has the right code need not be kept waiting. Before anything is written: who asks
    // again with the same key may not learn earlier, either.
    if answer.is_err() {
        state.even_time.wait(sent).await;
    }
    Called { outcome, request_id, answer }
}

/// What it means that the account is confirmed already. Cognito says so whatever the code is,
/// so that only an earlier confirmation with this very code tells whether it is the right one.
fn confirmed_already(earlier: Option<EarlierConfirmation>) -> Result<NextStep, Refusal> {
    match earlier {
        Some(EarlierConfirmation::Confirmed) => Ok(NextStep::SignIn),
        Some(EarlierConfirmation::Unknown) => {
            Err(Refusal::Plain(ProblemType::ConfirmationUncertain))
        }
        None => Err(Refusal::Confirm(ConfirmError::AlreadyConfirmed)),
    }
}

/// In conceal mode, every refusal of a code is one and the same, also where too many were tried
/// for the account. That somebody else has the address is told even then: it takes the code that
/// was sent there to learn it.
fn concealed(
    answer: Result<NextStep, Refusal>,
    existing_accounts: ExistingAccounts,
) -> Result<NextStep, Refusal> {
    if existing_accounts == ExistingAccounts::Reveal {
        return answer;
    }
    answer.map_err(|refusal| match refusal {
        Refusal::Confirm(error) if error.tells_of_an_account() => {
            Refusal::Confirm(ConfirmError::InvalidCode)
        }
        Refusal::Plain(ProblemType::ConfirmationUncertain) => {
            Refusal::Confirm(ConfirmError::InvalidCode)
        }
        _ => refusal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(earlier: Option<EarlierConfirmation>, existing: ExistingAccounts) -> &'static str {
        match concealed(confirmed_already(earlier), existing) {
            Ok(step) => step.code(),
            Err(refusal) => refusal.problem().kind.code(),
        }
    }

    #[test]
    fn only_an_earlier_confirmation_tells_what_confirmed_already_means() {
        for (earlier, revealed, concealed) in [
            (None, "invalid_code", "invalid_code"),
            (Some(EarlierConfirmation::Confirmed), "confirmed", "confirmed"),
            (Some(EarlierConfirmation::Unknown), "confirmation_uncertain", "invalid_code"),
        ] {
            assert_eq!(told(earlier, ExistingAccounts::Reveal), revealed, "{earlier:?}");
            assert_eq!(told(earlier, ExistingAccounts::Conceal), concealed, "{earlier:?}");
        }
    }
}

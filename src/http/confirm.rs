//! `POST /register/confirm`: limit, validate, confirm, answer.

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
    problem::ProblemType,
    root_span::{AnsweredCode, LoggedOutcome},
    to_its_end::to_its_end,
};
use crate::{
    cognito::{Caller, ConfirmError, ConfirmOutcome},
    config::ExistingAccounts,
    registration::{Confirmation, ConfirmationForm},
};

pub(super) async fn confirm(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let read = json::read::<ConfirmationForm>(&request, payload, &state.server).await?;
    let caller = caller(&request);
    let mut confirmation = read.checked(|form| Confirmation::parse(form, &state.rules))?;
    confirmation.fill(&state.rules, &facts(&caller));
    let ended = to_its_end(confirm_once(state, confirmation, caller)).await?;
    request.extensions_mut().insert(LoggedOutcome(ended.outcome.as_str()));
    let answer = ended.answer?;
    request.extensions_mut().insert(AnsweredCode(answer.code()));
    Ok(answer.response())
}

/// What came of a confirmation.
struct Ended {
    outcome: ConfirmOutcome,
    answer: Result<NextStep, Refusal>,
}

/// One confirmation, from its call to its answer.
async fn confirm_once(state: Data<State>, confirmation: Confirmation, caller: Caller) -> Ended {
    let _in_flight = state.health.in_flight();
    let result = state.cognito.confirm(&confirmation, &caller).await;
    let outcome =
        result.as_ref().map_or_else(ConfirmError::outcome, |()| ConfirmOutcome::Confirmed);
    state.metrics.confirmation(outcome.as_str());
    let answer = match result {
        Ok(()) => Ok(NextStep::SignIn),
        // Nothing is remembered of confirmations yet.
        Err(ConfirmError::AlreadyConfirmed) => confirmed_already(None),
        Err(error) => Err(Refusal::Confirm(error)),
    };
    Ended { outcome, answer: concealed(answer, state.existing_accounts) }
}

/// What is known of an earlier confirmation of the same user with the same code.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "what remembers confirmations comes later"))]
enum EarlierConfirmation {
    /// It confirmed the account.
    Confirmed,
    /// Nobody knows what came of it.
    Unknown,
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

/// In conceal mode, every refusal of a code is one and the same. That somebody else has the
/// address is told even then: it takes the code that was sent there to learn it.
fn concealed(
    answer: Result<NextStep, Refusal>,
    existing_accounts: ExistingAccounts,
) -> Result<NextStep, Refusal> {
    if existing_accounts == ExistingAccounts::Reveal {
        return answer;
    }
    answer.map_err(|refusal| match refusal {
        Refusal::Confirm(ConfirmError::ExpiredCode)
        | Refusal::Plain(ProblemType::ConfirmationUncertain) => {
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

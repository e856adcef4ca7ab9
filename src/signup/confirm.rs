use std::time::Instant;

use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Action, Disclosure, Finished, Rejection, Render, Request, UseCases, attempt,
    idempotency::{Completed, Known},
};
use crate::{
    cognito::{ConfirmError, Reply},
    config::ExistingAccounts,
    rate_limit::{Charge, Operation},
    registration::Confirmation,
    store::{Attempt, Claim, EarlierConfirmation, Memory, Operation as AuditOperation, Subject},
};

/// The meaning of Cognito's result of a ConfirmSignUp.
#[derive(Debug)]
enum Verdict {
    /// This request confirmed the account. `None` if Cognito returned no session.
    Confirmed(Option<SecretString>),
    /// The account is confirmed. An earlier confirm with the same code confirmed it.
    ConfirmedBefore,
    /// The account is confirmed. An earlier confirm with the same code may have confirmed it.
    Uncertain,
    /// The account is confirmed. The database does not show if a confirm with this code confirmed
    /// the account.
    Undecided,
    /// Cognito rejected the session. The user name has no budget left for another call.
    OverLimit(Rejection),
    /// Cognito rejected the confirm, or the call failed. The error shows if Cognito may have
    /// confirmed the account.
    Failed(ConfirmError),
}

impl UseCases {
    /// Confirms an account with the code that its user received.
    ///
    /// If Cognito rejects the session of the sign-up, repeats the call without the session. A
    /// session expires after a few minutes, but a code after a day. The service charges both calls,
    /// because Cognito may count both.
    pub async fn confirm<R: Serialize + DeserializeOwned>(
        &self,
        mut request: Request<Confirmation>,
        render: Render<'_, Action, R>,
    ) -> Finished<R> {
        let _in_flight = self.in_flight.enter();
        if let Known::Finished(finished) = self.look_up(request.idempotency.as_ref(), render).await
        {
            return finished;
        }
        let username = &request.form.username;
        let mut charge = match self.message_limits.charge_confirm(username).await {
            Ok(charge) => charge,
            Err(rejection) => return self.reject(AuditOperation::Confirm, rejection, render),
        };
        let subject =
            Subject::Confirmation { username: username.as_str(), code: &request.form.code };
        let claim = match self.claim(request.idempotency.as_ref(), subject, render).await {
            Ok(claim) => claim,
            Err(finished) => {
                self.message_limits.refund_all(charge).await;
                return finished;
            }
        };
        if self.conceals() {
            // In conceal mode, no response to a sign-up contains a session. A call with a session
            // would reveal the account, because Cognito rejects sessions only of existing accounts.
            request.form.session = None;
        }
        let deadline = self.cognito.deadline();
        let mut reply = self.call_confirm(&request, deadline).await;
        let mut over_limit = None;
        if matches!(reply.result, Err(ConfirmError::SessionRejected)) {
            match self.message_limits.charge_confirm(username).await {
                Ok(second) => {
                    tracing::info!("session rejected, confirming without the session");
                    charge = second;
                    request.form.session = None;
                    reply = self.call_confirm(&request, deadline).await;
                }
                Err(rejection) => over_limit = Some(rejection),
            }
        }
        let verdict = match over_limit {
            Some(rejection) => Verdict::OverLimit(rejection),
            None => self.interpret_confirm(&claim, reply.result).await,
        };
        self.metrics.calls.confirmations.count(verdict.outcome());
        self.settle_confirm(charge, &verdict, &request.form).await;
        // A success needs no delay, because the user has the right code. The service stores the
        // outcome after the delay. Otherwise, a second request with the same key could measure the
        // time of Cognito's call.
        if !verdict.is_success() {
            self.response_delay.wait(reply.sent_at).await;
        }
        let attempt = Attempt {
            outcome: verdict.outcome(),
            cognito_request_id: reply.request_id,
            ..attempt::new(AuditOperation::Confirm, username, &request.client, &request.request_id)
        };
        let memory = verdict.memory();
        let result = verdict.disclose(self.disclosure);
        self.finish(Completed { claim, result, memory, attempt }, render).await
    }

    async fn call_confirm(
        &self,
        request: &Request<Confirmation>,
        deadline: Instant,
    ) -> Reply<Option<SecretString>, ConfirmError> {
        let slots = self.slots(Operation::Confirm);
        let reply = self.cognito.confirm(&request.form, &request.client, deadline, slots).await;
        self.note_throttling(Operation::Confirm, reply.was_throttled);
        reply
    }

    /// Decides the meaning of Cognito's result. Cognito reports a confirmed account for right and
    /// wrong codes. For such an account, some pools report that the code has expired. Only an
    /// earlier confirm with this code proves that the code is right.
    async fn interpret_confirm(
        &self,
        claim: &Claim,
        result: Result<Option<SecretString>, ConfirmError>,
    ) -> Verdict {
        match result {
            Ok(session) => Verdict::Confirmed(session),
            Err(ConfirmError::AlreadyConfirmed) => match self.store.confirmed_before(claim).await {
                Ok(prior) => Verdict::already_confirmed(prior),
                Err(_) => Verdict::Undecided,
            },
            Err(ConfirmError::ExpiredCode) => match self.store.confirmed_before(claim).await {
                Ok(Some(EarlierConfirmation::Confirmed)) => Verdict::ConfirmedBefore,
                _ => Verdict::Failed(ConfirmError::ExpiredCode),
            },
            Err(error) => Verdict::Failed(error),
        }
    }

    async fn settle_confirm(&self, charge: Charge, verdict: &Verdict, form: &Confirmation) {
        match verdict {
            Verdict::Confirmed(_) => self.message_limits.record_confirmed(&form.username),
            Verdict::Failed(ConfirmError::Failed(failure)) if failure.was_not_processed() => {
                self.message_limits.refund_all(charge).await;
            }
            _ => {}
        }
    }
}

impl Verdict {
    fn already_confirmed(prior: Option<EarlierConfirmation>) -> Self {
        match prior {
            Some(EarlierConfirmation::Confirmed) => Self::ConfirmedBefore,
            Some(EarlierConfirmation::Unknown) => Self::Uncertain,
            None => Self::Failed(ConfirmError::AlreadyConfirmed),
        }
    }

    fn is_success(&self) -> bool {
        matches!(self, Self::Confirmed(_) | Self::ConfirmedBefore)
    }

    /// Returns the effect of this request on the account.
    fn outcome(&self) -> &'static str {
        match self.memory() {
            Some(Memory::Confirmed) => "confirmed",
            Some(_) => "unknown",
            None => "not_confirmed",
        }
    }

    /// Returns the outcome to store for a second, identical confirm.
    fn memory(&self) -> Option<Memory> {
        match self {
            Self::Confirmed(_) => Some(Memory::Confirmed),
            Self::Failed(error) if error.may_have_succeeded() => Some(Memory::Unknown),
            Self::ConfirmedBefore
            | Self::Uncertain
            | Self::Undecided
            | Self::OverLimit(_)
            | Self::Failed(_) => None,
        }
    }

    /// Returns the result for the client. In conceal mode, every rejection of a code is the same.
    ///
    /// Both modes report an address of another account, because Cognito reports such an address
    /// only if the code is right.
    fn disclose(self, disclosure: Disclosure) -> Result<Action, Rejection> {
        let conceals = disclosure.existing_accounts == ExistingAccounts::Conceal;
        match self {
            Self::Confirmed(session) => {
                Ok(Action::Confirmed { session: disclosure.session(session) })
            }
            Self::ConfirmedBefore => Ok(Action::Confirmed { session: None }),
            Self::Uncertain | Self::Undecided if conceals => Err(ConfirmError::InvalidCode.into()),
            Self::Uncertain => Err(Rejection::ConfirmationUncertain),
            Self::Undecided => Err(Rejection::StoreUnavailable),
            Self::OverLimit(rejection) => Err(rejection),
            Self::Failed(error) if conceals && error.reveals_account() => {
                Err(ConfirmError::InvalidCode.into())
            }
            Self::Failed(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_a_confirmed_account_by_the_earlier_confirm() {
        let result = |prior, existing_accounts| {
            let disclosure = Disclosure { existing_accounts, return_session: true };
            match Verdict::already_confirmed(prior).disclose(disclosure) {
                Ok(Action::Confirmed { session }) => Ok(session.is_some()),
                Ok(Action::CodeSent) => panic!("a confirm sends no code"),
                Err(rejection) => Err(rejection.to_string()),
            }
        };
        let invalid_code = ConfirmError::InvalidCode.to_string();
        let already_confirmed = ConfirmError::AlreadyConfirmed.to_string();
        let uncertain = Rejection::ConfirmationUncertain.to_string();
        for (prior, revealed, concealed) in [
            (None, Err(already_confirmed), Err(invalid_code.clone())),
            (Some(EarlierConfirmation::Confirmed), Ok(false), Ok(false)),
            (Some(EarlierConfirmation::Unknown), Err(uncertain), Err(invalid_code.clone())),
        ] {
            assert_eq!(result(prior, ExistingAccounts::Reveal), revealed, "{prior:?}");
            assert_eq!(result(prior, ExistingAccounts::Conceal), concealed, "{prior:?}");
        }
    }
}

use std::time::Instant;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Action, Finished, Rejection, Render, Request, UseCases, attempt,
    idempotency::{Completed, Known},
    message_limits::ResendBudget,
};
use crate::{
    cognito::ResendError,
    rate_limit::Operation,
    registration::Resend,
    store::{Attempt, Claim, Operation as AuditOperation, Subject},
};

impl UseCases {
    /// Sends another code to the user of an unconfirmed account.
    pub async fn resend<R: Serialize + DeserializeOwned>(
        &self,
        request: Request<Resend>,
        render: Render<'_, Action, R>,
    ) -> Finished<R> {
        let _in_flight = self.in_flight.enter();
        if let Known::Finished(finished) = self.look_up(request.idempotency.as_ref(), render).await
        {
            return finished;
        }
        let budget = match self.message_limits.charge_resend(&request.form.username).await {
            Ok(budget) => budget,
            Err(rejection) => return self.reject(AuditOperation::Resend, rejection, render),
        };
        let claim = self.claim(request.idempotency.as_ref(), Subject::Resend, render).await;
        let (claim, charge) = match (claim, budget) {
            (Ok(claim), ResendBudget::Charged(charge)) => (claim, charge),
            (Ok(claim), ResendBudget::Exhausted(_)) => {
                // Delays the response like a response after a call.
                self.response_delay.wait(Some(Instant::now())).await;
                return self.finish(nothing_sent(claim, &request), render).await;
            }
            (Err(finished), ResendBudget::Charged(charge) | ResendBudget::Exhausted(charge)) => {
                self.message_limits.refund_all(charge).await;
                return finished;
            }
        };
        let slots = self.slots(Operation::Resend);
        let reply = self.cognito.resend(&request.form, &request.client, slots).await;
        self.note_throttling(Operation::Resend, reply.was_throttled);
        let error = reply.result.err();
        let outcome = outcome(error.as_ref());
        self.metrics.calls.resends.count(outcome);
        self.message_limits.settle_resend(charge, error.as_ref()).await;
        // The service stores the outcome after the delay. Otherwise, a second request with the same
        // key could measure the time of Cognito's call.
        self.response_delay.wait(reply.sent_at).await;
        let attempt =
            Attempt { outcome, cognito_request_id: reply.request_id, ..attempt(&request) };
        let result = disclose(error, self.conceals());
        let completed = Completed { claim, result, memory: None, attempt };
        self.finish(completed, render).await
    }
}

pub(super) fn outcome(error: Option<&ResendError>) -> &'static str {
    match error {
        None => "sent",
        Some(error) if error.may_have_succeeded() => "unknown",
        Some(_) => "not_sent",
    }
}

/// Returns the attempt of a resend that sent nothing.
fn attempt(request: &Request<Resend>) -> Attempt {
    let Request { form, client, request_id, .. } = request;
    attempt::new(AuditOperation::Resend, &form.username, client, request_id)
}

/// Completes a resend that sends no message. In conceal mode, a rejection would reveal the
/// recipients of the account.
fn nothing_sent(claim: Claim, request: &Request<Resend>) -> Completed<Action> {
    Completed { claim, result: Ok(Action::CodeSent), memory: None, attempt: attempt(request) }
}

/// Returns the result for the client. Neither mode reports a missing or confirmed account. Conceal
/// mode also hides the errors that only an existing account can cause.
fn disclose(error: Option<ResendError>, conceals: bool) -> Result<Action, Rejection> {
    match error {
        None | Some(ResendError::NoPendingAccount) => Ok(Action::CodeSent),
        Some(error) if conceals && error.reveals_account() => Ok(Action::CodeSent),
        Some(error) => Err(error.into()),
    }
}

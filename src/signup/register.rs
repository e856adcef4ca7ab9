use serde::{Serialize, de::DeserializeOwned};
use tracing::Instrument;

use super::{
    Finished, Rejection, Render, Request, SignUpOutcome, UseCases, attempt,
    idempotency::{Completed, Known},
    verdict::Settlement,
};
use crate::{
    rate_limit::{Charge, Operation},
    registration::Registration,
    store::{Attempt, Operation as AuditOperation, Subject},
    trace::TARGET,
};

impl UseCases {
    /// Creates the account of a form.
    ///
    /// Runs in the order of the contract: look up the Idempotency-Key, check the preconditions,
    /// store the intent, call SignUp once, store the outcome.
    pub async fn register<R: Serialize + DeserializeOwned>(
        &self,
        request: Request<Registration>,
        render: Render<'_, SignUpOutcome, R>,
    ) -> Finished<R> {
        let _in_flight = self.in_flight.enter();
        let is_takeover = match self.look_up(request.idempotency.as_ref(), render).await {
            Known::Finished(finished) => return finished,
            Known::Takeover => true,
            Known::New => false,
        };
        let span = tracing::info_span!(target: TARGET, "preconditions");
        let charge = match self.preconditions(is_takeover, &request).instrument(span).await {
            Ok(charge) => charge,
            Err(rejection) => {
                return self.reject_unless_finished(&request, rejection, render).await;
            }
        };
        let subject = Subject::SignUp {
            username: request.form.username.as_str(),
            is_generated: request.form.username.is_generated(),
            recipients: request.form.recipients(),
            password: request.form.password.as_ref(),
            address: request.client.address,
        };
        // If the first request changed nothing and ends after the look-up, the key is new again.
        // This request then creates the account without a proof, like a takeover.
        let claim = match self.claim(request.idempotency.as_ref(), subject, render).await {
            Ok(claim) => claim,
            Err(finished) => {
                self.message_limits.refund_all(charge).await;
                return finished;
            }
        };
        let slots = self.slots(Operation::Register);
        let reply = self.cognito.sign_up(&request.form, &request.client, slots).await;
        self.note_throttling(Operation::Register, reply.was_throttled);
        let verdict = self.interpret(&claim, reply.result).await;
        let silent_resend = self.silent_resend(&verdict, &charge, &claim, &request);
        let settlement = match &silent_resend {
            // The charge covers the message of the silent resend.
            Some(_) => Settlement::Keep,
            None => verdict.settlement(self.conceals()),
        };
        let attempt = Attempt {
            outcome: verdict.audit_outcome(),
            recipient: request.form.recipient().map(str::to_owned),
            user_sub: verdict.user_sub().map(str::to_owned),
            cognito_request_id: reply.request_id,
            consents: request.form.consents.clone(),
            ..attempt::new(
                AuditOperation::Register,
                &request.form.username,
                &request.client,
                &request.request_id,
            )
        };
        let memory = verdict.memory();
        let result = self.disclosure.disclose(verdict, &request.form);
        let charge = if claim.is_takeover() && result.is_ok() {
            // The service has already charged the first request with this key.
            self.message_limits.refund_all(charge).await;
            Charge::default()
        } else {
            charge
        };
        self.message_limits.settle(charge, settlement, &request.form).await;
        // The service stores the outcome after the delay. Otherwise, a second request with the same
        // key could measure the time of Cognito's call.
        self.response_delay.wait(reply.sent_at).await;
        let finished = self.finish(Completed { claim, result, memory, attempt }, render).await;
        if let Some(resend) = silent_resend.filter(|_| finished.is_success) {
            resend.spawn();
        }
        finished
    }

    /// Rejects a sign-up that does not meet the preconditions, unless a simultaneous request has
    /// claimed the same Idempotency-Key. That request used up the proof or the budget.
    async fn reject_unless_finished<R: Serialize + DeserializeOwned>(
        &self,
        request: &Request<Registration>,
        rejection: Rejection,
        render: Render<'_, SignUpOutcome, R>,
    ) -> Finished<R> {
        if request.idempotency.is_some()
            && let Known::Finished(finished) =
                self.look_up(request.idempotency.as_ref(), render).await
        {
            return finished;
        }
        self.reject(AuditOperation::Register, rejection, render)
    }
}

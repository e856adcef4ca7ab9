//! Another code for a user who repeats a sign-up in conceal mode.
//!
//! Neither the content nor the time of the response reveals the message. The service sends the code
//! only for the same recipient and password. Otherwise, a user could confirm an account that an
//! attacker created with another password.

use std::sync::Arc;

use tokio::task::spawn_local;
use tracing::Instrument;

use super::{InFlightGuard, Request, UseCases, attempt, resend, slots, verdict::Verdict};
use crate::{
    cognito::{ClientInfo, Cognito},
    metrics::Metrics,
    rate_limit::{self, Charge, CognitoBudget},
    registration::{Registration, Resend},
    store::{AccountOwner, Attempt, Claim, Operation, PriorAttempt, Store},
};

/// The code of a silent resend in the audit log.
const SILENT: &str = "silent_resend";

pub(super) struct SilentResend {
    cognito: Cognito,
    cognito_budget: Arc<CognitoBudget>,
    store: Arc<Store>,
    metrics: Metrics,
    sign_up: Claim,
    resend: Resend,
    client: ClientInfo,
    request_id: String,
    recipient: Option<String>,
    _in_flight: InFlightGuard,
}

impl UseCases {
    /// Prepares a silent resend. Returns `None` unless the sign-up met an existing account in
    /// conceal mode and its recipients may get another message.
    pub(super) fn silent_resend(
        &self,
        verdict: &Verdict,
        charge: &Charge,
        claim: &Claim,
        request: &Request<Registration>,
    ) -> Option<SilentResend> {
        let is_due = self.silent_resend
            && !claim.is_takeover()
            && matches!(
                verdict,
                Verdict::Concealed { .. } | Verdict::Existing(PriorAttempt::Created)
            )
            && charge.has_message_budget();
        is_due.then(|| SilentResend {
            cognito: self.cognito.clone(),
            cognito_budget: Arc::clone(&self.cognito_budget),
            store: Arc::clone(&self.store),
            metrics: self.metrics.clone(),
            sign_up: claim.clone(),
            resend: Resend::again(&request.form),
            client: request.client.clone(),
            request_id: request.request_id.clone(),
            recipient: request.form.recipient().map(str::to_owned),
            _in_flight: self.in_flight.enter(),
        })
    }
}

impl SilentResend {
    /// Starts the resend in its own task. A graceful stop waits for the task.
    pub(super) fn spawn(self) {
        spawn_local(Box::pin(self.run()).in_current_span());
    }

    async fn run(self) {
        if !self.is_own_account().await {
            return;
        }
        // The charge of the sign-up includes one message, which Cognito did not send.
        let slots = slots(&self.cognito_budget, rate_limit::Operation::Resend);
        let reply = self.cognito.resend(&self.resend, &self.client, slots).await;
        if reply.was_throttled {
            self.cognito_budget.reduce(rate_limit::Operation::Resend);
        }
        let outcome = resend::outcome(reply.result.as_ref().err());
        self.metrics.calls.resends.count(outcome);
        self.metrics.calls.silent_resends.count(outcome);
        tracing::info!(outcome, "silent resend after a repeated sign-up");
        let attempt = Attempt {
            outcome,
            code: SILENT,
            cognito_request_id: reply.request_id,
            recipient: self.recipient,
            ..attempt::new(Operation::Resend, &self.resend.username, &self.client, &self.request_id)
        };
        self.store.record(attempt).await;
    }

    /// Returns `true` if the same user created this account recently. After an unknown outcome,
    /// the account may belong to another user.
    async fn is_own_account(&self) -> bool {
        match self.store.existing(&self.sign_up).await {
            Ok(owner) => owner == Some(AccountOwner::SameUser(PriorAttempt::Created)),
            Err(error) => {
                tracing::warn!(%error, "silent resend skipped");
                false
            }
        }
    }
}

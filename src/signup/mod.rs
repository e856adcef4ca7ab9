//! The use cases: create an account, confirm an account, send another code.
//!
//! The use cases take checked values and return a result. The use cases do not depend on HTTP. A
//! function of the HTTP layer renders each result. The store keeps the rendered response for an
//! Idempotency-Key.

mod attempt;
mod confirm;
mod finished;
mod idempotency;
mod in_flight;
mod mask;
mod message_limits;
mod outcome;
mod preconditions;
mod register;
mod rejection;
mod resend;
mod response_delay;
mod silent_resend;
mod verdict;

use std::{sync::Arc, time::Duration};

use crate::{
    bot_check::BotCheck,
    cognito::{ClientInfo, Cognito},
    config::{DatabaseFailure, ExistingAccounts},
    metrics::Metrics,
    pwned_passwords::PwnedPasswords,
    rate_limit::{self, Admission, CognitoBudget},
    registration::{Violation, ViolationCode},
    store::{IdempotentRequest, Operation, Store},
};

pub use self::{
    finished::{Finished, Render, Rendered},
    in_flight::{InFlight, InFlightGuard},
    message_limits::MessageLimits,
    outcome::{Action, Disclosure, SignUpOutcome},
    rejection::Rejection,
    response_delay::ResponseDelay,
};

/// A checked form, with the properties of its request.
#[derive(Debug)]
pub struct Request<T> {
    /// The form.
    pub form: T,
    /// The client that sent the request.
    pub client: ClientInfo,
    /// The `X-Request-Id` of the response.
    pub request_id: String,
    /// The Idempotency-Key and the normalised body. `None` if the client sent no key.
    pub idempotency: Option<IdempotentRequest>,
    /// The result of the limits, with the request's place among the concurrent requests.
    pub admission: Option<Admission>,
}

/// The use cases of one worker, with the components that they call.
#[expect(missing_docs, reason = "the types describe the fields")]
pub struct UseCases {
    pub cognito: Cognito,
    pub cognito_budget: Arc<CognitoBudget>,
    pub store: Arc<Store>,
    pub on_store_failure: DatabaseFailure,
    pub message_limits: Arc<MessageLimits>,
    pub bot_check: Arc<BotCheck>,
    pub pwned_passwords: Option<Arc<PwnedPasswords>>,
    pub disclosure: Disclosure,
    pub response_delay: ResponseDelay,
    /// `true` if, in conceal mode, the service sends another code to a user who repeats a sign-up.
    pub silent_resend: bool,
    pub in_flight: Arc<InFlight>,
    pub metrics: Metrics,
}

impl UseCases {
    /// Counts a form with violations.
    pub fn count_invalid_form(
        &self,
        operation: Operation,
        violations: &[Violation],
        code: &'static str,
    ) {
        if violations.iter().any(is_about_messages) {
            self.metrics.rate_limited("sms", true);
        }
        self.store.count_rejection(operation, code);
    }

    fn slots(
        &self,
        operation: rate_limit::Operation,
    ) -> impl AsyncFn(Duration) -> Result<(), Duration> {
        slots(&self.cognito_budget, operation)
    }

    fn note_throttling(&self, operation: rate_limit::Operation, was_throttled: bool) {
        if was_throttled {
            self.cognito_budget.reduce(operation);
        }
    }

    fn conceals(&self) -> bool {
        self.disclosure.existing_accounts == ExistingAccounts::Conceal
    }
}

/// Returns the function that waits for a slot in the budget of calls to Cognito.
fn slots(
    budget: &CognitoBudget,
    operation: rate_limit::Operation,
) -> impl AsyncFn(Duration) -> Result<(), Duration> {
    async move |longest| {
        let slot = budget.wait_for_slot(operation, longest).await;
        slot.map_err(|full| full.retry_after)
    }
}

fn is_about_messages(violation: &Violation) -> bool {
    matches!(
        violation.code,
        ViolationCode::CallingCodeNotAllowed | ViolationCode::PhoneNumberNotMobile
    )
}

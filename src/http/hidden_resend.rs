//! In conceal mode, another code for whoever signs up again and would otherwise wait for one in
//! vain: nothing of the answer tells of it, neither its bytes nor its time.
//!
//! It goes out for the same recipient and password alone. To anybody else it would hand a code
//! for an account that a stranger has prepared with a password of his own.

use actix_web::{rt, web::Data};
use tracing::Instrument;

use super::{State, health::InFlight};
use crate::{
    cognito::{Caller, Reply, ResendError, ResendOutcome},
    ledger::{Attempt, Claim, Operation, PriorAttempt},
    registration::{Registration, Resend},
};

/// The code of its row in the ledger.
const HIDDEN: &str = "hidden";

/// What a sign-up brings about once it is answered.
pub(super) struct HiddenResend {
    state: Data<State>,
    /// The sign-up, where it met an account that exists.
    duplicate: Option<Claim>,
    resend: Resend,
    caller: Caller,
    request_id: String,
    recipient: Option<String>,
    _in_flight: InFlight,
}

impl HiddenResend {
    /// Of a sign-up that was sent; nothing where the settings want none.
    pub(super) fn of(
        state: &Data<State>,
        duplicate: Option<Claim>,
        registration: &Registration,
        caller: &Caller,
        request_id: &str,
    ) -> Option<Self> {
        state.hidden_resend.then(|| Self {
            state: state.clone(),
            duplicate,
            resend: Resend::again(registration),
            caller: caller.clone(),
            request_id: request_id.to_owned(),
            recipient: registration.recipient().map(str::to_owned),
            _in_flight: state.health.in_flight(),
        })
    }

    /// Whether the sign-up met an account that exists.
    pub(super) fn is_of_a_duplicate(&self) -> bool {
        self.duplicate.is_some()
    }

    /// Begins, and is not waited for: it runs to its end by itself, and a graceful stop waits
    /// for it.
    pub(super) fn begin(self) {
        // Boxed, since what is spawned is moved several times.
        rt::spawn(Box::pin(self.run()).in_current_span());
    }

    async fn run(self) {
        let Self { state, duplicate, resend, caller, request_id, recipient, _in_flight } = self;
        let Some(duplicate) = duplicate else { return };
        if !is_waited_for(&state, &duplicate).await {
            return;
        }
        // Every sign-up has paid for one message, whatever it met. What the caller was let in with
        // is gone by now, with its place among the requests under way.
        let Reply { result, request_id: cognito_request_id, .. } =
            state.cognito.resend(&resend, &caller, None).await;
        let outcome = result.as_ref().map_or_else(ResendError::outcome, |()| ResendOutcome::Sent);
        state.metrics.resend(outcome.as_str());
        state.metrics.hidden_resend(outcome.as_str());
        let (outcome, code) = (outcome.as_str(), HIDDEN);
        tracing::info!(outcome, code, "somebody signed up again and was to get another code");
        state.ledger.refused(Attempt {
            operation: Operation::Resend,
            request_id,
            outcome,
            code,
            user_sub: None,
            cognito_request_id,
            recipient,
            username: Some(resend.username.as_str().to_owned()),
            address: Some(caller.address),
            locale: caller.language,
            consents: Vec::new(),
        });
    }
}

/// Whether the same person made this account a short time ago, and may wait for a code. Where
/// nobody knows for sure what came of the try, the account may as well be a stranger's.
async fn is_waited_for(state: &State, duplicate: &Claim) -> bool {
    match state.ledger.existing(duplicate).await {
        Ok(Some(PriorAttempt::Created)) => true,
        Ok(
            Some(PriorAttempt::Unknown | PriorAttempt::CodeNotDelivered | PriorAttempt::Confirmed)
            | None,
        ) => false,
        Err(error) => {
            tracing::warn!(%error, "nobody can say whether somebody waits for another code");
            false
        }
    }
}

//! Calls to Cognito, and what they did.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::{Metrics, OutcomeLabels, Outcomes, new};

#[derive(Debug)]
pub(super) struct Calls {
    sign_ups: Outcomes,
    sign_up_retries: Counter,
    trigger_refusals: Family<KindLabels, Counter>,
    confirmations: Outcomes,
    confirmation_retries: Counter,
    resends: Outcomes,
    resend_retries: Counter,
    hidden_resends: Outcomes,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

impl Calls {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            sign_ups: new(registry, "sign_ups", "Calls of SignUp by what they did to the account"),
            sign_up_retries: new(registry, "sign_up_retries", "Calls of SignUp that were repeated"),
            trigger_refusals: new(
                registry,
                "trigger_refusals",
                "Refusals of the pre-sign-up trigger by the marker in its text",
            ),
            confirmations: new(
                registry,
                "confirmations",
                "Calls of ConfirmSignUp by what they did to the account",
            ),
            confirmation_retries: new(
                registry,
                "confirmation_retries",
                "Calls of ConfirmSignUp that were repeated",
            ),
            resends: new(
                registry,
                "resends",
                "Calls of ResendConfirmationCode by whether a code went out",
            ),
            resend_retries: new(
                registry,
                "resend_retries",
                "Calls of ResendConfirmationCode that were repeated",
            ),
            hidden_resends: new(
                registry,
                "hidden_resends",
                "Codes that were due to people who signed up again in conceal mode",
            ),
        }
    }
}

impl Metrics {
    /// Counts a call of SignUp.
    pub fn sign_up(&self, outcome: &'static str) {
        self.inner.calls.sign_ups.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a call of SignUp that is repeated.
    pub fn sign_up_retry(&self) {
        self.inner.calls.sign_up_retries.inc();
    }

    /// Counts a refusal of the pre-sign-up trigger.
    pub fn trigger_refusal(&self, kind: &'static str) {
        self.inner.calls.trigger_refusals.get_or_create(&KindLabels { kind }).inc();
    }

    /// Counts a call of ConfirmSignUp.
    pub fn confirmation(&self, outcome: &'static str) {
        self.inner.calls.confirmations.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a call of ConfirmSignUp that is repeated.
    pub fn confirmation_retry(&self) {
        self.inner.calls.confirmation_retries.inc();
    }

    /// Counts a call of ResendConfirmationCode.
    pub fn resend(&self, outcome: &'static str) {
        self.inner.calls.resends.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a call of ResendConfirmationCode that is repeated.
    pub fn resend_retry(&self) {
        self.inner.calls.resend_retries.inc();
    }

    /// Counts a code that nobody asked for, by whether it went out or was over a limit.
    pub fn hidden_resend(&self, outcome: &'static str) {
        self.inner.calls.hidden_resends.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

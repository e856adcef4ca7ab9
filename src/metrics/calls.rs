use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::{Metrics, Outcomes, new};

#[derive(Clone, Debug)]
pub(crate) struct Calls {
    pub(crate) sign_ups: Outcomes,
    sign_up_retries: Counter,
    trigger_rejections: Family<KindLabels, Counter>,
    pub(crate) confirmations: Outcomes,
    confirmation_retries: Counter,
    pub(crate) resends: Outcomes,
    resend_retries: Counter,
    pub(crate) silent_resends: Outcomes,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

impl Calls {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            sign_ups: Outcomes::register(registry, "sign_ups", "SignUp calls by outcome"),
            sign_up_retries: new(registry, "sign_up_retries", "Repeated SignUp calls"),
            trigger_rejections: new(
                registry,
                "trigger_rejections",
                "Rejections of the pre-sign-up trigger by the marker in its text",
            ),
            confirmations: Outcomes::register(
                registry,
                "confirmations",
                "ConfirmSignUp calls by outcome",
            ),
            confirmation_retries: new(
                registry,
                "confirmation_retries",
                "Repeated ConfirmSignUp calls",
            ),
            resends: Outcomes::register(
                registry,
                "resends",
                "ResendConfirmationCode calls by outcome",
            ),
            resend_retries: new(
                registry,
                "resend_retries",
                "Repeated ResendConfirmationCode calls",
            ),
            silent_resends: Outcomes::register(
                registry,
                "silent_resends",
                "Codes that the service requested for repeated sign-ups in conceal mode, by outcome",
            ),
        }
    }
}

impl Metrics {
    /// Counts a repeated SignUp call.
    pub fn sign_up_retry(&self) {
        self.calls.sign_up_retries.inc();
    }

    /// Counts a repeated ConfirmSignUp call.
    pub fn confirmation_retry(&self) {
        self.calls.confirmation_retries.inc();
    }

    /// Counts a repeated ResendConfirmationCode call.
    pub fn resend_retry(&self) {
        self.calls.resend_retries.inc();
    }

    /// Counts a rejection of the pre-sign-up trigger.
    pub fn trigger_rejection(&self, kind: &'static str) {
        self.calls.trigger_rejections.get_or_create(&KindLabels { kind }).inc();
    }
}

use prometheus_client::{metrics::counter::Counter, registry::Registry};

use super::{CognitoOperation, Counters, Metrics, new};

#[derive(Clone, Debug)]
pub(crate) struct Calls {
    pub(crate) sign_ups: Counters,
    sign_up_retries: Counter,
    pub(crate) trigger_rejections: Counters,
    pub(crate) confirmations: Counters,
    confirmation_retries: Counter,
    pub(crate) resends: Counters,
    resend_retries: Counter,
    pub(crate) silent_resends: Counters,
}

const SENT: &[&str] = &["sent", "not_sent", "unknown"];

impl Calls {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            sign_ups: Counters::by(
                registry,
                "sign_ups",
                "SignUp calls by outcome",
                "outcome",
                &["created", "not_created", "unknown"],
            ),
            sign_up_retries: new(
                registry,
                "sign_up_retries",
                "SignUp calls that the service repeated",
            ),
            trigger_rejections: Counters::by(
                registry,
                "trigger_rejections",
                "Rejections of the pre-sign-up trigger by the marker in its error",
                "kind",
                &["marked", "unmarked", "unknown_marker"],
            ),
            confirmations: Counters::by(
                registry,
                "confirmations",
                "ConfirmSignUp calls by outcome",
                "outcome",
                &["confirmed", "not_confirmed", "unknown"],
            ),
            confirmation_retries: new(
                registry,
                "confirmation_retries",
                "ConfirmSignUp calls that the service repeated",
            ),
            resends: Counters::by(
                registry,
                "resends",
                "ResendConfirmationCode calls by outcome",
                "outcome",
                SENT,
            ),
            resend_retries: new(
                registry,
                "resend_retries",
                "ResendConfirmationCode calls that the service repeated",
            ),
            silent_resends: Counters::by(
                registry,
                "silent_resends",
                "Codes that the service requested for repeated sign-ups in conceal mode, by outcome",
                "outcome",
                SENT,
            ),
        }
    }
}

impl Metrics {
    /// Counts a repeated call.
    pub fn cognito_retry(&self, operation: CognitoOperation) {
        let retries = match operation {
            CognitoOperation::SignUp => &self.calls.sign_up_retries,
            CognitoOperation::ConfirmSignUp => &self.calls.confirmation_retries,
            CognitoOperation::ResendConfirmationCode => &self.calls.resend_retries,
        };
        retries.inc();
    }
}

//! Metrics of device data, the pwned-password check and the bot check.

use prometheus_client::{metrics::counter::Counter, registry::Registry};

use super::{Metrics, OutcomeLabels, Outcomes, new};

#[derive(Debug)]
pub(super) struct Checks {
    device_data_dropped: Counter,
    pwned_passwords: Outcomes,
    bot_check: Outcomes,
}

impl Checks {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            device_data_dropped: new(
                registry,
                "device_data_dropped",
                "Device data that Cognito could make nothing of",
            ),
            pwned_passwords: new(
                registry,
                "pwned_password_checks",
                "Passwords that were checked against data breaches, by outcome",
            ),
            bot_check: new(
                registry,
                "bot_checks",
                "Sign-ups that passed through the bot check, by outcome",
            ),
        }
    }
}

impl Metrics {
    /// Counts device data that was dropped.
    pub fn device_data_dropped(&self) {
        self.inner.checks.device_data_dropped.inc();
    }

    /// Counts an outcome of the pwned-password check.
    pub fn pwned_password_check(&self, outcome: &'static str) {
        self.inner.checks.pwned_passwords.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts an outcome of the bot check.
    pub fn bot_check(&self, outcome: &'static str) {
        self.inner.checks.bot_check.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

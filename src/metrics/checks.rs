//! What is looked at besides the form itself: the device, data breaches, the bot check.

use prometheus_client::{metrics::counter::Counter, registry::Registry};

use super::{Metrics, OutcomeLabels, Outcomes, new};

#[derive(Debug)]
pub(super) struct Checks {
    device_data_dropped: Counter,
    breaches: Outcomes,
    humans: Outcomes,
}

impl Checks {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            device_data_dropped: new(
                registry,
                "device_data_dropped",
                "Device data that Cognito could make nothing of",
            ),
            breaches: new(
                registry,
                "breach_checks",
                "Passwords that were looked for in data breaches",
            ),
            humans: new(
                registry,
                "human_checks",
                "Sign-ups that met the bot check, by what came of it",
            ),
        }
    }
}

impl Metrics {
    /// Counts device data that was dropped.
    pub fn device_data_dropped(&self) {
        self.inner.checks.device_data_dropped.inc();
    }

    /// Counts a password that was looked for in data breaches.
    pub fn breach_check(&self, outcome: &'static str) {
        self.inner.checks.breaches.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a sign-up that met the bot check.
    pub fn human_check(&self, outcome: &'static str) {
        self.inner.checks.humans.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

//! Metrics of device data, the pwned-password check and the bot check.

use prometheus_client::{metrics::counter::Counter, registry::Registry};

use super::{Outcomes, new};

#[derive(Clone, Debug)]
pub(crate) struct Checks {
    pub(crate) device_data_dropped: Counter,
    pub(crate) pwned_passwords: Outcomes,
    pub(crate) bot: Outcomes,
}

impl Checks {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            device_data_dropped: new(
                registry,
                "device_data_dropped",
                "Invalid device data that the service did not send to Cognito",
            ),
            pwned_passwords: Outcomes::register(
                registry,
                "pwned_password_checks",
                "Checks of passwords against data breaches by outcome",
            ),
            bot: Outcomes::register(registry, "bot_checks", "Bot checks of sign-ups by outcome"),
        }
    }
}

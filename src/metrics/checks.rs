//! Metrics of device data, the pwned-password check and the bot check.

use prometheus_client::{metrics::counter::Counter, registry::Registry};

use super::{Counters, new};

#[derive(Clone, Debug)]
pub(crate) struct Checks {
    pub(crate) device_data_dropped: Counter,
    pub(crate) pwned_passwords: Counters,
    pub(crate) bot: Counters,
}

const BOT_CHECKS: &[&str] = &[
    "passed",
    "required",
    "not_required",
    "allowed_unchecked",
    "unavailable",
    "misconfigured",
    "provider",
    "hostname",
    "action",
    "score",
    "age",
    "reused",
    "unreadable",
    "signature",
    "expired",
    "solution",
];

impl Checks {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            device_data_dropped: new(
                registry,
                "device_data_dropped",
                "Invalid device data that the service did not send to Cognito",
            ),
            pwned_passwords: Counters::by(
                registry,
                "pwned_password_checks",
                "Checks of passwords against data breaches",
                "outcome",
                &["passed", "breached", "unavailable"],
            ),
            bot: Counters::by(
                registry,
                "bot_checks",
                "Bot checks of sign-ups",
                "outcome",
                BOT_CHECKS,
            ),
        }
    }
}

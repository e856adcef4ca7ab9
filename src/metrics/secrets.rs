use std::time::UNIX_EPOCH;

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

use super::{Counters, Metrics, new};

#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    pub(crate) fallbacks: Counter,
    pub(crate) reloads: Counters,
    changed: Gauge,
}

impl Secrets {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            fallbacks: new(
                registry,
                "client_secret_fallbacks",
                "Calls for which Cognito rejected the first client secret and accepted the second",
            ),
            reloads: Counters::by(
                registry,
                "client_secret_reloads",
                "Reloads of the client secret",
                "outcome",
                &["unchanged", "changed", "failed"],
            ),
            changed: new(
                registry,
                "client_secret_changed_timestamp_seconds",
                "Time at which the service loaded the current client secret",
            ),
        }
    }
}

impl Metrics {
    /// Records that the client secret changes now.
    pub fn client_secret_changed(&self) {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        self.secrets.changed.set(i64::try_from(now).unwrap_or(i64::MAX));
    }
}

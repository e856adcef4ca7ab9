//! The client secrets that are held.

use std::time::UNIX_EPOCH;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Metrics, new};

#[derive(Debug)]
pub(super) struct Secrets {
    fallovers: Counter,
    reads: Family<ResultLabels, Counter>,
    changed: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

impl Secrets {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            fallovers: new(
                registry,
                "secret_fallovers",
                "Times the other client secret had to be taken",
            ),
            reads: new(
                registry,
                "client_secret_reads",
                "Times the client secret was read again, by whether it was another one",
            ),
            changed: new(
                registry,
                "client_secret_changed_timestamp_seconds",
                "When the client secret that is held was first held",
            ),
        }
    }
}

impl Metrics {
    /// Counts a refused client secret whose other was taken.
    pub fn secret_fallover(&self) {
        self.inner.secrets.fallovers.inc();
    }

    /// Counts that the client secret was read again: "unchanged", "changed" or "failed".
    pub fn client_secret_read(&self, result: &'static str) {
        self.inner.secrets.reads.get_or_create(&ResultLabels { result }).inc();
    }

    /// Remembers that another client secret is held from now on.
    pub fn client_secret_changed(&self) {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        self.inner.secrets.changed.set(i64::try_from(now).unwrap_or(i64::MAX));
    }
}

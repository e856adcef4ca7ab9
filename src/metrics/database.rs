use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::{Metrics, add, new};

#[derive(Clone, Debug)]
pub(crate) struct Database {
    operations: Counter,
    transactions: Histogram,
    failures: Family<ReasonLabels, Counter>,
    pub(crate) up: Gauge,
    pub(crate) late_commits: Counter,
    pub(crate) rows_lost: Counter,
    pub(crate) audit_rows_capped: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

impl Database {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            operations: new(
                registry,
                "database_operations",
                "Committed commands, such as the intent or the outcome of a request",
            ),
            transactions: add(
                registry,
                "database_transaction_duration_seconds",
                "Duration of a transaction, which many commands share",
                Histogram::new(exponential_buckets(0.0005, 2.0, 14)),
            ),
            failures: new(
                registry,
                "database_transaction_failures",
                "Transactions that failed, and attempts to connect that failed",
            ),
            up: new(registry, "database_up", "1 if the database is available, otherwise 0"),
            late_commits: new(
                registry,
                "database_late_commits",
                "Responses that were sent before their outcome was stored, because database.commit_timeout expired",
            ),
            audit_rows_capped: new(
                registry,
                "audit_rows_capped",
                "Audit rows that were deleted because they exceeded audit.max_rejections_per_day",
            ),
            rows_lost: new(
                registry,
                "database_rows_lost",
                "Outcomes that were not stored, because the database was unavailable for too long or rejected them",
            ),
        }
    }
}

impl Metrics {
    /// Counts a transaction that failed.
    pub fn database_failure(&self, reason: &'static str) {
        self.database.failures.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Counts a transaction with this number of commands.
    pub fn database_transaction(&self, commands: usize, duration: Duration) {
        self.database.operations.inc_by(commands as u64);
        self.database.transactions.observe(duration.as_secs_f64());
    }
}

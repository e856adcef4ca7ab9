use std::time::Duration;

use prometheus_client::{
    metrics::{
        counter::Counter,
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
    pub(crate) up: Gauge,
    pub(crate) late_commits: Counter,
    pub(crate) rows_lost: Counter,
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
            up: new(registry, "database_up", "1 if the database is available, otherwise 0"),
            late_commits: new(
                registry,
                "database_late_commits",
                "Responses that were sent before their outcome was stored, because database.commit_timeout expired",
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
    /// Counts a transaction with this number of commands.
    pub fn database_transaction(&self, commands: usize, duration: Duration) {
        self.database.operations.inc_by(commands as u64);
        self.database.transactions.observe(duration.as_secs_f64());
    }
}

use std::time::Duration;

use prometheus_client::{
    metrics::{
        counter::Counter,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::{Counters, Metrics, Open, add, new};

#[derive(Clone, Debug)]
pub(crate) struct Database {
    operations: Counter,
    transactions: Histogram,
    pub(crate) errors: Counters,
    pub(crate) up: Gauge,
    connections: Gauge,
    queue: Gauge,
    backlog: Gauge,
    pub(crate) late_commits: Counter,
    pub(crate) rows_lost: Counter,
    pub(crate) audit_rows_capped: Counter,
}

impl Database {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            operations: new(
                registry,
                "database_operations",
                "Commands that the database committed, such as the intent or the outcome of a request",
            ),
            transactions: add(
                registry,
                "database_transaction_duration_seconds",
                "Duration of a transaction, which many commands share",
                Histogram::new(exponential_buckets(0.0005, 2.0, 14)),
            ),
            errors: Counters::by(
                registry,
                "database_errors",
                "Transactions and connections that failed",
                "reason",
                &["unavailable", "conflict", "rejected", "unusable"],
            ),
            up: new(registry, "database_up", "1 if the database is available, otherwise 0"),
            connections: new(registry, "database_connections", "Open connections to the database"),
            queue: new(registry, "database_queue_length", "Commands that wait for a transaction"),
            backlog: new(
                registry,
                "database_backlog_length",
                "Outcomes that wait until the database is available again",
            ),
            late_commits: new(
                registry,
                "database_late_commits",
                "Responses that the service sent although it had not stored their outcome, such as after database.commit_timeout",
            ),
            audit_rows_capped: new(
                registry,
                "audit_rows_capped",
                "Audit rows that the service deleted because they exceeded audit.max_rejections_per_day",
            ),
            rows_lost: new(
                registry,
                "database_rows_lost",
                "Outcomes that the service did not store, because the database was unavailable for too long or rejected them",
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

    /// Counts an open connection until the value is dropped.
    #[must_use]
    pub fn database_connected(&self) -> Open {
        Open::count(&self.database.connections)
    }

    /// Sets the number of commands that wait.
    pub fn set_database_queue(&self, commands: usize) {
        self.database.queue.set(i64::try_from(commands).unwrap_or(i64::MAX));
    }

    /// Sets the number of outcomes that wait for the database.
    pub fn set_database_backlog(&self, commands: usize) {
        self.database.backlog.set(i64::try_from(commands).unwrap_or(i64::MAX));
    }
}

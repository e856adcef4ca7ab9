//! The ledger: what it writes, whether it is there, and what it lost.

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

#[derive(Debug)]
pub(super) struct Ledger {
    jobs: Counter,
    batches: Histogram,
    here: Gauge,
    refusals_lost: Counter,
    rows_lost: Counter,
}

impl Ledger {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            jobs: new(registry, "ledger_jobs", "Beginnings and ends of requests that were written"),
            batches: add(
                registry,
                "ledger_transaction_duration_seconds",
                "Time of a transaction, which many requests share",
                Histogram::new(exponential_buckets(0.0005, 2.0, 14)),
            ),
            here: new(registry, "ledger_here", "1 while it can be written to"),
            refusals_lost: new(
                registry,
                "ledger_refusals_lost",
                "Rows of refusals that were lost because too many came at once",
            ),
            rows_lost: new(
                registry,
                "ledger_rows_lost",
                "Rows that were lost because the ledger was away for too long",
            ),
        }
    }
}

impl Metrics {
    /// Counts a transaction of the ledger.
    pub fn ledger_batch(&self, jobs: usize, took: Duration) {
        self.inner.ledger.jobs.inc_by(jobs as u64);
        self.inner.ledger.batches.observe(took.as_secs_f64());
    }

    /// Says whether the ledger can be written to.
    pub fn ledger_is_here(&self, is_here: bool) {
        self.inner.ledger.here.set(i64::from(is_here));
    }

    /// Counts refusals that the ledger does not hold.
    pub fn ledger_refusals_lost(&self, count: u64) {
        self.inner.ledger.refusals_lost.inc_by(count);
    }

    /// Counts rows that the ledger does not hold.
    pub fn ledger_rows_lost(&self, count: u64) {
        self.inner.ledger.rows_lost.inc_by(count);
    }
}

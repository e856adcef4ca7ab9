//! What is counted, for `GET /metrics`. No label holds anything that a caller writes.
//!
//! Each group has a file with its metrics: what they are, their registration, and what counts
//! them.

mod calls;
mod checks;
mod database;
mod limits;
mod requests;
mod secrets;

use std::sync::Arc;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family},
    registry::{Metric, Registry},
};

/// Handles to the service's metrics; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    requests: requests::Requests,
    calls: calls::Calls,
    secrets: secrets::Secrets,
    checks: checks::Checks,
    limits: limits::Limits,
    database: database::Database,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("vestibule");
        // In the order of the page.
        let inner = Inner {
            requests: requests::Requests::register(&mut registry),
            calls: calls::Calls::register(&mut registry),
            secrets: secrets::Secrets::register(&mut registry),
            checks: checks::Checks::register(&mut registry),
            limits: limits::Limits::register(&mut registry),
            database: database::Database::register(&mut registry),
            registry,
        };
        Self { inner: Arc::new(inner) }
    }
}

impl Metrics {
    /// All of them in the `OpenMetrics` text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.inner.registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "metrics could not be written");
                String::new()
            }
        }
    }
}

/// A counter for each outcome of something.
type Outcomes = Family<OutcomeLabels, Counter>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// Makes a metric that is on the page.
fn new<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    add(registry, name, help, M::default())
}

/// Puts a metric on the page.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

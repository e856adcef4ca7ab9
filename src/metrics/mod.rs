//! Metrics for `GET /metrics`. No label contains text that a client chooses.
//!
//! Each group has a file with its metrics and their registration.

mod calls;
mod checks;
mod database;
mod limits;
mod logs;
mod requests;
mod secrets;

use std::sync::Arc;

pub use self::{logs::watch_dropped_lines, requests::OpenConnection};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family},
    registry::{Metric, Registry},
};

/// Handles to the service's metrics. A clone is another set of handles.
#[derive(Clone, Debug)]
pub struct Metrics {
    requests: requests::Requests,
    pub(crate) calls: calls::Calls,
    pub(crate) secrets: secrets::Secrets,
    pub(crate) checks: checks::Checks,
    pub(crate) limits: limits::Limits,
    pub(crate) database: database::Database,
    registry: Arc<Registry>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("vestibule");
        registry.register_collector(Box::new(logs::DroppedLines));
        // In the order of the output.
        Self {
            requests: requests::Requests::register(&mut registry),
            calls: calls::Calls::register(&mut registry),
            secrets: secrets::Secrets::register(&mut registry),
            checks: checks::Checks::register(&mut registry),
            limits: limits::Limits::register(&mut registry),
            database: database::Database::register(&mut registry),
            registry: Arc::new(registry),
        }
    }
}

impl Metrics {
    /// Returns all metrics in the `OpenMetrics` text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "metrics could not be written");
                String::new()
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Outcomes(Family<OutcomeLabels, Counter>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

impl Outcomes {
    fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        Self(new(registry, name, help))
    }

    pub(crate) fn count(&self, outcome: &'static str) {
        self.0.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

fn new<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    add(registry, name, help, M::default())
}

fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

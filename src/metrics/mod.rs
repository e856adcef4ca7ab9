//! Metrics for `GET /metrics`. No label contains a value that a client chooses.
//!
//! Each group has a file with its metrics and their registration.

mod calls;
mod checks;
mod cognito;
mod database;
mod limits;
mod logs;
mod process;
mod requests;
mod secrets;
mod series;
mod service;
mod spans;

use std::sync::Arc;

#[cfg(feature = "otlp")]
pub(crate) use self::spans::count_dropped_spans;
pub use self::{
    cognito::{CognitoOperation, EXCEPTIONS},
    logs::watch_dropped_lines,
    requests::ROUTES,
};

use prometheus_client::{
    encoding::{prometheus_text, text},
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Metric, Registry},
};

use self::series::Series;

/// Handles to the service's metrics. Clones share the metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    service: service::Service,
    requests: requests::Requests,
    pub(crate) calls: calls::Calls,
    cognito: cognito::Cognito,
    pub(crate) secrets: secrets::Secrets,
    pub(crate) checks: checks::Checks,
    pub(crate) limits: limits::Limits,
    pub(crate) database: database::Database,
    registry: Arc<Registry>,
}

/// A format of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The text format of Prometheus, version 0.0.4.
    Prometheus,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}

impl Format {
    /// Returns the media type.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut all = Registry::default();
        all.register_collector(Box::new(process::Process));
        let registry = all.sub_registry_with_prefix("vestibule");
        registry.register_collector(Box::new(logs::DroppedLines));
        spans::register(registry);
        // The registry writes the metrics in this order.
        Self {
            service: service::Service::register(registry),
            requests: requests::Requests::register(registry),
            calls: calls::Calls::register(registry),
            cognito: cognito::Cognito::register(registry),
            secrets: secrets::Secrets::register(registry),
            checks: checks::Checks::register(registry),
            limits: limits::Limits::register(registry),
            database: database::Database::register(registry),
            registry: Arc::new(all),
        }
    }
}

impl Metrics {
    /// Returns all metrics in a format.
    #[must_use]
    pub fn text(&self, format: Format) -> String {
        let mut text = String::new();
        let written = match format {
            Format::Prometheus => prometheus_text::encode(&mut text, &self.registry),
            Format::OpenMetrics => text::encode(&mut text, &self.registry),
        };
        match written {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "metrics not written");
                String::new()
            }
        }
    }
}

/// An increment of a gauge, such as for an open connection. Dropping this value decrements the
/// gauge.
#[derive(Debug)]
pub struct Open(Gauge);

impl Open {
    fn count(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counters by one label.
type Counters = Series<Counter>;

impl Counters {
    fn by(
        registry: &mut Registry,
        name: &str,
        help: &str,
        label: &'static str,
        values: &'static [&'static str],
    ) -> Self {
        Self::register(registry, name, help, &[(label, values)], Counter::default)
    }
}

fn new<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    add(registry, name, help, M::default())
}

fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

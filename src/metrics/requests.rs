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
pub(super) struct Requests {
    total: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    connections: Gauge,
    connections_closed: Family<ReasonLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let durations: Family<RouteLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 15)));
        Self {
            total: new(registry, "http_requests", "HTTP requests"),
            durations: add(
                registry,
                "http_request_duration_seconds",
                "Time from a request to its response",
                durations,
            ),
            connections: new(registry, "connections", "Open connections of clients and proxies"),
            connections_closed: new(
                registry,
                "connections_closed",
                "Connections that the service closed without a response",
            ),
        }
    }
}

/// An open connection.
#[derive(Debug)]
pub struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Counts a request with its response and duration.
    pub fn request(&self, route: &'static str, status: u16, code: &'static str, seconds: f64) {
        let Requests { total, durations, .. } = &self.requests;
        total.get_or_create(&RequestLabels { route, status, code }).inc();
        durations.get_or_create(&RouteLabels { route }).observe(seconds);
    }

    /// Counts an open connection until the value is dropped.
    #[must_use]
    pub fn connection_opened(&self) -> OpenConnection {
        self.requests.connections.inc();
        OpenConnection(self.requests.connections.clone())
    }

    /// Counts a connection that the service closed without a response.
    pub fn connection_closed(&self, reason: &'static str) {
        self.requests.connections_closed.get_or_create(&ReasonLabels { reason }).inc();
    }
}

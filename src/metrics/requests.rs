use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::{Metrics, add, new};

#[derive(Clone, Debug)]
pub(super) struct Requests {
    total: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
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
        }
    }
}

impl Metrics {
    /// Counts a request with its response and duration.
    pub fn request(&self, route: &'static str, status: u16, code: &'static str, seconds: f64) {
        let Requests { total, durations } = &self.requests;
        total.get_or_create(&RequestLabels { route, status, code }).inc();
        durations.get_or_create(&RouteLabels { route }).observe(seconds);
    }
}

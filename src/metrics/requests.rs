use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{Counters, Metrics, Open, Series, new};

/// The routes, as logs and metrics name them. All other paths are `other`.
pub const ROUTES: &[&str] = &[
    "/register",
    "/register/confirm",
    "/register/resend",
    "/register/policy",
    "/register/texts",
    "/register/challenge",
    "/sign-up",
    "/sign-up/{file}",
    "/problems/{name}",
    "/openapi.json",
    "/docs",
    "/docs/{file}",
    "other",
];

/// The buckets in seconds, from the time of a page to twice the default of
/// `cognito.operation_timeout`.
const BUCKETS: [f64; 15] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0];

#[derive(Clone, Debug)]
pub(super) struct Requests {
    total: Family<RequestLabels, Counter>,
    durations: Series<Histogram>,
    in_flight: Gauge,
    replays: Counter,
    connections: Gauge,
    connections_closed: Counters,
    parse_errors: Counters,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
    code: &'static str,
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            total: new(registry, "http_requests", "HTTP requests"),
            durations: Series::register(
                registry,
                "http_request_duration_seconds",
                "Time from a request to its response, by route and by the use of Cognito",
                &[("route", ROUTES), ("cognito", &["true", "false"])],
                || Histogram::new(BUCKETS),
            ),
            in_flight: new(registry, "http_requests_in_flight", "HTTP requests in progress"),
            replays: new(
                registry,
                "idempotency_replays",
                "Replays of responses that an earlier request with the same Idempotency-Key stored",
            ),
            connections: new(registry, "connections", "Open connections of clients and proxies"),
            connections_closed: Counters::by(
                registry,
                "connections_closed",
                "Connections that the service closed early",
                "reason",
                &[
                    "head_timeout",
                    "write_timeout",
                    "bad_request",
                    "too_many_connections",
                    "proxy_header",
                    "untrusted_peer",
                    "tls_handshake",
                    "internal",
                ],
            ),
            parse_errors: Counters::by(
                registry,
                "http_parse_errors",
                "Connections whose bytes are not a request, by the part that is invalid",
                "part",
                &["method", "uri", "version", "header", "too_large", "incomplete", "other"],
            ),
        }
    }
}

impl Metrics {
    /// Creates the counter of a response with the value 0.
    pub fn expect_response(&self, route: &'static str, status: u16, code: &'static str) {
        drop(self.requests.total.get_or_create(&RequestLabels { route, status, code }));
    }

    /// Counts a request with its response and duration.
    pub fn request(
        &self,
        route: &'static str,
        status: u16,
        code: &'static str,
        called_cognito: bool,
        seconds: f64,
    ) {
        let Requests { total, durations, .. } = &self.requests;
        total.get_or_create(&RequestLabels { route, status, code }).inc();
        let called_cognito = if called_cognito { "true" } else { "false" };
        if let Some(histogram) = durations.get(&[route, called_cognito]) {
            histogram.observe(seconds);
        }
    }

    /// Counts a request in progress until the value is dropped.
    #[must_use]
    pub fn request_started(&self) -> Open {
        Open::count(&self.requests.in_flight)
    }

    /// Counts a replay of a stored response.
    pub fn replay(&self) {
        self.requests.replays.inc();
    }

    /// Counts an open connection until the value is dropped.
    #[must_use]
    pub fn connection_opened(&self) -> Open {
        Open::count(&self.requests.connections)
    }

    /// Counts a connection that the service closed early.
    pub fn connection_closed(&self, reason: &'static str) {
        self.requests.connections_closed.count(reason);
    }

    /// Counts a connection whose bytes are not a request.
    pub fn parse_error(&self, part: &'static str) {
        self.requests.parse_errors.count(part);
    }
}

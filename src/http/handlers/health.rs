//! The admin listener: liveness, readiness and metrics.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{Accept, CACHE_CONTROL, Header},
    },
    mime::Mime,
    web,
};
use serde_json::{Value, json};

use crate::{
    config::DatabaseFailure,
    connection::Workers,
    metrics::{Format, Metrics},
    rate_limit::CognitoBudget,
    store::Store,
};

/// The phase of the service: running or stopping.
#[derive(Debug, Default)]
pub struct Lifecycle {
    is_stopping: AtomicBool,
}

#[derive(Clone)]
#[expect(missing_docs, reason = "the types describe the fields")]
pub struct Readiness {
    pub lifecycle: Arc<Lifecycle>,
    pub store: Arc<Store>,
    pub on_store_failure: DatabaseFailure,
    pub cognito_budget: Arc<CognitoBudget>,
}

impl Readiness {
    /// Returns the status and the body of `GET /health/ready`.
    fn status(&self) -> (StatusCode, Value) {
        if self.lifecycle.is_stopping() {
            return (StatusCode::SERVICE_UNAVAILABLE, json!({"status": "stopping"}));
        }
        match (self.store.unavailable(), self.on_store_failure) {
            (None, _) => (StatusCode::OK, json!({"status": "ready"})),
            (Some(reason), DatabaseFailure::Reject) => (
                StatusCode::SERVICE_UNAVAILABLE,
                json!({"status": "database_unavailable", "detail": reason}),
            ),
            (Some(reason), DatabaseFailure::Proceed) => {
                (StatusCode::OK, json!({"status": "ready_without_database", "detail": reason}))
            }
        }
    }
}

impl Lifecycle {
    /// Makes the service not ready, and ends connections after their next response.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(in crate::http) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}

pub(in crate::http) async fn live(workers: web::Data<Workers>) -> HttpResponse {
    let (mut response, status) = if workers.are_live() {
        (HttpResponse::Ok(), "live")
    } else {
        (HttpResponse::ServiceUnavailable(), "worker_blocked")
    };
    response.insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": status}))
}

pub(in crate::http) async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    let (status, body) = readiness.status();
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).json(body)
}

pub(in crate::http) async fn metrics(
    request: HttpRequest,
    metrics: web::Data<Metrics>,
    readiness: web::Data<Readiness>,
) -> HttpResponse {
    metrics.set_ready(readiness.status().0.is_success());
    readiness.store.report();
    readiness.cognito_budget.report();
    let format = accepted_format(&request);
    HttpResponse::Ok().content_type(format.content_type()).body(metrics.text(format))
}

/// Returns the format that the client prefers. If the client names no known format, returns the
/// format of Prometheus.
fn accepted_format(request: &HttpRequest) -> Format {
    let accepted = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let format = |media_type: &Mime| match media_type.essence_str() {
        "application/openmetrics-text" => Some(Format::OpenMetrics),
        "text/plain" | "text/*" | "*/*" => Some(Format::Prometheus),
        _ => None,
    };
    accepted.iter().find_map(format).unwrap_or(Format::Prometheus)
}

//! The admin listener: liveness, readiness and metrics.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};
use serde_json::json;

use crate::{config::DatabaseFailure, connection::Workers, metrics::Metrics, store::Store};

/// The state of the service between its start and its stop.
#[derive(Debug, Default)]
pub struct Lifecycle {
    is_stopping: AtomicBool,
}

#[derive(Clone)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Readiness {
    pub lifecycle: Arc<Lifecycle>,
    pub store: Arc<Store>,
    pub on_store_failure: DatabaseFailure,
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
    let unavailable = readiness.store.unavailable();
    let (mut response, status) = if readiness.lifecycle.is_stopping() {
        (HttpResponse::ServiceUnavailable(), json!({"status": "stopping"}))
    } else {
        match (unavailable, readiness.on_store_failure) {
            (None, _) => (HttpResponse::Ok(), json!({"status": "ready"})),
            (Some(reason), DatabaseFailure::Reject) => (
                HttpResponse::ServiceUnavailable(),
                json!({"status": "database_unavailable", "detail": reason}),
            ),
            (Some(reason), DatabaseFailure::Proceed) => {
                (HttpResponse::Ok(), json!({"status": "ready_without_database", "detail": reason}))
            }
        }
    };
    response.insert_header((CACHE_CONTROL, "no-store")).json(status)
}

pub(in crate::http) async fn metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}

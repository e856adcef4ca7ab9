//! The admin listener: whether the service lives, whether it is ready, and what it counted.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};
use serde_json::json;
use tokio::sync::Notify;

use crate::metrics::Metrics;

/// What the service knows of its own state.
#[derive(Debug, Default)]
pub struct Health {
    is_stopping: AtomicBool,
    in_flight: AtomicUsize,
    ended: Notify,
}

/// A call to Cognito that is under way, whether or not its caller still waits.
pub(super) struct CallInFlight<'a>(&'a Health);

impl Health {
    /// From now on the service is not ready, and ends its connections.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    pub(super) fn call_in_flight(&self) -> CallInFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        CallInFlight(self)
    }

    /// Waits until no call to Cognito is under way.
    pub async fn no_call_in_flight(&self) {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.in_flight.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for CallInFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.0.ended.notify_waiters();
    }
}

/// The routes of the admin listener.
pub fn admin_routes(config: &mut web::ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready))
        .route("/metrics", web::get().to(metrics));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": "live"}))
}

async fn ready(health: web::Data<Health>) -> HttpResponse {
    let (mut response, status) = if health.is_stopping() {
        (HttpResponse::ServiceUnavailable(), "stopping")
    } else {
        (HttpResponse::Ok(), "ready")
    };
    response.insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": status}))
}

async fn metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}

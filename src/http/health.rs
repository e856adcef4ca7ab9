//! The admin listener: whether the service lives, whether it is ready, and what it counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};
use serde_json::json;
use tokio::sync::Notify;

use crate::{config::DatabaseFailure, ledger::Ledger, metrics::Metrics};

/// What the service knows of its own state.
#[derive(Debug, Default)]
pub struct Health {
    is_stopping: AtomicBool,
    in_flight: AtomicUsize,
    ended: Notify,
}

/// What readiness is told by.
#[derive(Clone)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Readiness {
    pub health: Arc<Health>,
    pub ledger: Arc<Ledger>,
    pub ledger_failure: DatabaseFailure,
}

/// A request or a call to Cognito that is under way; the call may outlive its request.
pub(super) struct InFlight(Arc<Health>);

impl Health {
    /// From now on the service is not ready, and ends its connections.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    pub(super) fn in_flight(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight(Arc::clone(self))
    }

    /// Whether no request and no call to Cognito is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) == 0
    }

    /// Waits until no request and no call to Cognito is under way.
    pub async fn nothing_in_flight(&self) {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.is_idle() {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.ended.notify_waiters();
        }
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

async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    let away = readiness.ledger.away();
    let (mut response, status) = if readiness.health.is_stopping() {
        (HttpResponse::ServiceUnavailable(), json!({"status": "stopping"}))
    } else {
        match (away, readiness.ledger_failure) {
            (None, _) => (HttpResponse::Ok(), json!({"status": "ready"})),
            (Some(reason), DatabaseFailure::Reject) => (
                HttpResponse::ServiceUnavailable(),
                json!({"status": "ledger_away", "detail": reason}),
            ),
            (Some(reason), DatabaseFailure::Proceed) => {
                (HttpResponse::Ok(), json!({"status": "ready_without_ledger", "detail": reason}))
            }
        }
    };
    response.insert_header((CACHE_CONTROL, "no-store")).json(status)
}

async fn metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}

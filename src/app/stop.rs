//! How the service ends.

use std::{sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use tokio::time::{sleep, timeout};

use super::{listeners::Listener, parts::Parts};
use crate::http::Health;

/// How long an answer may take from a worker to the kernel.
const FLUSH: Duration = Duration::from_millis(100);

/// Ends the service gracefully.
#[derive(Clone)]
pub struct Stop {
    front: ServerHandle,
    admin: ServerHandle,
    health: Arc<Health>,
    patience: Duration,
}

impl Stop {
    pub(super) fn new(front: &Listener, admin: &Listener, parts: &Parts) -> Self {
        Self {
            front: front.server.handle(),
            admin: admin.server.handle(),
            health: Arc::clone(&parts.health),
            patience: parts.server.shutdown_timeout,
        }
    }

    /// Accepts nobody any more, finishes what is in flight within the configured time, calls
    /// whose callers have hung up among it, and ends.
    ///
    /// The server's own graceful stop would wait for idle connections that clients keep open,
    /// which is how long they like; what counts is that nothing is in flight.
    pub async fn gracefully(&self) {
        self.health.stop();
        self.front.pause().await;
        let drained = async {
            loop {
                self.health.nothing_in_flight().await;
                // The last answers are on their way from the workers to the kernel, and on a
                // connection that is still open another request may have begun.
                sleep(FLUSH).await;
                if self.health.is_idle() {
                    return;
                }
            }
        };
        if timeout(self.patience, drained).await.is_err() {
            tracing::warn!("server.shutdown_timeout is over, and something is still in flight");
        }
        self.at_once().await;
    }

    pub(super) async fn at_once(&self) {
        self.front.stop(false).await;
        self.admin.stop(false).await;
    }
}

use std::{sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use tokio::time::{sleep, timeout};

use super::{components::Components, listeners::Listener, socket::Sockets};
use crate::{http::Lifecycle, signup::InFlight};

/// Time in which a thread of the listener notices a command, or passes a response to the kernel.
const FLUSH: Duration = Duration::from_millis(100);

/// A handle that stops the service.
#[derive(Clone)]
pub struct Stop {
    front: ServerHandle,
    front_sockets: Arc<Sockets>,
    admin: ServerHandle,
    lifecycle: Arc<Lifecycle>,
    in_flight: Arc<InFlight>,
    delay: Duration,
    timeout: Duration,
}

impl Stop {
    pub(super) fn new(front: &Listener, admin: &Listener, components: &Components) -> Self {
        Self {
            front: front.server.handle(),
            front_sockets: Arc::clone(&front.sockets),
            admin: admin.server.handle(),
            lifecycle: Arc::clone(&components.lifecycle),
            in_flight: Arc::clone(&components.in_flight),
            delay: components.server.shutdown_delay,
            timeout: components.server.shutdown_timeout,
        }
    }

    /// Makes the service not ready, and waits for `server.shutdown_delay`. In this time, load
    /// balancers notice the state.
    pub(super) async fn announce(&self) {
        self.lifecycle.stop();
        sleep(self.delay).await;
    }

    /// Stops accepting connections, waits for requests and calls in progress for at most
    /// `server.shutdown_timeout`, and stops.
    ///
    /// actix-web's graceful stop would also wait for idle connections.
    pub async fn gracefully(&self) {
        self.lifecycle.stop();
        self.front.pause().await;
        // The thread that accepts connections notices the command within this time.
        sleep(FLUSH).await;
        self.front_sockets.close();
        let drained = async {
            loop {
                self.in_flight.wait_until_idle().await;
                // The last responses may not have reached the kernel, and another request may
                // have arrived on an open connection.
                sleep(FLUSH).await;
                if self.in_flight.is_idle() {
                    return;
                }
            }
        };
        if timeout(self.timeout, drained).await.is_err() {
            tracing::warn!("server.shutdown_timeout expired with requests in progress");
        }
        self.at_once().await;
    }

    pub(super) async fn at_once(&self) {
        self.front.stop(false).await;
        self.front_sockets.close();
        self.admin.stop(false).await;
    }
}

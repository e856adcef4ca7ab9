//! A running pool.

use std::{io, time::Duration};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    http::KeepAlive,
    web::{self, Data},
};

use super::{dispatch, reset};
use crate::{inbox::routes::inbox_routes, settings::PoolSettings, state::pool_state::PoolState};

/// Time for which the pool keeps an idle connection. The service closes idle connections earlier. A
/// call would fail if the pool closed its connection first.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A running pool.
#[derive(Debug)]
pub struct Pool {
    state: Data<PoolState>,
    port: u16,
    handle: ServerHandle,
}

impl Pool {
    /// Binds the listener. A task on the current runtime, actix's or plain Tokio's, then starts the
    /// threads that serve requests. In a test with one thread, code that blocks this thread delays
    /// the start.
    ///
    /// # Errors
    /// Returns an error if the port cannot be bound.
    #[expect(clippy::unused_async, reason = "spawning a task needs a runtime")]
    pub async fn start(settings: PoolSettings) -> io::Result<Self> {
        let address = ("127.0.0.1", settings.port);
        let state = Data::new(PoolState::new(settings));

        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::PayloadConfig::new(dispatch::MAX_BODY))
                .app_data(shared.clone())
                .configure(inbox_routes(shared.clone()))
                .route("/", web::post().to(dispatch::dispatch))
        })
        .on_connect(reset::remember_socket)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .workers(1)
        .disable_signals()
        .bind(address)?;
        let port = server
            .addrs()
            .first()
            .map(std::net::SocketAddr::port)
            .ok_or_else(|| io::Error::other("the sandbox's listener has no address"))?;

        let running = server.run();
        let handle = running.handle();
        tokio::spawn(running);
        Ok(Self { state, port, handle })
    }

    /// Returns the port of the listener.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the endpoint for the SDK, such as `http://127.0.0.1:9229`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the state of the pool. All clones share it.
    #[must_use]
    pub fn state(&self) -> &Data<PoolState> {
        &self.state
    }

    /// Stops the server without waiting for requests in progress.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

//! The composition root: builds, runs and stops the service.

mod accept;
mod background_tasks;
mod capacity;
mod components;
mod http2;
mod listeners;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
mod service_manager;
mod signals;
mod socket;
mod stop;
mod tls;
mod unix_socket;

use std::{net::SocketAddr, sync::Arc};

use actix_web::{rt, web::ServiceConfig};

use crate::{config::Config, connection::Workers, doctor, signup::UseCases, store::Migrate};
use background_tasks::BackgroundTasks;
use components::Components;
use listeners::Listener;
use tls::Tls;

pub(crate) use self::signals::{EndSignal, EndSignals};
pub use self::{signals::Signals, stop::Stop};
pub use crate::http::OPENAPI;

/// Runs a future to completion on the actix runtime, which the servers need.
pub fn block_on<F: Future>(future: F) -> F::Output {
    rt::System::new().block_on(future)
}

/// Reads the certificate and the key of the public listener, if they are set.
///
/// # Errors
/// Returns an error if a file cannot be read, or if the service cannot use the two files together.
pub(crate) fn check_certificate(settings: &crate::config::Tls) -> anyhow::Result<()> {
    Tls::open(settings).map(drop)
}

/// The service, bound to its ports.
pub struct App {
    components: Arc<Components>,
    front: Listener,
    admin: Listener,
    stop: Stop,
    workers: Workers,
    tls: Option<Arc<Tls>>,
}

impl App {
    /// Builds the service from its settings and binds its ports. `more_routes` adds routes to the
    /// public listener.
    ///
    /// # Errors
    /// Returns an error if the settings of a component are not usable, if the database is
    /// unavailable, or if a port cannot be bound.
    pub async fn build(
        config: Config,
        migrate: Migrate,
        more_routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        // Without the boxes, this future would contain all settings several times.
        Box::pin(doctor::at_start(&config)).await?;
        let components = Arc::new(Box::pin(Components::build(config, migrate)).await?);
        let workers = Workers::default();
        let tls = Tls::open(&components.server.tls)?;
        let front = listeners::front(&components, &workers, tls.as_deref(), more_routes)?;
        let admin = listeners::admin(&components, &workers)?;
        let stop = Stop::new(&front, &admin, &components);
        Ok(Self { components, front, admin, stop, workers, tls })
    }

    /// Returns the address of the public listener.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.front.address
    }

    /// Returns the address of the admin listener.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.address
    }

    /// Returns a handle that stops the service.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves requests until [`Stop`] stops the service.
    ///
    /// # Errors
    /// Returns an error if a listener fails.
    pub async fn run(self) -> anyhow::Result<()> {
        let tasks = BackgroundTasks::start(&self.components);
        if let Some(tls) = &self.tls {
            rt::spawn(Arc::clone(tls).reload_periodically());
        }
        let admin = rt::spawn(self.admin.server);
        self.front.server.await?;
        admin.await??;
        tasks.stop();
        self.components.store.close().await;
        Ok(())
    }

    /// Serves requests until a signal arrives, and then stops gracefully. A second signal stops the
    /// service immediately. SIGHUP reloads the client secrets and the certificate, and calls
    /// `on_hang_up`. Reports readiness, reloads and the stop to the service manager.
    ///
    /// # Errors
    /// Returns an error if a listener fails.
    pub async fn run_until(
        self,
        signals: Signals,
        on_hang_up: impl Fn() + 'static,
    ) -> anyhow::Result<()> {
        let stop = self.stop();
        let (secrets, mut hang_up) = (Arc::clone(self.components.secrets()), signals.hang_up);
        let tls = self.tls.clone();
        rt::spawn(async move {
            while hang_up.recv().await.is_some() {
                service_manager::reloading();
                on_hang_up();
                if let Some(tls) = &tls {
                    tls.reload(true);
                }
                secrets.reload().await;
                service_manager::ready();
            }
        });
        let mut signals = signals.end;
        rt::spawn(async move {
            let signal = signals.next().await;
            service_manager::stopping();
            tracing::info!("stopping after the requests in progress");
            let stopped = async {
                if signal == EndSignal::Terminate {
                    stop.announce().await;
                }
                stop.gracefully().await;
            };
            tokio::select! { () = stopped => {}, _ = signals.next() => stop.at_once().await }
        });
        service_manager::ready();
        rt::spawn(service_manager::watchdog(self.workers.clone()));
        self.run().await
    }
}

/// Builds the use cases without listeners.
///
/// # Errors
/// Returns an error if the settings of a component are not usable.
pub async fn use_cases(config: Config) -> anyhow::Result<UseCases> {
    Ok(Box::pin(Components::build(config, Migrate::Auto)).await?.use_cases())
}

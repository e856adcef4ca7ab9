//! The only place that builds things, and what runs and ends them.

mod background_tasks;
mod components;
mod listeners;
mod signals;
mod stop;

use std::{net::SocketAddr, sync::Arc};

use actix_web::{rt, web::ServiceConfig};

use crate::{config::Config, doctor, signup::UseCases, store::Migrate};
use background_tasks::BackgroundTasks;
use components::Components;
use listeners::Listener;

pub(crate) use self::signals::EndSignals;
pub use self::{signals::Signals, stop::Stop};
pub use crate::http::OPENAPI;

/// Runs a future to its end on a runtime that servers can be started on.
pub fn block_on<F: Future>(future: F) -> F::Output {
    rt::System::new().block_on(future)
}

/// The service, bound to its ports.
pub struct App {
    components: Arc<Components>,
    front: Listener,
    admin: Listener,
    stop: Stop,
}

impl App {
    /// Builds the service by its settings and binds its ports.
    ///
    /// # Errors
    /// Where the client secret cannot be had, a rule of the form cannot be read, or a port is
    /// taken.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        // Boxed, since all settings are in this future.
        Box::pin(Self::build_with(config, Migrate::Auto, |_| {})).await
    }

    /// As [`App::build`], with a say in whether tables may be changed, and more routes on the
    /// front listener.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn build_with(
        config: Config,
        migrate: Migrate,
        more_routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        // Both boxed, since they hold all settings.
        Box::pin(doctor::at_start(&config)).await?;
        let components = Arc::new(Box::pin(Components::build(config, migrate)).await?);
        let front = listeners::front(&components, more_routes)?;
        let admin = listeners::admin(&components)?;
        let stop = Stop::new(&front, &admin, &components);
        Ok(Self { components, front, admin, stop })
    }

    /// Where front ends reach it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.front.address
    }

    /// Where health and metrics are.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.address
    }

    /// The way to end it from elsewhere.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until it is stopped.
    ///
    /// # Errors
    /// Where a listener fails.
    pub async fn run(self) -> anyhow::Result<()> {
        let tasks = BackgroundTasks::start(&self.components);
        let admin = rt::spawn(self.admin.server);
        self.front.server.await?;
        admin.await??;
        tasks.stop();
        self.components.store.close().await;
        Ok(())
    }

    /// Serves until a signal, and then ends gracefully; a second one ends at once. At SIGHUP the
    /// client secrets are read again.
    ///
    /// # Errors
    /// As [`App::run`].
    pub async fn run_until(self, signals: Signals) -> anyhow::Result<()> {
        let stop = self.stop();
        let (secrets, mut hang_up) = (Arc::clone(self.components.secrets()), signals.hang_up);
        rt::spawn(async move {
            while hang_up.recv().await.is_some() {
                secrets.reload().await;
            }
        });
        let mut signals = signals.end;
        rt::spawn(async move {
            signals.next().await;
            tracing::info!("stopping: what is in flight is finished first");
            tokio::select! {
                () = stop.gracefully() => {}
                () = signals.next() => stop.at_once().await,
            }
        });
        self.run().await
    }
}

/// Builds the use cases without listeners.
///
/// # Errors
/// As [`App::build`].
pub async fn use_cases(config: Config) -> anyhow::Result<UseCases> {
    Ok(Box::pin(Components::build(config, Migrate::Auto)).await?.use_cases())
}

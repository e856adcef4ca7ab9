//! The only place that builds things: each part gets its own section of the settings.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{
    App as ActixApp, HttpServer,
    dev::{Server, ServerHandle},
    rt,
    web::{self, ServiceConfig},
};
use anyhow::Context;
use secrecy::SecretString;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{interval, sleep, timeout},
};

use crate::{
    breaches::RangeServer,
    cognito::{Budget, Connection, FormFields, HeldSecrets},
    config::Config,
    doctor,
    http::{self, ClientAddress, EvenTime, Health, PolicyPage, Texts, TextsError},
    humanity::BotCheck,
    ledger::{Keys, Ledger, Migrate},
    limits::Limits,
    metrics::Metrics,
    registration::{Policy, Rules, UsernameKey},
};

/// How often budgets that are full again are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10);

/// How long an answer may take from a worker to the kernel.
const FLUSH: Duration = Duration::from_millis(100);

/// The service, bound to its ports.
pub struct App {
    front: Server,
    admin: Server,
    address: SocketAddr,
    admin_address: SocketAddr,
    stop: Stop,
    limits: Arc<Limits>,
    ledger: Arc<Ledger>,
    rules: Arc<Rules>,
    reload_every: Duration,
    secrets: Arc<HeldSecrets>,
}

/// Ends the service gracefully.
#[derive(Clone)]
pub struct Stop {
    front: ServerHandle,
    admin: ServerHandle,
    health: Arc<Health>,
    patience: Duration,
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
        // Boxed, since it holds all settings.
        Box::pin(Self::assemble(config, migrate, more_routes)).await
    }

    async fn assemble(
        config: Config,
        migrate: Migrate,
        more_routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        Box::pin(doctor::at_start(&config)).await?;
        let metrics = Metrics::default();
        let connection = Connection::prepare(&config.cognito, metrics.clone()).await?;
        let secrets = Arc::clone(connection.secrets());
        // Once and for all: a rotation must not change what the ledger is keyed with while
        // requests are in flight.
        let keys = derive_keys(&config, secrets.now().primary());
        let health = Arc::new(Health::default());
        let limits = Box::pin(Limits::open(
            &config.limits,
            config.humanity.remembers(),
            &keys.limits,
            metrics.clone(),
        ))
        .await;
        let limits = Arc::new(limits);
        let budget = Arc::new(Budget::new(Arc::clone(&limits)));
        let server = Arc::new(config.server);
        let reload_every = config.registration.email_domains.reload_every;
        let fields = Arc::new(FormFields::new(&config.registration));
        let range_server = RangeServer::prepare(&config.registration.breached_passwords)
            .context("registration.breached_passwords: no certificates to trust were found")?;
        let rules = Arc::new(Rules::new(&config.registration)?);
        let policy = Policy::new(&rules, config.registration.resend_interval)
            .with_bot_check(&config.humanity);
        let policy = Arc::new(PolicyPage::new(&policy)?);
        let bot_check = BotCheck::prepare(&config.humanity, &keys.challenges)
            .context("humanity: no certificates to trust were found")?;
        let username_key = keys.usernames;
        let waits = config.registration.waits_besides_the_call() + config.humanity.waits();
        let ledger =
            Ledger::open(&config.ledger, &config.cognito, keys, migrate, metrics.clone()).await?;
        let ledger = Arc::new(ledger.with_more_time(waits));
        let texts = Arc::new(Texts::english()?);
        let client_address = Arc::new(ClientAddress::new(
            server.trusted_proxies.clone(),
            &server.client_address_header,
        )?);

        let admin = HttpServer::new({
            let metrics = web::Data::new(metrics.clone());
            let readiness = web::Data::new(http::Readiness {
                health: Arc::clone(&health),
                ledger: Arc::clone(&ledger),
                ledger_failure: config.ledger.on_failure,
            });
            move || {
                ActixApp::new()
                    .app_data(readiness.clone())
                    .app_data(metrics.clone())
                    .configure(http::admin_routes)
            }
        });
        let (front_limits, front_health, front_server, front_ledger) =
            (Arc::clone(&limits), Arc::clone(&health), Arc::clone(&server), Arc::clone(&ledger));
        // Once for each worker.
        let front_rules = Arc::clone(&rules);
        let front = HttpServer::new(move || {
            let state = http::State {
                server: Arc::clone(&front_server),
                address_logging: config.log.client_address,
                existing_accounts: config.registration.existing_accounts,
                even_time: EvenTime::new(&config.registration),
                username_mode: config.registration.username,
                rules: Arc::clone(&front_rules),
                policy: Arc::clone(&policy),
                username_key: UsernameKey::new(username_key),
                client_address: Arc::clone(&client_address),
                limits: Arc::clone(&front_limits),
                cognito: connection.open(Arc::clone(&fields), Arc::clone(&budget)),
                humanity: bot_check.open(metrics.clone()),
                breaches: range_server.as_ref().map(|server| server.open(metrics.clone())),
                ledger: Arc::clone(&front_ledger),
                ledger_failure: config.ledger.on_failure,
                texts: Arc::clone(&texts),
                metrics: metrics.clone(),
                health: Arc::clone(&front_health),
            };
            http::front(state, more_routes.clone())
        });

        let workers = if server.workers == 0 {
            std::thread::available_parallelism()?.get()
        } else {
            server.workers
        };
        let front = front
            .workers(workers)
            .keep_alive(server.keep_alive)
            .disable_signals()
            .bind((server.host.as_str(), server.port))
            .with_context(|| {
                format!(
                    "server.host and server.port: {}:{} cannot be bound",
                    server.host, server.port
                )
            })?;
        let (host, port) = (config.admin.host, config.admin.port);
        let admin =
            admin.workers(1).disable_signals().bind((host.as_str(), port)).with_context(|| {
                format!("admin.host and admin.port: {host}:{port} cannot be bound")
            })?;
        let address = *front.addrs().first().context("nothing was bound")?;
        let admin_address = *admin.addrs().first().context("nothing was bound")?;
        let (front, admin) = (front.run(), admin.run());
        let stop = Stop {
            front: front.handle(),
            admin: admin.handle(),
            health,
            patience: server.shutdown_timeout,
        };
        Ok(Self {
            front,
            admin,
            address,
            admin_address,
            stop,
            limits,
            ledger,
            rules,
            reload_every,
            secrets,
        })
    }

    /// Where front ends reach it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where health and metrics are.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
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
        let limits = self.limits;
        let forgetting = rt::spawn(async move {
            let mut interval = interval(FORGET_EVERY);
            loop {
                interval.tick().await;
                limits.forget_idle();
            }
        });
        let reloading = rt::spawn(reload(self.rules, self.reload_every));
        let secrets = self.secrets;
        let refreshing = rt::spawn(async move { secrets.keep_fresh().await });
        let admin = rt::spawn(self.admin);
        self.front.await?;
        admin.await??;
        forgetting.abort();
        reloading.abort();
        refreshing.abort();
        self.ledger.close().await;
        Ok(())
    }

    /// Serves until a signal, and then ends gracefully; a second one ends at once. At SIGHUP the
    /// client secrets are read again.
    ///
    /// # Errors
    /// As [`App::run`].
    pub async fn run_until(self, signals: Signals) -> anyhow::Result<()> {
        let stop = self.stop();
        let (secrets, mut hang_up) = (Arc::clone(&self.secrets), signals.hang_up);
        rt::spawn(async move {
            while hang_up.recv().await.is_some() {
                secrets.read_again().await;
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

/// Reads the files of rules again when they change, away from those who answer.
async fn reload(rules: Arc<Rules>, every: Duration) {
    let mut interval = interval(every);
    while rules.has_files() {
        interval.tick().await;
        let rules = Arc::clone(&rules);
        if let Err(error) = rt::task::spawn_blocking(move || rules.reload()).await {
            tracing::error!(%error, "files of rules were not read again");
        }
    }
}

/// The keys of the ledger, for commands that need nothing else. Where no pepper is set they are
/// derived from the client secret, which may have to be asked of the pool.
///
/// # Errors
/// Where the client secret cannot be had.
pub async fn ledger_keys(config: &Config) -> anyhow::Result<Keys> {
    if let Some(pepper) = &config.ledger.pepper {
        return Ok(derive_keys(config, pepper));
    }
    let connection = Connection::prepare(&config.cognito, Metrics::default()).await?;
    Ok(derive_keys(config, connection.secrets().now().primary()))
}

/// The contract as OpenAPI 3.1 has it: the same for every deployment, so that it needs no
/// settings.
///
/// # Errors
/// Where the texts that it quotes cannot be read.
pub fn openapi() -> Result<String, TextsError> {
    http::openapi()
}

fn derive_keys(config: &Config, client_secret: &SecretString) -> Keys {
    let ledger = &config.ledger;
    Keys::derive(ledger.pepper.as_ref(), ledger.previous_pepper.as_ref(), client_secret)
}

/// SIGTERM, Ctrl-C and SIGHUP. From when this is made they no longer end the process by
/// themselves.
pub struct Signals {
    end: EndSignals,
    hang_up: Signal,
}

/// SIGTERM and Ctrl-C alone.
pub(crate) struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where the system does not let it.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { end: EndSignals::listen()?, hang_up: signal(SignalKind::hangup())? })
    }
}

impl EndSignals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next of them.
    pub(crate) async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}

impl Stop {
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

    async fn at_once(&self) {
        self.front.stop(false).await;
        self.admin.stop(false).await;
    }
}

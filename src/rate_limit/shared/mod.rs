//! A Redis or Valkey server on which replicas share their budgets, behind a circuit breaker. After
//! an error or three late responses in a row, no request waits for the server until it recovers.

mod connection;
mod scripts;

use std::{
    fmt::Display,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use redis::RedisError;
use secrecy::SecretString;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing::{Instrument, Span, field::Empty};

use super::{
    excess::Owner,
    rate::Rate,
    rule::{Decision, Key, Rule, RuleId, TokenRequest},
    sliding_window::Slot,
};
use crate::{
    config::{self, LimitsMode, Redis},
    metrics::Metrics,
    trace::TARGET,
};
use connection::{Connection, connect};
use scripts::Scripts;

/// The number of late responses in a row after which the server is unavailable. A busy process can
/// delay a single response.
const MAX_LATE_RESPONSES: u32 = 3;

/// The shortest and the longest pause before the next try to connect.
const MIN_PAUSE: Duration = Duration::from_millis(250);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// The minimum duration of a connection that resets the pause.
const STEADY: Duration = Duration::from_secs(10);

/// The maximum time to connect, including all sentinels or nodes that the service contacts.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The time for which the start of the service waits for the server.
const START_TIMEOUT: Duration = Duration::from_millis(500);

/// The server. Requests to it return `None` if it is unavailable or late.
pub(super) struct Server {
    scripts: Scripts,
    address: Redis,
    password: Option<SecretString>,
    timeout: Duration,
    link: RwLock<Option<Link>>,
    disconnected: Notify,
    connected: Notify,
    late_responses: AtomicU32,
    /// The last logged state. The service logs only changes.
    is_available: AtomicBool,
    metrics: Metrics,
}

#[derive(Clone)]
struct Link {
    connection: Connection,
    since: Instant,
}

impl Server {
    pub(super) fn new(
        settings: &config::Limits,
        address: &Redis,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        Self {
            scripts: Scripts::new(key),
            address: address.clone(),
            password: settings.store_password.clone(),
            timeout: settings.store_timeout,
            link: RwLock::default(),
            disconnected: Notify::new(),
            connected: Notify::new(),
            late_responses: AtomicU32::new(0),
            is_available: AtomicBool::new(true),
            metrics,
        }
    }

    pub(super) async fn take(&self, requests: &[TokenRequest]) -> Option<Vec<Decision>> {
        self.call("take", async |connection| self.scripts.take(connection, requests).await).await
    }

    pub(super) async fn look(&self, requests: &[TokenRequest]) -> Option<Vec<Decision>> {
        self.call("look", async |connection| self.scripts.look(connection, requests).await).await
    }

    pub(super) async fn refund(&self, requests: &[TokenRequest]) -> Option<()> {
        self.call("refund", async |connection| self.scripts.refund(connection, requests).await)
            .await
    }

    pub(super) async fn slot(&self, name: &str, rate: Rate, longest: Duration) -> Option<Slot> {
        self.call("slot", async |connection| {
            self.scripts.slot(connection, name, rate, longest).await
        })
        .await
    }

    /// Sends a request to the server, within `limits.store_timeout`. Returns `None` if the server is
    /// unavailable or late.
    async fn call<T>(
        &self,
        operation: &'static str,
        call: impl AsyncFnOnce(&Connection) -> Result<T, RedisError>,
    ) -> Option<T> {
        if let Some(link) = self.link() {
            let started = Instant::now();
            let span = span(operation);
            let response = timeout(self.timeout, call(&link.connection));
            let result = response.instrument(span.clone()).await;
            self.metrics.rate_limit_store_call(operation, started.elapsed());
            match result {
                Ok(Ok(response)) => {
                    self.late_responses.store(0, Ordering::Relaxed);
                    return Some(response);
                }
                Ok(Err(error)) => {
                    self.metrics.limits.store_errors.count("failed");
                    span.record("error.type", "failed").record("otel.status_code", "error");
                    self.disconnect(&link, &error);
                }
                Err(_) => {
                    self.metrics.limits.store_errors.count("timeout");
                    span.record("error.type", "timeout").record("otel.status_code", "error");
                    let late_responses = self.late_responses.fetch_add(1, Ordering::Relaxed) + 1;
                    if late_responses >= MAX_LATE_RESPONSES {
                        self.disconnect(&link, &"the server did not respond in time");
                    }
                }
            }
        }
        self.metrics.limits.fallbacks.inc();
        None
    }

    pub(super) async fn wait_at_start(&self) {
        if timeout(START_TIMEOUT, self.connected.notified()).await.is_err() {
            self.report_unavailable(&"the server does not respond");
        }
    }

    /// Connects to the server, and reconnects after each loss of the connection.
    pub(super) async fn stay_connected(self: Arc<Self>) {
        let mut pause = MIN_PAUSE;
        loop {
            match self.connect().await {
                Ok(link) => {
                    let since = link.since;
                    self.late_responses.store(0, Ordering::Relaxed);
                    *self.link.write().unwrap_or_else(PoisonError::into_inner) = Some(link);
                    self.report_available();
                    self.connected.notify_one();
                    self.disconnected.notified().await;
                    let was_steady = since.elapsed() > STEADY;
                    pause = if was_steady { MIN_PAUSE } else { MAX_PAUSE.min(pause * 2) };
                }
                Err(reason) => self.report_unavailable(&reason),
            }
            sleep(pause).await;
        }
    }

    /// Returns a connection on which the server executed a write in time.
    async fn connect(&self) -> Result<Link, String> {
        let connected = timeout(CONNECT_TIMEOUT, connect(&self.address, self.password.as_ref()));
        let connection = connected
            .await
            .map_err(|_| "the server does not respond".to_owned())?
            .map_err(|error: RedisError| error.to_string())?;
        let probe = [TokenRequest {
            rule: PROBE,
            key: Key::Text("probe".into()),
            tokens: 1,
            owner: Owner::Client,
            rejects: true,
        }];
        // The first request also loads the script.
        for _ in 0..2 {
            timeout(self.timeout * 2, self.scripts.take(&connection, &probe))
                .await
                .map_err(|_| "the server did not respond in time".to_owned())?
                .map_err(|error| error.to_string())?;
        }
        Ok(Link { connection, since: Instant::now() })
    }

    fn link(&self) -> Option<Link> {
        self.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn disconnect(&self, lost: &Link, reason: &dyn Display) {
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        // Many requests fail at the same time, and some only after the service connects again.
        if link.as_ref().is_some_and(|link| link.since == lost.since) {
            *link = None;
            self.disconnected.notify_one();
            self.report_unavailable(reason);
        }
    }

    fn report_available(&self) {
        self.metrics.limits.store_up.set(1);
        if !self.is_available.swap(true, Ordering::Relaxed) {
            tracing::info!("rate limit store available, sharing budgets");
        }
    }

    fn report_unavailable(&self, reason: &dyn Display) {
        self.metrics.limits.store_up.set(0);
        if self.is_available.swap(false, Ordering::Relaxed) {
            tracing::warn!(%reason, "rate limit store unavailable, using local limits");
        }
    }
}

fn span(operation: &'static str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "rate limit store",
        otel.name = "EVALSHA",
        otel.kind = "client",
        otel.status_code = Empty,
        "db.system.name" = "redis",
        "db.operation.name" = "EVALSHA",
        "vestibule.operation" = operation,
        "error.type" = Empty,
    )
}

/// The rule of a probe. Its budget is full again at once, so that each probe writes.
const PROBE: Rule = Rule {
    id: RuleId::Address,
    name: "probe",
    burst: 1_000,
    refill: Duration::from_micros(1),
    mode: LimitsMode::Enforce,
    capacity: 1,
};

//! The interface of the store to the rest of the service.

mod messages;
mod prior;
mod requests;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use tokio::{
    sync::oneshot,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tracing::{Instrument, Span, field::Empty};

use super::{
    audit::attempts::Operation,
    cleanup::Cleanup,
    database::Database,
    error::StoreError,
    id,
    keys::Keys,
    stored_key,
    writer::{Command, Queue, Session, State, Writer},
};
use crate::{
    config,
    current_request::{Call, add_call},
    metrics::Metrics,
    trace::TARGET,
};

/// Time by which a lease exceeds the longest call to Cognito and the response delay.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// The permission of the service to change tables at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// The service brings the tables up to date.
    Auto,
    /// The tables must be up to date.
    Off,
}

/// The store. Its writer has a thread of its own.
pub struct Store {
    keys: Keys,
    client_id: String,
    system: &'static str,
    lease: Duration,
    /// Maximum wait for the result of a command, except for the end of a request.
    patience: Duration,
    /// Time that a response waits until the database has its outcome.
    commit_timeout: Duration,
    queue: Arc<Queue>,
    state: Arc<State>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    metrics: Metrics,
}

impl Store {
    /// Opens the store. If the database is unavailable, the store waits. If `database.key` is set,
    /// the store waits in the background. Otherwise, this function waits, because the database
    /// stores the key.
    ///
    /// `response_delay` is the time that a response may wait besides the call to Cognito.
    ///
    /// # Errors
    /// Returns an error if the database cannot be used with these settings, or its tables are not
    /// up to date.
    pub async fn open(
        config: &config::Config,
        response_delay: Duration,
        migrate: Migrate,
        metrics: Metrics,
    ) -> Result<Self, StoreError> {
        let settings = &config.database;
        let database = Database::new(settings)?;
        let system = database.system();
        let migrates = migrate == Migrate::Auto;
        let (key, connection) = if let Some(key) = &settings.key {
            (key.clone(), None)
        } else {
            let (key, connection) = stored_key::wait_for(&database, migrates).await?;
            (key, Some(connection))
        };
        let keys = Keys::derive(&key, &config.cognito.user_pool_id);
        let lease = config.cognito.operation_timeout + LEASE_MARGIN + response_delay;
        let queue = Arc::new(Queue::new(config.limits.concurrency.total));
        let state = Arc::new(State::new(metrics.clone()));
        let lease_ms = id::milliseconds(lease);
        let cleanup = Cleanup {
            database: database.clone(),
            keys: keys.clone(),
            settings: config.audit,
            lease: lease_ms,
            next_day: Arc::default(),
            metrics: metrics.clone(),
        };
        let mut writer = Writer::new(
            database,
            migrates,
            keys.clone(),
            lease_ms,
            Arc::clone(&queue),
            Arc::clone(&state),
        );
        let writer = spawn_blocking(move || writer.start(connection).map(|()| writer));
        let writer = writer.await??;
        let threads = vec![
            spawn("store", move || writer.run())?,
            spawn("store-cleanup", {
                let queue = Arc::clone(&queue);
                move || cleanup.run_until_closed(&queue)
            })?,
        ];
        Ok(Self {
            keys,
            client_id: config.cognito.client_id.clone(),
            system,
            lease,
            patience: settings.connect_timeout + settings.timeout * 2,
            commit_timeout: settings.commit_timeout,
            queue,
            state,
            threads: Mutex::new(threads),
            metrics,
        })
    }

    /// Returns the keys that derive from `database.key`.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Returns the reason if the database is unavailable, or `None` if it is available.
    #[must_use]
    pub fn unavailable(&self) -> Option<String> {
        self.failure().map(|error| error.cause())
    }

    /// Returns the error if the store is closed or the database is unavailable.
    fn failure(&self) -> Option<StoreError> {
        if self.queue.is_closed() { Some(StoreError::Closed) } else { self.state.failure() }
    }

    /// Returns the error of a command that the queue did not accept.
    fn not_queued(&self) -> StoreError {
        if self.queue.is_closed() {
            return StoreError::Closed;
        }
        StoreError::Unavailable("too many requests wait for the database".to_owned())
    }

    /// Updates the metric of the queue.
    pub fn report(&self) {
        self.metrics.set_database_queue(self.queue.length());
    }

    /// Counts a request that the service rejected before a call.
    pub fn count_rejection(&self, operation: Operation, code: &'static str) {
        self.state.count_rejection(operation, code);
    }

    /// Executes the waiting commands, and ends the threads of the store.
    pub async fn close(&self) {
        self.queue.close();
        let threads: Vec<JoinHandle<()>> = {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            threads.drain(..).collect()
        };
        for thread in threads {
            while !thread.is_finished() {
                sleep(Duration::from_millis(1)).await;
            }
            let _ = thread.join();
        }
    }

    /// Sends a command and waits for its result.
    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Command,
    ) -> Result<T, StoreError> {
        if let Some(error) = self.state.failure() {
            return Err(error);
        }
        let (reply, result) = oneshot::channel();
        let command = command(reply);
        let span = self.span(command.name());
        self.queue.push(command).map_err(|_| self.not_queued())?;
        let started = Instant::now();
        let result = wait(self.patience, result).instrument(span.clone()).await;
        measure(&span, started, &result);
        result
    }

    fn span(&self, operation: &'static str) -> Span {
        tracing::info_span!(
            target: TARGET,
            "database",
            otel.name = operation,
            otel.kind = "client",
            otel.status_code = Empty,
            "db.system.name" = self.system,
            "db.operation.name" = operation,
            "error.type" = Empty,
        )
    }

    /// Runs statements on the writer's connection and waits for their result.
    async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|reply| {
            Command::Run(Box::new(move |session| {
                let _ = reply.send(session.and_then(task));
            }))
        })
        .await
    }
}

/// Brings the tables up to date.
///
/// # Errors
/// Returns an error if the database cannot be used, or is unavailable.
pub async fn migrate(settings: &config::Database) -> Result<(), StoreError> {
    let database = Database::new(settings)?;
    spawn_blocking(move || database.prepare(true).map(drop)).await?
}

async fn wait<T>(
    limit: Duration,
    mut result: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match timeout(limit, &mut result).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(StoreError::Closed),
        Err(_) => {
            // The writer undoes a claim whose result arrives after this. A result that arrived
            // before counts.
            result.close();
            let late = || StoreError::Unavailable("no response in time".to_owned());
            result.try_recv().unwrap_or_else(|_| Err(late()))
        }
    }
}

/// Adds the wait for a result to the current request, and an error to the span.
fn measure<T>(span: &Span, started: Instant, result: &Result<T, StoreError>) {
    add_call(Call::Database, started);
    if let Err(error) = result {
        span.record("error.type", error.reason()).record("otel.status_code", "error");
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| {
        StoreError::Unusable(
            format!("the service cannot start a thread: {error}"),
            "Raise the limits of the process.",
        )
    })
}

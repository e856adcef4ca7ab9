//! What the rest of the service holds of the ledger.

mod earlier;
mod messages;
mod requests;
mod thread;

use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::{
    sync::{
        Mutex as AsyncMutex, OnceCell,
        mpsc::{self, Sender},
        oneshot, watch,
    },
    time::{sleep, timeout},
};

use super::{
    database::{Database, LedgerError},
    keys::Keys,
    stored_key,
};
use crate::ledger::{
    audit::{attempts::Attempt, retention::Retention},
    writers::{
        job::{Job, Reply},
        shared::{Shared, State},
    },
};
use crate::{config, metrics::Metrics};

/// So many jobs wait for the writers. One more is told that the ledger is away.
const QUEUE: usize = 4096;

/// Rejections that wait for the next write of audit rows. Those beyond are lost, and counted.
pub(super) const REJECTIONS: usize = 1024;

/// How much longer than the call to Cognito a request may take before another takes its key.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Whether a start may change tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// They are brought up to date.
    Auto,
    /// They have to be up to date.
    Off,
}

/// The ledger. Its writers have a thread of their own.
pub struct Ledger {
    keys: Keys,
    client_id: String,
    lease: Duration,
    /// How long a request that begins waits.
    patience: Duration,
    /// Time that a response waits for its outcome to be stored.
    commit_timeout: Duration,
    queue: Sender<Job>,
    refusals: Sender<(i64, Attempt)>,
    state: Arc<State>,
    close: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
    metrics: Metrics,
}

impl Ledger {
    /// Opens the ledger. A PostgreSQL that is unavailable is waited for: in the background if
    /// `database.key` is set, and otherwise here, since the key is stored there.
    ///
    /// # Errors
    /// If it cannot be used as it is set, or its tables are not up to date.
    pub async fn open(
        settings: &config::Database,
        audit: config::Audit,
        cognito: &config::Cognito,
        migrate: Migrate,
        metrics: Metrics,
    ) -> Result<Self, LedgerError> {
        let database = Database::new(&settings.url, settings.connect_timeout, settings.timeout)?;
        let migrates = migrate == Migrate::Auto;
        let (key, prepared) = if let Some(key) = &settings.key {
            (key.clone(), OnceCell::new())
        } else {
            let (key, connection) = stored_key::wait_for(&database, migrates).await?;
            (key, OnceCell::new_with(Some(connection)))
        };
        let keys = Keys::derive(&key, &cognito.user_pool_id);
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (refusals, refused) = mpsc::channel(REJECTIONS);
        let (close, closing) = watch::channel(false);
        let writers = if database.has_one_writer() { 1 } else { settings.connections };
        let state = Arc::new(State::new(writers, metrics.clone()));
        let shared = Shared {
            retention: Retention {
                accounts: audit.retention_accounts,
                refusals: audit.retention_rejections,
            },
            timeout: settings.timeout,
            migrates,
            queue: AsyncMutex::new(jobs),
            refusals: AsyncMutex::new(refused),
            refusals_due: Cell::new(Instant::now()),
            prepared,
            database,
            keys: keys.clone(),
            state: Arc::clone(&state),
            closing,
            metrics: metrics.clone(),
        };
        let thread = thread::start(shared, writers).await?;
        Ok(Self {
            keys,
            client_id: cognito.client_id.clone(),
            lease: cognito.operation_timeout + LEASE_MARGIN,
            patience: settings.connect_timeout + settings.timeout * 2,
            commit_timeout: settings.commit_timeout,
            queue,
            refusals,
            state,
            close,
            thread: Mutex::new(Some(thread)),
            metrics,
        })
    }

    /// Returns the keys that `database.key` gives.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Lets a request take longer before another may take its key: what it waits for besides the
    /// call to Cognito.
    #[must_use]
    pub fn with_more_time(mut self, more: Duration) -> Self {
        self.lease += more;
        self
    }

    /// Why it cannot be written to, if it cannot.
    #[must_use]
    pub fn away(&self) -> Option<String> {
        if self.queue.is_closed() {
            return Some("its writers have ended".to_owned());
        }
        self.state.away()
    }

    /// Writes what is to be written, and ends.
    pub async fn close(&self) {
        self.close.send_replace(true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        while !thread.is_finished() {
            sleep(Duration::from_millis(1)).await;
        }
        let _ = thread.join();
    }

    async fn ask<T>(
        &self,
        patience: Duration,
        job: impl FnOnce(Reply<T>) -> Job,
    ) -> Result<T, LedgerError> {
        let (reply, told) = oneshot::channel();
        let full = |_| LedgerError::Away("too much waits for it already".to_owned());
        self.queue.try_send(job(reply)).map_err(full)?;
        self.told(patience, told).await
    }

    async fn told<T>(
        &self,
        patience: Duration,
        told: oneshot::Receiver<Result<T, LedgerError>>,
    ) -> Result<T, LedgerError> {
        let away = |reason: &str| LedgerError::Away(reason.to_owned());
        match timeout(patience, told).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(away("it is closed")),
            Err(_) => Err(away("no answer in time")),
        }
    }
}

/// What [`Ledger::open`] is not needed for: the tables are brought up to date, and that is all.
///
/// # Errors
/// Where the database cannot be used, or is away.
pub async fn migrate(settings: &config::Database) -> Result<(), LedgerError> {
    let database = Database::new(&settings.url, settings.connect_timeout, settings.timeout)?;
    database.migrate().await.map(|_| ())
}

#[cfg(test)]
mod tests;

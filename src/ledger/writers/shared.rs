//! What the writers share: what they are asked to do, and what each sees of the database.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::AnyConnection;
use tokio::sync::{Mutex as AsyncMutex, OnceCell, mpsc::Receiver, watch};

use crate::{
    ledger::{
        audit::{attempts::Attempt, retention::Retention},
        database::{Database, LedgerError},
        keys::Keys,
        writers::job::Job,
    },
    metrics::Metrics,
};

/// What they share.
pub(in crate::ledger) struct Shared {
    pub(in crate::ledger) database: Database,
    pub(in crate::ledger) keys: Keys,
    pub(in crate::ledger) retention: Retention,
    pub(in crate::ledger) timeout: Duration,
    pub(in crate::ledger) queue: AsyncMutex<Receiver<Job>>,
    pub(in crate::ledger) refusals: AsyncMutex<Receiver<(i64, Attempt)>>,
    /// Filled once the tables are known to be up to date. A database in memory lives in what it
    /// holds.
    pub(in crate::ledger) prepared: OnceCell<Option<AnyConnection>>,
    pub(in crate::ledger) migrates: bool,
    pub(in crate::ledger) state: Arc<State>,
    pub(in crate::ledger) refusals_due: Cell<Instant>,
    pub(in crate::ledger) closing: watch::Receiver<bool>,
    pub(in crate::ledger) metrics: Metrics,
}

impl Shared {
    /// Brings the tables up to date, or looks whether they are, once.
    pub(in crate::ledger) async fn prepare(&self) -> Result<(), LedgerError> {
        let prepare = async {
            let connection = self.database.prepare(self.migrates).await?;
            Ok(self.database.is_in_memory().then_some(connection))
        };
        self.prepared.get_or_try_init(|| prepare).await.map(|_| ())
    }

    pub(in crate::ledger) fn is_closing(&self) -> bool {
        *self.closing.borrow() || self.closing.has_changed().is_err()
    }

    /// Once no writer is left: whoever waits is told so, and what is lost is counted.
    pub(in crate::ledger) async fn give_up_the_rest(&self) {
        let (mut queue, mut refusals) = (self.queue.lock().await, self.refusals.lock().await);
        let mut rows = 0;
        while let Ok(job) = queue.try_recv() {
            rows += job.rows();
            let _ = job.fail("it is closed", false);
        }
        while refusals.try_recv().is_ok() {
            rows += 1;
        }
        self.count_lost(rows);
    }

    pub(in crate::ledger) fn count_lost(&self, rows: u64) {
        if rows > 0 {
            tracing::error!(rows, "rows of the ledger are lost: it was away for too long");
            self.metrics.ledger_rows_lost(rows);
        }
    }
}

/// Whether the database is there, as each writer sees it.
#[derive(Debug)]
pub(in crate::ledger) struct State {
    writers: usize,
    away: Mutex<BTreeMap<usize, String>>,
    metrics: Metrics,
}

impl State {
    pub(in crate::ledger) fn new(writers: usize, metrics: Metrics) -> Self {
        Self { writers, away: Mutex::default(), metrics }
    }

    /// Why it is away, if it is for every writer; while one of them can write, all is well.
    pub(in crate::ledger) fn away(&self) -> Option<String> {
        let away = self.seen();
        if away.len() < self.writers { None } else { away.values().next().cloned() }
    }

    pub(in crate::ledger) fn set(&self, writer: usize, reason: Option<String>) {
        let mut away = self.seen();
        match reason {
            Some(reason) => away.insert(writer, reason),
            None => away.remove(&writer),
        };
        self.metrics.ledger_is_here(away.len() < self.writers);
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<usize, String>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

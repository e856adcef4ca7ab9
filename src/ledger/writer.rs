//! The writers: each takes what has been asked for in the meantime and does it in one
//! transaction, so that many requests share one trip to the disk.

use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::AnyConnection;
use tokio::{
    sync::{
        Mutex as AsyncMutex, OnceCell,
        mpsc::{Receiver, error::TryRecvError},
        watch,
    },
    time::{sleep, timeout},
};

use super::{
    attempts::Attempt,
    clock,
    database::{Database, LedgerError},
    housekeeping::{self, Kept},
    job::{Chains, Job, Told},
    keys::Keys,
};
use crate::metrics::Metrics;

/// So many jobs share a transaction at most.
const BATCH: usize = 64;

/// So many ends of requests wait for a ledger that is away. One more is lost, and counted.
const MAX_BACKLOG: usize = 10_000;

/// An idle writer asks this often whether the database is there.
const PING: Duration = Duration::from_secs(2);

/// Refusals are written this often.
const REFUSALS: Duration = Duration::from_secs(1);

/// What has aged out is looked for this often.
const HOUSEKEEPING: Duration = Duration::from_secs(20);

/// The pause before a database that is away is asked again: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// What all writers share.
pub(super) struct Shared {
    pub(super) database: Database,
    pub(super) keys: Keys,
    pub(super) kept: Kept,
    pub(super) timeout: Duration,
    pub(super) queue: AsyncMutex<Receiver<Job>>,
    pub(super) refusals: AsyncMutex<Receiver<(i64, Attempt)>>,
    /// Filled once the tables are known to be up to date. A database in memory lives in what it
    /// holds.
    pub(super) prepared: OnceCell<Option<AnyConnection>>,
    pub(super) migrates: bool,
    pub(super) state: Arc<State>,
    pub(super) closing: watch::Receiver<bool>,
    pub(super) metrics: Metrics,
}

/// Whether the database is there, as each writer sees it.
#[derive(Debug, Default)]
pub(super) struct State {
    away: Mutex<BTreeMap<usize, String>>,
}

impl State {
    /// Why it is away, if it is for any writer.
    pub(super) fn away(&self) -> Option<String> {
        self.seen().values().next().cloned()
    }

    pub(super) fn set(&self, writer: usize, away: Option<String>) {
        match away {
            Some(reason) => self.seen().insert(writer, reason),
            None => self.seen().remove(&writer),
        };
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<usize, String>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One writer, with a connection of its own.
pub(super) struct Writer {
    shared: Rc<Shared>,
    number: usize,
    connection: Option<AnyConnection>,
    chains: Chains,
    backlog: VecDeque<Job>,
    pause: Option<Duration>,
    refusals_due: Instant,
    housekeeping_due: Instant,
}

impl Shared {
    /// Brings the tables up to date, or looks whether they are, once.
    pub(super) async fn prepare(&self) -> Result<(), LedgerError> {
        let prepare = async {
            if self.migrates {
                let connection = self.database.migrate().await?;
                return Ok(self.database.is_in_memory().then_some(connection));
            }
            self.database.check().await.map(|()| None)
        };
        self.prepared.get_or_try_init(|| prepare).await.map(|_| ())
    }

    fn is_closing(&self) -> bool {
        *self.closing.borrow() || self.closing.has_changed().is_err()
    }

    /// Once no writer is left: whoever waits is told so, and what is lost is counted.
    pub(super) async fn give_up_the_rest(&self) {
        let (mut queue, mut refusals) = (self.queue.lock().await, self.refusals.lock().await);
        let mut rows = 0;
        while let Ok(job) = queue.try_recv() {
            rows += job.rows();
            let _ = job.fail("it is closed");
        }
        while refusals.try_recv().is_ok() {
            rows += 1;
        }
        self.count_lost(rows);
    }

    fn count_lost(&self, rows: u64) {
        if rows > 0 {
            tracing::error!(rows, "rows of the ledger are lost: it was away for too long");
            self.metrics.ledger_rows_lost(rows);
        }
    }
}

impl Writer {
    pub(super) fn new(shared: Rc<Shared>, number: usize) -> Self {
        let now = Instant::now();
        Self {
            shared,
            number,
            connection: None,
            chains: Chains::default(),
            backlog: VecDeque::new(),
            pause: None,
            refusals_due: now + REFUSALS,
            housekeeping_due: now + HOUSEKEEPING,
        }
    }

    /// The first one does what one is enough for.
    fn is_first(&self) -> bool {
        self.number == 0
    }

    /// Writes until the ledger is closed and everything is written that can be.
    pub(super) async fn run(mut self) {
        loop {
            if let Some(pause) = self.pause {
                self.sit_out(pause).await;
            }
            let (batch, is_last) = self.take().await;
            self.write_or_keep(batch).await;
            if self.pause.is_none() && self.is_first() {
                self.write_refusals(is_last).await;
                self.keep_house().await;
            }
            let is_given_up = self.shared.is_closing() && self.pause.is_some();
            if is_given_up || is_last && self.backlog.is_empty() {
                break;
            }
        }
        self.shared.count_lost(self.backlog.iter().map(Job::rows).sum());
    }

    /// The database is away: until it is asked again, whoever begins is told so at once.
    async fn sit_out(&mut self, pause: Duration) {
        let reason = self.shared.state.away().unwrap_or_default();
        let shared = Rc::clone(&self.shared);
        let mut closing = shared.closing.clone();
        let refuse = async {
            loop {
                let Some(job) = shared.queue.lock().await.recv().await else { return };
                if let Some(job) = job.fail(&reason) {
                    self.keep(job);
                }
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = refuse => {}
            _ = closing.wait_for(|is_closing| *is_closing) => {}
        }
    }

    /// What is to be written next; nothing where it is only time to see whether the database is
    /// there. And whether that was the last.
    async fn take(&mut self) -> (Vec<Job>, bool) {
        let mut batch: Vec<Job> = self.backlog.drain(..self.backlog.len().min(BATCH)).collect();
        let mut closing = self.shared.closing.clone();
        let mut is_closing = self.shared.is_closing();
        let is_idle = batch.is_empty() && self.pause.is_none();
        let mut queue = if is_idle || is_closing {
            tokio::select! {
                queue = self.shared.queue.lock() => queue,
                _ = closing.wait_for(|is_closing| *is_closing), if !is_closing => self.shared.queue.lock().await,
            }
        } else {
            // What is to be done already does not wait behind writers that have nothing to do.
            let Ok(queue) = self.shared.queue.try_lock() else { return (in_order(batch), false) };
            queue
        };
        if is_idle && !is_closing {
            let wait = if self.is_first() { REFUSALS.min(PING) } else { PING };
            tokio::select! {
                job = queue.recv() => batch.extend(job),
                () = sleep(wait) => {}
                _ = closing.wait_for(|is_closing| *is_closing) => is_closing = true,
            }
        }
        while batch.len() < BATCH {
            match queue.try_recv() {
                Ok(job) => batch.push(job),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    is_closing = true;
                    break;
                }
            }
        }
        let is_last = is_closing && batch.len() < BATCH;
        (in_order(batch), is_last)
    }

    async fn write_or_keep(&mut self, batch: Vec<Job>) {
        let started = Instant::now();
        match self.write(&batch).await {
            Ok(told) => {
                if !batch.is_empty() {
                    self.shared.metrics.ledger_batch(batch.len(), started.elapsed());
                }
                for (job, told) in batch.into_iter().zip(told) {
                    if let Some(undo) = job.tell(told) {
                        self.keep(undo);
                    }
                }
            }
            Err(error) => {
                let reason = error.to_string();
                for job in batch {
                    if let Some(job) = job.fail(&reason) {
                        self.keep(job);
                    }
                }
            }
        }
    }

    /// Writes a batch in one transaction, and notes whether the database is there.
    async fn write(&mut self, batch: &[Job]) -> Result<Vec<Told>, LedgerError> {
        let started = Instant::now();
        let was_connected = self.connection.is_some();
        let mut written = self.try_to_write(batch).await;
        // A connection may have been lost since it was last used, and two transactions may have
        // waited for each other.
        if written.is_err() && was_connected && started.elapsed() < self.shared.timeout / 2 {
            written = self.try_to_write(batch).await;
        }
        match &written {
            Ok(_) => self.is_here(),
            Err(error) => self.is_away(error),
        }
        written
    }

    async fn try_to_write(&mut self, batch: &[Job]) -> Result<Vec<Told>, LedgerError> {
        let chains = self.chains.clone();
        // Taken, so that what fails, or is given up half-way, is not used again.
        let connection = self.connection.take();
        let written = timeout(self.shared.timeout, self.transaction(connection, batch)).await;
        let written = written.unwrap_or_else(|_| {
            Err(LedgerError::Away("no answer within ledger.timeout".to_owned()))
        });
        match written {
            Ok((connection, told)) => {
                self.connection = Some(connection);
                Ok(told)
            }
            Err(error) => {
                self.chains = chains;
                Err(error)
            }
        }
    }

    async fn transaction(
        &mut self,
        connection: Option<AnyConnection>,
        batch: &[Job],
    ) -> Result<(AnyConnection, Vec<Told>), LedgerError> {
        let mut connection = if let Some(connection) = connection {
            connection
        } else {
            self.shared.prepare().await?;
            self.shared.database.connect().await?
        };
        if batch.is_empty() {
            sqlx::raw_sql("SELECT 1").execute(&mut connection).await?;
            return Ok((connection, Vec::new()));
        }
        let pepper = &self.shared.keys.current;
        let now = clock::now();
        let mut told = Vec::with_capacity(batch.len());
        sqlx::raw_sql(self.shared.database.begin()).execute(&mut connection).await?;
        for job in batch {
            told.push(job.perform(&mut connection, &mut self.chains, pepper, now).await?);
        }
        self.chains.save(&mut connection, pepper).await?;
        sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
        Ok((connection, told))
    }

    fn is_here(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!("the ledger is back");
        }
        self.shared.state.set(self.number, None);
        self.shared.metrics.ledger_is_here(true);
    }

    fn is_away(&mut self, error: &LedgerError) {
        let (first, most) = PAUSES;
        if self.pause.is_none() {
            tracing::error!(%error, "the ledger cannot be written to");
        }
        self.pause = Some(self.pause.map_or(first, |pause| (pause * 2).min(most)));
        self.shared.state.set(self.number, Some(error.to_string()));
        self.shared.metrics.ledger_is_here(false);
    }

    /// Keeps what has to be written still.
    fn keep(&mut self, job: Job) {
        if self.backlog.len() < MAX_BACKLOG {
            self.backlog.push_back(job);
        } else {
            self.shared.count_lost(job.rows());
        }
    }

    /// Writes the refusals that have come together, in batches of their own.
    async fn write_refusals(&mut self, is_last: bool) {
        let now = Instant::now();
        if now < self.refusals_due && !is_last {
            return;
        }
        self.refusals_due = now + REFUSALS;
        let mut rows = Vec::new();
        {
            let mut refusals = self.shared.refusals.lock().await;
            while let Ok((at, attempt)) = refusals.try_recv() {
                rows.push(attempt.row(&self.shared.keys.current, at));
            }
        }
        if !rows.is_empty() {
            self.write_or_keep(vec![Job::Refusals(rows)]).await;
        }
    }

    async fn keep_house(&mut self) {
        let now = Instant::now();
        if now < self.housekeeping_due {
            return;
        }
        self.housekeeping_due = now + HOUSEKEEPING;
        let Some(mut connection) = self.connection.take() else { return };
        let Shared { database, keys, kept, .. } = &*self.shared;
        let work = housekeeping::age_out(&mut connection, database, keys, kept, clock::now());
        match timeout(self.shared.timeout, work).await {
            Ok(Ok(is_done)) => {
                self.connection = Some(connection);
                if !is_done {
                    self.housekeeping_due = now;
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "what has aged out could not be deleted");
            }
            Err(_) => tracing::warn!("deleting what has aged out took too long"),
        }
    }
}

/// Two transactions lock what both of them need in the same order.
fn in_order(mut batch: Vec<Job>) -> Vec<Job> {
    batch.sort_by(|one, other| one.order().cmp(other.order()));
    batch
}

//! The writers: each takes what has been asked for in the meantime and does it in one
//! transaction, so that many requests share one trip to the disk.

use std::{
    collections::VecDeque,
    future::pending,
    rc::Rc,
    time::{Duration, Instant},
};

use sqlx::AnyConnection;
use tokio::{
    sync::mpsc::error::TryRecvError,
    time::{sleep, timeout},
};

use super::{
    chains::Chains,
    clock,
    database::LedgerError,
    housekeeping,
    job::{Job, Told},
    shared::Shared,
    transaction::Transaction,
};

/// So many jobs share a transaction at most.
const BATCH: usize = 64;

/// So many ends of requests wait for a ledger that is away. One more is lost, and counted.
const MAX_BACKLOG: usize = 10_000;

/// An idle writer looks this often whether the database is there, and what is due.
const IDLE: Duration = Duration::from_secs(1);

/// Transactions that wait for each other are tried again for so long.
const CONFLICTS: Duration = Duration::from_secs(5);

/// Refusals are written this often.
const REFUSALS: Duration = Duration::from_secs(1);

/// So many of them share a transaction: a small one goes through where a large one would not.
const REFUSALS_AT_ONCE: usize = 32;

/// What has aged out is looked for this often.
const HOUSEKEEPING: Duration = Duration::from_secs(20);

/// The pause before a database that is away is asked again: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// One writer, with a connection of its own.
pub(super) struct Writer {
    shared: Rc<Shared>,
    number: usize,
    connection: Option<AnyConnection>,
    chains: Chains,
    backlog: VecDeque<Job>,
    pause: Option<Duration>,
    /// How much it writes in one transaction: less after one that failed.
    batch: usize,
    /// Whether the last transaction came so far that it may have been committed.
    may_be_written: bool,
    housekeeping_due: Instant,
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
            batch: BATCH,
            may_be_written: false,
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
            if self.pause.is_none() {
                self.write_refusals(is_last).await;
            }
            if self.pause.is_none() && self.is_first() {
                self.keep_house().await;
            }
            let is_given_up = self.shared.is_closing() && self.pause.is_some();
            if is_given_up || is_last && self.backlog.is_empty() {
                break;
            }
        }
        self.shared.count_lost(self.backlog.iter().map(Job::rows).sum());
    }

    /// The database is away for this writer. Where it is for all of them, whoever begins is told
    /// so at once; otherwise the others go on.
    async fn sit_out(&mut self, pause: Duration) {
        let shared = Rc::clone(&self.shared);
        let mut closing = shared.closing.clone();
        let refuse = async {
            let Some(reason) = shared.state.away() else { return pending().await };
            loop {
                let Some(job) = shared.queue.lock().await.recv().await else { return };
                if let Some(job) = job.fail(&reason, false) {
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
        let mut batch = Vec::new();
        let mut room = self.batch;
        while let Some(job) =
            self.backlog.pop_front_if(|job| batch.is_empty() || job.weight() <= room)
        {
            room = room.saturating_sub(job.weight());
            batch.push(job);
        }
        let mut closing = self.shared.closing.clone();
        let mut is_closing = self.shared.is_closing();
        if self.pause.is_some() && !is_closing {
            // What is new is for writers that can write.
            return (batch, false);
        }
        let is_idle = batch.is_empty() && self.pause.is_none();
        let mut queue = if is_idle || is_closing {
            tokio::select! {
                queue = self.shared.queue.lock() => queue,
                _ = closing.wait_for(|is_closing| *is_closing), if !is_closing => self.shared.queue.lock().await,
            }
        } else {
            // What is to be done already does not wait behind writers that have nothing to do.
            let Ok(queue) = self.shared.queue.try_lock() else { return (batch, false) };
            queue
        };
        if is_idle && !is_closing {
            tokio::select! {
                job = queue.recv() => batch.extend(job),
                () = sleep(IDLE) => {}
                _ = closing.wait_for(|is_closing| *is_closing) => is_closing = true,
            }
        }
        while batch.len() < self.batch {
            match queue.try_recv() {
                Ok(job) => batch.push(job),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    is_closing = true;
                    break;
                }
            }
        }
        let is_last = is_closing && batch.len() < self.batch;
        (batch, is_last)
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
                    if let Some(job) = job.fail(&reason, self.may_be_written) {
                        self.keep(job);
                    }
                }
            }
        }
    }

    /// Writes a batch in one transaction, and notes whether the database is there.
    async fn write(&mut self, batch: &[Job]) -> Result<Vec<Told>, LedgerError> {
        let started = Instant::now();
        self.may_be_written = false;
        let was_connected = self.connection.is_some();
        let mut written = self.try_to_write(batch).await;
        // A connection may have been lost since it was last used.
        if written.is_err() && was_connected && started.elapsed() < self.shared.timeout / 2 {
            written = self.try_to_write(batch).await;
        }
        // Two transactions may have waited for each other.
        while matches!(written, Err(LedgerError::Conflict)) && started.elapsed() < CONFLICTS {
            sleep(Duration::from_millis(fastrand::u64(1..50))).await;
            written = self.try_to_write(batch).await;
        }
        match &written {
            Ok(_) => self.is_here(),
            Err(error) => self.is_away(error),
        }
        written
    }

    async fn try_to_write(&mut self, batch: &[Job]) -> Result<Vec<Told>, LedgerError> {
        // Bringing tables up to date takes the time it takes.
        if self.connection.is_none() {
            self.shared.prepare().await?;
        }
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
                self.batch = (self.batch * 2).min(BATCH);
                Ok(told)
            }
            Err(error) => {
                self.chains = chains;
                // What takes too long together may go through in parts, and a row that is refused
                // for ever holds up none but itself.
                self.batch = (self.batch / 2).max(1);
                Err(error)
            }
        }
    }

    async fn transaction(
        &mut self,
        connection: Option<AnyConnection>,
        batch: &[Job],
    ) -> Result<(AnyConnection, Vec<Told>), LedgerError> {
        let mut connection = match connection {
            Some(connection) => connection,
            None => self.shared.database.connect().await?,
        };
        let transaction = Transaction {
            begin: self.shared.database.begin(),
            // That it can be read is no proof that it can be written to.
            heartbeat: self.pause.map(|_| self.number),
            pepper: &self.shared.keys.current,
            now: clock::now(),
        };
        let may_be_written = &mut self.may_be_written;
        let told =
            transaction.run(batch, &mut connection, &mut self.chains, may_be_written).await?;
        Ok((connection, told))
    }

    fn is_here(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!("the ledger is back");
        }
        self.shared.state.set(self.number, None);
    }

    fn is_away(&mut self, error: &LedgerError) {
        let (first, most) = PAUSES;
        if self.pause.is_none() {
            tracing::error!(%error, "the ledger cannot be written to");
        }
        self.pause = Some(self.pause.map_or(first, |pause| (pause * 2).min(most)));
        self.shared.state.set(self.number, Some(error.to_string()));
    }

    /// Keeps what has to be written still.
    fn keep(&mut self, job: Job) {
        if self.backlog.len() < MAX_BACKLOG {
            self.backlog.push_back(job);
        } else {
            self.shared.count_lost(job.rows());
        }
    }

    /// Writes the refusals that have come together, once a second, in batches of their own.
    async fn write_refusals(&mut self, is_last: bool) {
        let now = Instant::now();
        if now < self.shared.refusals_due.get() && !is_last {
            return;
        }
        self.shared.refusals_due.set(now + REFUSALS);
        let mut rows = Vec::new();
        {
            let mut refusals = self.shared.refusals.lock().await;
            while let Ok((at, attempt)) = refusals.try_recv() {
                rows.push(attempt.row(&self.shared.keys.current, at));
            }
        }
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let job = Job::Refusals(rows.by_ref().take(REFUSALS_AT_ONCE).collect());
            if self.pause.is_some() {
                self.keep(job);
            } else {
                self.write_or_keep(vec![job]).await;
            }
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

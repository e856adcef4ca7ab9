//! The writers: each takes what has been asked for in the meantime and does it in one
//! transaction, so that many requests share one trip to the disk.

mod batch;
mod intake;

use std::{
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use sqlx::AnyConnection;
use tokio::time::timeout;

use crate::ledger::{
    audit::chains::Chains,
    clock,
    writers::{housekeeping, job::Job, shared::Shared},
};

/// So many jobs share a transaction at most.
const BATCH: usize = 64;

/// So many ends of requests wait for a ledger that is away. One more is lost, and counted.
const MAX_BACKLOG: usize = 10_000;

/// Refusals are written this often.
const REFUSALS: Duration = Duration::from_secs(1);

/// So many of them share a transaction: a small one goes through where a large one would not.
const REFUSALS_AT_ONCE: usize = 32;

/// What has aged out is looked for this often.
const HOUSEKEEPING: Duration = Duration::from_secs(20);

/// One writer, with a connection of its own.
pub(in crate::ledger) struct Writer {
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
    pub(in crate::ledger) fn new(shared: Rc<Shared>, number: usize) -> Self {
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
    pub(in crate::ledger) async fn run(mut self) {
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
                rows.push(attempt.row(&self.shared.keys, at));
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
        let Shared { database, keys, retention, .. } = &*self.shared;
        let work = housekeeping::age_out(&mut connection, database, keys, retention, clock::now());
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

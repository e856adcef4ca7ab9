//! How a batch is written: in one transaction, which may be tried again.

use std::time::{Duration, Instant};

use sqlx::AnyConnection;
use tokio::time::{sleep, timeout};

use crate::ledger::{
    clock,
    database::LedgerError,
    writers::{
        job::{Job, Told},
        transaction::Transaction,
        writer::{BATCH, Writer},
    },
};

/// Transactions that wait for each other are tried again for so long.
const CONFLICTS: Duration = Duration::from_secs(5);

/// The pause before a database that is away is asked again: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

impl Writer {
    /// Writes a batch and tells whoever waits; what failed and has to be written is kept.
    pub(super) async fn write_or_keep(&mut self, batch: Vec<Job>) {
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
            Err(LedgerError::Away("no answer within database.timeout".to_owned()))
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
            keys: &self.shared.keys,
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
}

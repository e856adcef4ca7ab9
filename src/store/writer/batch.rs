//! Writes a batch, repeats the batch if that may help, and sends the results.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    Writer,
    apply::Failed,
    command::{Command, Done},
    queue::BATCH,
    trial,
};
use crate::store::{error::StoreError, id};

/// Time for which the writer repeats a transaction that conflicts with others.
const CONFLICTS: Duration = Duration::from_secs(5);

impl Writer {
    /// Writes a batch, and sends the results. Adds failed commands that it must not lose to the
    /// backlog.
    pub(super) fn write(&mut self, batch: &mut Vec<Command>) {
        let began = Instant::now();
        // A read does not commit, and therefore delays no later command.
        if batch.iter().any(|command| !matches!(command, Command::LookUp(..))) {
            self.last_began = Some(began);
        }
        let tasks: Vec<Command> =
            batch.extract_if(.., |command| matches!(command, Command::Run(_))).collect();
        match self.apply(batch) {
            Ok(done) => {
                if !batch.is_empty() {
                    self.state.metrics.database_transaction(batch.len(), began.elapsed());
                }
                for (command, done) in batch.drain(..).zip(done) {
                    if let Some(undo) = command.finish(done) {
                        self.requeue(undo);
                    }
                }
                for task in tasks {
                    self.run_task(task);
                }
            }
            Err(failed) => {
                let is_rejected = matches!(failed.error, StoreError::Data(_));
                let count = batch.len();
                for command in batch.drain(..).chain(tasks) {
                    if is_rejected && count == 1 {
                        self.drop_rejected(command, &failed.error);
                    } else if is_rejected && count > 1 && !failed.may_be_committed {
                        // Executes each command alone, to find the rejected row.
                        self.requeue(command);
                    } else {
                        self.fail(command, failed.error.clone(), failed.may_be_committed);
                    }
                }
            }
        }
    }

    /// Applies a batch. Repeats the batch after a lost connection or a conflict.
    fn apply(&mut self, batch: &mut [Command]) -> Result<Vec<Done>, Failed> {
        let began = Instant::now();
        let was_connected = self.session.is_some();
        let mut result = self.try_to_apply(batch);
        if was_connected
            && matches!(&result, Err(failed) if !failed.may_be_committed && !matches!(failed.error, StoreError::Data(_)))
        {
            result = self.try_to_apply(batch);
        }
        let conflicts = |result: &Result<_, Failed>| {
            matches!(result, Err(Failed { error: StoreError::Conflict, may_be_committed: false }))
        };
        while conflicts(&result) && began.elapsed() < CONFLICTS {
            thread::sleep(Duration::from_millis(fastrand::u64(1..50)));
            result = self.try_to_apply(batch);
        }
        match &result {
            Ok(_) => self.note_success(),
            // The database is available. A batch of one command then shows the rejected row.
            Err(Failed { error: StoreError::Data(_), .. }) => self.limit = 1,
            Err(failed) => self.note_failure(&failed.error),
        }
        result
    }

    fn try_to_apply(&mut self, batch: &mut [Command]) -> Result<Vec<Done>, Failed> {
        let session = match self.session.take() {
            Some(mut session) if self.pause.is_some() => {
                trial::write(&mut session.connection).map(|()| session)
            }
            Some(session) => Ok(session),
            None => self.connect(),
        };
        let not_sent = |error| Failed { error, may_be_committed: false };
        let count =
            |failed: &Failed| self.state.metrics.database.errors.count(failed.error.reason());
        let mut session = session.map_err(not_sent).inspect_err(count)?;
        let result = session.apply(batch, id::now()).inspect_err(count);
        match &result {
            Ok(_) => self.limit = (self.limit * 2).min(BATCH),
            Err(failed) => {
                // Commands that take too long together may succeed in smaller batches.
                self.limit = (self.limit / 2).max(1);
                if failed.may_be_committed
                    || !matches!(failed.error, StoreError::Data(_) | StoreError::Conflict)
                {
                    // The writer closes this connection. The next database session counts the rows
                    // of the seals again.
                    return result;
                }
            }
        }
        self.session = Some(session);
        result
    }

    fn run_task(&mut self, task: Command) {
        let Command::Run(task) = task else { return };
        match &mut self.session {
            Some(session) => task(Ok(session)),
            None => task(Err(self.failure())),
        }
    }
}

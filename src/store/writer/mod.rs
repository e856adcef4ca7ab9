//! The writer: the thread that executes commands. Commands that wait share a transaction, and
//! therefore one write to the disk.

mod apply;
mod batch;
pub(super) mod command;
mod ids;
pub(super) mod names;
mod postgres;
pub(super) mod queue;
pub(super) mod state;
#[cfg(test)]
mod tests;
mod trial;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

pub(super) use self::{
    command::{Begin, Begun, Command, End, Intent},
    ids::Ids,
    queue::Queue,
    state::State,
};
use self::{names::Names, queue::BATCH};
use super::{
    audit::seals::OpenSeals,
    database::{Connection, Database},
    error::StoreError,
    id,
    keys::Keys,
};
use crate::metrics::Open;

/// Maximum number of commands that wait for an unavailable database. The writer drops and counts
/// further commands.
const MAX_BACKLOG: usize = 10_000;

/// Interval at which an idle writer checks the database, writes counts and messages, and closes
/// seals.
const IDLE: Duration = Duration::from_secs(1);

/// Time between two trial writes.
const TRIAL: Duration = Duration::from_secs(10);

/// First and longest pause before the writer tries an unavailable database again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// A database session of the writer, with its state.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) keys: Keys,
    pub(super) ids: Ids,
    pub(super) names: Names,
    /// Time in milliseconds after which the service gives up a request without an end.
    pub(super) lease: i64,
    seals: OpenSeals,
    /// SQLite's `data_version` at the last read of the names.
    data_version: Option<i64>,
    _open: Open,
}

pub(super) struct Writer {
    pub(super) database: Database,
    pub(super) migrates: bool,
    pub(super) keys: Keys,
    pub(super) lease: i64,
    pub(super) queue: Arc<Queue>,
    pub(super) state: Arc<State>,
    session: Option<Session>,
    is_prepared: bool,
    backlog: VecDeque<Command>,
    pause: Option<Duration>,
    /// Maximum number of commands in a transaction. It is lower after a failure.
    limit: usize,
    last_began: Option<Instant>,
    deferred_due: Instant,
    trial_due: Instant,
}

impl Writer {
    pub(super) fn new(
        database: Database,
        migrates: bool,
        keys: Keys,
        lease: i64,
        queue: Arc<Queue>,
        state: Arc<State>,
    ) -> Self {
        Self {
            database,
            migrates,
            keys,
            lease,
            queue,
            state,
            session: None,
            is_prepared: false,
            backlog: VecDeque::new(),
            pause: None,
            limit: BATCH,
            last_began: None,
            deferred_due: Instant::now(),
            trial_due: Instant::now() + TRIAL,
        }
    }

    /// Writes to the database before the first command, on `connection` if it is not `None`. If the
    /// database is unavailable, the writer connects later.
    pub(super) fn start(&mut self, connection: Option<Connection>) -> Result<(), StoreError> {
        let session = match connection {
            Some(connection) => self.session_on(connection),
            None => self.connect(),
        };
        match session {
            Ok(session) => self.session = Some(session),
            Err(error @ (StoreError::Unavailable(_) | StoreError::Conflict)) => {
                self.note_failure(&error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Executes commands until the store closes the queue. Then executes the remaining commands,
    /// unless the database is unavailable.
    pub(super) fn run(mut self) {
        loop {
            let is_closing = self.queue.is_closing();
            let mut batch = self.take();
            let is_last = is_closing && batch.len() < self.limit;
            if !batch.is_empty() || self.pause.is_some() {
                self.write(&mut batch);
            }
            if self.pause.is_none() {
                self.do_what_is_due(is_last);
            }
            if is_last && self.backlog.is_empty() || is_closing && self.pause.is_some() {
                break;
            }
        }
        self.end();
    }

    /// Returns the commands of the next transaction. The backlog comes first.
    fn take(&mut self) -> Vec<Command> {
        if let Some(pause) = self.pause {
            for command in self.queue.wait_until(Instant::now() + pause) {
                self.fail(command, self.failure(), false);
            }
        }
        let count = self.backlog.len().min(self.limit);
        let mut batch: Vec<Command> = self.backlog.drain(..count).collect();
        self.state.metrics.set_database_backlog(self.backlog.len());
        if self.pause.is_some() {
            return batch;
        }
        let now = Instant::now();
        let idle_until = if batch.is_empty() { now + IDLE } else { now };
        batch.extend(self.queue.next_batch(self.last_began, idle_until, self.limit - count));
        batch
    }

    fn connect(&mut self) -> Result<Session, StoreError> {
        // A database in memory needs its tables again, because it is lost with its connection.
        let connection = if self.is_prepared && !self.database.is_in_memory() {
            self.database.connect()?
        } else {
            self.database.prepare(self.migrates)?
        };
        self.session_on(connection)
    }

    /// Creates a database session on a connection whose tables are up to date, if a trial write
    /// succeeds.
    fn session_on(&mut self, mut connection: Connection) -> Result<Session, StoreError> {
        self.is_prepared = true;
        trial::write(&mut connection)?;
        Ok(Session {
            connection,
            keys: self.keys.clone(),
            ids: Ids::default(),
            names: Names::default(),
            lease: self.lease,
            seals: OpenSeals::default(),
            data_version: None,
            _open: self.state.metrics.database_connected(),
        })
    }

    /// Writes counts and messages, and closes old seals, at most once per [`IDLE`]. If `is_last` is
    /// `true`, does so at once and closes all seals.
    fn do_what_is_due(&mut self, is_last: bool) {
        let now = Instant::now();
        if now < self.deferred_due && !is_last {
            return;
        }
        self.deferred_due = now + IDLE;
        let Some(session) = &mut self.session else { return };
        let mut result = self.state.write_deferred(session).and_then(|()| {
            let Session { connection, keys, seals, .. } = session;
            seals.close_due(connection, keys, id::now(), is_last)
        });
        // Detects an outage also while there are no requests.
        result = result.and_then(|()| {
            if now < self.trial_due {
                return session.connection.query("SELECT 1", &[]).map(drop);
            }
            self.trial_due = now + TRIAL;
            trial::write(&mut session.connection)
        });
        if let Err(error) = result {
            self.state.metrics.database.errors.count(error.reason());
            self.session = None;
            self.note_failure(&error);
        }
    }

    fn fail(&mut self, command: Command, error: StoreError, may_be_committed: bool) {
        if let Some(command) = command.fail(error, may_be_committed) {
            self.requeue(command);
        }
    }

    fn drop_rejected(&mut self, command: Command, error: &StoreError) {
        tracing::error!(reason = error.cause(), "row rejected by the database and dropped");
        if command.fail(error.clone(), false).is_some() {
            self.state.metrics.database.rows_lost.inc();
        }
    }

    /// Adds a command to the backlog. Drops and counts the command if the backlog is full.
    fn requeue(&mut self, command: Command) {
        if self.backlog.len() < MAX_BACKLOG {
            self.backlog.push_back(command);
            self.state.metrics.set_database_backlog(self.backlog.len());
        } else {
            self.state.metrics.database.rows_lost.inc();
        }
    }

    fn note_success(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!("database available again");
        }
        self.state.set(None);
    }

    fn note_failure(&mut self, error: &StoreError) {
        let (first, longest) = PAUSES;
        if self.pause.is_none() {
            tracing::error!(%error, "database unavailable");
        }
        self.pause = Some(self.pause.map_or(first, |pause| (pause * 2).min(longest)));
        self.state.set(Some(error.clone()));
    }

    /// Returns the last error of the database.
    fn failure(&self) -> StoreError {
        self.state.failure().unwrap_or_else(|| StoreError::Unavailable("no connection".to_owned()))
    }

    fn end(mut self) {
        let rest: Vec<Command> = self.backlog.drain(..).chain(self.queue.end()).collect();
        let lost = rest.into_iter().filter_map(|command| command.fail(StoreError::Closed, false));
        let lost = lost.filter(|command| matches!(command, Command::End(..))).count() as u64;
        if lost > 0 {
            tracing::error!(
                rows = lost,
                "outcomes lost: the database was unavailable when the service stopped"
            );
            self.state.metrics.database.rows_lost.inc_by(lost);
        }
    }
}

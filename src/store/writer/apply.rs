//! Executes a batch of commands in one transaction. On PostgreSQL, some commands need further
//! transactions.

use super::{
    Session,
    command::{Begin, Begun, Command, Done, End, Intent},
    postgres,
};
use crate::store::{
    audit::attempts::MAX_AGE,
    database::{Access, Connection},
    error::StoreError,
    id,
    requests::{
        confirmations,
        idempotency::{self, KeyClaim, KeyEnd, KeyOutcome, KeyState},
        recent_sign_ups,
    },
};

/// A batch that failed.
pub(super) struct Failed {
    pub(super) error: StoreError,
    /// `true` if the database may have committed the transaction nevertheless.
    pub(super) may_be_committed: bool,
}

impl Session {
    /// Executes the commands of a batch. If the batch fails, the database has no command of it,
    /// unless [`Failed::may_be_committed`] is `true`.
    pub(super) fn apply(&mut self, batch: &mut [Command], now: i64) -> Result<Vec<Done>, Failed> {
        let mut is_sent = false;
        let result = self.open_seals(batch, now).and_then(|()| match self.connection {
            Connection::Sqlite(_) => self.apply_in_turn(batch, now),
            Connection::Postgres(_) => {
                self.ids.reserve(&mut self.connection, batch.len())?;
                self.number(batch, now);
                postgres::apply(self, batch, now, &mut is_sent)
            }
        });
        // SQLite reports the result of a COMMIT. The connection may lose the response of
        // PostgreSQL.
        result.map_err(|error| Failed { error, may_be_committed: is_sent })
    }

    /// Opens the seals that the rows of a batch need.
    fn open_seals(&mut self, batch: &mut [Command], now: i64) -> Result<(), StoreError> {
        let Self { connection, keys, seals, .. } = self;
        for command in batch {
            if let Command::End(end, _) = command {
                let seal = seals.ready(connection, keys, end.kind, now);
                end.attempt.seal = seal.map_err(|error| match error {
                    // The database rejects the seal, not the row of this command.
                    StoreError::Data(_) => StoreError::Conflict,
                    error => error,
                })?;
            }
        }
        Ok(())
    }

    /// Reads the names and ids that another process wrote. Each write of another process changes
    /// the `data_version` of the file.
    fn catch_up(&mut self, now: i64) -> Result<(), StoreError> {
        let Self { connection, ids, names, data_version, lease, .. } = self;
        let Connection::Sqlite(sqlite) = connection else { return Ok(()) };
        let mut statement = sqlite.prepare_cached("PRAGMA data_version")?;
        let version = statement.query_row([], |row| row.get(0))?;
        drop(statement);
        if *data_version != Some(version) {
            let since = id::first_at(now - recent_sign_ups::RETENTION - *lease);
            names.drop_before(since);
            names.read(connection, since)?;
            ids.note(connection)?;
            *data_version = Some(version);
        }
        Ok(())
    }

    /// Assigns ids to new rows, and computes the digests of attempts.
    pub(super) fn number(&mut self, batch: &mut [Command], now: i64) {
        for command in batch {
            match command {
                Command::Begin(begin, _) => begin.id = self.ids.next(now),
                Command::End(end, _) => {
                    let row = &mut end.attempt;
                    if id::time(row.id) + MAX_AGE <= now {
                        row.id = self.ids.next(now);
                    }
                    row.digest = row.compute_digest(&self.keys);
                }
                Command::LookUp(..) | Command::Undo(_) | Command::Run(_) => {}
            }
        }
    }

    /// Executes the commands in one transaction on SQLite, while no other process can write.
    fn apply_in_turn(&mut self, batch: &mut [Command], now: i64) -> Result<Vec<Done>, StoreError> {
        let lease = self.lease;
        let ids = attempt_ids(batch);
        let done = self.transaction(|session| {
            // Another process may have assigned ids while this process waited for the lock.
            let now = now.max(id::now());
            session.catch_up(now)?;
            session.number(batch, now);
            let connection = &mut session.connection;
            let apply = |command: &Command| match command {
                Command::LookUp(claim, _) => {
                    let row = idempotency::read(connection, claim.key)?;
                    let state = KeyState::of(row, claim.fingerprint, lease, now);
                    Ok((Done::LookedUp(state), false))
                }
                Command::Begin(begin, _) => {
                    Ok((Done::Begun(begin.apply(connection, lease, now)?), false))
                }
                Command::End(end, _) => {
                    let (is_held, is_new) = end.apply(connection)?;
                    Ok((Done::Ended(is_held), is_new))
                }
                Command::Undo(begin) => begin.undo(connection).map(|()| (Done::Nothing, false)),
                Command::Run(_) => Ok((Done::Nothing, false)),
            };
            batch.iter().map(apply).collect::<Result<Vec<_>, StoreError>>()
        });
        if done.is_err() {
            // Another process may assign the same ids, because the database rolled the transaction
            // back.
            set_attempt_ids(batch, &ids);
        }
        let done = done?;
        for (command, (done, is_new_row)) in batch.iter().zip(&done) {
            self.note(command, done, *is_new_row);
        }
        Ok(done.into_iter().map(|(done, _)| done).collect())
    }

    /// Runs `work` in a transaction on the connection of this database session.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection.begin(Access::Write)?;
        let result = work(self);
        self.connection.end(result)
    }

    /// Adds a committed command to the open seals and to the names in memory.
    pub(super) fn note(&mut self, command: &Command, done: &Done, is_new_row: bool) {
        match (command, done) {
            (Command::End(end, _), _) if is_new_row => {
                self.seals.add(end.kind, &end.attempt);
                if let Some(intent) = &end.intent {
                    self.note_intent(end.attempt.id, intent);
                }
            }
            (Command::Begin(Begin { intent: Some(intent), .. }, _), Done::Begun(begun))
                if begun.is_claimed() =>
            {
                self.note_intent(begun.id, intent);
            }
            _ => {}
        }
    }

    fn note_intent(&mut self, id: i64, intent: &Intent) {
        if let (Connection::Sqlite(_), Intent::SignUp(sign_up)) = (&self.connection, intent) {
            self.names.push(id, &sign_up.name);
        }
    }
}

fn attempt_ids(batch: &[Command]) -> Vec<i64> {
    let id = |command: &Command| match command {
        Command::End(end, _) => end.attempt.id,
        _ => 0,
    };
    batch.iter().map(id).collect()
}

fn set_attempt_ids(batch: &mut [Command], ids: &[i64]) {
    for (command, id) in batch.iter_mut().zip(ids) {
        if let Command::End(end, _) = command {
            end.attempt.id = *id;
        }
    }
}

impl Begin {
    /// Claims the key and stores the intent.
    pub(super) fn apply(
        &self,
        connection: &mut Connection,
        lease: i64,
        now: i64,
    ) -> Result<Begun, StoreError> {
        let state = match self.key {
            Some(claim) => Some(idempotency::claim(connection, claim, self.id, lease, now)?),
            None => None,
        };
        let begun = Begun { id: self.id, state };
        if let Some(intent) = self.intent.filter(|_| begun.is_claimed()) {
            intent.insert(connection, self.id)?;
        }
        Ok(begun)
    }

    /// Deletes the intent and releases the key.
    pub(super) fn undo(&self, connection: &mut Connection) -> Result<(), StoreError> {
        if let Some(KeyClaim { key, .. }) = self.key {
            let end = KeyEnd { key, claim: self.id, outcome: KeyOutcome::Free };
            idempotency::end(connection, &end)?;
        }
        match self.intent {
            Some(Intent::SignUp(_)) => recent_sign_ups::delete(connection, self.id),
            Some(Intent::Confirm(_)) => confirmations::delete(connection, self.id),
            None => Ok(()),
        }
    }
}

impl End {
    /// Stores the outcome and ends the claim of the key. The first result is `true` if the request
    /// still held its key. The second result is `true` if the row is new.
    fn apply(&self, connection: &mut Connection) -> Result<(bool, bool), StoreError> {
        if let Some(intent) = &self.intent {
            intent.insert(connection, self.attempt.id)?;
        }
        let is_new_row = self.attempt.insert(connection)?;
        let is_held = match &self.key {
            Some(end) => idempotency::end(connection, end)?,
            None => true,
        };
        Ok((is_held, is_new_row))
    }
}

impl Intent {
    fn insert(&self, connection: &mut Connection, id: i64) -> Result<(), StoreError> {
        match self {
            Self::SignUp(intent) => recent_sign_ups::insert(connection, id, intent),
            Self::Confirm(intent) => confirmations::insert(connection, id, intent),
        }
    }
}

//! The audit log for commands. Commands read and erase the log with or without a running service.

use std::ops::Range;

use tokio::task::spawn_blocking;

use crate::{
    config::Config,
    store::{
        database::{Connection, Database},
        error::StoreError,
        id,
        keys::Keys,
        requests::recipients,
        stored_key,
    },
};

/// The audit log. All functions except [`AuditLog::open`] block. Call them, and drop the log,
/// outside of async runtimes.
pub struct AuditLog {
    pub(super) keys: Keys,
    pub(super) connection: Connection,
}

impl AuditLog {
    /// Opens an existing audit log. Creates and changes no table.
    ///
    /// # Errors
    /// Returns an error if the database does not exist, is unavailable or not up to date. One key
    /// must exist, in the settings or in the database.
    pub async fn open(config: &Config) -> Result<Self, StoreError> {
        let settings = &config.database;
        let database = Database::new(settings)?;
        let (key, pool) = (settings.key.clone(), config.cognito.user_pool_id.clone());
        let opened = spawn_blocking(move || {
            let mut connection = database.open_existing()?;
            let key = match key {
                Some(key) => key,
                None => stored_key::get(&mut connection)?.ok_or(StoreError::NoKey)?,
            };
            Ok(Self { keys: Keys::derive(&key, &pool), connection })
        });
        opened.await?
    }

    /// Returns the times of the first and of the last attempt in a period, in milliseconds since
    /// 1970. Returns `None` if the period has no attempt.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn extent(&mut self, period: &Range<i64>) -> Result<Option<(i64, i64)>, StoreError> {
        let end = |id: &str| format!("(SELECT {id} FROM attempts WHERE id >= $1 AND id < $2)");
        let sql = format!("SELECT {}, {}", end("MIN(id)"), end("MAX(id)"));
        let period = [id::first_at(period.start).into(), id::first_at(period.end).into()];
        let row = self.connection.query_one(&sql, &period)?;
        let ids = row.and_then(|row| row.optional_int(0).zip(row.optional_int(1)));
        Ok(ids.map(|(first, last)| (id::time(first), id::time(last))))
    }

    /// Deletes the recipients of messages to the user name of a deleted account.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn delete_recipients(&mut self, username: &str) -> Result<(), StoreError> {
        recipients::delete(&mut self.connection, self.keys.name(username)).map(drop)
    }
}

/// The place in the audit log that a command has reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of rows up to this place.
    pub rows: u64,
    /// Id of the last attempt.
    pub last_id: Option<i64>,
}

/// A function that a long command calls after each row. Its error ends the command.
pub type Report<'a> = dyn FnMut(Position) -> Result<(), StoreError> + 'a;

impl Position {
    /// Returns the time of the last attempt in milliseconds since 1970, or `None` before the first.
    #[must_use]
    pub fn time(self) -> Option<i64> {
        self.last_id.map(id::time)
    }

    pub(super) fn pass(&mut self, id: Option<i64>) {
        self.rows += 1;
        self.last_id = id;
    }
}

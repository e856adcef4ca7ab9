//! The audit log for commands. Commands read and erase the log with or without a running service.

use std::{io::Write, ops::Range};

use tokio::task::spawn_blocking;

use crate::{
    config::Config,
    store::{
        audit::{
            erase::{self, Erased},
            export::{self, ExportFormat},
            position::{Position, Report},
            search::{self, SearchResult, SubjectQuery},
            show::{self, ShowFormat},
            verify::{
                self, Verification,
                expected_seals::ExpectedSeals,
                output::{Output, VerifyFormat},
            },
        },
        database::{Connection, Database},
        error::StoreError,
        id,
        keys::Keys,
        requests::recipients,
        stored_key,
    },
};

/// The audit log. Its functions block. Call and drop it outside of async runtimes.
#[derive(Debug)]
pub struct AuditLog {
    keys: Keys,
    connection: Connection,
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
        opened.await.map_err(|error| StoreError::Unusable(error.to_string()))?
    }

    /// Finds the attempts of a user since a time, in milliseconds since 1970.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn find(&mut self, query: &SubjectQuery, since: i64) -> Result<SearchResult, StoreError> {
        search::find(&mut self.connection, &self.keys, query, id::first_at(since))
    }

    /// Returns `true` if an attempt since a time, in milliseconds since 1970, sent a code to an
    /// account, or may have. The account has this `sub` and these names.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn has_code(
        &mut self,
        names: &[String],
        sub: &str,
        since: i64,
    ) -> Result<bool, StoreError> {
        search::has_code(&mut self.connection, &self.keys, names, sub, id::first_at(since))
    }

    /// Writes the found attempts, the oldest first.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails.
    pub fn show(
        &mut self,
        found: &SearchResult,
        format: ShowFormat,
        out: &mut dyn Write,
    ) -> Result<(), StoreError> {
        show::show(&mut self.connection, found, format, out)
    }

    /// Returns the times of the first and of the last attempt in a period, in milliseconds since
    /// 1970, or `None` if the period has no attempt.
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

    /// Writes all attempts of a period, in milliseconds since 1970. An interrupted export
    /// continues after the position that it `reached`.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails, or `report` returns an error.
    pub fn export(
        &mut self,
        period: &Range<i64>,
        reached: Position,
        format: ExportFormat,
        out: &mut dyn Write,
        report: &mut Report<'_>,
    ) -> Result<(), StoreError> {
        export::attempts(&mut self.connection, period, reached, format, out, report)
    }

    /// Writes the numbers of rejections of a period, in milliseconds since 1970.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails, or `report` returns an error.
    pub fn export_rejections(
        &mut self,
        period: &Range<i64>,
        format: ExportFormat,
        out: &mut dyn Write,
        report: &mut Report<'_>,
    ) -> Result<(), StoreError> {
        export::rejections(&mut self.connection, period, format, out, report)
    }

    /// Erases the found attempts.
    ///
    /// # Errors
    /// Returns an error if the database fails. Rows that the command erased before the error
    /// stay erased.
    pub fn erase(&mut self, found: &SearchResult) -> Result<Erased, StoreError> {
        erase::erase(&mut self.connection, &self.keys, found, id::now())
    }

    /// Deletes the recipients of messages to the user name of a deleted account.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn delete_recipients(&mut self, username: &str) -> Result<(), StoreError> {
        recipients::delete(&mut self.connection, self.keys.name(username)).map(drop)
    }

    /// Compares all rows with their digests and seals. Writes a finding for each alteration.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails, or `report` returns an error.
    pub fn verify(
        &mut self,
        expected: &ExpectedSeals,
        format: VerifyFormat,
        out: &mut dyn Write,
        report: &mut Report<'_>,
    ) -> Result<Verification, StoreError> {
        let (keys, now) = (&self.keys, id::now());
        verify::verify(
            &mut self.connection,
            keys,
            expected,
            now,
            &mut Output::new(format, out),
            report,
        )
    }
}

//! The audit log for commands, which read and erase it whether the service runs or not.

use std::io::Write;

use tokio::task::spawn_blocking;

use crate::{
    config::Config,
    store::{
        audit::{
            erase::{self, Erased},
            expected_seals::ExpectedSeals,
            export::{self, ExportFormat},
            search::{self, SearchResult, SubjectQuery},
            show::{self, ShowFormat},
            verify::{self, Verification},
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
    /// If it does not exist, is unavailable or not up to date, or if neither the settings nor the
    /// database have a key.
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
    /// If the database fails.
    pub fn find(&mut self, query: &SubjectQuery, since: i64) -> Result<SearchResult, StoreError> {
        search::find(&mut self.connection, &self.keys, query, id::first_at(since))
    }

    /// Returns `true` if an attempt since a time, in milliseconds since 1970, sent a code to an
    /// account, or may have. The account has this `sub` and these names.
    ///
    /// # Errors
    /// If the database fails.
    pub fn has_code(
        &mut self,
        names: &[String],
        sub: &str,
        since: i64,
    ) -> Result<bool, StoreError> {
        search::has_code(&mut self.connection, &self.keys, names, sub, id::first_at(since))
    }

    /// Writes the attempts that were found, the oldest first.
    ///
    /// # Errors
    /// If the database or the output fails.
    pub fn show(
        &mut self,
        found: &SearchResult,
        format: ShowFormat,
        out: &mut dyn Write,
    ) -> Result<(), StoreError> {
        show::show(&mut self.connection, found, format, out)
    }

    /// Writes all attempts from one time to another, in milliseconds since 1970.
    ///
    /// # Errors
    /// If the database or the output fails.
    pub fn export(
        &mut self,
        since: i64,
        until: i64,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<(), StoreError> {
        export::attempts(&mut self.connection, since, until, format, out)
    }

    /// Writes the numbers of rejections from one time to another, in milliseconds since 1970.
    ///
    /// # Errors
    /// If the database or the output fails.
    pub fn export_rejections(
        &mut self,
        since: i64,
        until: i64,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<(), StoreError> {
        export::rejections(&mut self.connection, since, until, format, out)
    }

    /// Erases the attempts that were found.
    ///
    /// # Errors
    /// If the database fails. What was erased until then stays erased.
    pub fn erase(&mut self, found: &SearchResult) -> Result<Erased, StoreError> {
        erase::erase(&mut self.connection, &self.keys, found, id::now())
    }

    /// Deletes the recipients of messages to a user name whose account was purged.
    ///
    /// # Errors
    /// If the database fails.
    pub fn delete_recipients(&mut self, username: &str) -> Result<(), StoreError> {
        recipients::delete(&mut self.connection, self.keys.name(username)).map(drop)
    }

    /// Verifies that all rows are as the service wrote them. Writes a line for each that is not.
    ///
    /// # Errors
    /// If the database or the output fails.
    pub fn verify(
        &mut self,
        expected: &ExpectedSeals,
        out: &mut dyn Write,
    ) -> Result<Verification, StoreError> {
        verify::verify(&mut self.connection, &self.keys, expected, id::now(), out)
    }
}

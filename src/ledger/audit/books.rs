//! What the commands do with the ledger: they read it and delete from it, while the service may
//! run or not.

use std::io::Write;

use sqlx::AnyConnection;

use crate::config::Config;
use crate::ledger::{
    audit::{
        erase::{self, Erased},
        export::{self, ExportFormat},
        person::{self, Found, Whose},
        show::{self, ShowFormat},
        verdict::Verdict,
        verify::{self, ExpectedEnds},
    },
    clock,
    database::{Database, LedgerError},
    keys::Keys,
    stored_key,
};

/// The ledger as it lies on the table.
pub struct Books {
    database: Database,
    keys: Keys,
    connection: AnyConnection,
}

impl Books {
    /// Opens what is there; nothing is made, and no table changed.
    ///
    /// # Errors
    /// If it does not exist, is unavailable or not up to date, or has no key while `database.key` is
    /// not set.
    pub async fn open(config: &Config) -> Result<Self, LedgerError> {
        let settings = &config.database;
        let database = Database::new(&settings.url, settings.connect_timeout, settings.timeout)?;
        let mut connection = database.connect_to_existing().await?;
        let key = match &settings.key {
            Some(key) => key.clone(),
            None => stored_key::get(&mut connection).await?.ok_or(LedgerError::NoKey)?,
        };
        let keys = Keys::derive(&key, &config.cognito.user_pool_id);
        Ok(Self { database, keys, connection })
    }

    /// Finds the attempts of somebody.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn find(&mut self, whose: &Whose) -> Result<Found, LedgerError> {
        Ok(person::find(&mut self.connection, &self.keys, whose).await?)
    }

    /// Writes out what was found, the oldest first.
    ///
    /// # Errors
    /// Where the database fails, or the output.
    pub async fn show(
        &mut self,
        found: &Found,
        format: ShowFormat,
        out: &mut dyn Write,
    ) -> Result<(), LedgerError> {
        show::show(&mut self.connection, found, format, out).await
    }

    /// Writes out all attempts from one time to another, in milliseconds since 1970.
    ///
    /// # Errors
    /// Where the database fails, or the output.
    pub async fn export(
        &mut self,
        since: i64,
        until: i64,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<(), LedgerError> {
        export::export(&mut self.connection, since, until, format, out).await
    }

    /// Deletes what was found, for good.
    ///
    /// # Errors
    /// Where the database fails; what was deleted until then is.
    pub async fn erase(&mut self, found: &Found) -> Result<Erased, LedgerError> {
        let begin = self.database.begin();
        let now = clock::now();
        Ok(erase::erase(&mut self.connection, begin, &self.keys, found, now).await?)
    }

    /// Looks whether everything is as it was written, and writes out what is not.
    ///
    /// # Errors
    /// Where the database fails, or the output.
    pub async fn verify(
        &mut self,
        expected: &ExpectedEnds,
        out: &mut dyn Write,
    ) -> Result<Verdict, LedgerError> {
        let begin = self.database.begin_to_read();
        verify::verify(&mut self.connection, begin, &self.keys, expected, out).await
    }
}

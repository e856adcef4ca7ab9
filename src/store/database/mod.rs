//! The database: SQLite in a file or in memory, or PostgreSQL.
//!
//! Connections are synchronous, because the store's threads do nothing else. Statements name their
//! parameters `$1`, `$2`, … in the order of their first use. Most statements run on both engines.

mod migrations;
mod postgres;
mod sqlite;
mod tls;
mod value;

use std::time::Duration;

use rusqlite::params_from_iter;

use crate::config;

pub(super) use self::{
    migrations::check_compatibility,
    postgres::{Postgres, Query},
    value::{Digest, Row, Value},
};
use super::error::StoreError;

/// Maximum number of rows that one transaction deletes or erases.
pub(super) const BATCH: i64 = 500;

/// The parsed address of a database.
#[derive(Clone, Debug)]
pub(super) struct Database {
    engine: Engine,
    connect_timeout: Duration,
    timeout: Duration,
}

#[derive(Clone, Debug)]
enum Engine {
    SqliteMemory,
    SqliteFile(sqlite::File),
    Postgres(Box<postgres::Address>),
}

#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Postgres>),
}

/// Purpose of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Reads a single snapshot.
    Read,
    /// Reads and writes.
    Write,
}

impl Database {
    pub(super) fn new(settings: &config::Database) -> Result<Self, StoreError> {
        let engine = match settings.url.strip_prefix("sqlite:") {
            Some(path) => match sqlite::File::parse(path)? {
                Some(file) => Engine::SqliteFile(file),
                None => Engine::SqliteMemory,
            },
            None => Engine::Postgres(Box::new(postgres::Address::new(settings)?)),
        };
        let config::Database { connect_timeout, timeout, .. } = *settings;
        Ok(Self { engine, connect_timeout, timeout })
    }

    /// Returns the name of the engine in spans.
    pub(super) fn system(&self) -> &'static str {
        match self.engine {
            Engine::SqliteMemory | Engine::SqliteFile(_) => "sqlite",
            Engine::Postgres(_) => "postgresql",
        }
    }

    pub(super) fn is_in_memory(&self) -> bool {
        matches!(self.engine, Engine::SqliteMemory)
    }

    /// Opens a connection whose statements end within `database.timeout`.
    pub(super) fn connect(&self) -> Result<Connection, StoreError> {
        let mut connection = self.connect_without_timeout()?;
        connection.limit_time(self.timeout)?;
        Ok(connection)
    }

    /// Opens a connection whose statements may take any time.
    pub(super) fn connect_without_timeout(&self) -> Result<Connection, StoreError> {
        match &self.engine {
            Engine::SqliteMemory => sqlite::open_in_memory().map(Connection::Sqlite),
            Engine::SqliteFile(file) => file.open().map(Connection::Sqlite),
            Engine::Postgres(address) => {
                let postgres = Postgres::connect(address, self.connect_timeout)?;
                Ok(Connection::Postgres(Box::new(postgres)))
            }
        }
    }

    /// Brings the tables up to date, or checks the tables if `migrates` is `false`. Returns a
    /// connection as [`Self::connect`] does.
    pub(super) fn prepare(&self, migrates: bool) -> Result<Connection, StoreError> {
        let mut connection = if migrates { self.migrate()? } else { self.open_checked()? };
        connection.limit_time(self.timeout)?;
        Ok(connection)
    }

    /// Opens a database that exists and is up to date, for a command. Creates nothing.
    pub(super) fn open_existing(&self) -> Result<Connection, StoreError> {
        if self.is_in_memory() {
            let cause = "only its service can open a database in memory";
            let remedy = "Set database.url to a file or a server.";
            return Err(StoreError::Unusable(cause.to_owned(), remedy));
        }
        self.open_checked()
    }

    fn migrate(&self) -> Result<Connection, StoreError> {
        let mut connection = self.connect_with_own_session()?;
        // Several replicas may start at once.
        let lock = match &self.engine {
            Engine::SqliteFile(file) => Some(file.lock_migrations()?),
            Engine::SqliteMemory | Engine::Postgres(_) => None,
        };
        migrations::run(&mut connection)?;
        drop(lock);
        Ok(connection)
    }

    /// Opens a connection and checks that the database has every migration.
    fn open_checked(&self) -> Result<Connection, StoreError> {
        if let Engine::SqliteFile(file) = &self.engine {
            file.must_exist()?;
        }
        let mut connection = self.connect_with_own_session()?;
        migrations::check(&mut connection)?;
        Ok(connection)
    }

    /// Opens a connection, and fails if it has no database session of its own.
    fn connect_with_own_session(&self) -> Result<Connection, StoreError> {
        let mut connection = self.connect_without_timeout()?;
        if let (Connection::Postgres(postgres), Engine::Postgres(address)) =
            (&mut connection, &self.engine)
        {
            let other = Postgres::connect(address, self.connect_timeout)?;
            postgres.check_session(other)?;
        }
        Ok(connection)
    }
}

impl Connection {
    /// Limits the time of statements, and on SQLite the time that they wait for another process.
    fn limit_time(&mut self, timeout: Duration) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.busy_timeout(timeout)?),
            Self::Postgres(postgres) => postgres.limit_time(timeout),
        }
    }

    /// Runs a statement and returns its rows.
    pub(super) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let rows = statement.query_map(params_from_iter(params), Row::of_sqlite)?;
                Ok(rows.collect::<Result<_, _>>()?)
            }
            Self::Postgres(postgres) => postgres.query(sql, params),
        }
    }

    /// Runs a statement. Returns its first row, or `None` if there is no row.
    pub(super) fn query_one(
        &mut self,
        sql: &str,
        params: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }

    /// Runs a statement and returns the number of rows that it changed.
    pub(super) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.execute(params_from_iter(params))? as u64)
            }
            Self::Postgres(postgres) => postgres.execute(sql, params),
        }
    }

    /// Runs `work` in a transaction. Rolls the transaction back if `work` fails.
    pub(super) fn transaction<T>(
        &mut self,
        access: Access,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.begin(access)?;
        let result = work(self);
        self.end(result)
    }

    /// Deletes the rows whose `column` is below a value. Each transaction deletes at most [`BATCH`]
    /// rows, because the writer waits for the end of a transaction.
    pub(super) fn delete_before(
        &mut self,
        table: &str,
        key: &str,
        column: &str,
        before: i64,
    ) -> Result<(), StoreError> {
        // PostgreSQL repeats the first condition for a row that changes in the meantime.
        let sql = format!(
            "DELETE FROM {table} WHERE {column} < $1 AND ({key}) IN
                 (SELECT {key} FROM {table} WHERE {column} < $1 ORDER BY {column} LIMIT {BATCH})"
        );
        loop {
            let deleted = self.transaction(Access::Write, |connection| {
                connection.execute(&sql, &[before.into()])
            })?;
            if deleted < BATCH.unsigned_abs() {
                return Ok(());
            }
        }
    }

    /// Begins a transaction, which [`Self::end`] ends.
    pub(super) fn begin(&mut self, access: Access) -> Result<(), StoreError> {
        self.run(match (&*self, access) {
            // SQLite's own BEGIN takes the lock at the first write only, and fails then if
            // another connection has it.
            (Self::Sqlite(_), Access::Write) => "BEGIN IMMEDIATE",
            (Self::Postgres(_), Access::Read) => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            (Self::Sqlite(_), Access::Read) | (Self::Postgres(_), Access::Write) => "BEGIN",
        })
    }

    /// Commits a transaction, or rolls it back if its work failed.
    pub(super) fn end<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let result = result.and_then(|value| self.run("COMMIT").map(|()| value));
        if result.is_err() {
            // After a lost connection there is nothing to roll back.
            let _ = self.run("ROLLBACK");
        }
        result
    }

    /// Runs a statement without parameters, such as `SAVEPOINT`.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.raw_execute().map(drop)?)
            }
            Self::Postgres(postgres) => postgres.run(sql),
        }
    }
}

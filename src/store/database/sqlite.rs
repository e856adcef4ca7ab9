//! Connections to SQLite, and the execution of statements.

use std::{
    fs::{File as StdFile, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::value::{Row, Value};
use crate::store::error::StoreError;

/// Time that a command waits for another process's transaction.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// Number of statements that one connection keeps prepared.
const STATEMENTS: usize = 64;

/// A database in a file.
#[derive(Clone, Debug)]
pub(super) struct File {
    path: PathBuf,
    flags: OpenFlags,
}

impl File {
    /// Parses the part of an address after `sqlite:`. Returns `None` for a database in memory.
    pub(super) fn parse(address: &str) -> Result<Option<Self>, StoreError> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let path = path.strip_prefix("//").unwrap_or(path);
        if path == ":memory:" {
            return Ok(None);
        }
        if path.is_empty() {
            return Err(StoreError::Unusable("sqlite: has no path. Add one.".to_owned()));
        }
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            flags = match (&*name, &*value) {
                ("mode", "rwc") => flags,
                ("mode", "rw") => OpenFlags::SQLITE_OPEN_READ_WRITE,
                ("mode", "ro") => OpenFlags::SQLITE_OPEN_READ_ONLY,
                _ => {
                    let sentence = format!(
                        "sqlite: `{name}` or its value is unknown. Use mode=rwc, rw or ro."
                    );
                    return Err(StoreError::Unusable(sentence));
                }
            };
        }
        Ok(Some(Self { path: path.into(), flags: flags | OpenFlags::SQLITE_OPEN_NO_MUTEX }))
    }

    /// Opens the file.
    pub(super) fn open(&self) -> Result<Connection, StoreError> {
        if self.flags.contains(OpenFlags::SQLITE_OPEN_CREATE) {
            // No other user of the machine may read the file.
            let path = self.path.display();
            create(&self.path).map_err(|error| {
                StoreError::Unusable(format!("{path} cannot be opened: {error}. Correct the path."))
            })?;
        }
        let connection = Connection::open_with_flags(&self.path, self.flags)?;
        connection.busy_timeout(COMMAND_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    /// Waits until no other process migrates this file, and locks the file against other processes.
    pub(super) fn lock_migrations(&self) -> Result<StdFile, StoreError> {
        let mut name = self.path.clone().into_os_string();
        name.push("-migrate");
        let lock = create(Path::new(&name)).and_then(|file| file.lock().map(|()| file));
        lock.map_err(|error| {
            StoreError::Unusable(format!(
                "the folder of the file is not writable: {error}. Allow the service to write there."
            ))
        })
    }

    /// Fails if the file does not exist, because a check must not create it.
    pub(super) fn must_exist(&self) -> Result<(), StoreError> {
        if self.path.exists() {
            return Ok(());
        }
        let sentence =
            format!("there is no file {}. Run `vestibule migrate`.", self.path.display());
        Err(StoreError::Unusable(sentence))
    }
}

pub(super) fn open_in_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

pub(super) fn query(
    connection: &Connection,
    sql: &str,
    params: &[Value],
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let rows = statement.query_map(params_from_iter(params), |row| Row::of_sqlite(row, columns))?;
    rows.collect()
}

pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    params: &[Value],
) -> rusqlite::Result<u64> {
    let changed = connection.prepare_cached(sql)?.execute(params_from_iter(params))?;
    Ok(changed as u64)
}

fn create(path: &Path) -> io::Result<StdFile> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

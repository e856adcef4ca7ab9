//! Connections to SQLite, and the execution of statements.

use std::{
    fs::{File as StdFile, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use crate::store::error::StoreError;

/// Time that a command waits for another process's transaction.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// Number of statements that one connection keeps prepared.
const STATEMENTS: usize = 64;

/// A database in a file.
#[derive(Clone, Debug)]
pub(super) struct File(PathBuf);

impl File {
    /// Parses the part of an address after `sqlite:`. Returns `None` for a database in memory.
    pub(super) fn parse(address: &str) -> Result<Option<Self>, StoreError> {
        match address.strip_prefix("//").unwrap_or(address) {
            ":memory:" => Ok(None),
            path if path.is_empty() || path.contains('?') => Err(StoreError::Unusable(
                "sqlite: needs a path without parameters".to_owned(),
                "Use sqlite:FILE.",
            )),
            path => Ok(Some(Self(path.into()))),
        }
    }

    pub(super) fn open(&self) -> Result<Connection, StoreError> {
        // No other user of the machine may read the file.
        create(&self.0).map_err(|error| {
            let path = self.0.display();
            StoreError::Unusable(format!("{path} cannot be opened: {error}"), "Correct the path.")
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.0, flags)?;
        connection.busy_timeout(COMMAND_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    /// Waits until no other process migrates this file, and locks the file against other processes.
    pub(super) fn lock_migrations(&self) -> Result<StdFile, StoreError> {
        let mut name = self.0.clone().into_os_string();
        name.push("-migrate");
        let lock = create(Path::new(&name)).and_then(|file| file.lock().map(|()| file));
        lock.map_err(|error| {
            StoreError::Unusable(
                format!("the folder of the file is not writable: {error}"),
                "Allow the service to write there.",
            )
        })
    }

    /// Fails if the file does not exist, because a check must not create it.
    pub(super) fn must_exist(&self) -> Result<(), StoreError> {
        if self.0.exists() {
            return Ok(());
        }
        let cause = format!("there is no file {}", self.0.display());
        Err(StoreError::Unusable(cause, "Run `vestibule migrate`."))
    }
}

pub(super) fn open_in_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn create(path: &Path) -> io::Result<StdFile> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

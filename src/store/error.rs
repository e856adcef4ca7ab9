//! Errors of the store.

use std::io;

use refinery::error::Kind;
use thiserror::Error;
use tokio::task::JoinError;

/// The reason for which a command failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database is unavailable for now.
    #[error(
        "database.url: the database is unavailable: {0}. Check the database and the connection to it."
    )]
    Unavailable(String),
    /// The transaction conflicted with another transaction. The same command may succeed at once.
    #[error("database.url: the transaction conflicted with another transaction. Try again.")]
    Conflict,
    /// The database rejects the data itself. Repetitions do not help.
    #[error(
        "database.url: the database rejects the data: {0}. Check the constraints and triggers of the tables."
    )]
    Data(String),
    /// The tables are not those of this version.
    #[error("database.url: the tables are not up to date. Run `vestibule migrate`.")]
    NotMigrated,
    /// The tables are those of a newer version, with which this version does not work.
    #[error(
        "database.url: a newer version of the service has changed the tables. The tables need a service that knows their version {0}. Upgrade this service."
    )]
    TooNew(i64),
    /// The commands have no key for the search.
    #[error(
        "database.key is not set, and the database holds no key, because no service without \
         database.key has used the database. Set the database.key of the service."
    )]
    NoKey,
    /// The database rejects the connection or a statement.
    #[error("database.url: the database failed: {0}. Correct the address, or the database.")]
    Failed(String),
    /// The database cannot be used with these settings. The error names the remedy.
    #[error("database.url: {0}")]
    Unusable(String),
    /// A signal stopped the command.
    #[error("the command stopped: it received a signal. Run it again.")]
    Stopped,
    /// The command cannot write its output.
    #[error("the output cannot be written: {0}. Check the disk.")]
    Output(#[from] io::Error),
}

impl StoreError {
    /// Returns the cause, without the setting and the remedy, for a part of another error.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Unavailable(text)
            | Self::Data(text)
            | Self::Failed(text)
            | Self::Unusable(text) => text.trim_end_matches('.').to_owned(),
            other => other.to_string(),
        }
    }

    /// Returns the value of a metric's label.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Conflict => "conflict",
            Self::Data(_) => "rejected",
            Self::NotMigrated
            | Self::TooNew(_)
            | Self::NoKey
            | Self::Failed(_)
            | Self::Unusable(_)
            | Self::Stopped
            | Self::Output(_) => "unusable",
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(reported) = error.as_db_error() else {
            return Self::Unavailable(chain(&error));
        };
        let text = reported.message().to_owned();
        let state = reported.code().code();
        match (state.get(..2).unwrap_or_default(), state) {
            // Serialization failure, deadlock.
            (_, "40001" | "40P01") => Self::Conflict,
            // Values of a row.
            ("22" | "23", _) => Self::Data(text),
            // Lost connection, rolled back transaction, lack of resources, object in use,
            // intervention of the operator, error of the system, read-only server.
            ("08" | "40" | "53" | "55" | "57" | "58", _) | (_, "25006") => Self::Unavailable(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(
                Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::OutOfMemory
                | Code::ReadOnly
                | Code::SystemIoFailure
                | Code::DiskFull
                | Code::FileLockingProtocolFailed
                | Code::CannotOpen
                | Code::OperationInterrupted,
            ) => Self::Unavailable(text),
            Some(Code::ConstraintViolation | Code::TypeMismatch | Code::TooBig) => Self::Data(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<refinery::Error> for StoreError {
    fn from(error: refinery::Error) -> Self {
        let Kind::Connection(_, source) = error.kind() else {
            return Self::Failed(error.to_string());
        };
        match source.downcast_ref::<tokio_postgres::Error>() {
            Some(lost) if lost.as_db_error().is_none() => Self::Unavailable(chain(lost)),
            _ => Self::Failed(chain(&error)),
        }
    }
}

impl From<JoinError> for StoreError {
    fn from(error: JoinError) -> Self {
        Self::Unusable(format!("a task of the store failed: {error}. Report this error."))
    }
}

/// Returns an error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let cause = inner.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = inner.source();
    }
    text
}

//! Errors of the store.

use std::io;

use thiserror::Error;

/// The reason for which a command failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database is unavailable for now.
    #[error("database.url: the database is unavailable: {0}")]
    Unavailable(String),
    /// The transaction conflicted with another transaction. The same command may succeed at once.
    #[error("database.url: the transaction conflicted with another transaction. Try again")]
    Conflict,
    /// The database rejects the data itself. Repetitions do not help.
    #[error("database.url: the database rejects the data: {0}")]
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
    /// The database cannot be used with these settings.
    #[error("database.url: {0}")]
    Unusable(String),
    /// A signal stopped the command.
    #[error("a signal stopped the command")]
    Stopped,
    /// The command cannot write its output.
    #[error("the output cannot be written: {0}. Check the disk")]
    Output(#[from] io::Error),
}

/// Classes of SQLSTATE that may pass by themselves.
const MAY_PASS: [&str; 7] = [
    "08",    // lost connection
    "40",    // transaction that was rolled back
    "53",    // lack of resources
    "55",    // object in use
    "57",    // intervention of the operator
    "58",    // error of the system
    "25006", // read-only server
];

/// Serialization failure, deadlock.
const CONFLICTS: [&str; 2] = ["40001", "40P01"];

/// Classes of SQLSTATE that are about the values of a row.
const DATA: [&str; 2] = ["22", "23"];

impl StoreError {
    /// Returns the value of a metric's label.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Conflict => "conflict",
            Self::Data(_) => "rejected",
            Self::NotMigrated
            | Self::TooNew(_)
            | Self::NoKey
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
        if CONFLICTS.contains(&state) {
            Self::Conflict
        } else if DATA.iter().any(|class| state.starts_with(class)) {
            Self::Data(text)
        } else if MAY_PASS.iter().any(|class| state.starts_with(class)) {
            Self::Unavailable(text)
        } else {
            Self::Unusable(text)
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
            _ => Self::Unusable(text),
        }
    }
}

impl From<refinery::Error> for StoreError {
    fn from(error: refinery::Error) -> Self {
        use std::error::Error as _;
        // The error of the connection has more details than the error that contains it.
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(error) = inner.downcast_ref::<tokio_postgres::Error>() {
                if error.as_db_error().is_none() {
                    return Self::Unavailable(chain(error));
                }
                break;
            }
            source = inner.source();
        }
        Self::Unusable(chain(&error))
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

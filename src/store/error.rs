//! Errors of the store.

use std::{io, sync::Arc};

use refinery::error::Kind;
use thiserror::Error;
use tokio::task::JoinError;

/// The reason for which a command failed.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// The database is unavailable for now.
    #[error("database.url: the database is unavailable: {}. {}", self.cause(), self.remedy())]
    Unavailable(String),
    /// The store is closed, and executes no commands.
    #[error("{}. {}", self.cause(), self.remedy())]
    Closed,
    /// The store cannot look up earlier requests for a request without a stored intent.
    #[error("{}. {}", self.cause(), self.remedy())]
    NotStored,
    /// The transaction conflicted with another transaction. The same command may succeed at once.
    #[error("database.url: {}. {}", self.cause(), self.remedy())]
    Conflict,
    /// The database rejects the data itself. Repetitions do not help.
    #[error("database.url: the database rejects the data: {}. {}", self.cause(), self.remedy())]
    Data(String),
    /// The tables are not those of this version.
    #[error("database.url: {}. {}", self.cause(), self.remedy())]
    NotMigrated,
    /// The tables are those of a newer version, with which this version does not work.
    #[error("database.url: {}. {}", self.cause(), self.remedy())]
    TooNew(i64),
    /// The commands have no key for the search.
    #[error("{}. {}", self.cause(), self.remedy())]
    NoKey,
    /// The database rejects the connection or a statement.
    #[error("database.url: the database failed: {}. {}", self.cause(), self.remedy())]
    Failed(String),
    /// The database cannot be used with these settings: the cause and the remedy.
    #[error("database.url: {}. {}", self.cause(), self.remedy())]
    Unusable(String, &'static str),
    /// A signal stopped the command.
    #[error("{}. {}", self.cause(), self.remedy())]
    Stopped,
    /// The command cannot write its output.
    #[error("{}. {}", self.cause(), self.remedy())]
    Output(Arc<io::Error>),
}

impl StoreError {
    /// Returns the cause, without the setting, the remedy and the final full stop, for a part of
    /// another error.
    pub(super) fn cause(&self) -> String {
        let sentence = match self {
            Self::Unavailable(cause)
            | Self::Data(cause)
            | Self::Failed(cause)
            | Self::Unusable(cause, _) => return cause.trim_end_matches('.').to_owned(),
            Self::TooNew(version) => {
                return format!(
                    "a newer version of the service has changed the tables, which need a service \
                     that knows their version {version}"
                );
            }
            Self::Output(error) => return format!("the output cannot be written: {error}"),
            Self::Closed => "the store is closed",
            Self::NotStored => "the intent is not stored",
            Self::Conflict => "the transaction conflicted with another transaction",
            Self::NotMigrated => "the tables are not up to date",
            Self::NoKey => {
                "database.key is not set, and the database holds no key, because no service \
                 without database.key has used the database"
            }
            Self::Stopped => "the command stopped: it received a signal",
        };
        sentence.to_owned()
    }

    /// Returns the sentence that names the remedy.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "Check the database and the connection to it.",
            Self::Closed => "Start the service again.",
            Self::NotStored => "Repeat the request when the database is available.",
            Self::Conflict => "Try again.",
            Self::Data(_) => "Check the constraints and triggers of the tables.",
            Self::NotMigrated => "Run `vestibule migrate`.",
            Self::TooNew(_) => "Upgrade this service.",
            Self::NoKey => "Set the database.key of the service.",
            Self::Failed(_) => "Correct the address, or the database.",
            Self::Unusable(_, remedy) => remedy,
            Self::Stopped => "Run it again.",
            Self::Output(_) => "Check the disk.",
        }
    }

    /// Returns the value of a metric's label.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) | Self::Closed | Self::NotStored => "unavailable",
            Self::Conflict => "conflict",
            Self::Data(_) => "rejected",
            Self::NotMigrated
            | Self::TooNew(_)
            | Self::NoKey
            | Self::Failed(_)
            | Self::Unusable(..)
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
        Self::Unusable(format!("a task of the store failed: {error}"), "Report this error.")
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Output(Arc::new(error))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_cause_and_the_remedy() {
        let full = io::Error::other("disk full");
        for (error, setting, cause, remedy) in [
            (
                StoreError::Unavailable("connection refused.".to_owned()),
                "database.url: the database is unavailable: ",
                "connection refused",
                "Check the database and the connection to it.",
            ),
            (StoreError::Closed, "", "the store is closed", "Start the service again."),
            (
                StoreError::NotStored,
                "",
                "the intent is not stored",
                "Repeat the request when the database is available.",
            ),
            (
                StoreError::Conflict,
                "database.url: ",
                "the transaction conflicted with another transaction",
                "Try again.",
            ),
            (
                StoreError::Data("value too long".to_owned()),
                "database.url: the database rejects the data: ",
                "value too long",
                "Check the constraints and triggers of the tables.",
            ),
            (
                StoreError::NotMigrated,
                "database.url: ",
                "the tables are not up to date",
                "Run `vestibule migrate`.",
            ),
            (
                StoreError::TooNew(2),
                "database.url: ",
                "a newer version of the service has changed the tables, which need a service that knows their version 2",
                "Upgrade this service.",
            ),
            (
                StoreError::NoKey,
                "",
                "database.key is not set, and the database holds no key, because no service without database.key has used the database",
                "Set the database.key of the service.",
            ),
            (
                StoreError::Failed("no such table: seals".to_owned()),
                "database.url: the database failed: ",
                "no such table: seals",
                "Correct the address, or the database.",
            ),
            (
                StoreError::Unusable("not a URL".to_owned(), "Use sqlite:FILE."),
                "database.url: ",
                "not a URL",
                "Use sqlite:FILE.",
            ),
            (StoreError::Stopped, "", "the command stopped: it received a signal", "Run it again."),
            (full.into(), "", "the output cannot be written: disk full", "Check the disk."),
        ] {
            let text = format!("no write to the table seals: {}", error.cause());
            let wrapped = StoreError::Unusable(text, "Allow writes.");

            assert_eq!(error.to_string(), format!("{setting}{cause}. {remedy}"));
            let text = format!("database.url: no write to the table seals: {cause}. Allow writes.");
            assert_eq!(wrapped.to_string(), text);
        }
    }
}

//! The database: SQLite in a file, or PostgreSQL; how it is opened, and brought up to date.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use sqlx::{
    AnyConnection, AssertSqlSafe, ConnectOptions, SqlSafeStr,
    any::AnyConnectOptions,
    migrate::{Migrate, Migration, MigrationType, Migrator},
};
use thiserror::Error;
use tokio::{task::spawn_blocking, time::timeout};
use url::Url;
use uuid::Uuid;

/// The steps of `migrations/`, in their order; SQLite and PostgreSQL run the same ones.
const MIGRATIONS: [(i64, &str, &str); 8] = [
    (1, "idempotency keys", include_str!("../../migrations/0001_idempotency_keys.sql")),
    (2, "recent sign ups", include_str!("../../migrations/0002_recent_sign_ups.sql")),
    (3, "confirmations", include_str!("../../migrations/0003_confirmations.sql")),
    (4, "attempts", include_str!("../../migrations/0004_attempts.sql")),
    (5, "chains", include_str!("../../migrations/0005_chains.sql")),
    (6, "heartbeats", include_str!("../../migrations/0006_heartbeats.sql")),
    (7, "messages", include_str!("../../migrations/0007_messages.sql")),
    (8, "database key", include_str!("../../migrations/0008_database_key.sql")),
];

/// PostgreSQL: a serialization failure, and a deadlock.
const CONFLICTS: [&str; 2] = ["40001", "40P01"];

const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// Why the ledger did not do what it was asked for.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// It is not there for now; it may come back by itself.
    #[error("database.url: the database is away: {0}")]
    Away(String),
    /// Another transaction was in the way; the same may succeed at once.
    #[error("database.url: two transactions waited for each other")]
    Conflict,
    /// It is there, but its tables are not those of this version.
    #[error("database.url: the tables are not up to date; run `vestibule migrate`")]
    NotMigrated,
    /// There is no key to search by.
    #[error(
        "database.key is not set, and the database holds none, so that no service without \
         database.key has used it yet. Set the database.key of the service."
    )]
    NoKey,
    /// It cannot be used as it is set.
    #[error("database.url: {0}")]
    Unusable(String),
    /// What was asked of it could not be written out.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Where the ledger is.
#[derive(Clone, Debug)]
pub(super) struct Database {
    options: AnyConnectOptions,
    /// The file of SQLite, unless it is in memory; nothing for PostgreSQL.
    file: Option<PathBuf>,
    is_sqlite: bool,
    connect_timeout: Duration,
    timeout: Duration,
}

impl Database {
    /// Reads the setting; nothing is opened.
    pub(super) fn new(
        url: &str,
        connect_timeout: Duration,
        timeout: Duration,
    ) -> Result<Self, LedgerError> {
        sqlx::any::install_default_drivers();
        let unusable = |_| LedgerError::Unusable("this is no address of a database".to_owned());
        let is_sqlite = url.starts_with("sqlite:");
        let mut parsed = Url::parse(url).map_err(|error| unusable(error.to_string()))?;
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        let path = path.split('?').next().unwrap_or(path);
        let in_memory = is_sqlite && path == ":memory:";
        let file = (is_sqlite && !in_memory).then(|| PathBuf::from(path));
        if file.is_some() && !parsed.query_pairs().any(|(name, _)| name == "mode") {
            parsed.query_pairs_mut().append_pair("mode", "rwc");
        }
        let url = if in_memory {
            // Under a name of its own all connections find the same one.
            format!("sqlite:file:vestibule-{}?mode=memory", Uuid::new_v4().simple())
        } else if is_sqlite {
            format!("sqlite:{path}?{}", parsed.query().unwrap_or_default())
        } else {
            url.to_owned()
        };
        let options = AnyConnectOptions::from_str(&url)
            .map_err(|error| unusable(error.to_string()))?
            .disable_statement_logging();
        Ok(Self { options, file, is_sqlite, connect_timeout, timeout })
    }

    /// Returns the time-out of a transaction.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Brings the tables up to date or, without `migrates`, checks that they are. Returns a
    /// connection; a database in memory lives as long as that.
    pub(super) async fn prepare(&self, migrates: bool) -> Result<AnyConnection, LedgerError> {
        if migrates {
            return self.migrate().await;
        }
        self.check().await?;
        self.connect_at_leisure().await
    }

    /// Whether only one may write at a time.
    pub(super) fn has_one_writer(&self) -> bool {
        self.is_sqlite
    }

    /// Whether it lives only as long as a connection to it.
    pub(super) fn is_in_memory(&self) -> bool {
        self.is_sqlite && self.file.is_none()
    }

    /// How a transaction begins that sees everything as it was at one moment.
    pub(super) fn begin_to_read(&self) -> &'static str {
        if self.is_sqlite { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" }
    }

    /// How a transaction that writes begins.
    pub(super) fn begin(&self) -> &'static str {
        // SQLite's own BEGIN takes the lock to write only with the first write, and fails at
        // once where another had it in the meantime.
        if self.is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }
    }

    /// A connection whose statements end in time.
    pub(super) async fn connect(&self) -> Result<AnyConnection, LedgerError> {
        let mut connection = self.connect_at_leisure().await?;
        let milliseconds = self.timeout.as_millis();
        let limits = if self.is_sqlite {
            format!("PRAGMA busy_timeout = {milliseconds}")
        } else {
            // The second one: a process that stands still must not hold others up for ever.
            format!(
                "SET statement_timeout = {milliseconds}; \
                 SET idle_in_transaction_session_timeout = {}",
                milliseconds * 5
            )
        };
        sqlx::raw_sql(AssertSqlSafe(limits)).execute(&mut connection).await?;
        Ok(connection)
    }

    /// A connection whose statements may take as long as they need.
    pub(super) async fn connect_at_leisure(&self) -> Result<AnyConnection, LedgerError> {
        if let Some(file) = &self.file {
            create(file).map_err(|error| {
                LedgerError::Unusable(format!("{} cannot be opened: {error}", file.display()))
            })?;
        }
        let connecting = timeout(self.connect_timeout, self.options.connect());
        let mut connection = connecting
            .await
            .map_err(|_| LedgerError::Away("no connection within connect_timeout".to_owned()))??;
        if self.is_sqlite {
            sqlx::raw_sql(
                "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
            )
            .execute(&mut connection)
            .await?;
        }
        Ok(connection)
    }

    /// Brings the tables up to date, under a lock: several replicas may start at once. A
    /// database in memory lives as long as the connection that this was done with.
    pub(super) async fn migrate(&self) -> Result<AnyConnection, LedgerError> {
        let mut connection = self.connect_at_leisure().await?;
        // sqlx locks PostgreSQL by itself, and SQLite not at all.
        let lock = self.lock_file().await.map_err(|error| {
            LedgerError::Unusable(format!("its folder cannot be written to: {error}"))
        })?;
        let mut migrator = Migrator::with_migrations(migrations());
        // A newer version may have been here before.
        migrator.set_ignore_missing(true);
        let migrated = migrator.run(&mut connection).await;
        drop(lock);
        migrated.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            error => LedgerError::Unusable(error.to_string()),
        })?;
        Ok(connection)
    }

    /// A connection to tables that are there and up to date: nothing is made.
    pub(super) async fn connect_to_existing(&self) -> Result<AnyConnection, LedgerError> {
        if self.is_in_memory() {
            let sentence = "what is in memory is known to its service alone";
            return Err(LedgerError::Unusable(sentence.to_owned()));
        }
        self.check().await?;
        self.connect_at_leisure().await
    }

    /// Whether every step was made.
    pub(super) async fn check(&self) -> Result<(), LedgerError> {
        // A file that is not there is not made by looking.
        if let Some(file) = self.file.as_ref().filter(|file| !file.exists()) {
            let sentence = format!("there is no file {}; run `vestibule migrate`", file.display());
            return Err(LedgerError::Unusable(sentence));
        }
        let mut connection = self.connect_at_leisure().await?;
        // Where this fails after a connection stands, the table is not there.
        let applied = connection
            .list_applied_migrations(MIGRATIONS_TABLE)
            .await
            .map_err(|_| LedgerError::NotMigrated)?;
        let is_applied = |step: &Migration| {
            applied
                .iter()
                .any(|made| made.version == step.version && made.checksum == step.checksum)
        };
        if migrations().iter().all(is_applied) { Ok(()) } else { Err(LedgerError::NotMigrated) }
    }

    async fn lock_file(&self) -> io::Result<Option<File>> {
        let Some(file) = &self.file else { return Ok(None) };
        let mut name = file.clone().into_os_string();
        name.push("-migrate");
        let lock = create(&PathBuf::from(name))?;
        // Another process may hold it for as long as it migrates.
        let locked = spawn_blocking(move || lock.lock().map(|()| lock)).await;
        locked.map_err(io::Error::other)?.map(Some)
    }
}

/// What is kept is for nobody else on this machine.
fn create(file: &PathBuf) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(file)
}

fn migrations() -> Vec<Migration> {
    let migration = |(version, description, sql): (i64, &'static str, &'static str)| {
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    MIGRATIONS.into_iter().map(migration).collect()
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        let text = match &error {
            sqlx::Error::Database(refusal) => refusal.message().to_owned(),
            error => error.to_string(),
        };
        match &error {
            sqlx::Error::Database(refusal)
                if CONFLICTS.contains(&refusal.code().as_deref().unwrap_or_default()) =>
            {
                Self::Conflict
            }
            sqlx::Error::Database(refusal) if !may_pass(refusal.code().as_deref()) => {
                Self::Unusable(text)
            }
            sqlx::Error::Configuration(_) => Self::Unusable(text),
            _ => Self::Away(text),
        }
    }
}

/// Whether what a database refuses now it may take later. PostgreSQL's codes have five
/// characters; SQLite's are numbers, in whose lowest byte the kind is.
fn may_pass(code: Option<&str>) -> bool {
    match code {
        Some(code) if code.len() == 5 => {
            // A lost connection, a rolled back transaction, no room, an operator, the system.
            ["08", "40", "53", "55", "57", "58", "25006"]
                .iter()
                .any(|class| code.starts_with(class))
        }
        // BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, PROTOCOL.
        Some(code) => {
            code.parse().is_ok_and(|code: i64| matches!(code & 0xff, 5 | 6 | 7 | 8 | 10 | 13 | 15))
        }
        None => true,
    }
}

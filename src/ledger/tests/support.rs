//! Databases for the tests of the ledger: SQLite in a file of its own and, where
//! `VESTIBULE_TEST_POSTGRES` names a server (as its superuser), PostgreSQL.

use std::{
    env,
    fmt::Debug,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestCaseResult, TestRunner},
};
use sqlx::{AnyConnection, AssertSqlSafe};
use tokio::{runtime::Builder, sync::Mutex, time::sleep};
use url::Url;
use uuid::Uuid;

use crate::ledger::{
    database::Database,
    handle::{Ledger, Migrate},
    keys::Keys,
};
use crate::{config, metrics::Metrics};

/// The `database.key` of the tests.
pub(in crate::ledger) const KEY: &str = "a database key of the tests, 32 characters or more";

/// A database of one test, with its tables.
pub(in crate::ledger) struct Engine {
    /// For messages.
    pub(in crate::ledger) name: &'static str,
    /// As in `database.url`.
    pub(in crate::ledger) url: String,
    place: Place,
}

enum Place {
    Folder(PathBuf),
    Server { url: String, database: String },
}

/// Runs a test on each engine.
pub(in crate::ledger) async fn on_every_engine(test: impl AsyncFn(&Engine)) {
    for engine in Engine::all().await {
        test(&engine).await;
        engine.remove().await;
    }
}

/// Holds a property against many values on each engine, each in a transaction that is rolled
/// back.
pub(in crate::ledger) fn holds_on_every_engine<S: Strategy>(
    cases: u32,
    values: &S,
    property: &impl AsyncFn(&mut AnyConnection, S::Value) -> TestCaseResult,
) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    for engine in runtime.block_on(Engine::all()) {
        let connection = Mutex::new(runtime.block_on(engine.connection()));
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let held = TestRunner::new(config).run(values, |value| {
            runtime.block_on(async {
                let mut connection = connection.lock().await;
                execute(&mut connection, "BEGIN").await;
                let held = property(&mut connection, value).await;
                execute(&mut connection, "ROLLBACK").await;
                held
            })
        });
        if let Err(failure) = held {
            panic!("{}: {failure}", engine.name);
        }
        drop(connection);
        runtime.block_on(engine.remove());
    }
}

/// What a database says within a property.
pub(in crate::ledger) fn no_error<T>(result: sqlx::Result<T>) -> Result<T, TestCaseError> {
    result.map_err(|error| TestCaseError::fail(error.to_string()))
}

pub(in crate::ledger) async fn execute(connection: &mut AnyConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

/// How many rows there are.
pub(in crate::ledger) async fn count(connection: &mut AnyConnection, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

/// Waits until the condition holds, at most a minute, and returns what was seen then.
pub(in crate::ledger) async fn until<T: Debug>(
    what: &str,
    mut look: impl AsyncFnMut() -> T,
    mut holds: impl FnMut(&T) -> bool,
) -> T {
    let started = Instant::now();
    loop {
        let seen = look().await;
        if holds(&seen) {
            return seen;
        }
        let is_late = started.elapsed() > Duration::from_mins(1);
        assert!(!is_late, "not within a minute: {what}. Seen last: {seen:#?}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// The keys of a `database.key`.
pub(in crate::ledger) fn keys(key: &str) -> Keys {
    Keys::derive(&key.into(), "")
}

impl Engine {
    async fn all() -> Vec<Self> {
        let mut engines = vec![Self::sqlite()];
        #[expect(clippy::disallowed_methods, reason = "tests have no settings")]
        if let Ok(server) = env::var("VESTIBULE_TEST_POSTGRES") {
            engines.push(Self::postgres(server).await);
        }
        for engine in &engines {
            drop(engine.database().migrate().await.unwrap());
        }
        engines
    }

    /// A file in a folder of its own.
    pub(in crate::ledger) fn sqlite() -> Self {
        let folder = env::temp_dir().join(format!("vestibule-{}", Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("ledger.db").display());
        Self { name: "SQLite", url, place: Place::Folder(folder) }
    }

    async fn postgres(server: String) -> Self {
        let database = format!("unit_{}", Uuid::new_v4().simple());
        administer(&server, format!("CREATE DATABASE {database}")).await;
        let mut url = Url::parse(&server).unwrap();
        url.set_path(&database);
        Self { name: "PostgreSQL", url: url.into(), place: Place::Server { url: server, database } }
    }

    pub(in crate::ledger) fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Folder(_))
    }

    pub(in crate::ledger) fn database(&self) -> Database {
        database(&self.url)
    }

    pub(in crate::ledger) async fn connection(&self) -> AnyConnection {
        self.database().connect().await.unwrap()
    }

    /// A replica, with settings of its own.
    pub(in crate::ledger) async fn ledger(
        &self,
        set: impl FnOnce(&mut config::Database),
    ) -> Ledger {
        self.ledger_with(set, Metrics::default()).await
    }

    pub(in crate::ledger) async fn ledger_with(
        &self,
        set: impl FnOnce(&mut config::Database),
        metrics: Metrics,
    ) -> Ledger {
        let defaults: toml::Table = toml::from_str(config::DEFAULT).unwrap();
        let mut settings: config::Database = defaults["database"].clone().try_into().unwrap();
        let audit: config::Audit = defaults["audit"].clone().try_into().unwrap();
        let mut cognito: config::Cognito = defaults["cognito"].clone().try_into().unwrap();
        settings.url.clone_from(&self.url);
        settings.key = Some(KEY.into());
        // No slow machine runs into these.
        settings.connect_timeout = Duration::from_secs(20);
        settings.timeout = Duration::from_secs(20);
        settings.commit_timeout = Duration::from_secs(20);
        "1example23456789".clone_into(&mut cognito.client_id);
        set(&mut settings);
        Ledger::open(&settings, audit, &cognito, Migrate::Auto, metrics).await.unwrap()
    }

    /// Leaves nothing behind.
    async fn remove(self) {
        if let Place::Server { url, database } = &self.place {
            administer(url, format!("DROP DATABASE {database} WITH (FORCE)")).await;
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Place::Folder(folder) = &self.place {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn database(url: &str) -> Database {
    Database::new(url, Duration::from_secs(10), Duration::from_secs(10)).unwrap()
}

async fn administer(server: &str, sql: String) {
    let mut connection = database(server).connect().await.unwrap();
    execute(&mut connection, &sql).await;
}

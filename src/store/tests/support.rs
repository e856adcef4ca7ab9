//! Databases for the tests of the store: a SQLite file and, if `VESTIBULE_TEST_POSTGRES` is the
//! address of a server, a schema of PostgreSQL.
//!
//! No test calls these functions within an async runtime, because connections block.

use std::{env, fs, path::PathBuf};

use url::Url;
use uuid::Uuid;

use crate::{
    config::{Config, Sources},
    store::{
        database::{Connection, Database, Row},
        keys::Keys,
    },
};

/// The `database.key` of the tests.
pub(in crate::store) const KEY: &str = "a database key of the tests, 32 characters or more";

const POOL: &str = "eu-central-1_EXAMPLE";

/// A database of one test, with its tables.
pub(in crate::store) struct Engine {
    /// The name of the engine in failures of tests.
    pub(in crate::store) name: &'static str,
    url: String,
    place: Place,
}

enum Place {
    Folder(PathBuf),
    Schema { server: String, name: String },
}

/// Runs a test on each engine.
pub(in crate::store) fn on_every_engine(test: impl Fn(&Engine)) {
    test(&Engine::sqlite());
    #[expect(clippy::disallowed_methods, reason = "tests have no settings")]
    if let Ok(server) = env::var("VESTIBULE_TEST_POSTGRES") {
        test(&Engine::postgres(server));
    }
}

/// Returns the keys of a `database.key`.
pub(in crate::store) fn keys(key: &str) -> Keys {
    Keys::derive(&key.into(), POOL)
}

/// Makes the database reject attempts whose `code` is `rejected`.
pub(in crate::store) fn reject_a_code(engine: &Engine) {
    let mut connection = engine.connection();
    let sql = match connection {
        Connection::Sqlite(_) => {
            "CREATE TRIGGER rejected BEFORE INSERT ON attempts WHEN NEW.code = 'rejected'
             BEGIN SELECT RAISE(ABORT, 'rejected'); END"
        }
        Connection::Postgres(_) => {
            "ALTER TABLE attempts ADD CONSTRAINT accepted CHECK (code <> 'rejected')"
        }
    };
    connection.execute(sql, &[]).unwrap();
}

impl Engine {
    /// Creates a file in a new folder.
    pub(in crate::store) fn sqlite() -> Self {
        let folder = env::temp_dir().join(format!("vestibule-{}", Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("vestibule.db").display());
        Self { name: "SQLite", url, place: Place::Folder(folder) }.migrated()
    }

    fn postgres(server: String) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut connection = database(&server).connect().unwrap();
        connection.execute(&format!("CREATE SCHEMA {name}"), &[]).unwrap();
        let mut url = Url::parse(&server).unwrap();
        url.query_pairs_mut().append_pair("options", &format!("-csearch_path={name}"));
        let place = Place::Schema { server, name };
        Self { name: "PostgreSQL", url: url.into(), place }.migrated()
    }

    fn migrated(self) -> Self {
        drop(self.database().prepare(true).unwrap());
        self
    }

    /// Returns the address, as in `database.url`.
    pub(in crate::store) fn url(&self) -> &str {
        &self.url
    }

    pub(in crate::store) fn database(&self) -> Database {
        database(&self.url)
    }

    /// Opens a connection.
    pub(in crate::store) fn connection(&self) -> Connection {
        self.database().connect().unwrap()
    }

    /// Returns settings with this database, changed by variables such as
    /// `("DATABASE__ON_FAILURE", "proceed")`.
    pub(in crate::store) fn config(&self, more: &[(&str, &str)]) -> Config {
        let settings = [
            ("DATABASE__URL", self.url()),
            ("DATABASE__KEY", KEY),
            // Even a slow machine does not exceed these times.
            ("DATABASE__CONNECT_TIMEOUT", "20s"),
            ("DATABASE__TIMEOUT", "20s"),
            ("DATABASE__COMMIT_TIMEOUT", "20s"),
        ];
        config(&[&settings[..], more].concat())
    }
}

fn config(settings: &[(&str, &str)]) -> Config {
    let pool = [("COGNITO__USER_POOL_ID", POOL), ("COGNITO__CLIENT_ID", "1example23456789")];
    let environment: Vec<(String, String)> = pool
        .iter()
        .chain(settings)
        .map(|(name, value)| (format!("VESTIBULE__{name}"), (*value).to_owned()))
        .collect();
    Config::load(Sources { environment: &environment, ..Sources::default() }).unwrap()
}

impl Drop for Engine {
    fn drop(&mut self) {
        match &self.place {
            Place::Folder(folder) => drop(fs::remove_dir_all(folder)),
            Place::Schema { server, name } => {
                let sql = format!("DROP SCHEMA {name} CASCADE");
                drop(database(server).connect().and_then(|mut server| server.execute(&sql, &[])));
            }
        }
    }
}

impl Connection {
    /// Runs statements without parameters, separated by semicolons.
    pub(in crate::store) fn run_all(&mut self, statements: &str) {
        for sql in statements.split(';').filter(|sql| !sql.trim().is_empty()) {
            self.execute(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }

    /// Returns the rows of a query without parameters.
    pub(in crate::store) fn rows(&mut self, sql: &str) -> Vec<Row> {
        self.query(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Returns the number of rows of a table, or of a table with a condition after `WHERE`.
    pub(in crate::store) fn count(&mut self, table: &str) -> i64 {
        self.rows(&format!("SELECT COUNT(*) FROM {table}"))[0].int(0)
    }
}

fn database(url: &str) -> Database {
    let settings = [
        ("DATABASE__URL", url),
        ("DATABASE__CONNECT_TIMEOUT", "20s"),
        ("DATABASE__TIMEOUT", "20s"),
    ];
    Database::new(&config(&settings).database).unwrap()
}

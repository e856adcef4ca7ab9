//! A database for each test, of either engine.

use std::{env, path::Path};

use actix_web::rt::spawn;
use tokio_postgres::NoTls;
use url::Url;

use crate::support::files::Folder;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database that no other test uses.
pub(crate) struct Database {
    url: String,
    _folder: Option<Folder>,
}

impl Database {
    pub(crate) async fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::in_folder(Folder::new("sqlite")),
            Engine::Postgres => Self::on_server(&shared_postgres()).await,
        }
    }

    /// Returns a path in a folder. The service creates the SQLite file.
    fn in_folder(folder: Folder) -> Self {
        let file = Self::in_place(&folder.path().join("vestibule.db"));
        Self { _folder: Some(folder), ..file }
    }

    /// Returns a SQLite file at a path that the test owns.
    pub(crate) fn in_place(path: &Path) -> Self {
        Self { url: format!("sqlite:{}", path.display()), _folder: None }
    }

    /// Creates a database on the PostgreSQL server with this superuser URL. It exists as long as
    /// its server.
    pub(crate) async fn on_server(url: &str) -> Self {
        let administrator = connect(url).await.expect("PostgreSQL responds");
        let name = format!("vestibule_{:016x}", fastrand::u64(..));
        // Several tests can copy template0 at the same time, because it never has connections.
        let statement = format!("CREATE DATABASE {name} TEMPLATE template0");
        administrator.execute(&statement).await.expect("the database is made");
        let mut url = Url::parse(url).expect("it is a url");
        url.set_path(&name);
        Self { url: url.into(), _folder: None }
    }

    /// Returns the value of `database.url`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Opens a connection for the test.
    pub(crate) async fn connect(&self) -> Connection {
        connect(&self.url).await.expect("the database can be reached")
    }
}

/// A connection of a test.
pub(crate) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Connection {
    /// Runs statements.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(file) => file.execute_batch(sql).map_err(|error| error.to_string()),
            Self::Postgres(client) => {
                client.batch_execute(sql).await.map_err(|error| error.to_string())
            }
        }
    }
}

pub(crate) async fn connect(url: &str) -> Result<Connection, String> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let file = rusqlite::Connection::open(path).map_err(|error| error.to_string())?;
        return Ok(Connection::Sqlite(file));
    }
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = connected.map_err(|error| error.to_string())?;
    spawn(connection);
    Ok(Connection::Postgres(client))
}

/// Returns the superuser URL of the server that all tests share. Panics without one, because a
/// suite without an engine must not pass.
#[expect(clippy::disallowed_methods, reason = "it is a setting of the tests")]
fn shared_postgres() -> String {
    env::var("VESTIBULE_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "VESTIBULE_TEST_POSTGRES is not set, and this test needs a PostgreSQL: run \
             `make test`, or `tests/with-postgres cargo nextest run`"
        )
    })
}

async fn each_test_has_its_own_database(engine: Engine) {
    let databases = [Database::new(engine).await, Database::new(engine).await];

    for database in databases {
        let connection = database.connect().await;
        connection.execute("CREATE TABLE one (id BIGINT PRIMARY KEY)").await.expect("it is new");
        let again = database.connect().await;
        again.execute("INSERT INTO one VALUES (1)").await.expect("it is the same database");
    }
}

on_both_engines! { each_test_has_its_own_database, }

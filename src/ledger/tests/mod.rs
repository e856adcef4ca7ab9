//! The books on real databases: on SQLite, and on PostgreSQL, too, where
//! `VESTIBULE_TEST_POSTGRES` is the url of a server on which databases may be made.

mod chains;
mod erasure;
mod reading;
mod retention;
mod tampering;

use std::{env, fs, path::PathBuf, time::Duration};

use sqlx::{AnyConnection, AssertSqlSafe, Row};
use url::Url;
use uuid::Uuid;

use super::{
    attempts::{self, Attempt, AttemptRow, Operation},
    chain::{Chain, Kind},
    database::Database,
    keys::Keys,
    verify::{self, ExpectedEnds, Verdict},
};
use crate::registration::Consent;

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// When the tests take place.
const NOW: i64 = 1_800_000_000_000;

/// A ledger of a test's own.
struct Bench {
    database: Database,
    keys: Keys,
    connection: AnyConnection,
    _folder: Option<Folder>,
}

/// A folder that is there as long as its owner.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a test on SQLite, and on PostgreSQL where there is one.
async fn on_each_engine(test: impl AsyncFn(&mut Bench)) {
    let folder = env::temp_dir().join(format!("vestibule-books-{}", Uuid::new_v4().simple()));
    fs::create_dir(&folder).unwrap();
    let url = format!("sqlite:{}", folder.join("ledger.db").display());
    test(&mut Bench::open(&url, Some(Folder(folder))).await).await;
    if let Some(server) = postgres() {
        let name = format!("books_{}", Uuid::new_v4().simple());
        let mut administrator = open(&server).connect_at_leisure().await.unwrap();
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut administrator).await.unwrap();
        let mut url = Url::parse(&server).unwrap();
        url.set_path(&name);
        test(&mut Bench::open(url.as_str(), None).await).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "it is a setting of the tests")]
fn postgres() -> Option<String> {
    env::var("VESTIBULE_TEST_POSTGRES").ok()
}

fn open(url: &str) -> Database {
    Database::new(url, Duration::from_secs(10), Duration::from_secs(10)).unwrap()
}

fn keys(pepper: &str, previous: Option<&str>) -> Keys {
    Keys::derive(Some(&pepper.into()), previous.map(Into::into).as_ref(), &"unused".into())
}

/// An attempt at creating an account.
fn sign_up(email: &str) -> Attempt {
    Attempt {
        operation: Operation::Register,
        request_id: format!("request-{email}"),
        outcome: "created",
        code: "confirmation_required",
        user_sub: Some(format!("sub-{email}")),
        cognito_request_id: Some("cognito-1".to_owned()),
        recipient: Some(email.to_owned()),
        username: Some(email.to_owned()),
        address: Some([192, 0, 2, 7].into()),
        locale: Some("de".to_owned()),
        consents: [("privacy", "3"), ("terms", "2026-10")]
            .map(|(document, version)| Consent {
                document: document.to_owned(),
                version: version.to_owned(),
            })
            .into(),
    }
}

/// An attempt that created nothing.
fn refusal(email: &str) -> Attempt {
    Attempt {
        outcome: "not_created",
        code: "account_exists",
        user_sub: None,
        consents: Vec::new(),
        ..sign_up(email)
    }
}

/// An attempt at confirming an account.
fn confirm(username: &str) -> Attempt {
    Attempt {
        operation: Operation::Confirm,
        outcome: "confirmed",
        code: "confirmed",
        recipient: None,
        username: Some(username.to_owned()),
        ..refusal(username)
    }
}

impl Bench {
    async fn open(url: &str, folder: Option<Folder>) -> Self {
        let database = open(url);
        let connection = database.migrate().await.unwrap();
        Self { database, keys: keys("pepper", None), connection, _folder: folder }
    }

    /// One more connection.
    async fn connect(&self) -> AnyConnection {
        self.database.connect().await.unwrap()
    }

    fn row(&self, attempt: Attempt, at: i64) -> AttemptRow {
        attempt.row(&self.keys.current, at)
    }

    /// A chain that begins now.
    async fn begin(&mut self, kind: Kind, now: i64) -> Chain {
        Chain::begin(&mut self.connection, &self.keys.current, kind, now).await.unwrap()
    }

    /// Writes rows in a transaction of their own.
    async fn write(&mut self, chain: &mut Chain, rows: &[AttemptRow]) {
        self.run(self.database.begin()).await;
        for row in rows {
            let pepper = &self.keys.current;
            attempts::write(&mut self.connection, row, chain, pepper).await.unwrap();
        }
        chain.save(&mut self.connection, &self.keys.current).await.unwrap();
        self.run("COMMIT").await;
    }

    async fn run(&mut self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        sqlx::raw_sql(statements).execute(&mut self.connection).await.unwrap();
    }

    async fn count(&mut self, table: &str) -> i64 {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        sqlx::query(count).fetch_one(&mut self.connection).await.unwrap().get(0)
    }

    /// The verdict, and the sentences that led to it.
    async fn verify(&mut self) -> (Verdict, Vec<String>) {
        let (verdict, printed) = self.verify_against(&ExpectedEnds::default()).await;
        let is_summary = |line: &&str| {
            !line.starts_with("The ledger is") && !line.starts_with("Nothing was found")
        };
        let findings = printed.lines().take_while(is_summary).map(str::to_owned).collect();
        (verdict, findings)
    }

    async fn verify_against(&mut self, expected: &ExpectedEnds) -> (Verdict, String) {
        let begin = self.database.begin_to_read();
        let mut printed = Vec::new();
        let verdict =
            verify::verify(&mut self.connection, begin, &self.keys, expected, &mut printed)
                .await
                .unwrap();
        (verdict, String::from_utf8(printed).unwrap())
    }

    async fn assert_intact(&mut self, case: &str) {
        let (verdict, findings) = self.verify().await;
        assert_eq!(findings, [""; 0], "{case}");
        assert_eq!((verdict.findings, verdict.unverifiable), (0, 0), "{case}");
    }
}

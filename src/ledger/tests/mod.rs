//! The books on real databases.

mod chains;
mod erasure;
mod reading;
mod retention;
pub(super) mod support;
mod tampering;

use std::time::Duration;

use sqlx::AnyConnection;

use self::support::{KEY, keys, on_every_engine};
use super::{database::Database, keys::Keys};
use crate::ledger::audit::{
    attempts::{self, Attempt, AttemptRow, Operation},
    chain::{Chain, Kind},
    verdict::Verdict,
    verify::{self, ExpectedEnds},
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
}

/// Runs a test on a new ledger of each engine.
async fn on_each_bench(test: impl AsyncFn(&mut Bench)) {
    on_every_engine(async |engine| {
        let (database, keys) = (engine.database(), keys(KEY));
        let connection = database.connect().await.unwrap();
        test(&mut Bench { database, keys, connection }).await;
    })
    .await;
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
    /// One more connection.
    async fn connect(&self) -> AnyConnection {
        self.database.connect().await.unwrap()
    }

    fn row(&self, attempt: Attempt, at: i64) -> AttemptRow {
        attempt.row(&self.keys, at)
    }

    /// A chain that begins now.
    async fn begin(&mut self, kind: Kind, now: i64) -> Chain {
        Chain::begin(&mut self.connection, &self.keys, kind, now).await.unwrap()
    }

    /// Writes rows in a transaction of their own.
    async fn write(&mut self, chain: &mut Chain, rows: &[AttemptRow]) {
        self.run(self.database.begin()).await;
        for row in rows {
            attempts::write(&mut self.connection, row, chain, &self.keys).await.unwrap();
        }
        chain.save(&mut self.connection, &self.keys).await.unwrap();
        self.run("COMMIT").await;
    }

    async fn run(&mut self, statements: &str) {
        support::execute(&mut self.connection, statements).await;
    }

    async fn count(&mut self, table: &str) -> i64 {
        support::count(&mut self.connection, table).await
    }

    /// The verdict, and the sentences that led to it.
    async fn verify(&mut self) -> (Verdict, Vec<String>) {
        let (verdict, printed) = self.verify_against(&ExpectedEnds::default()).await;
        let is_summary = |line: &&str| {
            !line.starts_with("The audit log is") && !line.starts_with("Nothing was ")
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

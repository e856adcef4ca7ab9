//! The ledger as the rest of the service holds it, with real writers on real databases.

mod closing;
mod look_up;
mod messages;
mod replicas;
mod writers;

use std::time::Duration;

use secrecy::SecretString;
use sqlx::AnyConnection;

use crate::{
    config,
    ledger::{
        Attempt, Claim, ClaimResult, Completion, IdempotentRequest, Known, Ledger, Operation,
        PriorAttempt, StoredResponse, Subject, SubjectEnd,
        tests::support::{Engine, execute},
    },
    metrics::Metrics,
};

fn keyed(key: &str, body: &str) -> IdempotentRequest {
    IdempotentRequest { key: key.into(), route: "/register", body: body.into() }
}

/// A sign-up with a key begins.
async fn begin(ledger: &Ledger, key: &str) -> ClaimResult {
    let password = SecretString::from("correct horse");
    let subject = Subject::SignUp { name: "ada@example.com", password: Some(&password) };
    ledger.claim(Some(&keyed(key, "{}")), subject).await.unwrap()
}

/// One that may go on.
async fn held(ledger: &Ledger, key: &str) -> Claim {
    match begin(ledger, key).await {
        ClaimResult::Claimed(held) => held,
        told @ ClaimResult::Lost(_) => panic!("{key}: {told:?}"),
    }
}

/// It created the account.
fn created(answer: &str) -> Completion {
    Completion {
        response: StoredResponse::Final(answer.to_owned()),
        subject: SubjectEnd::SignUp(Some(PriorAttempt::Created)),
        attempt: attempt("created"),
    }
}

fn attempt(outcome: &'static str) -> Attempt {
    Attempt {
        operation: Operation::Register,
        request_id: "request".to_owned(),
        outcome,
        code: "confirmation_required",
        user_sub: None,
        cognito_request_id: None,
        recipient: Some("ada@example.com".to_owned()),
        username: None,
        address: None,
        locale: None,
        consents: Vec::new(),
    }
}

/// The value of a counter.
fn counted(metrics: &Metrics, name: &str) -> u64 {
    let text = metrics.text();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("vestibule_{name}_total ")));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

/// A connection that keeps everybody else from writing.
pub(super) struct Lock(AnyConnection);

impl Lock {
    pub(super) async fn new(engine: &Engine) -> Self {
        let mut connection = engine.connection().await;
        if engine.is_sqlite() {
            execute(&mut connection, "BEGIN EXCLUSIVE").await;
        } else {
            execute(&mut connection, "BEGIN").await;
            execute(
                &mut connection,
                "LOCK TABLE idempotency_keys, recent_sign_ups, confirmations, attempts, chains",
            )
            .await;
        }
        Self(connection)
    }

    pub(super) async fn release(mut self) {
        execute(&mut self.0, "ROLLBACK").await;
    }
}

/// Gives up a database that does not answer after a second, which a busy machine needs.
pub(super) fn impatient(settings: &mut config::Database) {
    settings.timeout = Duration::from_secs(1);
    settings.commit_timeout = Duration::from_secs(1);
}

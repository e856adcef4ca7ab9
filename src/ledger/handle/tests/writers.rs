//! The writers: what they tell and when, and what they do where the database fails.

use std::pin::pin;

use futures_util::{future::join_all, poll};

use super::*;
use crate::ledger::tests::support::{count, on_every_engine, until};

/// Makes every transaction fail that takes a key or writes a row of `attempts`, no sooner than
/// at its COMMIT.
async fn break_commits(engine: &Engine) {
    let mut connection = engine.connection().await;
    execute(&mut connection, "CREATE TABLE no_rows (id BIGINT PRIMARY KEY)").await;
    execute(
        &mut connection,
        "CREATE TABLE broken (id BIGINT REFERENCES no_rows (id) DEFERRABLE INITIALLY DEFERRED)",
    )
    .await;
    if !engine.is_sqlite() {
        execute(
            &mut connection,
            "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN INSERT INTO broken VALUES (1); RETURN NEW; END'",
        )
        .await;
    }
    for table in ["idempotency_keys", "attempts"] {
        let what = if engine.is_sqlite() {
            "BEGIN INSERT INTO broken VALUES (1); END"
        } else {
            "FOR EACH ROW EXECUTE FUNCTION break()"
        };
        let trigger = format!("CREATE TRIGGER broken_{table} AFTER INSERT ON {table} {what}");
        execute(&mut connection, &trigger).await;
    }
}

async fn mend_commits(engine: &Engine) {
    let mut connection = engine.connection().await;
    for table in ["idempotency_keys", "attempts"] {
        let on = if engine.is_sqlite() { String::new() } else { format!(" ON {table}") };
        execute(&mut connection, &format!("DROP TRIGGER broken_{table}{on}")).await;
    }
}

/// Waits until a key is free: nobody is told that it is under way, nor that it was taken over.
async fn is_free(ledger: &Ledger, key: &str) {
    let name = "ada@example.com";
    let look = async || {
        let subject = Subject::SignUp { name, password: None };
        ledger.claim(Some(&keyed(key, "{}")), subject).await
    };
    let is_told = |told: &Result<ClaimResult, _>| {
        !matches!(told, Ok(ClaimResult::Lost(Known::InProgress { .. })) | Err(_))
    };
    match until("the key is free", look, is_told).await {
        Ok(ClaimResult::Claimed(held)) => {
            assert!(!held.is_takeover(), "an earlier request seems to have held it");
        }
        told => panic!("{told:?}"),
    }
}

#[tokio::test]
async fn what_is_told_is_there_for_everybody() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(|_| {}).await;
        let mut another = engine.connection().await;

        for number in 1..=10 {
            let held = held(&ledger, &format!("key {number}")).await;
            assert_eq!(count(&mut another, "idempotency_keys").await, number, "{}", engine.name);
            assert!(ledger.end(held, created("the answer")).await.unwrap());
            assert_eq!(count(&mut another, "attempts").await, number, "{}", engine.name);
        }
        ledger.close().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_told_that_is_not_committed() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(|settings| settings.connections = 1).await;
        break_commits(engine).await;

        let password = SecretString::from("correct horse");
        let subject = Subject::SignUp { name: "ada@example.com", password: Some(&password) };
        let told = ledger.claim(Some(&keyed("key", "{}")), subject).await;

        assert!(told.is_err(), "{}: {told:?}", engine.name);
        assert!(ledger.away().is_some(), "{}", engine.name);
        mend_commits(engine).await;
        is_free(&ledger, "key").await;
        assert_eq!(ledger.away(), None, "{}", engine.name);
        ledger.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_fails_fails_beginnings_and_keeps_ends() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(impatient).await;
        let mut another = engine.connection().await;
        let mut requests = Vec::new();
        for number in 0..3 {
            requests.push(held(&ledger, &format!("key {number}")).await);
        }
        break_commits(engine).await;

        let ends = requests.into_iter().map(|held| ledger.end(held, created("the answer")));
        for told in join_all(ends).await {
            assert!(told.is_err(), "{}: {told:?}", engine.name);
        }
        let subject = Subject::SignUp { name: "bob@example.com", password: None };
        let told = ledger.claim(Some(&keyed("another key", "{}")), subject).await;
        assert!(told.is_err(), "{}: {told:?}", engine.name);
        mend_commits(engine).await;

        let look = async || count(&mut another, "attempts").await;
        until("the ends are written", look, |rows| *rows == 3).await;
        for number in 0..3 {
            let told = begin(&ledger, &format!("key {number}")).await;
            let is_it =
                matches!(&told, ClaimResult::Lost(Known::Stored(answer)) if answer == "the answer");
            assert!(is_it, "{}: {told:?}", engine.name);
        }
        is_free(&ledger, "another key").await;
        ledger.close().await;
        assert_eq!(count(&mut another, "attempts").await, 3, "{}: each once", engine.name);
    })
    .await;
}

#[tokio::test]
async fn a_beginning_that_nobody_waits_for_any_more_is_undone() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(|_| {}).await;
        let mut another = engine.connection().await;
        let lock = Lock::new(engine).await;
        {
            let mut beginning = pin!(begin(&ledger, "key"));
            assert!(poll!(&mut beginning).is_pending(), "{}", engine.name);
        }

        lock.release().await;

        is_free(&ledger, "key").await;
        let in_flight = count(&mut another, "recent_sign_ups WHERE state = 'in_flight'").await;
        assert_eq!(in_flight, 1, "{}: but for the one that went on", engine.name);
        ledger.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_beginning_that_could_not_be_written_leaves_nothing() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(impatient).await;
        let lock = Lock::new(engine).await;
        let subject = Subject::SignUp { name: "ada@example.com", password: None };

        for key in ["key", "another key"] {
            let told = ledger.claim(Some(&keyed(key, "{}")), subject).await;
            assert!(told.is_err(), "{}: {key}: {told:?}", engine.name);
        }
        lock.release().await;

        is_free(&ledger, "key").await;
        is_free(&ledger, "another key").await;
        ledger.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_confirm_that_nobody_waits_for_any_more_was_never_there() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(|_| {}).await;
        let mut another = engine.connection().await;
        let code = SecretString::from("123456");
        let subject = Subject::Confirmation { username: "ada@example.com", code: &code };
        let lock = Lock::new(engine).await;
        {
            let mut beginning = pin!(ledger.claim(None, subject));
            assert!(poll!(&mut beginning).is_pending(), "{}", engine.name);
        }

        lock.release().await;
        ledger.close().await;

        assert_eq!(count(&mut another, "confirmations").await, 0, "{}", engine.name);
    })
    .await;
}

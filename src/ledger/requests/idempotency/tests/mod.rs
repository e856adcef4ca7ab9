//! The rules of a key, one by one.

mod machine;
mod model;

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::*;
use crate::ledger::tests::support::{Engine, count, on_every_engine};

const LEASE: i64 = 15_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// When the tests begin.
const T: i64 = 1_800_000_000_000;

fn claim_by(holder: &str, body: &str) -> KeyClaim {
    KeyClaim {
        id: "key".to_owned(),
        fingerprint: body.to_owned(),
        holder: holder.to_owned(),
        lease: LEASE,
    }
}

fn stored(response: &str) -> KeyState {
    KeyState::Stored(response.to_owned())
}

fn keep(answer: &str) -> KeyEnd {
    KeyEnd::Keep(answer.to_owned())
}

/// A database in which the request `first` took the key at `T`.
async fn taken(engine: &Engine) -> AnyConnection {
    let mut connection = engine.connection().await;
    sqlx::query("DELETE FROM idempotency_keys").execute(&mut connection).await.unwrap();
    let told = claim(&mut connection, &claim_by("first", "body"), T).await.unwrap();
    assert_eq!(told, KeyState::New, "{}", engine.name);
    connection
}

#[tokio::test]
async fn what_the_first_request_came_to_is_what_the_second_is_told() {
    on_every_engine(async |engine| {
        for (case, end_of_first, at, body, expected) in [
            ("under way", None, 14_000, "body", KeyState::InProgress(1000)),
            ("at the end of its lease", None, LEASE, "body", KeyState::Takeover),
            ("long after its lease", None, DAY - 1, "body", KeyState::Takeover),
            ("a day later", None, DAY, "body", KeyState::New),
            ("kept", Some(keep("one")), 2000, "body", stored("one")),
            ("kept for a day", Some(keep("one")), 1000 + DAY - 1, "body", stored("one")),
            ("kept a day ago", Some(keep("one")), 1000 + DAY, "body", KeyState::New),
            ("left", Some(KeyEnd::LeaveForTakeover), 1000, "body", KeyState::Takeover),
            ("left a day ago", Some(KeyEnd::LeaveForTakeover), 1000 + DAY, "body", KeyState::New),
            ("freed", Some(KeyEnd::Free), 1000, "body", KeyState::New),
            ("under way, another body", None, 14_000, "other", KeyState::OtherBody),
            ("after its lease, another body", None, LEASE, "other", KeyState::OtherBody),
            ("a day later, another body", None, DAY, "other", KeyState::New),
            ("kept, another body", Some(keep("one")), 2000, "other", KeyState::OtherBody),
            (
                "left, another body",
                Some(KeyEnd::LeaveForTakeover),
                2000,
                "other",
                KeyState::OtherBody,
            ),
            ("freed, another body", Some(KeyEnd::Free), 1000, "other", KeyState::New),
        ] {
            let mut connection = taken(engine).await;
            if let Some(end_of_first) = end_of_first {
                let is_kept = end(&mut connection, "key", "first", &end_of_first, T + 1000).await;
                assert!(is_kept.unwrap(), "{}: {case}", engine.name);
            }

            let second = claim_by("second", body);
            let known = look_up(&mut connection, &second, T + at).await.unwrap();
            let told = claim(&mut connection, &second, T + at).await.unwrap();
            let told_again = claim(&mut connection, &second, T + at).await.unwrap();

            assert_eq!(known, expected, "{}: {case}, looked up", engine.name);
            assert_eq!(told, expected, "{}: {case}", engine.name);
            assert_eq!(told_again, expected, "{}: {case}, asked again", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_unknown_once_stays_unknown_until_it_is_answered() {
    on_every_engine(async |engine| {
        for (case, end_of_second, expected) in [
            ("freed", KeyEnd::Free, KeyState::Takeover),
            ("left", KeyEnd::LeaveForTakeover, KeyState::Takeover),
            ("kept", keep("two"), stored("two")),
        ] {
            let mut connection = taken(engine).await;
            let second = claim_by("second", "body");
            claim(&mut connection, &second, T + LEASE).await.unwrap();
            let is_kept = end(&mut connection, "key", "second", &end_of_second, T + LEASE).await;
            assert!(is_kept.unwrap(), "{}: {case}", engine.name);

            let third = claim_by("third", "body");
            let told = claim(&mut connection, &third, T + LEASE).await.unwrap();

            assert_eq!(told, expected, "{}: {case}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_whose_key_was_taken_over_changes_nothing_any_more() {
    on_every_engine(async |engine| {
        for late in [keep("one"), KeyEnd::LeaveForTakeover, KeyEnd::Free] {
            let mut connection = taken(engine).await;
            let second = claim_by("second", "body");
            claim(&mut connection, &second, T + LEASE).await.unwrap();

            let is_kept = end(&mut connection, "key", "first", &late, T + LEASE + 1).await.unwrap();
            let third = claim_by("third", "body");
            let told = claim(&mut connection, &third, T + LEASE + 1).await.unwrap();

            assert!(!is_kept, "{}: {late:?}", engine.name);
            assert_eq!(told, KeyState::InProgress(LEASE - 1), "{}: {late:?}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_whose_lease_is_over_may_still_end_where_nobody_took_over() {
    on_every_engine(async |engine| {
        let mut connection = taken(engine).await;

        assert!(end(&mut connection, "key", "first", &keep("one"), T + LEASE + 1).await.unwrap());

        let second = claim_by("second", "body");
        let told = claim(&mut connection, &second, T + LEASE + 2).await.unwrap();
        assert_eq!(told, stored("one"), "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn a_kept_answer_is_not_taken_back() {
    on_every_engine(async |engine| {
        let mut connection = taken(engine).await;
        end(&mut connection, "key", "first", &keep("one"), T).await.unwrap();

        let again = claim(&mut connection, &claim_by("first", "body"), T).await.unwrap();
        assert_eq!(again, stored("one"), "{}: the request asks again", engine.name);
        for late in [KeyEnd::Free, KeyEnd::LeaveForTakeover] {
            assert!(!end(&mut connection, "key", "first", &late, T).await.unwrap(), "{late:?}");
        }

        let told = claim(&mut connection, &claim_by("second", "body"), T).await.unwrap();
        assert_eq!(told, stored("one"), "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn forgets_what_is_over_and_nothing_else_a_little_at_a_time() {
    on_every_engine(async |engine| {
        let mut connection = taken(engine).await;
        sqlx::raw_sql("BEGIN").execute(&mut connection).await.unwrap();
        for number in 0..600 {
            let old = KeyClaim { id: format!("old {number}"), ..claim_by("first", "body") };
            claim(&mut connection, &old, T - 1).await.unwrap();
        }

        let forgotten = [
            forget(&mut connection, T - 2 + DAY).await.unwrap(),
            forget(&mut connection, T - 1 + DAY).await.unwrap(),
            forget(&mut connection, T - 1 + DAY).await.unwrap(),
            forget(&mut connection, T - 1 + DAY).await.unwrap(),
        ];

        assert_eq!(forgotten, [0, 500, 100, 0], "{}", engine.name);
        assert_eq!(count(&mut connection, "idempotency_keys").await, 1, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn of_many_that_passed_the_look_up_one_gets_the_claim() {
    on_every_engine(async |engine| {
        let requests = 64;
        let connections = join_all((0..requests).map(|_| engine.connection())).await;
        let looked_up = Arc::new(Barrier::new(requests));
        let claims = connections.into_iter().enumerate().map(|(number, mut connection)| {
            let looked_up = Arc::clone(&looked_up);
            tokio::spawn(async move {
                let request = claim_by(&number.to_string(), "body");
                let known = look_up(&mut connection, &request, T).await.unwrap();
                assert_eq!(known, KeyState::New);
                // All have read before the first claims.
                looked_up.wait().await;
                claim(&mut connection, &request, T).await.unwrap()
            })
        });
        let told: Vec<KeyState> = join_all(claims).await.into_iter().map(Result::unwrap).collect();

        assert_eq!(
            told.iter().filter(|told| **told == KeyState::New).count(),
            1,
            "{}",
            engine.name
        );
        let others = told.iter().filter(|told| **told == KeyState::InProgress(LEASE)).count();
        assert_eq!(others, requests - 1, "{}: {told:?}", engine.name);
    })
    .await;
}

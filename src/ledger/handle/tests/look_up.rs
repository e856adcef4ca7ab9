//! The read before a claim.

use futures_util::future::join_all;

use super::*;
use crate::ledger::tests::support::{count, on_every_engine};

const REQUESTS: usize = 32;

async fn look_up(ledger: &Ledger, key: &str, body: &str) -> Known {
    ledger.look_up(&keyed(key, body)).await.unwrap()
}

#[tokio::test]
async fn tells_what_became_of_the_key() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(|_| {}).await;
        let unknown = Completion { response: StoredResponse::Unknown, ..created("") };
        let nothing = Completion { response: StoredResponse::Nothing, ..created("") };
        for (key, completion, expected) in [
            ("created", created("the answer"), Known::Stored("the answer".to_owned())),
            ("unknown", unknown, Known::Takeover),
            ("nothing", nothing, Known::New),
        ] {
            assert_eq!(look_up(&ledger, key, "{}").await, Known::New, "{}: {key}", engine.name);
            let claim = held(&ledger, key).await;
            let in_progress = look_up(&ledger, key, "{}").await;
            let other_body = look_up(&ledger, key, "[]").await;

            assert!(ledger.end(claim, completion).await.unwrap());

            let Known::InProgress { lease } = in_progress else { panic!("{key}: {in_progress:?}") };
            let passed = ledger.lease.saturating_sub(lease);
            assert!(lease <= ledger.lease, "{}: {key}: {lease:?}", engine.name);
            assert!(passed < Duration::from_secs(5), "{}: {key}: {lease:?}", engine.name);
            assert_eq!(other_body, Known::OtherBody, "{}: {key}", engine.name);
            assert_eq!(look_up(&ledger, key, "{}").await, expected, "{}: {key}", engine.name);
        }
        ledger.close().await;
    })
    .await;
}

#[tokio::test]
async fn writes_nothing() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(|_| {}).await;
        let mut another = engine.connection().await;

        for _ in 0..3 {
            assert_eq!(look_up(&ledger, "key", "{}").await, Known::New, "{}", engine.name);
        }

        ledger.close().await;
        for table in ["idempotency_keys", "recent_sign_ups", "attempts"] {
            assert_eq!(count(&mut another, table).await, 0, "{}: {table}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_that_passed_it_at_two_replicas_one_gets_the_claim() {
    on_every_engine(async |engine| {
        let replicas = [engine.ledger(|_| {}).await, engine.ledger(|_| {}).await];
        let passed =
            join_all((0..REQUESTS).map(|number| look_up(&replicas[number % 2], "key", "{}"))).await;
        assert!(passed.iter().all(|known| *known == Known::New), "{}: {passed:?}", engine.name);

        let claims =
            join_all((0..REQUESTS).map(|number| begin(&replicas[number % 2], "key"))).await;

        let (won, lost): (Vec<ClaimResult>, Vec<ClaimResult>) =
            claims.into_iter().partition(|told| matches!(told, ClaimResult::Claimed(_)));
        assert_eq!(won.len(), 1, "{}: {won:?}", engine.name);
        for told in lost {
            let is_in_progress = matches!(told, ClaimResult::Lost(Known::InProgress { .. }));
            assert!(is_in_progress, "{}: {told:?}", engine.name);
        }
        for replica in replicas {
            replica.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn fails_if_the_database_is_unavailable() {
    on_every_engine(async |engine| {
        let ledger = engine.ledger(|_| {}).await;
        ledger.close().await;

        assert!(ledger.look_up(&keyed("key", "{}")).await.is_err(), "{}", engine.name);
    })
    .await;
}

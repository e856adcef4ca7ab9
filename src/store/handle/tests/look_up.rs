//! The read before a claim.

use std::time::Duration;

use futures_util::future::join_all;

use super::support::{
    attempt, begin, block_on, close, created, held, is_in_progress, keyed, open, open_two,
};
use crate::store::{
    ClaimResult, Completion, KeyOutcome, KeyState, Store, StoreError,
    tests::support::on_every_engine,
};

const REQUESTS: usize = 32;

async fn look_up(store: &Store, key: &str, body: &str) -> KeyState {
    store.look_up(&keyed(key, body)).await.unwrap()
}

#[test]
fn reports_the_state_of_a_key() {
    on_every_engine(|engine| {
        let store = open(engine);
        let unknown = Completion { key: KeyOutcome::Unknown, ..created("") };
        let nothing =
            Completion { key: KeyOutcome::Free, memory: None, attempt: attempt("not_created") };
        for (key, completion, expected) in [
            ("created", created("the response"), KeyState::Stored(b"the response".to_vec())),
            ("unknown", unknown, KeyState::Takeover),
            ("nothing", nothing, KeyState::New),
        ] {
            let (before, during, other_body, is_held, after) = block_on(async {
                let before = look_up(&store, key, "{}").await;
                let claim = held(begin(&store, key).await);
                let during = look_up(&store, key, "{}").await;
                let other_body = look_up(&store, key, "[]").await;
                let is_held = store.end(claim, completion).await.unwrap();
                (before, during, other_body, is_held, look_up(&store, key, "{}").await)
            });

            assert_eq!(before, KeyState::New, "{}: {key}", engine.name);
            let KeyState::InProgress(lease) = during else { panic!("{key}: {during:?}") };
            let passed = store.lease.saturating_sub(lease);
            assert!(lease <= store.lease && passed < Duration::from_secs(5), "{lease:?}");
            assert_eq!(other_body, KeyState::OtherBody, "{}: {key}", engine.name);
            assert!(is_held, "{}: {key}", engine.name);
            assert_eq!(after, expected, "{}: {key}", engine.name);
        }
        close([store]);
    });
}

#[test]
fn writes_nothing() {
    on_every_engine(|engine| {
        let store = open(engine);

        for _ in 0..3 {
            let known = block_on(look_up(&store, "key", "{}"));
            assert_eq!(known, KeyState::New, "{}", engine.name);
        }

        close([store]);
        let mut connection = engine.connection();
        for table in ["idempotency_keys", "responses", "sign_ups", "attempts"] {
            assert_eq!(connection.count(table), 0, "{}: {table}", engine.name);
        }
    });
}

#[test]
fn one_of_many_requests_that_passed_the_look_up_gets_the_claim() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);
        let replica = |number: usize| &replicas[number % 2];

        let (passed, claims) = block_on(async {
            let look_ups = (0..REQUESTS).map(|number| look_up(replica(number), "key", "{}"));
            let passed = join_all(look_ups).await;
            (passed, join_all((0..REQUESTS).map(|number| begin(replica(number), "key"))).await)
        });

        assert_eq!(passed, [const { KeyState::New }; REQUESTS], "{}", engine.name);
        let claims: Vec<ClaimResult> = claims.into_iter().map(Result::unwrap).collect();
        let lost = claims.iter().filter(|result| is_in_progress(result)).count();
        let won = claims.iter().filter(|result| matches!(result, ClaimResult::Claimed(_))).count();
        assert_eq!((won, lost), (1, REQUESTS - 1), "{}", engine.name);
        close(replicas);
        assert_eq!(engine.connection().count("sign_ups"), 1, "{}", engine.name);
    });
}

#[test]
fn a_closed_store_is_unavailable() {
    on_every_engine(|engine| {
        let store = open(engine);
        block_on(store.close());

        let known = block_on(store.look_up(&keyed("key", "{}")));
        let claimed = block_on(begin(&store, "key"));

        assert!(matches!(known, Err(StoreError::Closed)), "{}: {known:?}", engine.name);
        assert!(matches!(claimed, Err(StoreError::Closed)), "{}", engine.name);
        assert_eq!(store.unavailable().as_deref(), Some("the store is closed"), "{}", engine.name);
    });
}

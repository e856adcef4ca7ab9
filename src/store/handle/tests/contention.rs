//! Requests that use the same few keys at once, at two replicas.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::future::{join_all, poll_immediate};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::support::{attempt, begin, block_on, close, created, open_two};
use crate::store::{
    ClaimResult, Completion, KeyOutcome, KeyState, Memory, Store, tests::support::on_every_engine,
};

const KEYS: usize = 3;
const REQUESTS: usize = 400;

/// Number of requests that run at the same time.
const AT_ONCE: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Freed,
    Unknown,
    /// The client disconnects before the store has the claim.
    Left,
}

fn completion(fate: Fate) -> Completion {
    let (key, memory, outcome) = match fate {
        Fate::Unknown => (KeyOutcome::Unknown, Some(Memory::Unknown), "unknown"),
        Fate::Freed | Fate::Left => (KeyOutcome::Free, None, "not_created"),
    };
    Completion { key, memory, attempt: attempt(outcome) }
}

/// Executes one request, and returns `true` if the request held its key.
async fn request(store: &Store, key: usize, fate: Fate, holders: &AtomicUsize) -> bool {
    let key = format!("key {key}");
    if fate == Fate::Left {
        assert!(poll_immediate(begin(store, &key)).await.is_none());
        return false;
    }
    match begin(store, &key).await.unwrap() {
        ClaimResult::Claimed(claim) => {
            assert_eq!(holders.fetch_add(1, SeqCst), 0, "two requests hold {key}");
            tokio::task::yield_now().await;
            holders.fetch_sub(1, SeqCst);
            assert!(
                store.end(claim, completion(fate)).await.unwrap(),
                "another request took {key} over"
            );
            true
        }
        ClaimResult::Lost(KeyState::InProgress(_)) => false,
        ClaimResult::Lost(known) => panic!("{key}: {known:?}"),
    }
}

#[test]
fn a_key_has_one_holder_at_a_time() {
    let fate = prop_oneof![4 => Just(Fate::Freed), 1 => Just(Fate::Unknown), 2 => Just(Fate::Left)];
    let fates = proptest::collection::vec((0..KEYS, fate), REQUESTS);
    let fates = fates.new_tree(&mut TestRunner::deterministic()).unwrap().current();
    on_every_engine(|engine| {
        let replicas = open_two(engine);
        let holders = [const { AtomicUsize::new(0) }; KEYS];

        let mut held = 0;
        for some in fates.chunks(AT_ONCE) {
            let requests = some.iter().enumerate().map(|(number, (key, fate))| {
                request(&replicas[number % 2], *key, *fate, &holders[*key])
            });
            let results = block_on(join_all(requests));
            held += results.into_iter().filter(|is_held| *is_held).count();
        }

        let last = block_on(async {
            let keys = (0..KEYS).map(|key| created_at_last(&replicas[0], key));
            join_all(keys).await
        });
        assert_eq!(last, ["the response"; KEYS], "{}", engine.name);
        assert_eq!([&replicas[0], &replicas[1]].map(Store::unavailable), [None, None]);
        close(replicas);
        let mut connection = engine.connection();
        for (table, expected) in
            [("attempts", held + KEYS), ("sign_ups", held + KEYS), ("idempotency_keys", KEYS)]
        {
            let rows = usize::try_from(connection.count(table)).unwrap();
            assert_eq!(rows, expected, "{}: {table}", engine.name);
        }
    });
}

/// Creates the account with a key as soon as the key is free, and returns the stored response.
async fn created_at_last(store: &Store, key: usize) -> String {
    let key = format!("key {key}");
    loop {
        match begin(store, &key).await.unwrap() {
            ClaimResult::Claimed(claim) => {
                assert!(store.end(claim, created("the response")).await.unwrap());
            }
            ClaimResult::Lost(KeyState::InProgress(_)) => tokio::task::yield_now().await,
            ClaimResult::Lost(KeyState::Stored(response)) => {
                return String::from_utf8(response).unwrap();
            }
            ClaimResult::Lost(known) => panic!("{key}: {known:?}"),
        }
    }
}

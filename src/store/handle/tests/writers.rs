//! The writer: the time of its results, and the effects of a full queue and of a rejected row.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::{
    future::{join_all, poll_immediate},
    poll,
};

use super::support::{
    Lock, attempt, begin, begin_confirm, block_on, close, counted, created, held, keyed, open,
    open_with, sign_up, until,
};
use crate::{
    metrics::Metrics,
    store::{
        AccountOwner, Attempt, AuditLog, Claim, ClaimResult, Completion, ExpectedSeals, KeyOutcome,
        KeyState, Migrate, OutputFormat, PriorAttempt, Store, StoreError, id,
        tests::support::{Engine, KEY, on_every_engine, reject_a_code},
    },
};

fn claims(store: &Store, count: usize) -> Vec<Claim> {
    let claims = (0..count).map(async |number| begin(store, &format!("key {number}")).await);
    block_on(join_all(claims)).into_iter().map(held).collect()
}

/// Claims a key once no other request holds it.
fn claim_when_free(store: &Store, key: &str) -> Claim {
    let is_free = |result: &Result<ClaimResult, StoreError>| {
        !matches!(result, Ok(ClaimResult::Lost(KeyState::InProgress(_))) | Err(_))
    };
    held(until("the key is free", || block_on(begin(store, key)), is_free))
}

#[test]
fn sends_a_result_after_its_commit() {
    on_every_engine(|engine| {
        let store = open(engine);
        let mut other = engine.connection();

        for number in 1..=10 {
            let claim = held(block_on(begin(&store, &format!("key {number}"))));
            let claimed = (other.count("idempotency_keys"), other.count("sign_ups"));
            block_on(store.end(claim, created("the response"))).unwrap();
            let ended = (other.count("responses"), other.count("attempts"));

            assert_eq!((claimed, ended), ((number, number), (number, number)), "{}", engine.name);
        }
        close([store]);
    });
}

#[test]
fn seals_the_attempt_of_every_request_with_a_key() {
    on_every_engine(|engine| {
        let store = open(engine);
        let outcomes = [
            KeyOutcome::Stored(b"the response".to_vec()),
            KeyOutcome::Unknown,
            KeyOutcome::Free,
            // The last two requests have the same key. The second request takes the key over.
            KeyOutcome::Unknown,
            KeyOutcome::Free,
        ];

        for (number, key) in outcomes.into_iter().enumerate() {
            let claim = held(block_on(begin(&store, &format!("key {}", number.min(3)))));
            block_on(store.end(claim, Completion { key, ..created("") })).unwrap();
        }
        close([store]);

        let mut log = block_on(AuditLog::open(&engine.config(&[]))).unwrap();
        let mut printed = Vec::new();
        let (expected, format) = (ExpectedSeals::default(), OutputFormat::Text);
        let result =
            log.verify(&expected, format, id::now(), &mut printed, &mut |_| Ok(())).unwrap();
        let printed = String::from_utf8(printed).unwrap();
        assert_eq!((result.sealed, result.alterations), (5, 0), "{}: {printed}", engine.name);
    });
}

#[test]
fn an_idle_store_responds_at_once() {
    on_every_engine(|engine| {
        let store = open(engine);

        let began = Instant::now();
        for _ in 0..100 {
            block_on(store.look_up(&keyed("key", "{}"))).unwrap();
        }

        // A lost wake-up would delay a request by a second.
        assert!(began.elapsed() < Duration::from_secs(20), "{}", engine.name);
        close([store]);
    });
}

#[test]
fn drops_only_the_row_that_the_database_rejects() {
    on_every_engine(|engine| {
        reject_a_code(engine);
        let codes = match engine.name {
            "SQLite" => ["rejected", "rejected"],
            // PostgreSQL stores no NUL character.
            _ => ["rejected", "a\0b"],
        };
        let metrics = Metrics::default();
        let store = open_with(engine, &[], &metrics);
        let claims = claims(&store, 40);
        let lock = Lock::new(engine);

        let results = block_on(async {
            let ends = claims.into_iter().enumerate().map(|(number, claim)| {
                let completion = created("the response");
                let code = if number % 20 == 7 { codes[number / 20] } else { "created" };
                let attempt = Attempt { code, ..completion.attempt };
                store.end(claim, Completion { attempt, ..completion })
            });
            let mut ends = pin!(join_all(ends));
            assert!(poll!(&mut ends).is_pending(), "{}", engine.name);
            tokio::task::spawn_blocking(|| drop(lock)).await.unwrap();
            ends.await
        });

        let rejected: Vec<usize> =
            (0..40).filter(|number| !matches!(results[*number], Ok(true))).collect();
        assert_eq!(rejected, [7, 27], "{}: {results:?}", engine.name);
        assert_eq!(store.unavailable(), None, "{}", engine.name);
        close([store]);
        assert_eq!(engine.connection().count("attempts"), 38, "{}", engine.name);
        assert_eq!(counted(&metrics, "database_rows_lost"), 2, "{}", engine.name);
    });
}

#[test]
fn undoes_a_claim_whose_request_timed_out() {
    on_every_engine(|engine| {
        let store = open(engine);
        let lock = Lock::new(engine);
        block_on(async {
            // The writer takes the first claim alone. The other claims share a transaction.
            for key in ["first", "key", "other key"] {
                assert!(poll_immediate(begin(&store, key)).await.is_none(), "{}", engine.name);
            }
            let confirm = poll_immediate(begin_confirm(&store, "ada@example.com"));
            assert!(confirm.await.is_none(), "{}", engine.name);
        });

        drop(lock);

        for key in ["first", "key", "other key"] {
            let claim = claim_when_free(&store, key);
            assert!(!claim.is_takeover(), "{}: {key}", engine.name);
        }
        close([store]);
        let mut connection = engine.connection();
        assert_eq!(connection.count("sign_ups"), 3, "{}", engine.name);
        assert_eq!(connection.count("confirms"), 0, "{}", engine.name);
    });
}

#[test]
fn a_full_queue_makes_the_database_unavailable() {
    on_every_engine(|engine| {
        let metrics = Metrics::default();
        let store = open_with(engine, &[("DATABASE__COMMIT_TIMEOUT", "100ms")], &metrics);
        let claim = held(block_on(begin(&store, "key")));
        let lock = Lock::new(engine);

        let (waiting, rejected, ended) = block_on(async {
            let mut requests = Vec::new();
            let rejected = loop {
                let number = requests.len();
                let mut request = Box::pin(async { begin(&store, "another key").await.map(drop) });
                match poll_immediate(&mut request).await {
                    None => requests.push(request),
                    Some(result) => break result,
                }
                assert!(number < 10_000, "{}: the queue does not become full", engine.name);
            };
            let ended = store.end(claim, created("the response")).await;
            (requests.len(), rejected, ended)
        });

        drop(lock);
        assert!(waiting >= 4096, "{}: {waiting}", engine.name);
        assert!(matches!(rejected, Err(StoreError::Unavailable(_))), "{}", engine.name);
        assert!(matches!(ended, Err(StoreError::Unavailable(_))), "{}", engine.name);
        assert_eq!(counted(&metrics, "database_rows_lost"), 1, "{}", engine.name);
        close([store]);
        assert_eq!(engine.connection().count("sign_ups"), 1, "{}", engine.name);
    });
}

#[test]
fn stores_a_late_end() {
    on_every_engine(|engine| {
        let metrics = Metrics::default();
        let store = open_with(engine, &[("DATABASE__COMMIT_TIMEOUT", "100ms")], &metrics);
        let claim = held(block_on(begin(&store, "key")));
        let lock = Lock::new(engine);

        let ended = block_on(store.end(claim, created("the response")));
        drop(lock);

        assert!(matches!(ended, Err(StoreError::Unavailable(_))), "{}: {ended:?}", engine.name);
        let mut connection = engine.connection();
        until("the end is stored", || connection.count("attempts"), |rows| *rows == 1);
        let known = block_on(store.look_up(&keyed("key", "{}"))).unwrap();
        assert_eq!(known, KeyState::Stored(b"the response".to_vec()), "{}", engine.name);
        assert_eq!(counted(&metrics, "database_rows_lost"), 0, "{}", engine.name);
        close([store]);
    });
}

#[test]
fn does_not_wait_for_an_end_without_dependents() {
    on_every_engine(|engine| {
        let store = open(engine);
        let claim = held(block_on(async {
            let password = "password".into();
            store.claim(None, sign_up("ada@example.com", &password)).await
        }));
        let lock = Lock::new(engine);

        let rejected = Completion { attempt: attempt("not_created"), ..created("") };
        let ended = block_on(poll_immediate(store.end(claim, rejected)));

        assert!(matches!(ended, Some(Ok(true))), "{}: {ended:?}", engine.name);
        drop(lock);
        close([store]);
        assert_eq!(engine.connection().count("attempts"), 1, "{}", engine.name);
    });
}

#[test]
fn a_database_in_memory_needs_no_file() {
    for key in [Some(KEY.into()), None] {
        let mut config = Engine::sqlite().config(&[]);
        "sqlite::memory:".clone_into(&mut config.database.url);
        config.database.key = key;
        let opened = Store::open(&config, Duration::ZERO, Migrate::Auto, Metrics::default());
        let store = block_on(opened).unwrap();

        let (first, prior) = block_on(async {
            let claim = held(begin(&store, "key").await);
            store.end(claim, created("the response")).await.unwrap();
            let again = held(begin(&store, "another key").await);
            (begin(&store, "key").await.unwrap(), store.existing(&again).await.unwrap())
        });

        assert!(matches!(first, ClaimResult::Lost(KeyState::Stored(_))), "{first:?}");
        assert_eq!(prior, Some(AccountOwner::SameUser(PriorAttempt::Created)));
        close([store]);
    }
}

//! Two stores that write to one SQLite file at once.

use std::{collections::BTreeSet, sync::Barrier, thread};

use futures_util::future::join_all;

use super::support::{
    attempt, begin_confirm, begin_without_key, block_on, close, created, held, open_two,
};
use crate::store::{
    AccountOwner, Attempt, Completion, IdempotentRequest, KeyOutcome, Operation, PriorAttempt,
    Store, Subject, tests::support::Engine,
};

const ROUNDS: usize = 30;

/// Number of users whose requests one store executes at once.
const AT_ONCE: usize = 4;

async fn sign_up(store: &Store, name: &str) {
    let claim = begin_without_key(store, name, "password").await;
    assert!(store.end(claim, created("the response")).await.unwrap());
}

/// Runs a confirm for an account that Cognito reports as confirmed.
async fn confirm(store: &Store, name: &str) {
    let claim = begin_confirm(store, name).await;
    assert_eq!(store.confirmed_before(&claim).await.unwrap(), None);
    let completion = Completion {
        key: KeyOutcome::Free,
        memory: None,
        attempt: Attempt { operation: Operation::Confirm, ..attempt("not_confirmed") },
    };
    assert!(store.end(claim, completion).await.unwrap());
}

/// Runs a resend, for which the store writes a key but no intent.
async fn resend(store: &Store, name: &str) {
    let request = IdempotentRequest { key: name.into(), route: "/resend", body: "{}".into() };
    let claim = held(store.claim(Some(&request), Subject::Resend).await);
    let completion = Completion {
        key: KeyOutcome::Stored(name.into()),
        memory: None,
        attempt: Attempt { operation: Operation::Resend, ..attempt("sent") },
    };
    assert!(store.end(claim, completion).await.unwrap());
    store.record(Attempt { operation: Operation::Resend, ..attempt("sent") }).await;
}

#[test]
fn loses_no_row_and_assigns_no_id_twice() {
    let engine = Engine::sqlite();
    let stores = open_two(&engine);
    let together = Barrier::new(2);

    thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            let together = &together;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    together.wait();
                    block_on(join_all((0..AT_ONCE).map(async |request| {
                        let name = format!("{number}-{round}-{request}@example.com");
                        tokio::join!(
                            sign_up(store, &name),
                            confirm(store, &name),
                            resend(store, &name)
                        );
                    })));
                }
            });
        }
    });

    close(stores);
    let mut connection = engine.connection();
    let requests = 2 * ROUNDS * AT_ONCE;
    for (rows, expected) in [
        ("sign_ups", requests),
        ("confirms", 0),
        ("idempotency_keys", requests),
        ("responses", requests),
        ("attempts WHERE operation = 'register'", requests),
        ("attempts WHERE operation = 'confirm'", requests),
        ("attempts WHERE operation = 'resend'", 2 * requests),
    ] {
        assert_eq!(usize::try_from(connection.count(rows)).unwrap(), expected, "{rows}");
    }
    let sql = "SELECT id FROM attempts UNION ALL SELECT claim FROM idempotency_keys";
    let ids: BTreeSet<i64> = connection.rows(sql).iter().map(|row| row.int(0)).collect();
    assert_eq!(ids.len(), 4 * requests, "each request has its own id");
}

#[test]
fn each_store_finds_all_sign_ups_after_simultaneous_writes() {
    let engine = Engine::sqlite();
    let stores = open_two(&engine);
    let names = |number: usize| (0..40).map(move |name| format!("{number}-{name}@example.com"));
    let together = Barrier::new(2);
    thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            let together = &together;
            scope.spawn(move || {
                for name in names(number) {
                    together.wait();
                    block_on(sign_up(store, &name));
                }
            });
        }
    });

    for (number, store) in stores.iter().enumerate() {
        let found = block_on(join_all(names(1 - number).map(async |name| {
            let claim = begin_without_key(store, &name, "password").await;
            store.existing(&claim).await.unwrap()
        })));

        assert_eq!(
            found,
            vec![Some(AccountOwner::SameUser(PriorAttempt::Created)); 40],
            "{number}"
        );
    }
    close(stores);
}

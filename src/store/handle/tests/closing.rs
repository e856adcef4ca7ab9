//! Closing a store: the writer stores the waiting commands, or counts them as lost.

use std::{pin::pin, time::Duration};

use futures_util::{future::join_all, poll};
use tokio::time::timeout;

use super::support::{
    IMPATIENT, Lock, attempt, begin, block_on, close, counted, created, held, open_with,
};
use crate::{
    metrics::Metrics,
    store::{Attempt, Operation, Store, tests::support::on_every_engine},
};

const REQUESTS: i64 = 200;

/// Ends many requests without waiting for the results.
async fn end_many(store: &Store) {
    let claims = join_all(
        (0..REQUESTS).map(async |number| held(begin(store, &format!("key {number}")).await)),
    );
    for claim in claims.await {
        let mut end = pin!(store.end(claim, created("the response")));
        assert!(poll!(&mut end).is_pending());
    }
}

#[test]
fn writes_queued_commands_before_closing() {
    on_every_engine(|engine| {
        let metrics = Metrics::default();
        let store = open_with(engine, &[], &metrics);

        block_on(async {
            end_many(&store).await;
            store.record(Attempt { operation: Operation::Resend, ..attempt("sent") }).await;
        });
        store.count_rejection(Operation::Register, "too_many_requests");
        store.count_rejection(Operation::Register, "too_many_requests");
        store.message_sent(Some(44), None, true);
        close([store]);

        let mut connection = engine.connection();
        for (rows, expected) in [
            ("attempts", REQUESTS + 1),
            ("responses WHERE response IS NOT NULL", REQUESTS),
            ("rejections WHERE count = 2", 1),
            ("calling_codes WHERE sent = 1", 1),
            ("seals WHERE mac IS NULL", 0),
        ] {
            assert_eq!(connection.count(rows), expected, "{}: {rows}", engine.name);
        }
        assert_eq!(counted(&metrics, "database_rows_lost"), 0, "{}", engine.name);
    });
}

#[test]
fn counts_lost_rows_if_the_database_is_unavailable() {
    on_every_engine(|engine| {
        let metrics = Metrics::default();
        let store = open_with(engine, &IMPATIENT, &metrics);
        let claims = block_on(async {
            let begun =
                (0..REQUESTS).map(async |number| begin(&store, &format!("key {number}")).await);
            join_all(begun).await.into_iter().map(held).collect::<Vec<_>>()
        });
        let lock = Lock::new(engine);

        let closed = block_on(async {
            for claim in claims {
                let mut end = pin!(store.end(claim, created("the response")));
                assert!(poll!(&mut end).is_pending(), "{}", engine.name);
            }
            timeout(Duration::from_mins(1), store.close()).await
        });

        drop(lock);
        assert!(closed.is_ok(), "{}: the store does not close", engine.name);
        let written = engine.connection().count("attempts");
        let lost = counted(&metrics, "database_rows_lost");
        assert_eq!((written, lost), (0, 200), "{}", engine.name);
    });
}

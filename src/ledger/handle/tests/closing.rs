//! What is buffered and queued: written when the ledger closes, or counted.

use std::pin::pin;

use futures_util::poll;
use tokio::time::timeout;

use super::{super::REJECTIONS, *};
use crate::ledger::tests::support::{count, on_every_engine};

#[tokio::test]
async fn refusals_beyond_the_buffer_are_counted() {
    on_every_engine(async |engine| {
        let metrics = Metrics::default();
        let ledger = engine.ledger_with(|_| {}, metrics.clone()).await;

        for _ in 0..REJECTIONS + 3 {
            ledger.refused(attempt("not_created"));
        }
        ledger.close().await;

        assert_eq!(counted(&metrics, "ledger_refusals_lost"), 3, "{}", engine.name);
        let mut another = engine.connection().await;
        let written = i64::try_from(REJECTIONS).unwrap();
        assert_eq!(count(&mut another, "attempts").await, written, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn writes_what_is_queued_before_it_closes() {
    on_every_engine(async |engine| {
        let metrics = Metrics::default();
        let ledger = engine.ledger_with(|_| {}, metrics.clone()).await;
        let mut requests = Vec::new();
        for number in 0..200 {
            requests.push(held(&ledger, &format!("key {number}")).await);
        }
        ledger.refused(attempt("not_created"));
        for held in requests {
            let mut end = pin!(ledger.end(held, created("the answer")));
            assert!(poll!(&mut end).is_pending(), "{}", engine.name);
        }

        ledger.close().await;

        let mut another = engine.connection().await;
        assert_eq!(count(&mut another, "attempts").await, 201, "{}", engine.name);
        let kept = "idempotency_keys WHERE answer IS NOT NULL";
        assert_eq!(count(&mut another, kept).await, 200, "{}", engine.name);
        assert_eq!(counted(&metrics, "ledger_rows_lost"), 0, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn closes_and_counts_what_is_lost_where_the_database_is_away() {
    on_every_engine(async |engine| {
        let metrics = Metrics::default();
        let ledger = engine.ledger_with(impatient, metrics.clone()).await;
        let mut requests = Vec::new();
        for number in 0..200 {
            requests.push(held(&ledger, &format!("key {number}")).await);
        }
        let lock = Lock::new(engine).await;
        ledger.refused(attempt("not_created"));
        for held in requests {
            let mut end = pin!(ledger.end(held, created("the answer")));
            assert!(poll!(&mut end).is_pending(), "{}", engine.name);
        }

        let closed = timeout(Duration::from_mins(1), ledger.close()).await;

        assert!(closed.is_ok(), "{}: it never closes", engine.name);
        let lost =
            counted(&metrics, "ledger_rows_lost") + counted(&metrics, "ledger_refusals_lost");
        lock.release().await;
        let mut another = engine.connection().await;
        let written = count(&mut another, "attempts").await;
        assert_eq!((written, lost), (0, 201), "{}: nothing is lost in silence", engine.name);
    })
    .await;
}

//! The wait helpers of `tests/support`.

use std::{
    future::{pending, ready},
    time::Duration,
};

use crate::wait::{stays_pending, until, until_found_within};

#[actix_web::test]
async fn until_returns_the_result_that_satisfies_the_condition() {
    let mut looks = 0;

    let look = async || {
        looks += 1;
        looks
    };
    let seen = until("the third look", look, |looks| *looks == 3).await;

    assert_eq!(seen, 3);
}

#[actix_web::test]
#[should_panic(expected = "timed out after 10ms: two are two. Last result: Some(\n    1,\n)")]
async fn a_timeout_reports_the_condition_and_the_last_result() {
    let look = async || Err::<(), _>(1);
    until_found_within(Duration::from_millis(10), "two are two", look).await;
}

#[actix_web::test]
#[should_panic(expected = "timed out after 10ms: a response. Last result: None")]
async fn a_timeout_interrupts_a_blocked_check() {
    let look = pending::<Result<(), ()>>;
    until_found_within(Duration::from_millis(10), "a response", look).await;
}

#[actix_web::test]
async fn stays_pending_detects_blocked_futures() {
    assert!(stays_pending(pending::<()>()).await);
    assert!(!stays_pending(ready(())).await);
}

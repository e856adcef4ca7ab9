//! The helpers that all tests wait with.

use std::{
    future::{pending, ready},
    time::Duration,
};

use crate::wait::{stays_pending, until, until_found_within};

#[actix_web::test]
async fn a_wait_ends_with_what_is_seen_when_its_condition_holds() {
    let mut looks = 0;

    let look = async || {
        looks += 1;
        looks
    };
    let seen = until("the third look", look, |looks| *looks == 3).await;

    assert_eq!(seen, 3);
}

#[actix_web::test]
#[should_panic(expected = "not within 10ms: two are two. Seen last: Some(\n    1,\n)")]
async fn a_wait_in_vain_says_what_it_waited_for_and_what_it_saw_last() {
    let look = async || Err::<(), _>(1);
    until_found_within(Duration::from_millis(10), "two are two", look).await;
}

#[actix_web::test]
#[should_panic(expected = "not within 10ms: an answer. Seen last: None")]
async fn a_look_that_never_ends_is_bounded_too() {
    let look = pending::<Result<(), ()>>;
    until_found_within(Duration::from_millis(10), "an answer", look).await;
}

#[actix_web::test]
async fn what_never_ends_still_waits_and_what_has_ended_does_not() {
    assert!(stays_pending(pending::<()>()).await);
    assert!(!stays_pending(ready(())).await);
}

//! A fleet accepts the proof of a bot check once. Each replica does this while the store is
//! unavailable.

use std::time::Duration;

use altcha::{SolveChallengeOptions, solve_challenge, types::Challenge};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::future::join_all;
use serde_json::json;

use crate::{
    own_redis::OwnRedis,
    site::{Store, replica_that_remembers},
    support::{PASSWORD, Response, Service},
    wait::delay_for,
};

on_both_stores! {
    one_of_simultaneous_requests_consumes_a_name,
    a_name_expires,
    a_name_is_consumed_once_while_limits_are_off,
}

const LONG: Duration = Duration::from_mins(10);

fn fleet() -> [u8; 16] {
    fastrand::u128(..).to_be_bytes()
}

async fn one_of_simultaneous_requests_consumes_a_name(store: Store) {
    let replica = replica_that_remembers(&store.url(), &fleet(), &[], Some(LONG)).await;

    let together = (0..100).map(|_| replica.limits.consume_once("a proof"));
    let counted = join_all(together).await.into_iter().filter(|counts| *counts).count();

    assert_eq!(counted, 1);
    assert!(replica.limits.consume_once("another proof").await);
    assert!(!replica.limits.consume_once("a proof").await);
}

async fn a_name_expires(store: Store) {
    let remembers = Some(Duration::from_secs(3));
    let replica = replica_that_remembers(&store.url(), &fleet(), &[], remembers).await;

    let first = replica.limits.consume_once("a proof").await;
    let second = replica.limits.consume_once("a proof").await;
    // The test waits for a time, because it is about this time.
    delay_for(Duration::from_millis(3_100)).await;
    let third = replica.limits.consume_once("a proof").await;

    assert_eq!([first, second, third], [true, false, true]);
}

async fn a_name_is_consumed_once_while_limits_are_off(store: Store) {
    let settings = [("LIMITS__MODE", "off")];
    let fleet = fleet();
    let replica = replica_that_remembers(&store.url(), &fleet, &settings, Some(LONG)).await;

    let first = replica.limits.consume_once("a proof").await;
    let second = replica.limits.consume_once("a proof").await;

    assert_eq!([first, second], [true, false]);
}

#[actix_web::test]
async fn a_fleet_shares_consumed_names() {
    let (url, ours) = (Store::Redis.url(), fleet());
    let open = async |name: &[u8; 16], mode| {
        replica_that_remembers(&url, name, &[("LIMITS__MODE", mode)], Some(LONG)).await
    };
    let (one, other, foreign) =
        (open(&ours, "enforce").await, open(&ours, "off").await, open(&fleet(), "enforce").await);

    assert!(one.limits.consume_once("a proof").await);

    assert!(!other.limits.consume_once("a proof").await, "with and without limits");
    assert!(foreign.limits.consume_once("a proof").await, "another deployment");
}

#[actix_web::test]
async fn each_replica_remembers_names_while_the_store_is_unavailable() {
    let redis = OwnRedis::start().await;
    let replica = replica_that_remembers(&redis.url(), &fleet(), &[], Some(LONG)).await;
    drop(redis);

    let first = replica.limits.consume_once("a proof").await;
    let second = replica.limits.consume_once("a proof").await;

    assert_eq!([first, second], [true, false]);
}

#[actix_web::test]
async fn a_replica_remembers_its_names_if_the_store_returns_empty() {
    let mut redis = OwnRedis::start().await;
    let (url, ours) = (redis.url(), fleet());
    let one = replica_that_remembers(&url, &ours, &[], Some(LONG)).await;
    let other = replica_that_remembers(&url, &ours, &[], Some(LONG)).await;
    assert!(one.limits.consume_once("seen while available").await);

    redis.kill();
    let during_outage = one.limits.consume_once("seen while available").await;
    assert!(one.limits.consume_once("seen while unavailable").await);
    redis.start_again().await;
    one.until_the_store_is_available(true).await;
    other.until_the_store_is_available(true).await;

    assert!(!during_outage);
    assert!(!one.limits.consume_once("seen while available").await);
    assert!(!one.limits.consume_once("seen while unavailable").await);
    assert!(
        other.limits.consume_once("seen while available").await,
        "the other replica does not know it"
    );
}

/// Solves a challenge of one replica at another. Both replicas reject a proof that one of them
/// accepted before.
#[actix_web::test]
async fn a_proof_of_work_is_accepted_by_one_of_two_replicas() {
    let (url, key) = (Store::Redis.url(), format!("{:032x}", fastrand::u128(..)));
    let settings = [
        ("BOT_CHECK__PROVIDER", "proof_of_work"),
        ("BOT_CHECK__PROOF_OF_WORK__COST", "20"),
        ("BOT_CHECK__PROOF_OF_WORK__DIFFICULTY", "1"),
        ("LIMITS__STORE", url.as_str()),
        ("LIMITS__STORE_TIMEOUT", "1s"),
        ("DATABASE__KEY", key.as_str()),
    ];
    let (one, other) = (Service::start(&settings).await, Service::start(&settings).await);
    let response = Response::of(one.get("/register/challenge")).await;
    let challenge: Challenge = serde_json::from_str(&response.text).expect("it is a challenge");
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).expect("it is solvable");
    let payload = json!({"challenge": challenge, "solution": solution.expect("in time")});
    let proof = BASE64_STANDARD.encode(payload.to_string());
    let form = |email| json!({"email": email, "password": PASSWORD, "human_proof": proof});

    let first = other.register(&form("ada@example.com")).await;
    let second = one.register(&form("bob@example.com")).await;
    let third = other.register(&form("eve@example.com")).await;

    assert_eq!(first.status, 201, "{}", first.text);
    second.assert_problem(422, "not-human", "the replica of the challenge");
    third.assert_problem(422, "not-human", "the replica that accepted it");
}

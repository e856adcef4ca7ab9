//! Simultaneous requests with one key, and requests after an unknown outcome.

use std::collections::BTreeMap;

use actix_web::rt::spawn;
use futures_util::future::join_all;

use crate::{
    database::Engine,
    gate::Gate,
    site::{InPool, Site, assert_pending, assert_replayed, assert_same, form, is_replayed},
    support::Response,
    wait::until,
    wire::{Wire, head},
};

async fn others_get_request_in_progress_while_the_first_one_runs(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let gate = Gate::start(&site.pool.url()).await;
    let behind_it = [("COGNITO__ENDPOINT", gate.url.as_str())];
    let (one, other) = (site.replica_with(&behind_it).await, site.replica().await);
    let (email, body) = ("ada@example.com", form("ada@example.com"));
    let first = spawn(Response::of(site.request(&one, &body).header("idempotency-key", "k")));
    until("the call is in progress", async || site.in_pool(email), |it| it.calls == 1).await;

    let here = site.register(&one, "k", &body).await;
    let there = site.register(&other, "k", &body).await;
    gate.open();
    let first = first.await.expect("the service responds");
    let again = site.register(&other, "k", &body).await;

    for response in [here, there] {
        response.assert_problem(409, "request-in-progress", "under way");
        let seconds = response.header("retry-after").and_then(|value| value.parse::<u64>().ok());
        assert!(seconds.is_some_and(|seconds| (1..=15).contains(&seconds)), "{seconds:?}");
        assert_eq!(response.json()["retry_after_seconds"].as_u64(), seconds, "{}", response.text);
        let title = response.json()["title"].clone();
        let wait = format!("in {} seconds.", seconds.unwrap_or_default());
        assert!(title.as_str().is_some_and(|title| title.ends_with(&wait)), "{title}");
    }
    assert_eq!(first.status, 201, "{}", first.text);
    assert_replayed(&again, &first, "afterwards");
    assert_eq!(site.in_pool(email), InPool { accounts: 1, calls: 1 });
}

async fn stores_a_response_although_the_client_disconnected(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replica = site.replica().await;
    let (email, body) = ("signup.delay-250ms@example.com", form("signup.delay-250ms@example.com"));
    let mut caller = Wire::connect(&replica.url).await;
    let text = body.to_string();
    let mut request = head(&format!(
        "POST /register HTTP/1.1\nContent-Type: application/json\nIdempotency-Key: k\n\
         Content-Length: {}",
        text.len()
    ));
    request.extend_from_slice(text.as_bytes());
    caller.send(request).await;
    until("the call is in progress", async || site.in_pool(email), |it| it.calls == 1).await;
    drop(caller);

    let response = site.register_patiently(&replica, "k", &body).await;

    assert_eq!(response.status, 201, "{}", response.text);
    assert!(is_replayed(&response), "{:?}", response.headers);
    assert_eq!(site.in_pool(email), InPool { accounts: 1, calls: 1 });
}

async fn the_next_request_takes_over_after_an_unknown_outcome(engine: Engine) {
    let site = Site::new(engine, &[("COGNITO__READ_TIMEOUT", "2s")]).await;
    let replicas = [site.replica().await, site.replica().await];
    for (case, status) in [
        ("created-hang", 504),
        ("reset-after", 502),
        ("empty-200", 502),
        ("empty-object", 502),
        ("created-then-internal-error", 502),
        ("created-then-unexpected-lambda", 502),
    ] {
        for (number, next) in replicas.iter().enumerate() {
            let email = format!("signup.{case}+{number}@example.com");
            let lost = site.register(&replicas[0], &email, &form(&email)).await;
            let taken_over = site.register(next, &email, &form(&email)).await;
            let again = site.register(&replicas[0], &email, &form(&email)).await;

            assert_eq!(lost.status, status, "{email}: {}", lost.text);
            assert_pending(&taken_over, &email);
            assert!(!is_replayed(&taken_over), "{email}: it was sent");
            assert_replayed(&again, &taken_over, &email);
            assert_eq!(site.in_pool(&email), InPool { accounts: 1, calls: 2 }, "{email}");
        }
    }
}

async fn never_stores_an_unknown_outcome(engine: Engine) {
    let site = Site::new(engine, &[("COGNITO__READ_TIMEOUT", "2s")]).await;
    let replica = site.replica().await;
    for (case, status) in [("hang", 504), ("internal-error", 502), ("reset-before", 502)] {
        let email = format!("signup.{case}@example.com");
        for calls in 1..=3 {
            let response = site.register(&replica, &email, &form(&email)).await;

            assert_eq!(response.status, status, "{email}: {}", response.text);
            assert!(!is_replayed(&response), "{email}");
            assert_eq!(site.in_pool(&email), InPool { accounts: 0, calls }, "{email}");
        }
    }
}

async fn sixty_four_clients_with_one_key_create_one_account(engine: Engine) {
    for email in ["ada@example.com", "signup.delay-250ms@example.com"] {
        let site = Site::new(engine, &[]).await;
        let replicas = [site.replica().await, site.replica().await];
        let body = form(email);

        let clients =
            (0..64).map(|number| site.register_patiently(&replicas[number % 2], "k", &body));
        let responses = join_all(clients).await;

        let mut replayed = BTreeMap::<bool, usize>::new();
        for response in &responses {
            assert_eq!(response.status, 201, "{email}: {}", response.text);
            assert_same(response, &responses[0], email);
            *replayed.entry(is_replayed(response)).or_default() += 1;
        }
        assert_eq!(replayed, BTreeMap::from([(false, 1), (true, 63)]), "{email}");
        assert_eq!(site.in_pool(email), InPool { accounts: 1, calls: 1 }, "{email}");
    }
}

on_both_engines! {
    others_get_request_in_progress_while_the_first_one_runs,
    stores_a_response_although_the_client_disconnected,
    the_next_request_takes_over_after_an_unknown_outcome,
    never_stores_an_unknown_outcome,
    sixty_four_clients_with_one_key_create_one_account,
}

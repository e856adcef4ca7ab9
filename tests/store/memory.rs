//! Recent sign-ups, which all replicas share for 15 minutes. Even without a key, no response claims
//! that the user's own account belongs to another user.

use actix_web::rt::spawn;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    database::Engine,
    gate::Gate,
    process::Process,
    site::{InPool, Site, assert_pending, form},
    support::{PASSWORD, Response},
    wait::until,
};

fn with_password(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

fn assert_taken(response: &Response, case: &str) {
    response.assert_problem(409, "account-exists", case);
    assert_eq!(response.violations(), ["/email taken"], "{case}");
}

async fn any_replica_accepts_a_retry_after_a_lost_response(engine: Engine) {
    let site = Site::new(engine, &[("COGNITO__READ_TIMEOUT", "2s")]).await;
    let (one, other) = (site.replica().await, site.replica().await);
    for (email, status) in [
        ("ada@example.com", 201),
        ("signup.created-hang@example.com", 504),
        ("signup.reset-after@example.com", 502),
        ("signup.empty-200@example.com", 502),
        ("signup.created-then-internal-error@example.com", 502),
    ] {
        let lost = site.register_without_key(&one, &form(email)).await;
        let stranger = with_password(email, "Wrong-guess-1");
        let stranger = site.register_without_key(&other, &stranger).await;
        let owner = site.register_without_key(&other, &form(email)).await;
        let with_key = site.register(&other, email, &form(email)).await;

        assert_eq!(lost.status, status, "{email}: {}", lost.text);
        assert_taken(&stranger, email);
        assert_pending(&owner, email);
        assert_pending(&with_key, email);
        assert_eq!(site.in_pool(email), InPool { accounts: 1, calls: 4 }, "{email}");
    }
}

async fn every_replica_knows_an_undelivered_code(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let (one, other) = (site.replica().await, site.replica().await);
    let body = form("signup.code-delivery-failure@example.com");

    let first = site.register_without_key(&one, &body).await;
    let again = site.register_without_key(&other, &body).await;

    for response in [first, again] {
        assert_eq!(response.status, 202, "{}", response.text);
        assert_eq!(response.status_and_next(), "delivery_failed resend");
    }
}

async fn simultaneous_sign_ups_at_two_replicas_create_one_account_without_a_conflict(
    engine: Engine,
) {
    for (case, first_status) in [("delay-250ms", 201), ("created-hang", 504), ("reset-after", 502)]
    {
        for taps in [2, 10] {
            let site = Site::new(engine, &[("COGNITO__READ_TIMEOUT", "3s")]).await;
            let replicas = [site.replica().await, site.replica().await];
            let email = format!("signup.{case}+{taps}@example.com");
            let body = form(&email);

            let responses =
                join_all((0..taps).map(|tap| site.register_without_key(&replicas[tap % 2], &body)))
                    .await;

            let (first, others): (Vec<_>, Vec<_>) =
                responses.iter().partition(|response| response.status == first_status);
            assert_eq!(first.len(), 1, "{email}: {responses:?}");
            for response in others {
                assert_pending(response, &email);
            }
            assert_eq!(site.in_pool(&email).accounts, 1, "{email}");
        }
    }
}

async fn recognises_the_same_user_with_and_without_a_key(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replicas = [site.replica().await, site.replica().await];
    let (email, body) = ("signup.delay-250ms@example.com", form("signup.delay-250ms@example.com"));

    let responses = join_all([
        Response::of(site.request(&replicas[0], &body).header("idempotency-key", "one")),
        Response::of(site.request(&replicas[1], &body).header("idempotency-key", "other")),
        Response::of(site.request(&replicas[0], &body)),
    ])
    .await;

    let mut statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 202, 202], "{responses:?}");
    assert_eq!(site.in_pool(email).accounts, 1);
}

async fn three_passwords_end_the_memory_for_other_networks(engine: Engine) {
    let site = Site::new(engine, &[("SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let replicas = [site.replica().await, site.replica().await];
    let email = "ada@example.com";
    let register = async |replica: usize, password: &str, address: &str| {
        let body = with_password(email, password);
        let request = site.request(&replicas[replica], &body);
        Response::of(request.header("x-forwarded-for", address)).await
    };
    let (owner, stranger) = ("192.0.2.1", "198.51.100.7");
    let first = register(0, PASSWORD, owner).await;
    assert_eq!(first.status, 201, "{}", first.text);

    assert_taken(&register(1, "Wrong-guess-1", stranger).await, "one guess");
    assert_pending(&register(1, PASSWORD, stranger).await, "one guess");
    assert_taken(&register(0, "Wrong-guess-2", stranger).await, "two guesses");

    for replica in [0, 1] {
        assert_taken(&register(replica, PASSWORD, stranger).await, "from another network");
        assert_pending(&register(replica, PASSWORD, "192.0.2.250").await, "from the network");
    }
}

// Three passwords end the memory for other networks only if the service sent them to Cognito.
async fn sign_ups_that_never_reached_cognito_are_no_guesses(engine: Engine) {
    let settings = [("SERVER__TRUSTED_PROXIES", "127.0.0.1"), ("COGNITO__MAX_ATTEMPTS", "1")];
    let site = Site::new(engine, &settings).await;
    let replica = site.replica().await;
    let cut_off = site.replica_with(&[("COGNITO__ENDPOINT", "http://127.0.0.1:1")]).await;
    let first = site.register_without_key(&replica, &form("ada@example.com")).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let from = async |replica: &Process, body: &Value, key: Option<&str>| {
        let request = site.request(replica, body).header("x-forwarded-for", "198.51.100.7");
        Response::of(match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        })
        .await
    };

    for guess in ["Wrong-guess-1", "Wrong-guess-2", "Wrong-guess-3"] {
        let body = with_password("ada@example.com", guess);
        for key in [None, Some(guess)] {
            from(&cut_off, &body, key).await.assert_problem(503, "unavailable", guess);
        }
    }

    for key in [None, Some("k")] {
        let owner = from(&replica, &form("ada@example.com"), key).await;
        assert_pending(&owner, "from another network");
    }
}

async fn every_replica_reports_a_foreign_account(engine: Engine) {
    let door = Site::new(engine, &[]).await;
    let site = Site::new(engine, &[]).await;
    let settings = [("COGNITO__ENDPOINT", door.pool.url())];
    let settings = settings.each_ref().map(|(name, url)| (*name, url.as_str()));
    let replicas = [site.replica_with(&settings).await, site.replica_with(&settings).await];
    let email = "ada@example.com";
    let somebody = door.replica().await;
    let first = door.register_without_key(&somebody, &form(email)).await;
    assert_eq!(first.status, 201, "{}", first.text);

    for turn in 0..2 {
        for replica in &replicas {
            let response = site.register_without_key(replica, &form(email)).await;
            assert_taken(&response, &format!("turn {turn}"));
        }
    }
}

async fn recent_sign_ups_survive_their_process(engine: Engine) {
    for end in ["TERM", "KILL"] {
        let site = Site::new(engine, &[("SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
        let mut replica = site.replica().await;
        let stranger = async |replica: &Process, body: &Value| {
            let request = site.request(replica, body);
            Response::of(request.header("x-forwarded-for", "198.51.100.7")).await
        };
        let first = site.register_without_key(&replica, &form("ada@example.com")).await;
        let guess = with_password("ada@example.com", "Wrong-guess-1");
        assert_taken(&stranger(&replica, &guess).await, end);
        replica.signal(end);
        replica.wait_for_exit().await;

        let replica = site.replica().await;
        let owner = site.register_without_key(&replica, &form("ada@example.com")).await;
        let guess = with_password("ada@example.com", "Wrong-guess-2");
        assert_taken(&stranger(&replica, &guess).await, end);
        let after_guesses = stranger(&replica, &form("ada@example.com")).await;

        assert_eq!(first.status, 201, "{end}: {}", first.text);
        assert_pending(&owner, end);
        assert_taken(&after_guesses, "the guess before the restart counts");
    }
}

async fn remembers_a_call_of_a_killed_process(engine: Engine) {
    // A short lease, because the call of a killed process has no recorded end.
    let site = Site::new(engine, &[("COGNITO__OPERATION_TIMEOUT", "3s")]).await;
    let gate = Gate::start(&site.pool.url()).await;
    let killed = site.replica_with(&[("COGNITO__ENDPOINT", &gate.url)]).await;
    let other = site.replica().await;
    let (email, body) = ("ada@example.com", form("ada@example.com"));
    let lost = spawn(site.request(&killed, &body).send());
    until("the call is in progress", async || site.in_pool(email), |it| it.calls == 1).await;
    drop(killed);
    assert!(lost.await.expect("it ends").is_err(), "its response is lost");

    let owner = site.register_without_key(&other, &body).await;

    assert_pending(&owner, "after the kill");
    assert_eq!(site.in_pool(email), InPool { accounts: 1, calls: 2 });
}

on_both_engines! {
    any_replica_accepts_a_retry_after_a_lost_response,
    every_replica_knows_an_undelivered_code,
    simultaneous_sign_ups_at_two_replicas_create_one_account_without_a_conflict,
    recognises_the_same_user_with_and_without_a_key,
    three_passwords_end_the_memory_for_other_networks,
    sign_ups_that_never_reached_cognito_are_no_guesses,
    every_replica_reports_a_foreign_account,
    recent_sign_ups_survive_their_process,
    remembers_a_call_of_a_killed_process,
}

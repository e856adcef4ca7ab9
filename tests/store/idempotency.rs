//! `Idempotency-Key`: a registration runs once, and its response is always the same.

use std::rc::Rc;

use reqwest::header::HeaderValue;
use serde_json::json;

use crate::{
    database::Engine,
    site::{InPool, Site, assert_pending, assert_replayed, form, is_replayed},
    support::{PASSWORD, Response},
};

/// The final results of Cognito, with the response to the client.
const FINAL: [(&str, u16, &str); 6] = [
    ("ada@example.com", 201, ""),
    ("signup.confirmed-at-once@example.com", 201, ""),
    ("signup.username-exists@example.com", 409, "/problems/account-exists"),
    ("signup.invalid-password-too-short@example.com", 422, "/problems/invalid-registration"),
    ("signup.approval-required@example.com", 201, ""),
    ("signup.lambda-refusal@example.com", 422, "/problems/registration-rejected"),
];

fn assert_kind(response: &Response, status: u16, kind: &str) {
    assert_eq!(response.status, status, "{kind}: {}", response.text);
    assert_eq!(response.json()["type"].as_str().unwrap_or_default(), kind, "{}", response.text);
    assert!(!is_replayed(response), "{kind}: this is the first time");
}

async fn replays_a_final_response_byte_for_byte_without_a_second_call(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replica = site.replica().await;
    for (email, status, kind) in FINAL {
        let first = site.register(&replica, email, &form(email)).await;
        let again = site.register(&replica, email, &form(email)).await;
        let once_more = site.register(&replica, email, &form(email)).await;

        assert_kind(&first, status, kind);
        assert_replayed(&again, &first, email);
        assert_replayed(&once_more, &first, email);
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"), "{email}");
        assert_eq!(site.in_pool(email).calls, 1, "{email}");
    }
}

async fn a_stored_response_survives_its_process(engine: Engine) {
    for end in ["TERM", "KILL"] {
        let site = Site::new(engine, &[]).await;
        let mut replica = site.replica().await;
        let mut responses = Vec::new();
        for (email, ..) in FINAL {
            responses.push(site.register(&replica, email, &form(email)).await);
        }
        replica.signal(end);
        replica.wait_for_exit().await;

        let replica = site.replica().await;
        for ((email, ..), first) in FINAL.into_iter().zip(responses) {
            let again = site.register(&replica, email, &form(email)).await;
            assert_replayed(&again, &first, &format!("{end}: {email}"));
            assert_eq!(site.in_pool(email).calls, 1, "{end}: {email}");
        }
    }
}

async fn replicas_replay_the_same_response(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let (one, other) = (site.replica().await, site.replica().await);
    for (email, ..) in FINAL {
        let first = site.register(&one, email, &form(email)).await;
        let again = site.register(&other, email, &form(email)).await;

        assert_replayed(&again, &first, email);
        assert_eq!(site.in_pool(email).calls, 1, "{email}");
    }
}

async fn replays_responses_of_conceal_mode(engine: Engine) {
    let site = Site::new(engine, &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")]).await;
    let replica = site.replica().await;
    for email in ["ada@example.com", "signup.username-exists@example.com"] {
        let first = site.register(&replica, email, &form(email)).await;
        let again = site.register(&replica, email, &form(email)).await;

        assert_pending(&first, email);
        assert_replayed(&again, &first, email);
        assert_eq!(site.in_pool(email).calls, 1, "{email}");
    }
}

async fn rejects_a_key_with_another_body(engine: Engine) {
    let settings = [
        ("REGISTRATION__ATTRIBUTES", "{ given_name = {} }"),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
        ("REGISTRATION__CONSENTS", "{ terms = { version = \"1\" } }"),
    ];
    let site = Site::new(engine, &settings).await;
    let replica = site.replica().await;
    let body = json!({
        "email": "ada@example.com", "password": PASSWORD, "attributes": {"given_name": "Ada"},
        "client_metadata": {"campaign": "spring"}, "validation_data": {"invite": "K7Q"},
    });
    let first = site.register(&replica, "k", &body).await;
    assert_eq!(first.status, 201, "{}", first.text);

    for (member, value) in [
        ("email", json!("bob@example.com")),
        ("password", json!("Another-pass-9")),
        ("attributes", json!({"given_name": "Bob"})),
        ("attributes", json!({})),
        ("client_metadata", json!({"campaign": "autumn"})),
        ("validation_data", json!({"invite": "K7R"})),
        ("consents", json!({"terms": "1"})),
    ] {
        let mut other = body.clone();
        other[member] = value;
        let response = site.register(&replica, "k", &other).await;
        response.assert_problem(422, "idempotency-key-reused", &other.to_string());
    }
    let again = site.register(&replica, "k", &body).await;

    assert_replayed(&again, &first, "the body of the first time");
    assert_eq!(site.in_pool("ada@example.com"), InPool { accounts: 1, calls: 1 });
    assert_eq!(site.in_pool("bob@example.com"), InPool { accounts: 0, calls: 0 });
}

async fn ignores_proofs_and_device_data_in_the_comparison_of_bodies(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replica = site.replica().await;
    let tries = [
        json!({"email": "ada@example.com", "password": PASSWORD}),
        json!({"password": PASSWORD, "email": " Ada@Example.COM "}),
        json!({"email": "ada@example.com", "password": PASSWORD, "human_proof": "1"}),
        json!({"email": "ada@example.com", "password": PASSWORD, "human_proof": "2"}),
        json!({"email": "ada@example.com", "password": PASSWORD, "device_data": "one"}),
        json!({"email": "ada@example.com", "password": PASSWORD, "device_data": "other"}),
        json!({"email": "ada@example.com", "password": PASSWORD, "analytics_endpoint_id": "1"}),
        json!({"email": "ada@example.com", "password": PASSWORD, "attributes": {}}),
    ];
    let first = site.register(&replica, "k", &tries[0]).await;
    assert_eq!(first.status, 201, "{}", first.text);

    for body in &tries[1..] {
        assert_replayed(&site.register(&replica, "k", body).await, &first, &body.to_string());
    }
}

async fn rejects_a_malformed_key_before_any_work(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replica = site.replica().await;
    let (ada, too_long) = (form("ada@example.com"), "k".repeat(256));
    for (case, value) in [
        ("empty", ""),
        ("not ASCII", "schlüssel"),
        ("with a space", "one two"),
        ("with a tab", "one\ttwo"),
        ("too long", &too_long),
    ] {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("HTTP allows it");
        let request = site.request(&replica, &ada).header("idempotency-key", value);
        Response::of(request).await.assert_problem(400, "invalid-idempotency-key", case);
    }
    for keys in [["one", "two"], ["one", "one"]] {
        let mut request = site.request(&replica, &ada);
        for key in keys {
            request = request.header("idempotency-key", key);
        }
        Response::of(request).await.assert_problem(400, "invalid-idempotency-key", "two of them");
    }
    assert_eq!(site.in_pool("ada@example.com"), InPool { accounts: 0, calls: 0 });
}

async fn takes_a_key_literally(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replica = site.replica().await;
    let longest = "k".repeat(255);
    let keys = ["k", "\"k\"", "K", "'k'", "k;q=1", "k,k", "~!@#$%^&*()", &longest];

    let mut responses = Vec::new();
    for (number, key) in keys.into_iter().enumerate() {
        let form = form(&format!("ada{number}@example.com"));
        responses.push((key, site.register(&replica, key, &form).await, form));
    }

    for (key, first, form) in responses {
        assert_eq!(first.status, 201, "{key} is a key of its own: {}", first.text);
        assert_replayed(&site.register(&replica, key, &form).await, &first, key);
    }
}

async fn a_rejection_before_the_call_leaves_the_key_free(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replica = site.replica().await;
    let weak = json!({"email": "ada@example.com", "password": "weak"});

    let rejected = site.register(&replica, "k", &weak).await;
    let rejected_again = site.register(&replica, "k", &weak).await;
    let unreadable = site.register(&replica, "k", &json!("no form")).await;
    let good = site.register(&replica, "k", &form("ada@example.com")).await;

    for response in [&rejected, &rejected_again] {
        response.assert_problem(422, "invalid-registration", "a weak password");
    }
    unreadable.assert_problem(400, "unreadable-body", "no form");
    assert!(!is_replayed(&rejected_again), "{:?}", rejected_again.headers);
    assert_kind(&good, 201, "");
}

async fn a_call_that_created_nothing_leaves_the_key_free(engine: Engine) {
    let site = Site::new(engine, &[("COGNITO__MAX_ATTEMPTS", "1")]).await;
    let replica = site.replica().await;
    let nowhere = site.replica_with(&[("COGNITO__ENDPOINT", "http://127.0.0.1:1")]).await;
    let (throttled, ada) = (form("signup.throttled-once@example.com"), form("ada@example.com"));

    let busy = site.register(&replica, "busy", &throttled).await;
    let after_busy = site.register(&replica, "busy", &throttled).await;
    let unavailable = site.register(&nowhere, "unavailable", &ada).await;
    let after_unavailable = site.register(&replica, "unavailable", &ada).await;

    busy.assert_problem(503, "busy", "throttled");
    unavailable.assert_problem(503, "unavailable", "no server listens");
    assert_kind(&after_busy, 201, "");
    assert_kind(&after_unavailable, 201, "");
}

async fn keys_are_scoped_to_the_app_client(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let other_client = "2example23456789";
    let settings = [("COGNITO__CLIENT_ID", other_client)];
    let other = Site::with_pool(Rc::clone(&site.database), &settings, |pool| {
        other_client.clone_into(&mut pool.client_id);
    })
    .await;
    let (here, there) = (site.replica().await, other.replica().await);

    let first = site.register(&here, "k", &form("ada@example.com")).await;
    let second = other.register(&there, "k", &form("bob@example.com")).await;

    assert_kind(&first, 201, "");
    assert_kind(&second, 201, "");
    assert_replayed(&site.register(&here, "k", &form("ada@example.com")).await, &first, "here");
    assert_replayed(&other.register(&there, "k", &form("bob@example.com")).await, &second, "there");
}

on_both_engines! {
    replays_a_final_response_byte_for_byte_without_a_second_call,
    a_stored_response_survives_its_process,
    replicas_replay_the_same_response,
    replays_responses_of_conceal_mode,
    rejects_a_key_with_another_body,
    ignores_proofs_and_device_data_in_the_comparison_of_bodies,
    rejects_a_malformed_key_before_any_work,
    takes_a_key_literally,
    a_rejection_before_the_call_leaves_the_key_free,
    a_call_that_created_nothing_leaves_the_key_free,
    keys_are_scoped_to_the_app_client,
}

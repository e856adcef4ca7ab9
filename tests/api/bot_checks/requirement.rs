//! The conditions under which a request needs a proof, and the order of the preconditions.

use serde_json::json;

use super::{
    checks, register,
    siteverify_server::{service, start_provider},
};
use crate::{
    contract::Contract,
    support::{Response, Service},
};

const LIMITS: [(&str, &str); 4] = [
    ("LIMITS__MODE", "enforce"),
    ("LIMITS__REGISTER__REFILL", "1h"),
    ("LIMITS__NETWORK__REFILL", "30m"),
    ("BOT_CHECK__REQUIRE", "above_threshold"),
];

#[actix_web::test]
async fn requires_a_proof_from_an_address_above_its_threshold() {
    for mode in ["enforce", "observe"] {
        let peer = start_provider().await;
        let mut settings = LIMITS.to_vec();
        settings.extend([("LIMITS__MODE", mode), ("BOT_CHECK__THRESHOLD__REGISTER", "2")]);
        let service = service(&peer.url, &settings).await;

        let mut statuses = Vec::new();
        for number in 0..4 {
            let email = format!("ada{number}@example.com");
            statuses.push(register(&service, &email, None).await.status);
        }
        let with_a_proof = register(&service, "bob@example.com", Some("good")).await;
        let with_a_bad_one = register(&service, "eve@example.com", Some("bad")).await;

        assert_eq!(statuses, [201, 201, 428, 428], "{mode}");
        assert_eq!(with_a_proof.status, 201, "{mode}: {}", with_a_proof.text);
        with_a_bad_one.assert_problem(422, "not-human", mode);
        assert_eq!(checks(&service, "not_required").await, 2, "{mode}");
        assert_eq!(checks(&service, "required").await, 2, "{mode}");
    }
}

#[actix_web::test]
async fn compares_the_threshold_with_the_full_budget_during_a_store_outage() {
    let peer = start_provider().await;
    let mut settings = LIMITS.to_vec();
    // The store is unavailable. The replica therefore uses a quarter of each budget.
    settings.extend([("LIMITS__STORE", "redis://127.0.0.1:1"), ("LIMITS__REPLICAS", "4")]);
    let service = service(&peer.url, &settings).await;

    let first = register(&service, "ada@example.com", None).await;

    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(checks(&service, "not_required").await, 1);
}

#[actix_web::test]
async fn requires_a_proof_from_every_address_of_a_network_above_its_threshold() {
    let peer = start_provider().await;
    let mut settings = LIMITS.to_vec();
    settings
        .extend([("BOT_CHECK__THRESHOLD__NETWORK", "3"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    let service = service(&peer.url, &settings).await;

    for (address, status) in [
        ("203.0.113.1", 201),
        ("203.0.113.2", 201),
        ("203.0.113.3", 201),
        ("203.0.113.4", 428),
        ("198.51.100.1", 201),
    ] {
        let form = super::form(&format!("ada.{address}@example.com"), None);
        let request = service.post("/register").header("X-Forwarded-For", address);
        let response = Response::of(request.json(&form)).await;

        assert_eq!(response.status, status, "{address}: {}", response.text);
    }
}

#[actix_web::test]
async fn verifies_a_proof_that_is_not_required() {
    let peer = start_provider().await;
    let service = service(&peer.url, &LIMITS).await;

    let rejected = register(&service, "ada@example.com", Some("bad")).await;

    rejected.assert_problem(422, "not-human", "under the threshold");
    assert_eq!(peer.calls().len(), 1);
}

#[actix_web::test]
async fn checks_violations_then_limits_then_the_proof() {
    let peer = start_provider().await;
    let settings = [
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__MESSAGE_COOLDOWN__MODE", "off"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "1"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
    ];
    let service = service(&peer.url, &settings).await;

    let invalid = register(&service, "no address", Some("good")).await;
    let first = register(&service, "ada@example.com", Some("good")).await;
    let second = register(&service, "ada@example.com", Some("good-2")).await;

    invalid.assert_problem(422, "invalid-registration", "a violation");
    assert_eq!(first.status, 201, "{}", first.text);
    second.assert_problem(429, "too-many-requests", "the second sign-up of the recipient");
    assert_eq!(peer.calls().len(), 1, "the second token was not used");
    assert_eq!(register(&service, "bob@example.com", Some("good-2")).await.status, 201);
}

#[actix_web::test]
async fn policy_describes_the_bot_check() {
    let contract = Contract::read();
    let siteverify = [
        ("BOT_CHECK__PROVIDER", "siteverify"),
        ("BOT_CHECK__SITEVERIFY__SECRET", "0xsecret"),
        ("BOT_CHECK__SITEVERIFY__SITE_KEY", "0xpublic"),
        ("BOT_CHECK__SITEVERIFY__ACTION", "register"),
    ];
    let proof_of_work = [
        ("BOT_CHECK__PROVIDER", "proof_of_work"),
        ("BOT_CHECK__REQUIRE", "above_threshold"),
        ("LIMITS__MODE", "enforce"),
    ];
    for (settings, expected) in [
        (&[][..], json!({"kind": "none"})),
        (&siteverify[..2], json!({"kind": "siteverify", "provider": "turnstile", "always": true})),
        (
            &siteverify[..],
            json!({
                "kind": "siteverify", "provider": "turnstile", "site_key": "0xpublic",
                "action": "register", "always": true,
            }),
        ),
        (
            &proof_of_work[..],
            json!({"kind": "proof_of_work", "challenge": "/register/challenge", "always": false}),
        ),
    ] {
        let service = Service::start(settings).await;

        let policy = Response::of(service.get("/register/policy")).await;

        assert_eq!(policy.json()["human_proof"], expected);
        contract.assert_allows("get", "/register/policy", &policy, "policy");
    }
}

#[actix_web::test]
async fn requests_without_a_valid_proof_cost_no_recipient_budget() {
    let peer = start_provider().await;
    let settings = [
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "1"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
        ("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "1"),
    ];
    let service = service(&peer.url, &settings).await;

    let mut statuses = Vec::new();
    for proof in [None, Some("bad"), None, Some("bad")] {
        statuses.push(register(&service, "ada@example.com", proof).await.status);
    }
    let with_valid_proof = register(&service, "ada@example.com", Some("good")).await;

    assert_eq!(statuses, [428, 422, 428, 422]);
    assert_eq!(with_valid_proof.status, 201, "{}", with_valid_proof.text);
}

//! The limits by route, network, recipient, user name and concurrency.

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    address_limits::{ENFORCE, NO_REFILL, TRUST_LOOPBACK, post_empty_form, post_empty_form_from},
    gate::Gate,
    support::{PASSWORD, Response, Service, config, pool},
    wait::until,
    wire::{Wire, post},
};

/// Switches the rules for messages off, which other tests cover.
const NO_INTERVAL: (&str, &str) = ("LIMITS__MESSAGE_COOLDOWN__MODE", "off");
const NO_MESSAGE_LIMIT: (&str, &str) = ("LIMITS__MESSAGES_PER_RECIPIENT__MODE", "off");

#[actix_web::test]
async fn returns_and_enforces_every_budget_of_a_client() {
    let small_budgets = [
        ("LIMITS__NETWORK__REFILL", "1h"),
        ("LIMITS__REGISTER__REFILL", "1h"),
        ("LIMITS__REGISTER__BURST", "3"),
        ("LIMITS__NETWORK__BURST", "4"),
    ];
    let mut settings = vec![ENFORCE, NO_REFILL, TRUST_LOOPBACK];
    settings.extend(small_budgets);
    let service = Service::start(&settings).await;

    let first = post_empty_form(&service).await;
    let statuses = [post_empty_form(&service).await.status, post_empty_form(&service).await.status];
    let by_route = post_empty_form(&service).await;
    let other_addresses = [
        post_empty_form_from(&service, "127.0.0.2").await,
        post_empty_form_from(&service, "127.0.0.3").await,
    ];
    let confirm = service.confirm(&json!({})).await;

    let policy = r#""address";q=20;w=72000, "register";q=3;w=10800, "network";q=4;w=14400"#;
    assert_eq!(first.header("ratelimit-policy"), Some(policy));
    let state = r#""address";r=19;t=3600, "register";r=2;t=3600, "network";r=3;t=3600"#;
    assert_eq!(first.header("ratelimit"), Some(state));
    assert_eq!(statuses, [422, 422]);
    by_route.assert_problem(429, "too-many-requests", "the fourth request of this route");
    let state = r#""address";r=16;t=14400, "register";r=0;t=10800"#;
    assert_eq!(by_route.header("ratelimit"), Some(state), "the network budget was not consumed");
    assert!(by_route.header("retry-after").is_some());
    assert_eq!(other_addresses, [422, 429], "the network had one request left");
    confirm.assert_problem(429, "too-many-requests", "the network budget covers every route");
}

#[actix_web::test]
async fn limits_sign_ups_per_recipient_across_clients() {
    let settings = [
        ENFORCE,
        TRUST_LOOPBACK,
        NO_INTERVAL,
        ("LIMITS__SMS__ALLOW", "*"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "2"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
        ("REGISTRATION__PHONE_NUMBER", "optional"),
    ];
    let service = Service::start(&settings).await;
    let sign_up = async |address: &str, email: &str, password: &str| {
        let request = service.post("/register").header("X-Forwarded-For", address);
        Response::of(request.json(&json!({"email": email, "password": password}))).await
    };

    let first = sign_up("203.0.113.1", "ada@example.com", PASSWORD).await;
    let invalid = sign_up("203.0.113.1", "ada@example.com", "short").await;
    let second = sign_up("198.51.100.2", "Ada+spring@Example.com", PASSWORD).await;
    let rejected = sign_up("192.0.2.3", "ada+autumn@example.com", PASSWORD).await;
    let other = sign_up("192.0.2.3", "grace@example.com", PASSWORD).await;

    assert_eq!([first.status, invalid.status, second.status, other.status], [201, 422, 201, 201]);
    rejected.assert_problem(429, "too-many-requests", "the third sign-up of one mailbox");
    let seconds: u64 =
        rejected.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    for response in [&first, &rejected] {
        let budgets =
            response.header("ratelimit").expect("the response has the budgets of the client");
        assert!(budgets.contains("\"address\"") && !budgets.contains("recipient"), "{budgets}");
    }
    assert!(service.sign_ups("ada+autumn@example.com").is_empty(), "no call was made");
}

#[actix_web::test]
async fn existing_and_new_accounts_cost_the_same() {
    for mode in ["reveal", "conceal"] {
        let settings = [
            ENFORCE,
            NO_INTERVAL,
            NO_MESSAGE_LIMIT,
            ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "4"),
            ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
            ("REGISTRATION__EXISTING_ACCOUNTS", mode),
            ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", "0s"),
        ];
        let service = Service::start(&settings).await;
        let count_until_rejected = async |email: &str| {
            let mut count = 0;
            while service.register_email(email).await.status != 429 {
                count += 1;
            }
            count
        };

        let existing = count_until_rejected("signup.username-exists@example.com").await;
        let new = count_until_rejected("new@example.com").await;

        assert_eq!((existing, new), (4, 4), "{mode}");
    }
}

#[actix_web::test]
async fn a_replayed_response_costs_nothing() {
    let settings = [
        ENFORCE,
        NO_INTERVAL,
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "1"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
        ("LIMITS__ADDRESS__BURST", "100"),
    ];
    let service = Service::start(&settings).await;
    let sign_up = async |key: &str| {
        let form = json!({"email": "ada@example.com", "password": PASSWORD});
        Response::of(service.post("/register").header("Idempotency-Key", key).json(&form)).await
    };

    let first = sign_up("one").await;
    let replays = [sign_up("one").await, sign_up("one").await, sign_up("one").await];
    let rejected = sign_up("two").await;
    let repeated = sign_up("two").await;

    assert_eq!(first.status, 201);
    for replay in replays {
        assert_eq!((replay.status, &replay.text), (201, &first.text));
        assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    }
    rejected.assert_problem(429, "too-many-requests", "another key counts as another sign-up");
    assert_eq!(repeated.status, 429, "the rejection freed the key, and the limit still applies");
    assert_eq!(repeated.header("idempotency-replayed"), None);
}

#[actix_web::test]
async fn limits_codes_per_username_for_known_and_unknown_users() {
    let settings =
        [ENFORCE, NO_INTERVAL, ("LIMITS__ADDRESS__BURST", "100"), ("LIMITS__COGNITO__MODE", "off")];
    let service = Service::start(&settings).await;
    service.register_email("grace@example.com").await;

    for (name, resent) in [("grace@example.com", 2), ("unknown@example.com", 2)] {
        let mut confirms = Vec::new();
        let mut resends = Vec::new();
        for _ in 0..11 {
            confirms.push(service.confirm_code(name, "000000").await.status);
        }
        for _ in 0..4 {
            resends.push(service.resend(&json!({"username": name})).await.status);
        }

        assert_eq!(confirms[..10], [422; 10], "{name}");
        assert_eq!(confirms[10], 429, "{name}");
        let sent = resends.iter().filter(|status| **status == 202).count();
        assert_eq!(
            (sent, resends[3]),
            (resent, 429),
            "{name}: one message is reserved for a sign-up: {resends:?}"
        );
    }
}

#[actix_web::test]
async fn a_single_rule_can_be_in_observe_mode() {
    let settings = [
        ENFORCE,
        NO_REFILL,
        NO_INTERVAL,
        ("LIMITS__ADDRESS__BURST", "2"),
        ("LIMITS__ADDRESS__MODE", "observe"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "1"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
    ];
    let service = Service::start(&settings).await;

    let statuses = join_all((0..5).map(|_| post_empty_form(&service))).await;
    let first = service.register_email("ada@example.com").await;
    let second = service.register_email("ada@example.com").await;

    assert!(statuses.iter().all(|response| response.status == 422));
    assert_eq!([first.status, second.status], [201, 429]);
    let observed = r#"rate_limited_total{limit="address",enforced="false"}"#;
    assert_eq!(service.metric(observed).await, 5);
    let enforced = r#"rate_limited_total{limit="sign_ups_per_recipient",enforced="true"}"#;
    assert_eq!(service.metric(enforced).await, 1);
}

#[actix_web::test]
async fn limits_concurrent_requests() {
    for (setting, status, name) in [
        ("LIMITS__CONCURRENCY__ADDRESS", 429, "too-many-requests"),
        ("LIMITS__CONCURRENCY__TOTAL", 503, "busy"),
    ] {
        let settings = [ENFORCE, (setting, "3")];
        let pool = pool(&settings).await;
        let gate = Gate::start(&pool.url()).await;
        let service = Service::start_on(config(&settings, &gate.url), pool).await;
        let mut open = Vec::new();
        for number in 0..3 {
            let email = format!("ada{number}@example.com");
            let mut wire = Wire::connect(&service.url).await;
            wire.send(post(json!({"email": email, "password": PASSWORD}).to_string())).await;
            let look = async || service.sign_ups(&email).len();
            until("the sign-up reaches the pool", look, |calls| *calls == 1).await;
            open.push(wire);
        }

        let rejected = post_empty_form(&service).await;
        gate.open();
        for wire in &mut open {
            let response = wire.response().await;
            assert_eq!(response.status, 201, "{setting}: accepted requests are completed");
        }
        let again = post_empty_form(&service).await;

        rejected.assert_problem(status, name, setting);
        let seconds: u64 =
            rejected.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
        assert!((1..=5).contains(&seconds), "{setting}: {seconds}");
        assert_eq!(again.status, 422, "{setting}: the next request is accepted");
    }
}

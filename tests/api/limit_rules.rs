//! The other rules: who else is limited besides a caller's address, and when.

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    limits::{ENFORCE, NO_REFILL, TRUST, knock, knock_as},
    support::{Answer, PASSWORD, Service},
    wait::until,
    wire::{Wire, head},
};

/// The rules for messages, which tests of their own are about.
const NO_INTERVAL: (&str, &str) = ("LIMITS__MESSAGE_COOLDOWN__MODE", "off");
const ANY_MESSAGES: (&str, &str) = ("LIMITS__MESSAGES_PER_RECIPIENT__MODE", "off");

#[actix_web::test]
async fn tells_every_budget_of_the_caller_and_refuses_by_each() {
    let slow = [
        ("LIMITS__NETWORK__REFILL", "1h"),
        ("LIMITS__REGISTER__REFILL", "1h"),
        ("LIMITS__REGISTER__BURST", "3"),
        ("LIMITS__NETWORK__BURST", "4"),
    ];
    let mut settings = vec![ENFORCE, NO_REFILL, TRUST];
    settings.extend(slow);
    let service = Service::start(&settings).await;

    let first = knock(&service).await;
    let statuses = [knock(&service).await.status, knock(&service).await.status];
    let by_route = knock(&service).await;
    let neighbours = [knock_as(&service, "127.0.0.2").await, knock_as(&service, "127.0.0.3").await];
    let confirm = service.confirm(&json!({})).await;

    let policy = r#""address";q=20;w=72000, "register";q=3;w=10800, "network";q=4;w=14400"#;
    assert_eq!(first.header("ratelimit-policy"), Some(policy));
    let state = r#""address";r=19;t=3600, "register";r=2;t=3600, "network";r=3;t=3600"#;
    assert_eq!(first.header("ratelimit"), Some(state));
    assert_eq!(statuses, [422, 422]);
    by_route.assert_problem(429, "too-many-requests", "the fourth at this route");
    let state = r#""address";r=16;t=14400, "register";r=0;t=10800"#;
    assert_eq!(by_route.header("ratelimit"), Some(state), "the network was not asked");
    assert!(by_route.header("retry-after").is_some());
    assert_eq!(neighbours, [422, 429], "one was left of the network");
    confirm.assert_problem(429, "too-many-requests", "the network is the same at every route");
}

#[actix_web::test]
async fn a_recipient_is_signed_up_so_often_whoever_asks() {
    let settings = [
        ENFORCE,
        TRUST,
        NO_INTERVAL,
        ("LIMITS__SMS__ALLOW", "*"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "2"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
        ("REGISTRATION__PHONE_NUMBER", "optional"),
    ];
    let service = Service::start(&settings).await;
    let sign_up = async |address: &str, email: &str, password: &str| {
        let request = service.post("/register").header("X-Forwarded-For", address);
        Answer::of(request.json(&json!({"email": email, "password": password}))).await
    };

    let first = sign_up("203.0.113.1", "ada@example.com", PASSWORD).await;
    let mistaken = sign_up("203.0.113.1", "ada@example.com", "short").await;
    let second = sign_up("198.51.100.2", "Ada+spring@Example.com", PASSWORD).await;
    let refused = sign_up("192.0.2.3", "ada+autumn@example.com", PASSWORD).await;
    let other = sign_up("192.0.2.3", "grace@example.com", PASSWORD).await;

    assert_eq!([first.status, mistaken.status, second.status, other.status], [201, 422, 201, 201]);
    refused.assert_problem(429, "too-many-requests", "the third to one mailbox");
    let seconds: u64 =
        refused.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    for answer in [&first, &refused] {
        let told = answer.header("ratelimit").expect("the caller's own budgets are told");
        assert!(told.contains("\"address\"") && !told.contains("recipient"), "{told}");
    }
    assert!(service.sign_ups("ada+autumn@example.com").is_empty(), "nothing was sent");
}

#[actix_web::test]
async fn an_existing_account_costs_exactly_what_a_new_one_costs() {
    for mode in ["reveal", "conceal"] {
        let settings = [
            ENFORCE,
            NO_INTERVAL,
            ANY_MESSAGES,
            ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "4"),
            ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
            ("REGISTRATION__EXISTING_ACCOUNTS", mode),
            ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", "0s"),
        ];
        let service = Service::start(&settings).await;
        let until_refused = async |email: &str| {
            let mut count = 0;
            while service.register_email(email).await.status != 429 {
                count += 1;
            }
            count
        };

        let taken = until_refused("signup.username-exists@example.com").await;
        let new = until_refused("new@example.com").await;

        assert_eq!((taken, new), (4, 4), "{mode}");
    }
}

#[actix_web::test]
async fn an_answer_that_was_given_before_costs_nothing() {
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
        Answer::of(service.post("/register").header("Idempotency-Key", key).json(&form)).await
    };

    let first = sign_up("one").await;
    let replays = [sign_up("one").await, sign_up("one").await, sign_up("one").await];
    let refused = sign_up("two").await;
    let once_more = sign_up("two").await;

    assert_eq!(first.status, 201);
    for replay in replays {
        assert_eq!((replay.status, &replay.text), (201, &first.text));
        assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    }
    refused.assert_problem(429, "too-many-requests", "another key is another sign-up");
    assert_eq!(once_more.status, 429, "its key is free again, and the limit is the same");
    assert_eq!(once_more.header("idempotency-replayed"), None);
}

#[actix_web::test]
async fn a_user_name_has_budgets_for_codes_whether_anybody_has_it_or_not() {
    let settings =
        [ENFORCE, NO_INTERVAL, ("LIMITS__ADDRESS__BURST", "100"), ("LIMITS__COGNITO__MODE", "off")];
    let service = Service::start(&settings).await;
    service.register_email("grace@example.com").await;

    for (name, resent) in [("grace@example.com", 2), ("nobody@example.com", 2)] {
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
        assert_eq!((sent, resends[3]), (resent, 429), "{name}: one is for a sign-up: {resends:?}");
    }
}

#[actix_web::test]
async fn a_rule_may_be_observed_by_itself() {
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

    let statuses = join_all((0..5).map(|_| knock(&service))).await;
    let first = service.register_email("ada@example.com").await;
    let second = service.register_email("ada@example.com").await;

    assert!(statuses.iter().all(|answer| answer.status == 422));
    assert_eq!([first.status, second.status], [201, 429]);
    let observed = r#"rate_limited_total{limit="address",enforced="false"}"#;
    assert_eq!(service.counted(observed).await, 5);
    let enforced = r#"rate_limited_total{limit="sign_ups_per_recipient",enforced="true"}"#;
    assert_eq!(service.counted(enforced).await, 1);
}

#[actix_web::test]
async fn only_so_many_requests_are_under_way_at_a_time() {
    for (setting, status, name) in [
        ("LIMITS__CONCURRENCY__ADDRESS", 429, "too-many-requests"),
        ("LIMITS__CONCURRENCY__TOTAL", 503, "busy"),
    ] {
        let service = Service::start(&[ENFORCE, (setting, "3")]).await;
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut wire = Wire::connect(&service.url).await;
            let lines = "Content-Type: application/json\nContent-Length: 2";
            wire.send(head(&format!("POST /register HTTP/1.1\n{lines}"))).await;
            open.push(wire);
        }

        let look = async || knock(&service).await;
        let refused = until(setting, look, |answer| answer.status == status).await;
        for wire in &mut open {
            wire.send("{}").await;
            assert_eq!(wire.answer().await.status, 422, "{setting}: whoever is in stays in");
        }
        let again = knock(&service).await;

        refused.assert_problem(status, name, setting);
        let seconds: u64 =
            refused.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
        assert!((1..=5).contains(&seconds), "{setting}: {seconds}");
        assert_eq!(again.status, 422, "{setting}: there is room again");
    }
}

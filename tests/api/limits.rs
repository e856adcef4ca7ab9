//! How often one caller may knock.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    process::Process,
    support::{Answer, Service, pool},
    wait::let_pass,
    wire::{Wire, head},
};

/// So slow that nothing comes back while a test runs.
pub(crate) const NO_REFILL: (&str, &str) = ("LIMITS__ADDRESS__REFILL", "1h");

pub(crate) const ENFORCE: (&str, &str) = ("LIMITS__MODE", "enforce");

/// The other rules that count callers, for tests of the budget of an address alone.
const NO_NETWORK: (&str, &str) = ("LIMITS__NETWORK__MODE", "off");
const NO_ROUTE: (&str, &str) = ("LIMITS__REGISTER__MODE", "off");

pub(crate) const TRUST: (&str, &str) = ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8");

/// A sign-up that is refused for its contents, and costs what any other costs.
pub(crate) async fn knock(service: &Service) -> Answer {
    service.register(&json!({})).await
}

pub(crate) async fn knock_as(service: &Service, address: &str) -> u16 {
    let request = service.post("/register").header("X-Forwarded-For", address).json(&json!({}));
    Answer::of(request).await.status
}

async fn metrics(service: &Service) -> String {
    Answer::of(service.client.get(format!("{}/metrics", service.admin_url))).await.text
}

#[actix_web::test]
async fn lets_twenty_through_at_once_and_says_what_is_left() {
    let service = Service::start(&[ENFORCE, NO_REFILL, NO_NETWORK, NO_ROUTE]).await;

    for left in (0..20).rev() {
        let answer = knock(&service).await;

        answer.assert_problem(422, "invalid-registration", "within the budget");
        assert_eq!(answer.header("ratelimit-policy"), Some(r#""address";q=20;w=72000"#));
        let expected = format!("\"address\";r={left};t={}", (20 - left) * 3600);
        assert_eq!(answer.header("ratelimit"), Some(&*expected));
        assert_eq!(answer.header("retry-after"), None);
    }
    let refused = knock(&service).await;
    let good = service.register_email("ada@example.com").await;
    let elsewhere = Answer::of(service.get("/problems/too-many-requests")).await;

    refused.assert_problem(429, "too-many-requests", "the twenty-first");
    assert_eq!(refused.header("ratelimit-policy"), Some(r#""address";q=20;w=72000"#));
    assert_eq!(refused.header("ratelimit"), Some(r#""address";r=0;t=72000"#));
    let seconds: u64 =
        refused.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    assert!((3590..=3600).contains(&seconds), "{seconds}");
    good.assert_problem(429, "too-many-requests", "a good form, too");
    assert!(service.pool().requests(None).is_empty(), "nothing was sent upstream");
    assert_eq!(elsewhere.status, 200, "what explains the refusal is not limited");
}

#[actix_web::test]
async fn counts_whatever_is_posted_and_nothing_else() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "3")]).await;

    for _ in 0..5 {
        assert_eq!(Answer::of(service.get("/register")).await.status, 405);
        assert_eq!(Answer::of(service.get("/nothing")).await.status, 404);
    }
    let unreadable = Answer::of(service.post("/register").body("{")).await;
    let invalid = knock(&service).await;
    let good = service.register_email("ada@example.com").await;
    let refused = service.register_email("grace@example.com").await;

    assert_eq!([unreadable.status, invalid.status, good.status], [415, 422, 201]);
    refused.assert_problem(429, "too-many-requests", "the fourth");
    assert_eq!(service.pool().requests(None).len(), 1);
}

#[actix_web::test]
async fn refuses_before_the_body_is_read() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;
    knock(&service).await;

    for (case, lines) in [
        ("a body that never comes", "Content-Type: application/json\nContent-Length: 100"),
        ("chunks that never come", "Content-Type: application/json\nTransfer-Encoding: chunked"),
        ("a body over the cap", "Content-Type: application/json\nContent-Length: 1000000"),
        ("another media type", "Content-Type: text/plain\nContent-Length: 100"),
    ] {
        let mut wire = Wire::connect(&service.url).await;
        wire.send(head(&format!("POST /register HTTP/1.1\n{lines}"))).await;
        let started = Instant::now();
        let answer = wire.answer().await;

        answer.assert_problem(429, "too-many-requests", case);
        assert!(started.elapsed() < Duration::from_secs(5), "{case}: before server.body_timeout");
    }
}

#[actix_web::test]
async fn keeps_the_connection_of_whoever_is_refused() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;
    knock(&service).await;
    let mut wire = Wire::connect(&service.url).await;
    let head = head("POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: 9");

    for case in ["head and body together", "once more"] {
        wire.send([head.as_slice(), b"{\"a\": 1} "].concat()).await;
        let answer = wire.answer().await;

        answer.assert_problem(429, "too-many-requests", case);
        assert_eq!(answer.header("connection"), None, "{case}");
    }
    wire.send(&head).await;
    wire.send("{\"a\": 1} ").await;

    assert_eq!(wire.answer().await.header("connection"), None, "the body comes after its head");
}

#[actix_web::test]
async fn whoever_knocks_on_is_told_the_same_at_once_and_nobody_else_is() {
    let settings = [
        ENFORCE,
        TRUST,
        NO_NETWORK,
        ("LIMITS__ADDRESS__MODE", "off"),
        ("LIMITS__REGISTER__BURST", "1"),
        ("LIMITS__REGISTER__REFILL", "1h"),
    ];
    let service = Service::start(&settings).await;
    knock(&service).await;

    let (mut answers, mut ids) = (Vec::new(), BTreeSet::new());
    for _ in 0..150 {
        let answer = knock(&service).await;
        answer.assert_problem(429, "too-many-requests", "the budget is used up");
        ids.insert(answer.header("x-request-id").expect("an id").to_owned());
        let limits =
            ["ratelimit", "ratelimit-policy"].map(|name| answer.header(name).map(str::to_owned));
        answers
            .push((answer.text.replace(answer.header("x-request-id").expect("an id"), ""), limits));
    }
    let of_another_site = service.post("/register").header("Sec-Fetch-Site", "cross-site");
    let elsewhere = Answer::of(of_another_site.json(&json!({}))).await;
    let neighbour = knock_as(&service, "127.0.0.9").await;
    let other_route = service.resend(&json!({})).await;
    let metrics = metrics(&service).await;

    assert_eq!(ids.len(), 150, "each has an id of its own");
    let others = answers.iter().find(|answer| **answer != answers[0]);
    assert_eq!(others, None, "not as {:?}", answers[0]);
    assert!(answers[0].1.iter().all(Option::is_some), "{:?}", answers[0]);
    elsewhere.assert_problem(403, "cross-site", "a page of another site");
    assert_eq!([neighbour, other_route.status], [422, 422]);
    for counted in [
        "vestibule_rate_limited_total{limit=\"register\",enforced=\"true\"} 150",
        "vestibule_http_requests_total{route=\"/register\",status=\"429\",code=\"too_many_requests\"} 150",
    ] {
        assert!(metrics.contains(counted), "{metrics}");
    }
}

#[actix_web::test]
async fn a_flood_of_refusals_is_no_flood_of_the_log() {
    let settings = [ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")];
    let pool = pool(&settings).await;
    let mut process = Process::serve(&settings, &pool.url()).await;
    let client = crate::support::client();
    let started = Instant::now();

    let knocks = (0..1_000).map(|_| async {
        let request = client.post(format!("{}/register", process.url)).json(&json!({}));
        Answer::of(request).await.status
    });
    let statuses = join_all(knocks).await;
    // At its end all lines are written.
    process.signal("TERM");
    process.ended().await;

    let passed = statuses.iter().filter(|status| **status == 422).count();
    assert_eq!(passed, 1, "{statuses:?}");
    let lines = process.log();
    let refused = lines.iter().filter(|line| line["status"] == 429).count();
    let seconds = usize::try_from(started.elapsed().as_secs()).expect("few");
    assert!((100..=(seconds + 2) * 101).contains(&refused), "{refused} lines in {seconds} s");
}

#[actix_web::test]
async fn lets_a_caller_in_again_after_the_time_it_named() {
    let service = Service::start(&[
        ENFORCE,
        ("LIMITS__ADDRESS__BURST", "2"),
        ("LIMITS__ADDRESS__REFILL", "3900ms"),
    ])
    .await;
    knock(&service).await;
    knock(&service).await;

    let refused = knock(&service).await;
    let seconds: u64 =
        refused.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    // What the header promises is a time, so that time is what there is to wait for.
    let_pass(Duration::from_secs(seconds)).await;
    let again = knock(&service).await;
    let once_more = knock(&service).await;

    assert_eq!(refused.status, 429);
    assert!((1..=4).contains(&seconds), "{seconds}");
    assert_eq!(again.status, 422, "{}", again.text);
    assert_eq!(once_more.status, 429, "one came back, and no more");
}

#[actix_web::test]
async fn observes_without_refusing_anybody() {
    let service =
        Service::start(&[("LIMITS__MODE", "observe"), NO_REFILL, ("LIMITS__ADDRESS__BURST", "2")])
            .await;

    for knocks in 1..=5 {
        let answer = knock(&service).await;

        assert_eq!(answer.status, 422, "knock {knocks}");
        assert_eq!(answer.header("ratelimit"), None, "knock {knocks}");
    }
    let metrics = metrics(&service).await;

    let counted = "vestibule_rate_limited_total{limit=\"address\",enforced=\"false\"} 3";
    assert!(metrics.contains(counted), "{metrics}");
}

#[actix_web::test]
async fn counts_refusals() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;

    for _ in 0..3 {
        knock(&service).await;
    }
    let metrics = metrics(&service).await;

    let counted = "vestibule_rate_limited_total{limit=\"address\",enforced=\"true\"} 2";
    assert!(metrics.contains(counted), "{metrics}");
}

#[actix_web::test]
async fn limits_nobody_where_limits_are_off() {
    let service = Service::start(&[NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;

    for knocks in 1..=50 {
        let answer = knock(&service).await;

        assert_eq!(answer.status, 422, "knock {knocks}");
        for header in ["ratelimit", "ratelimit-policy", "retry-after"] {
            assert_eq!(answer.header(header), None, "knock {knocks}");
        }
    }
    assert!(!metrics(&service).await.contains("limit=\"address\""));
}

#[actix_web::test]
async fn gives_each_caller_a_budget_and_an_ipv6_network_one_for_all() {
    let service =
        Service::start(&[ENFORCE, NO_REFILL, TRUST, ("LIMITS__ADDRESS__BURST", "1")]).await;

    for (address, status) in [
        ("203.0.113.7", 422),
        ("203.0.113.7", 429),
        ("203.0.113.8", 422),
        ("::ffff:203.0.113.8", 429),
        ("2001:db8:0:1::1", 422),
        ("2001:db8:0:1::1", 429),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", 429),
        ("[2001:db8:0:1::2]:443", 429),
        ("2001:db8:0:2::1", 422),
        ("198.51.100.1, 203.0.113.7", 429),
        ("203.0.113.7, 198.51.100.1", 422),
        ("garbage", 422),
        ("more garbage", 429),
    ] {
        assert_eq!(knock_as(&service, address).await, status, "{address}");
    }
}

#[actix_web::test]
async fn gives_nothing_for_a_header_that_a_caller_wrote_itself() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "3")]).await;

    let mut statuses = Vec::new();
    for last in 1..=5 {
        let address = format!("203.0.113.{last}");
        let mut request = service.post("/register").json(&json!({}));
        for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"] {
            request = request.header(name, &address);
        }
        statuses.push(Answer::of(request).await.status);
    }

    assert_eq!(statuses, [422, 422, 422, 429, 429]);
}

//! The limit of requests per client address.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    process::Process,
    support::{Response, Service, pool},
    wait::delay_for,
    wire::{Wire, head},
};

/// A refill that is too slow to matter during a test.
pub(crate) const NO_REFILL: (&str, &str) = ("LIMITS__ADDRESS__REFILL", "1h");

pub(crate) const ENFORCE: (&str, &str) = ("LIMITS__MODE", "enforce");

/// Switches the other rules for clients off, for tests of the address budget.
const NO_NETWORK: (&str, &str) = ("LIMITS__NETWORK__MODE", "off");
const NO_ROUTE: (&str, &str) = ("LIMITS__REGISTER__MODE", "off");

pub(crate) const TRUST_LOOPBACK: (&str, &str) = ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8");

/// Sends an invalid sign-up, which costs as much as a valid one.
pub(crate) async fn post_empty_form(service: &Service) -> Response {
    service.register(&json!({})).await
}

pub(crate) async fn post_empty_form_from(service: &Service, address: &str) -> u16 {
    let request = service.post("/register").header("X-Forwarded-For", address).json(&json!({}));
    Response::of(request).await.status
}

async fn metrics(service: &Service) -> String {
    Response::of(service.client.get(format!("{}/metrics", service.admin_url))).await.text
}

#[actix_web::test]
async fn allows_twenty_requests_and_returns_the_remaining_budget() {
    let service = Service::start(&[ENFORCE, NO_REFILL, NO_NETWORK, NO_ROUTE]).await;

    for left in (0..20).rev() {
        let response = post_empty_form(&service).await;

        response.assert_problem(422, "invalid-registration", "within the budget");
        assert_eq!(response.header("ratelimit-policy"), Some(r#""address";q=20;w=72000"#));
        let expected = format!("\"address\";r={left};t={}", (20 - left) * 3600);
        assert_eq!(response.header("ratelimit"), Some(&*expected));
        assert_eq!(response.header("retry-after"), None);
    }
    let rejected = post_empty_form(&service).await;
    let valid = service.register_email("ada@example.com").await;
    let problem_page = Response::of(service.get("/problems/too-many-requests")).await;

    rejected.assert_problem(429, "too-many-requests", "the 21st request");
    assert_eq!(rejected.header("ratelimit-policy"), Some(r#""address";q=20;w=72000"#));
    assert_eq!(rejected.header("ratelimit"), Some(r#""address";r=0;t=72000"#));
    let seconds: u64 =
        rejected.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    assert!((3590..=3600).contains(&seconds), "{seconds}");
    valid.assert_problem(429, "too-many-requests", "a valid form");
    assert!(service.pool().requests(None).is_empty(), "the pool received no call");
    assert_eq!(problem_page.status, 200, "the problem page is not limited");
}

#[actix_web::test]
async fn counts_every_post_and_no_other_request() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "3")]).await;

    for _ in 0..5 {
        assert_eq!(Response::of(service.get("/register")).await.status, 405);
        assert_eq!(Response::of(service.get("/nothing")).await.status, 404);
    }
    let unreadable = Response::of(service.post("/register").body("{")).await;
    let invalid = post_empty_form(&service).await;
    let valid = service.register_email("ada@example.com").await;
    let rejected = service.register_email("grace@example.com").await;

    assert_eq!([unreadable.status, invalid.status, valid.status], [415, 422, 201]);
    rejected.assert_problem(429, "too-many-requests", "the fourth request");
    assert_eq!(service.pool().requests(None).len(), 1);
}

#[actix_web::test]
async fn rejects_before_it_reads_the_body() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;
    post_empty_form(&service).await;

    for (case, lines) in [
        ("a missing body", "Content-Type: application/json\nContent-Length: 100"),
        ("missing chunks", "Content-Type: application/json\nTransfer-Encoding: chunked"),
        ("a body over the limit", "Content-Type: application/json\nContent-Length: 1000000"),
        ("another media type", "Content-Type: text/plain\nContent-Length: 100"),
    ] {
        let mut wire = Wire::connect(&service.url).await;
        wire.send(head(&format!("POST /register HTTP/1.1\n{lines}"))).await;
        let started = Instant::now();
        let response = wire.response().await;

        response.assert_problem(429, "too-many-requests", case);
        assert!(started.elapsed() < Duration::from_secs(5), "{case}: before server.body_timeout");
    }
}

#[actix_web::test]
async fn keeps_the_connection_open_after_a_rejection() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;
    post_empty_form(&service).await;
    let mut wire = Wire::connect(&service.url).await;
    let head = head("POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: 9");

    for case in ["head and body together", "again"] {
        wire.send([head.as_slice(), b"{\"a\": 1} "].concat()).await;
        let response = wire.response().await;

        response.assert_problem(429, "too-many-requests", case);
        assert_eq!(response.header("connection"), None, "{case}");
    }
    wire.send(&head).await;
    wire.send("{\"a\": 1} ").await;

    assert_eq!(wire.response().await.header("connection"), None, "the body comes after its head");
}

#[actix_web::test]
async fn replays_cached_rejections_to_the_same_client_and_route() {
    let settings = [
        ENFORCE,
        TRUST_LOOPBACK,
        NO_NETWORK,
        ("LIMITS__ADDRESS__MODE", "off"),
        ("LIMITS__REGISTER__BURST", "1"),
        ("LIMITS__REGISTER__REFILL", "1h"),
    ];
    let service = Service::start(&settings).await;
    post_empty_form(&service).await;

    let (mut responses, mut ids) = (Vec::new(), BTreeSet::new());
    for _ in 0..150 {
        let response = post_empty_form(&service).await;
        response.assert_problem(429, "too-many-requests", "the budget is used up");
        ids.insert(response.header("x-request-id").expect("an id").to_owned());
        let limits =
            ["ratelimit", "ratelimit-policy"].map(|name| response.header(name).map(str::to_owned));
        responses.push((
            response.text.replace(response.header("x-request-id").expect("an id"), ""),
            limits,
        ));
    }
    let cross_site = service.post("/register").header("Sec-Fetch-Site", "cross-site");
    let cross_site = Response::of(cross_site.json(&json!({}))).await;
    let other_address = post_empty_form_from(&service, "127.0.0.9").await;
    let other_route = service.resend(&json!({})).await;
    let metrics = metrics(&service).await;

    assert_eq!(ids.len(), 150, "each response has its own request id");
    let others = responses.iter().find(|response| **response != responses[0]);
    assert_eq!(others, None, "all equal {:?}", responses[0]);
    assert!(responses[0].1.iter().all(Option::is_some), "{:?}", responses[0]);
    cross_site.assert_problem(403, "cross-site", "a page of another site");
    assert_eq!([other_address, other_route.status], [422, 422]);
    for expected in [
        "vestibule_rate_limited_total{limit=\"register\",enforced=\"true\"} 150",
        "vestibule_http_requests_total{route=\"/register\",status=\"429\",code=\"too_many_requests\"} 150",
    ] {
        assert!(metrics.contains(expected), "{metrics}");
    }
}

#[actix_web::test]
async fn logs_a_sample_of_the_rejections_in_a_flood() {
    let settings = [ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")];
    let pool = pool(&settings).await;
    let mut process = Process::serve(&settings, &pool.url()).await;
    let client = crate::support::client();
    let started = Instant::now();

    let mut statuses = Vec::new();
    for _ in 0..10 {
        let requests = (0..100).map(|_| async {
            let request = client.post(format!("{}/register", process.url)).json(&json!({}));
            Response::of(request).await.status
        });
        statuses.extend(join_all(requests).await);
    }
    // The process writes all lines before it exits.
    process.signal("TERM");
    process.wait_for_exit().await;

    let passed = statuses.iter().filter(|status| **status == 422).count();
    assert_eq!(passed, 1, "{statuses:?}");
    let lines = process.log();
    let rejected = lines.iter().filter(|line| line["status"] == 429).count();
    let seconds = usize::try_from(started.elapsed().as_secs()).expect("the seconds fit");
    assert!((100..=(seconds + 2) * 101).contains(&rejected), "{rejected} lines in {seconds} s");
}

#[actix_web::test]
async fn accepts_a_client_again_after_retry_after() {
    let service = Service::start(&[
        ENFORCE,
        ("LIMITS__ADDRESS__BURST", "2"),
        ("LIMITS__ADDRESS__REFILL", "3900ms"),
    ])
    .await;
    post_empty_form(&service).await;
    post_empty_form(&service).await;

    let rejected = post_empty_form(&service).await;
    let seconds: u64 =
        rejected.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    // The test waits for a time instead of a condition, because it is about this time.
    delay_for(Duration::from_secs(seconds)).await;
    let again = post_empty_form(&service).await;
    let second_retry = post_empty_form(&service).await;

    assert_eq!(rejected.status, 429);
    assert!((1..=4).contains(&seconds), "{seconds}");
    assert_eq!(again.status, 422, "{}", again.text);
    assert_eq!(second_retry.status, 429, "one request was refilled");
}

#[actix_web::test]
async fn observe_mode_rejects_no_request() {
    let service =
        Service::start(&[("LIMITS__MODE", "observe"), NO_REFILL, ("LIMITS__ADDRESS__BURST", "2")])
            .await;

    for number in 1..=5 {
        let response = post_empty_form(&service).await;

        assert_eq!(response.status, 422, "request {number}");
        assert_eq!(response.header("ratelimit"), None, "request {number}");
    }
    let metrics = metrics(&service).await;

    let expected = "vestibule_rate_limited_total{limit=\"address\",enforced=\"false\"} 3";
    assert!(metrics.contains(expected), "{metrics}");
}

#[actix_web::test]
async fn counts_rejections() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;

    for _ in 0..3 {
        post_empty_form(&service).await;
    }
    let metrics = metrics(&service).await;

    let expected = "vestibule_rate_limited_total{limit=\"address\",enforced=\"true\"} 2";
    assert!(metrics.contains(expected), "{metrics}");
}

#[actix_web::test]
async fn limits_no_request_in_mode_off() {
    let service = Service::start(&[NO_REFILL, ("LIMITS__ADDRESS__BURST", "1")]).await;

    for number in 1..=50 {
        let response = post_empty_form(&service).await;

        assert_eq!(response.status, 422, "request {number}");
        for header in ["ratelimit", "ratelimit-policy", "retry-after"] {
            assert_eq!(response.header(header), None, "request {number}");
        }
    }
    assert!(!metrics(&service).await.contains("limit=\"address\""));
}

#[actix_web::test]
async fn has_one_budget_per_ipv4_address_and_per_ipv6_network() {
    let service =
        Service::start(&[ENFORCE, NO_REFILL, TRUST_LOOPBACK, ("LIMITS__ADDRESS__BURST", "1")])
            .await;

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
        assert_eq!(post_empty_form_from(&service, address).await, status, "{address}");
    }
}

#[actix_web::test]
async fn ignores_address_headers_from_untrusted_clients() {
    let service = Service::start(&[ENFORCE, NO_REFILL, ("LIMITS__ADDRESS__BURST", "3")]).await;

    let mut statuses = Vec::new();
    for last in 1..=5 {
        let address = format!("203.0.113.{last}");
        let mut request = service.post("/register").json(&json!({}));
        for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"] {
            request = request.header(name, &address);
        }
        statuses.push(Response::of(request).await.status);
    }

    assert_eq!(statuses, [422, 422, 422, 429, 429]);
}

//! Connections of clients that are slow, too many, or send no HTTP.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

use actix_web::{HttpResponse, web};
use futures_util::future::join_all;
use serde_json::json;
use vestibule::{app::App, store::Migrate};

use crate::{
    address_limits::{ENFORCE, TRUST_LOOPBACK},
    process::Process,
    support::{PASSWORD, Response, Service, client, config, pool},
    wait::{delay_for, stays_pending, until},
    wire::{Wire, head, post},
};

/// Time in which a deadline of one or two seconds passes, even on a slow machine.
const SOON: Duration = Duration::from_secs(15);

const SHORT: [(&str, &str); 2] = [("SERVER__HEAD_TIMEOUT", "1s"), ("SERVER__WRITE_TIMEOUT", "1s")];

const HALF: &str = "POST /register HTTP/1.1\r\nHost: local";

fn form(email: &str) -> String {
    json!({"email": email, "password": PASSWORD}).to_string()
}

/// Returns the start of a form that announces 100 bytes of body.
fn form_head() -> Vec<u8> {
    head("POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: 100")
}

#[actix_web::test]
async fn closes_connections_with_a_partial_head() {
    let service = Service::start(&SHORT).await;
    let get = head("GET /register/policy HTTP/1.1");
    let sign_up = post(form("grace@example.com"));
    let (nothing, unknown) = (Vec::new(), head("GET /nothing HTTP/1.1"));
    let headers = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(50));
    let mut idle = Wire::connect(&service.url).await;
    idle.send(&get).await;
    idle.response().await;

    let cases: [(&str, &[u8], &[u8]); 8] = [
        ("a new connection", &nothing, HALF.as_bytes()),
        ("one byte", &nothing, b"G"),
        ("an empty line", &nothing, b"\r\n"),
        ("many headers", &nothing, headers.as_bytes()),
        ("behind a page", &get, HALF.as_bytes()),
        ("behind a form", &sign_up, HALF.as_bytes()),
        ("one byte behind a form", &sign_up, b"P"),
        ("behind an unknown path", &unknown, HALF.as_bytes()),
    ];
    let started = Instant::now();
    let connections = cases.map(async |(case, complete, partial)| {
        for segments in [vec![complete, partial], vec![&[complete, partial].concat()]] {
            let mut wire = Wire::connect(&service.url).await;
            for segment in segments {
                wire.send(segment).await;
            }
            if !complete.is_empty() {
                assert!(wire.response().await.status < 500, "{case}");
            }
            // A 408 or nothing, and then the end.
            if let Some(response) = wire.response_or_end().await {
                assert_eq!(response.status, 408, "{case}");
                assert!(wire.is_closed().await, "{case}");
            }
        }
    });
    join_all(connections).await;
    let took = started.elapsed();
    idle.send(&get).await;

    assert!(took < SOON, "{took:?}");
    assert_eq!(idle.response().await.status, 200, "server.keep_alive is longer");
    let closed = service.metric("connections_closed_total{reason=\"head_timeout\"}").await;
    assert_eq!(closed, 16);
}

#[actix_web::test]
async fn single_bytes_do_not_keep_a_connection_open() {
    let service = Service::start(&SHORT).await;
    let mut wire = Wire::connect(&service.url).await;
    wire.send(head("GET /register/policy HTTP/1.1")).await;
    wire.response().await;

    let started = Instant::now();
    let look = async || {
        wire.send("G").await;
        !stays_pending(wire.is_closed()).await
    };
    until("the connection is closed", look, |is_closed| *is_closed).await;

    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[actix_web::test]
async fn closes_connections_that_never_read() {
    let pool = pool(&[]).await;
    let process = Process::serve(&SHORT, &pool.url()).await;
    let before = process.resident_bytes();
    let mut open = Vec::new();
    for _ in 0..50 {
        let mut wire = Wire::connect(&process.url).await;
        wire.send(head("GET /docs/swagger-ui-bundle.js HTTP/1.1").repeat(16)).await;
        open.push(wire);
    }

    let mut most = 0;
    let name = "connections_closed_total{reason=\"write_timeout\"}";
    let look = async || {
        most = most.max(process.resident_bytes());
        process.metric(name).await
    };
    until("all of them are closed", look, |closed| *closed == 50).await;
    let look = async || process.metric("connections").await;
    until("no connection is open", look, |open| *open == 0).await;

    // The page has more than a megabyte.
    assert!(most < before + 25 * 1024 * 1024, "{before} bytes before, {most} then");
}

#[actix_web::test]
async fn serves_a_slow_reader() {
    let service = Service::start(&[("SERVER__WRITE_TIMEOUT", "2s")]).await;
    let mut wire = Wire::connect(&service.url).await;

    for _ in 0..20 {
        wire.send(head("GET /docs/swagger-ui-bundle.js HTTP/1.1")).await;
    }
    for number in 0..20 {
        let response = wire.response().await;
        assert_eq!(response.status, 200, "response {number}");
        // The test is about a client that is slower than the service.
        delay_for(Duration::from_millis(200)).await;
    }
}

#[actix_web::test]
async fn limits_the_connections_of_an_address_and_of_a_proxy() {
    for (limit, proxies) in [
        ("LIMITS__CONNECTIONS_PER_ADDRESS", ("SERVER__TRUSTED_PROXIES", "")),
        ("LIMITS__CONNECTIONS_PER_PROXY", TRUST_LOOPBACK),
    ] {
        let service = Service::start(&[ENFORCE, (limit, "3"), proxies]).await;
        let get = head("GET /register/policy HTTP/1.1");
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut wire = Wire::connect(&service.url).await;
            wire.send(&get).await;
            assert_eq!(wire.response().await.status, 200, "{limit}");
            open.push(wire);
        }

        let mut further = Wire::connect(&service.url).await;
        let is_closed = further.is_closed().await;
        open[0].send(&get).await;
        let kept = open[0].response().await;
        open.pop();
        let look = async || {
            let mut wire = Wire::connect(&service.url).await;
            wire.send(&get).await;
            wire.response_or_end().await.map(|response| response.status)
        };

        assert!(is_closed, "{limit}");
        assert_eq!(kept.status, 200, "{limit}");
        until("a place is free again", look, |status| *status == Some(200)).await;
        let name = limit.trim_start_matches("LIMITS__").to_lowercase();
        let metric = format!("rate_limited_total{{limit=\"{name}\",enforced=\"true\"}}");
        assert!(service.metric(&metric).await >= 1, "{limit}");
    }
}

#[actix_web::test]
async fn further_connections_wait_for_a_place_among_max_connections() {
    let service = Service::start(&[("SERVER__MAX_CONNECTIONS", "2")]).await;
    let get = head("GET /register/policy HTTP/1.1");
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut wire = Wire::connect(&service.url).await;
        wire.send(&get).await;
        assert_eq!(wire.response().await.status, 200);
        open.push(wire);
    }

    let mut third = Wire::connect(&service.url).await;
    third.send(&get).await;
    let waits = stays_pending(third.response()).await;
    drop(open);

    assert!(waits, "all places are taken");
    assert_eq!(third.response().await.status, 200);
}

#[actix_web::test]
async fn pages_and_unknown_paths_have_a_budget_of_their_own() {
    let settings = [ENFORCE, ("LIMITS__PAGES__BURST", "4"), ("LIMITS__PAGES__REFILL", "1h")];
    let service = Service::start(&settings).await;

    let mut statuses = Vec::new();
    for path in ["/register/policy", "/openapi.json", "/nothing", "/register"] {
        let response = Response::of(service.get(path)).await;
        assert_eq!(response.header("ratelimit"), None, "{path}: caches may keep it");
        statuses.push(response.status);
    }
    let mut rejected = Vec::new();
    for path in ["/register/policy", "/docs", "/nothing", "/register", "/problems/busy"] {
        // The second one is a replay.
        for _ in 0..2 {
            rejected.push((path, Response::of(service.get(path)).await));
        }
    }
    let sign_up = service.register_email("ada@example.com").await;

    assert_eq!(statuses, [200, 200, 404, 405]);
    for (path, response) in rejected {
        response.assert_problem(429, "too-many-requests", path);
        for header in ["retry-after", "ratelimit", "ratelimit-policy"] {
            assert!(response.header(header).is_some(), "{path}: {header}");
        }
    }
    assert_eq!(sign_up.status, 201, "forms have other budgets: {}", sign_up.text);
}

#[actix_web::test]
async fn slow_bodies_take_no_places_from_other_requests() {
    let settings = [ENFORCE, ("LIMITS__CONCURRENCY__TOTAL", "3")];
    let service = Service::start(&settings).await;
    let mut slow = Vec::new();
    for _ in 0..10 {
        let mut wire = Wire::connect(&service.url).await;
        wire.send(form_head()).await;
        slow.push(wire);
    }

    for number in 0..10 {
        let response = service.register_email(&format!("ada{number}@example.com")).await;
        assert_eq!(response.status, 201, "{}", response.text);
    }
}

#[actix_web::test]
async fn limits_the_bodies_that_are_being_read() {
    for (setting, status, name) in [
        ("LIMITS__CONCURRENCY__ADDRESS", 429, "too-many-requests"),
        ("LIMITS__CONCURRENCY__BODIES", 503, "busy"),
    ] {
        let service = Service::start(&[ENFORCE, (setting, "3")]).await;
        let mut slow = Vec::new();
        for _ in 0..4 {
            let mut wire = Wire::connect(&service.url).await;
            wire.send(form_head()).await;
            slow.push(wire);
        }
        // The connections may begin in any order.
        let responses = slow.iter_mut().map(|wire| Box::pin(wire.response()));
        let (rejected, ..) = futures_util::future::select_all(responses).await;
        let mut wire = Wire::connect(&service.url).await;
        wire.send(post(form("ada@example.com"))).await;
        let complete = wire.response().await;

        rejected.assert_problem(status, name, setting);
        assert_eq!(complete.status, 201, "{setting}: {}", complete.text);
    }
}

#[actix_web::test]
async fn a_body_must_arrive_at_a_minimum_rate() {
    let service = Service::start(&[("SERVER__BODY_TIMEOUT", "50s")]).await;
    let mut late = Wire::connect(&service.url).await;
    let late_form = format!("{:100}", form("ada@example.com"));
    late.send(form_head()).await;
    let mut stalled = Wire::connect(&service.url).await;
    stalled.send(form_head()).await;
    stalled.send("{").await;
    let mut trickling = Wire::connect(&service.url).await;
    trickling.send(form_head()).await;

    let started = Instant::now();
    let look = async || {
        trickling.send(" ").await;
        !stays_pending(trickling.response_or_end()).await
    };
    until("the connection is closed", look, |has_ended| *has_ended).await;
    let response = stalled.response().await;
    let is_waiting = stays_pending(late.response()).await;
    late.send(late_form).await;
    let late_response = late.response().await;

    response.assert_problem(400, "unreadable-body", "one byte");
    assert!(is_waiting, "no byte has arrived yet");
    assert_eq!(late_response.status, 201, "{}", late_response.text);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[actix_web::test]
async fn counts_bytes_that_are_no_request_and_logs_one_line() {
    let pool = pool(&[]).await;
    let mut process = Process::serve(&[], &pool.url()).await;

    for case in 0..50 {
        for bytes in ["\u{16}\u{3}\u{1}\u{2}", "GET / HTTP/9.9\r\n\r\n", "no request\r\n\r\n"] {
            let mut wire = Wire::connect(&process.url).await;
            wire.send(bytes).await;
            let response = wire.response_or_end().await;
            assert!(response.is_none_or(|response| response.status == 400), "{case}: {bytes:?}");
        }
    }
    process.wait_for_metric("connections_closed_total{reason=\"bad_request\"}", 150).await;
    process.signal("TERM");
    process.wait_for_exit().await;

    let lines = process.log();
    let about = lines.iter().filter(|line| line["reason"] == "bad_request").count();
    assert_eq!(about, 1, "{lines:#?}");
    assert!(lines.iter().all(|line| line["level"] != "ERROR"), "{lines:#?}");
}

#[actix_web::test]
async fn a_stalled_log_reader_stops_nothing() {
    let pool = pool(&[]).await;
    let mut process = Process::serve_unread(&[], &pool.url());
    let client = client();

    for _ in 0..100 {
        let requests = (0..100).map(|_| async {
            Response::of(client.get(format!("{}/nothing", process.url))).await.status
        });
        let statuses = join_all(requests).await;
        assert!(statuses.iter().all(|status| *status == 404), "{statuses:?}");
    }
    let sign_up = client.post(format!("{}/register", process.url));
    let sign_up = sign_up.header("Content-Type", "application/json").body(form("ada@example.com"));
    let sign_up = Response::of(sign_up).await;
    let live = Response::of(client.get(format!("{}/health/live", process.admin_url))).await;
    let dropped = process.metric("log_lines_dropped_total").await;
    process.signal("TERM");
    let status = process.wait_for_exit().await;

    assert_eq!([sign_up.status, live.status], [201, 200]);
    assert!(dropped > 0, "the log has fewer lines than requests");
    assert_eq!(status.code(), Some(0));
}

#[actix_web::test]
async fn liveness_fails_while_a_worker_is_blocked() {
    let settings = config(&[], "http://127.0.0.1:1");
    let (unblock, blocked) = mpsc::channel::<()>();
    let blocked = Arc::new(Mutex::new(blocked));
    let routes = move |routes: &mut web::ServiceConfig| {
        let blocked = Arc::clone(&blocked);
        let block = move || {
            // Returns when the sender is dropped.
            let _ = blocked.lock().unwrap_or_else(PoisonError::into_inner).recv();
            std::future::ready(HttpResponse::NoContent().finish())
        };
        routes.route("/block", web::get().to(block));
    };
    let app = App::build(settings, Migrate::Auto, routes).await.expect("the service is built");
    let (url, admin_url) = (format!("http://{}", app.address()), app.admin_address());
    actix_web::rt::spawn(app.run());
    let client = client();
    let live = async || {
        let request = client.get(format!("http://{admin_url}/health/live"));
        Response::of(request).await
    };
    assert_eq!(live().await.status, 200);

    let mut wire = Wire::connect(&url).await;
    wire.send(head("GET /block HTTP/1.1")).await;
    let blocked = until("the worker is blocked", live, |response| response.status == 503).await;
    drop(unblock);
    let again = until("the worker is live", live, |response| response.status == 200).await;

    assert_eq!(blocked.json(), json!({"status": "worker_blocked"}));
    assert_eq!(again.json(), json!({"status": "live"}));
    assert_eq!(wire.response().await.status, 204);
}

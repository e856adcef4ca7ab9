//! How the program ends.

use std::time::{Duration, Instant};

use cognito_sandbox::Pool;
use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    gate::Gate,
    process::Process,
    support::{PASSWORD, Service, pool},
    wait::{stays_pending, until},
    wire::{Wire, head, post},
};

/// Time-outs longer than any delay here.
const PATIENT: [(&str, &str); 4] = [
    ("COGNITO__READ_TIMEOUT", "20s"),
    ("COGNITO__ATTEMPT_TIMEOUT", "20s"),
    ("COGNITO__OPERATION_TIMEOUT", "20s"),
    ("SERVER__SHUTDOWN_TIMEOUT", "20s"),
];

const ADA: &str = "ada@example.com";

/// Longer than ending at once takes on a slow machine, and less than any time-out here.
const AT_ONCE: Duration = Duration::from_secs(15);

fn form(email: &str) -> String {
    json!({"email": email, "password": PASSWORD}).to_string()
}

/// Sends a sign-up, and returns when it has reached the pool.
async fn begin(process: &Process, pool: &Pool, email: &str) -> Wire {
    let mut wire = Wire::connect(&process.url).await;
    wire.send(post(form(email))).await;
    let look = async || pool.state().requests(Some(email)).len();
    until("the sign-up reaches the pool", look, |requests| *requests == 1).await;
    wire
}

/// Waits until the process says that it is no longer ready.
async fn stops_being_ready(process: &Process) {
    let look = async || {
        let mut admin = Wire::connect(&process.admin_url).await;
        admin.send(head("GET /health/ready HTTP/1.1\nConnection: close")).await;
        admin.response().await
    };
    let response = until("it stops being ready", look, |response| response.status == 503).await;
    assert_eq!(response.json(), json!({"status": "stopping"}));
}

#[actix_web::test]
async fn finishes_what_is_in_flight_and_takes_nothing_new() {
    for signal in ["TERM", "INT"] {
        let pool = pool(&[]).await;
        let gate = Gate::start(&pool.url()).await;
        let mut process = Process::serve(&PATIENT, &gate.url).await;
        let mut idle = Wire::connect(&process.url).await;
        idle.send(head("GET /nothing HTTP/1.1")).await;
        assert_eq!(idle.response().await.header("connection"), None, "{signal}");
        let mut slow = begin(&process, &pool, ADA).await;

        process.signal(signal);
        stops_being_ready(&process).await;
        let late = Wire::try_connect(&process.url).await;
        idle.send(head("GET /nothing HTTP/1.1")).await;
        let answer_to_idle = idle.response().await;
        gate.open();
        let response = slow.response().await;

        assert_eq!(answer_to_idle.status, 404, "{signal}: who is connected is served");
        assert_eq!(answer_to_idle.header("connection"), Some("close"), "{signal}");
        assert!(idle.is_closed().await, "{signal}");
        assert_eq!(response.status, 201, "{signal}: {}", response.text);
        assert_eq!(response.header("connection"), Some("close"), "{signal}");
        if let Ok(mut late) = late {
            late.send(head("GET /nothing HTTP/1.1")).await;
            assert!(
                late.response_or_end().await.is_none(),
                "{signal}: who comes late is not served"
            );
        }
        let status = process.wait_for_exit().await;
        assert_eq!(status.code(), Some(0), "{signal}: {}", process.all_output());
        let address = process.url.trim_start_matches("http://");
        assert!(TcpStream::connect(address).await.is_err(), "{signal}: nobody listens");
    }
}

#[actix_web::test]
async fn lets_a_body_that_is_on_its_way_arrive() {
    let pool = pool(&[]).await;
    let mut process = Process::serve(&PATIENT, &pool.url()).await;
    let request = post(form("ada@example.com"));
    let (first, rest) = request.split_at(request.len() - 10);
    let mut wire = Wire::connect(&process.url).await;
    wire.send(head("GET /nothing HTTP/1.1")).await;
    assert_eq!(wire.response().await.status, 404);

    wire.send(first).await;
    // The same worker answers this afterwards, so that it has the first half by then.
    let mut other = Wire::connect(&process.url).await;
    other.send(head("GET /nothing HTTP/1.1")).await;
    assert_eq!(other.response().await.status, 404);
    process.signal("TERM");
    stops_being_ready(&process).await;
    wire.send(rest).await;
    let response = wire.response().await;

    assert_eq!(response.status, 201, "{}", response.text);
    assert_eq!(process.wait_for_exit().await.code(), Some(0));
}

#[actix_web::test]
async fn waits_for_the_call_of_a_caller_who_hung_up() {
    let pool = pool(&[]).await;
    let gate = Gate::start(&pool.url()).await;
    let mut process = Process::serve(&PATIENT, &gate.url).await;
    let slow = begin(&process, &pool, ADA).await;

    drop(slow);
    process.signal("TERM");
    stops_being_ready(&process).await;
    let waits_for_the_pool = stays_pending(process.wait_for_exit()).await;
    gate.open();
    let status = process.wait_for_exit().await;

    assert!(waits_for_the_pool, "{}", process.all_output());
    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    assert!(!process.all_output().contains("shutdown_timeout"), "{}", process.all_output());
}

#[actix_web::test]
async fn records_what_came_of_the_call_of_a_caller_who_hung_up() {
    let service = Service::start(&PATIENT).await;
    let mut wire = Wire::connect(&service.url).await;
    wire.send(post(form("signup.delay-250ms@example.com"))).await;
    let look = async || service.pool().requests(None).len();
    until("the sign-up reaches the pool", look, |requests| *requests == 1).await;

    drop(wire);
    service.wait_for_metric("sign_ups_total{outcome=\"created\"}", 1).await;
    let again = service.register_email("signup.delay-250ms@example.com").await;

    assert_eq!(again.status, 202, "its owner is not told that somebody has it: {}", again.text);
}

#[actix_web::test]
async fn ends_at_once_at_the_second_signal() {
    for (first, second) in [("TERM", "TERM"), ("INT", "INT"), ("TERM", "INT")] {
        let pool = pool(&[]).await;
        let gate = Gate::start(&pool.url()).await;
        let mut process = Process::serve(&PATIENT, &gate.url).await;
        let _slow = begin(&process, &pool, ADA).await;
        process.signal(first);
        stops_being_ready(&process).await;
        assert!(
            stays_pending(process.wait_for_exit()).await,
            "{first}, {second}: the first one waits"
        );

        let started = Instant::now();
        process.signal(second);
        process.wait_for_exit().await;

        let waited = started.elapsed();
        assert!(waited < AT_ONCE, "{first}, {second}: {waited:?}");
    }
}

#[actix_web::test]
async fn waits_no_longer_than_it_is_set_to() {
    let pool = pool(&[]).await;
    let settings = [&PATIENT[..3], &[("SERVER__SHUTDOWN_TIMEOUT", "1s")]].concat();
    let mut process = Process::serve(&settings, &pool.url()).await;
    let _hanging = begin(&process, &pool, "signup.hang@example.com").await;

    let started = Instant::now();
    process.signal("TERM");
    let status = process.wait_for_exit().await;

    let waited = started.elapsed();
    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    assert!((Duration::from_secs(1)..AT_ONCE).contains(&waited), "{waited:?}");
    assert!(process.all_output().contains("server.shutdown_timeout"), "{}", process.all_output());
}

#[actix_web::test]
async fn does_not_wait_for_connections_that_are_only_kept_open() {
    let pool = pool(&[]).await;
    let mut process = Process::serve(&PATIENT, &pool.url()).await;
    let mut idle = Wire::connect(&process.url).await;
    idle.send(head("GET /nothing HTTP/1.1")).await;
    assert_eq!(idle.response().await.status, 404);
    let _silent = Wire::connect(&process.url).await;

    let started = Instant::now();
    process.signal("TERM");
    let status = process.wait_for_exit().await;

    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    let waited = started.elapsed();
    assert!(waited < AT_ONCE, "{waited:?}");
    assert!(idle.is_closed().await);
}

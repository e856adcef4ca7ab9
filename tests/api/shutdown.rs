//! Graceful shutdown.

use std::time::{Duration, Instant};

use cognito_sandbox::Pool;
use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    gate::Gate,
    process::{Process, vestibule},
    support::{PASSWORD, Service, pool},
    wait::{stays_pending, until},
    wire::{Wire, head, post},
};

/// Timeouts longer than any delay of these tests.
const LONG_TIMEOUTS: [(&str, &str); 4] = [
    ("COGNITO__READ_TIMEOUT", "20s"),
    ("COGNITO__ATTEMPT_TIMEOUT", "20s"),
    ("COGNITO__OPERATION_TIMEOUT", "20s"),
    ("SERVER__SHUTDOWN_TIMEOUT", "20s"),
];

const ADA: &str = "ada@example.com";

/// Limit of an immediate exit: long enough for a slow machine, and below the timeouts.
const IMMEDIATE: Duration = Duration::from_secs(15);

fn form(email: &str) -> String {
    json!({"email": email, "password": PASSWORD}).to_string()
}

/// Sends a sign-up and waits until it reaches the pool.
async fn start_sign_up(process: &Process, pool: &Pool, email: &str) -> Wire {
    let mut wire = Wire::connect(&process.url).await;
    wire.send(post(form(email))).await;
    let look = async || pool.state().requests(Some(email)).len();
    until("the sign-up reaches the pool", look, |requests| *requests == 1).await;
    wire
}

/// Waits until the readiness probe responds `stopping`.
async fn wait_until_not_ready(process: &Process) {
    let look = async || {
        let mut admin = Wire::connect(&process.admin_url).await;
        admin.send(head("GET /health/ready HTTP/1.1\nConnection: close")).await;
        admin.response().await
    };
    let response = until("the service is not ready", look, |response| response.status == 503).await;
    assert_eq!(response.json(), json!({"status": "stopping"}));
}

#[actix_web::test]
async fn completes_requests_in_flight_and_accepts_no_new_connections() {
    for signal in ["TERM", "INT"] {
        let pool = pool(&[]).await;
        let gate = Gate::start(&pool.url()).await;
        let mut process = Process::serve(&LONG_TIMEOUTS, &gate.url).await;
        let mut idle = Wire::connect(&process.url).await;
        idle.send(head("GET /nothing HTTP/1.1")).await;
        assert_eq!(idle.response().await.header("connection"), None, "{signal}");
        let mut slow = start_sign_up(&process, &pool, ADA).await;

        process.signal(signal);
        wait_until_not_ready(&process).await;
        let look = async || Wire::try_connect(&process.url).await.is_err();
        until("new connections are rejected at once", look, |is_rejected| *is_rejected).await;
        idle.send(head("GET /nothing HTTP/1.1")).await;
        let idle_response = idle.response().await;
        gate.open();
        let response = slow.response().await;

        assert_eq!(idle_response.status, 404, "{signal}: open connections are served");
        assert_eq!(idle_response.header("connection"), Some("close"), "{signal}");
        assert!(idle.is_closed().await, "{signal}");
        assert_eq!(response.status, 201, "{signal}: {}", response.text);
        assert_eq!(response.header("connection"), Some("close"), "{signal}");
        let status = process.wait_for_exit().await;
        assert_eq!(status.code(), Some(0), "{signal}: {}", process.all_output());
        let address = process.url.trim_start_matches("http://");
        assert!(TcpStream::connect(address).await.is_err(), "{signal}: the port is closed");
    }
}

#[actix_web::test]
async fn serves_new_connections_during_the_shutdown_delay_of_sigterm() {
    let pool = pool(&[]).await;
    let settings = [&LONG_TIMEOUTS[..], &[("SERVER__SHUTDOWN_DELAY", "3s")]].concat();
    let mut process = Process::serve(&settings, &pool.url()).await;
    let mut kept = Wire::connect(&process.url).await;
    kept.send(head("GET /nothing HTTP/1.1")).await;
    assert_eq!(kept.response().await.status, 404);

    let started = Instant::now();
    process.signal("TERM");
    wait_until_not_ready(&process).await;
    let mut responses = Vec::new();
    for number in 0..20 {
        let mut wire = Wire::connect(&process.url).await;
        wire.send(post(form(&format!("ada{number}@example.com")))).await;
        responses.push(wire.response().await);
    }
    let took = started.elapsed();
    kept.send(head("GET /nothing HTTP/1.1")).await;
    let kept = kept.response_or_end().await;
    let status = process.wait_for_exit().await;

    assert!(took < Duration::from_secs(3), "the machine is too slow for this test: {took:?}");
    for response in &responses {
        assert_eq!(response.status, 201, "{}", response.text);
        assert_eq!(response.header("connection"), Some("close"));
    }
    assert_eq!(kept.expect("open connections are served").header("connection"), Some("close"));
    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    assert!(started.elapsed() >= Duration::from_secs(3), "{:?}", started.elapsed());
}

#[actix_web::test]
async fn neither_ctrl_c_nor_the_sandbox_waits_for_the_shutdown_delay() {
    let pool = pool(&[]).await;
    let delay = ("VESTIBULE__SERVER__SHUTDOWN_DELAY", "1m");
    let settings = [&LONG_TIMEOUTS[..], &[("SERVER__SHUTDOWN_DELAY", "1m")]].concat();
    let serve = Process::serve(&settings, &pool.url()).await;
    let mut sandbox = vestibule(&["sandbox"]);
    let ports = [("VESTIBULE__SERVER__PORT", "0"), ("VESTIBULE__ADMIN__PORT", "0")];
    sandbox.envs(ports).envs([delay]);
    let sandbox = Process::start(sandbox).await;

    for (mut process, signal) in [(serve, "INT"), (sandbox, "TERM")] {
        let started = Instant::now();
        process.signal(signal);
        let status = process.wait_for_exit().await;

        assert_eq!(status.code(), Some(0), "{signal}: {}", process.all_output());
        assert!(started.elapsed() < IMMEDIATE, "{signal}: {:?}", started.elapsed());
    }
}

#[actix_web::test]
async fn completes_a_request_with_a_partial_body() {
    let pool = pool(&[]).await;
    let mut process = Process::serve(&LONG_TIMEOUTS, &pool.url()).await;
    let request = post(form("ada@example.com"));
    let (first, rest) = request.split_at(request.len() - 10);
    let mut wire = Wire::connect(&process.url).await;
    wire.send(head("GET /nothing HTTP/1.1")).await;
    assert_eq!(wire.response().await.status, 404);

    wire.send(first).await;
    // The same worker responds to this request. It has therefore read the first part before.
    let mut other = Wire::connect(&process.url).await;
    other.send(head("GET /nothing HTTP/1.1")).await;
    assert_eq!(other.response().await.status, 404);
    process.signal("TERM");
    wait_until_not_ready(&process).await;
    wire.send(rest).await;
    let response = wire.response().await;

    assert_eq!(response.status, 201, "{}", response.text);
    assert_eq!(process.wait_for_exit().await.code(), Some(0));
}

#[actix_web::test]
async fn waits_for_the_call_of_a_disconnected_client() {
    let pool = pool(&[]).await;
    let gate = Gate::start(&pool.url()).await;
    let mut process = Process::serve(&LONG_TIMEOUTS, &gate.url).await;
    let slow = start_sign_up(&process, &pool, ADA).await;

    drop(slow);
    process.signal("TERM");
    wait_until_not_ready(&process).await;
    let waits_for_the_pool = stays_pending(process.wait_for_exit()).await;
    gate.open();
    let status = process.wait_for_exit().await;

    assert!(waits_for_the_pool, "{}", process.all_output());
    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    assert!(!process.all_output().contains("shutdown_timeout"), "{}", process.all_output());
}

#[actix_web::test]
async fn records_the_outcome_after_the_client_disconnects() {
    let service = Service::start(&LONG_TIMEOUTS).await;
    let mut wire = Wire::connect(&service.url).await;
    wire.send(post(form("signup.delay-250ms@example.com"))).await;
    let look = async || service.pool().requests(None).len();
    until("the sign-up reaches the pool", look, |requests| *requests == 1).await;

    drop(wire);
    service.wait_for_metric("sign_ups_total{outcome=\"created\"}", 1).await;
    let again = service.register_email("signup.delay-250ms@example.com").await;

    assert_eq!(again.status, 202, "the owner gets a pending response: {}", again.text);
}

#[actix_web::test]
async fn exits_immediately_at_the_second_signal() {
    for (first, second) in [("TERM", "TERM"), ("INT", "INT"), ("TERM", "INT")] {
        let pool = pool(&[]).await;
        let gate = Gate::start(&pool.url()).await;
        let mut process = Process::serve(&LONG_TIMEOUTS, &gate.url).await;
        let _slow = start_sign_up(&process, &pool, ADA).await;
        process.signal(first);
        wait_until_not_ready(&process).await;
        assert!(
            stays_pending(process.wait_for_exit()).await,
            "{first}, {second}: waits after the first signal"
        );

        let started = Instant::now();
        process.signal(second);
        process.wait_for_exit().await;

        let waited = started.elapsed();
        assert!(waited < IMMEDIATE, "{first}, {second}: {waited:?}");
    }
}

#[actix_web::test]
async fn exits_after_the_shutdown_timeout() {
    let pool = pool(&[]).await;
    let settings = [&LONG_TIMEOUTS[..3], &[("SERVER__SHUTDOWN_TIMEOUT", "1s")]].concat();
    let mut process = Process::serve(&settings, &pool.url()).await;
    let _hanging = start_sign_up(&process, &pool, "signup.hang@example.com").await;

    let started = Instant::now();
    process.signal("TERM");
    let status = process.wait_for_exit().await;

    let waited = started.elapsed();
    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    assert!((Duration::from_secs(1)..IMMEDIATE).contains(&waited), "{waited:?}");
    assert!(process.all_output().contains("server.shutdown_timeout"), "{}", process.all_output());
}

#[actix_web::test]
async fn does_not_wait_for_idle_connections() {
    let pool = pool(&[]).await;
    let mut process = Process::serve(&LONG_TIMEOUTS, &pool.url()).await;
    let mut idle = Wire::connect(&process.url).await;
    idle.send(head("GET /nothing HTTP/1.1")).await;
    assert_eq!(idle.response().await.status, 404);
    let _silent = Wire::connect(&process.url).await;

    let started = Instant::now();
    process.signal("TERM");
    let status = process.wait_for_exit().await;

    assert_eq!(status.code(), Some(0), "{}", process.all_output());
    let waited = started.elapsed();
    assert!(waited < IMMEDIATE, "{waited:?}");
    assert!(idle.is_closed().await);
}

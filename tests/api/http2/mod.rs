//! HTTP/2 on the public listener, with curl, Node.js, and single frames.

mod attacks;
mod frames;

use std::{path::Path, process::Command, task::Poll};

use actix_web::{HttpResponse, web};
use futures_util::stream;
use serde_json::{Value, json};
use vestibule::{app::App, store::Migrate};

use self::frames::{
    END_STREAM, Frames, GOAWAY, NO_ERROR, RST_STREAM, headers, headers_with, sign_up,
};
use crate::{
    gate::Gate,
    process::{Process, error_message, run, vestibule},
    proxy_protocol::proxy_header,
    support::{PASSWORD, config, environment, pool},
    tls::{Certificates, curl},
    wait::until,
};

const HTTP2: (&str, &str) = ("SERVER__TLS__HTTP2", "true");

fn form(email: &str) -> String {
    json!({"email": email, "password": PASSWORD}).to_string()
}

/// Starts the service with HTTP/2 and these settings.
async fn serve(certificates: &Certificates, settings: &[(&str, &str)], pool: &str) -> Process {
    let tls = certificates.settings();
    Process::serve(&[&tls[..], &[HTTP2], settings].concat(), pool).await
}

async fn connect(process: &Process, certificates: &Certificates) -> Frames {
    Frames::connect(&process.url, &certificates.file("first", "pem"), &[]).await
}

#[actix_web::test]
async fn curl_gets_the_same_responses_over_both_versions() {
    let certificates = Certificates::create();
    let root = certificates.file("first", "pem");
    let pool = pool(&[]).await;
    let process = serve(&certificates, &[("LOG__CLIENT_ADDRESS", "full")], &pool.url()).await;
    let own = process.url.replace("http://", "Origin: https://");
    let get = |arguments: &[&str], path: &str| {
        let format = ["-w", "\n%{http_code} %{http_version}", "-D", "-"];
        let output = curl(&process, &root, &[&format[..], arguments].concat(), path);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };

    let (ada, alan) = (form("ada@example.com"), form("alan@example.com"));
    let json = "Content-Type: application/json";
    let sign_up = get(&["-H", json, "-H", "X-Request-Id: two", "-d", &ada], "/register");
    let same_origin = get(&["-H", json, "-H", &own, "-d", &alan], "/register");
    let foreign = get(&["-H", json, "-H", "Origin: https://a.example", "-d", &alan], "/register");
    let older = get(&["--http1.1"], "/register/policy");
    let head = get(&["--head"], "/register/policy");
    let page = get(&[], "/docs/swagger-ui-bundle.js");
    let preflight = get(&["-X", "OPTIONS"], "/nothing");
    let large = "X-Large: ".to_owned() + &"a".repeat(33 * 1024);
    let many: Vec<String> = (0..97).map(|number| format!("X-{number}: a")).collect();
    let many: Vec<&str> = many.iter().flat_map(|header| ["-H", header]).collect();
    let too_large = [&["-H", &large][..], &many].map(|headers| get(headers, "/register/policy"));

    for (response, expected) in [
        (&sign_up, "201 2"),
        (&same_origin, "201 2"),
        (&foreign, "403 2"),
        (&older, "200 1.1"),
        (&head, "200 2"),
        (&page, "200 2"),
        (&preflight, "404 2"),
        (&too_large[0], "431 2"),
        (&too_large[1], "431 2"),
    ] {
        assert!(response.ends_with(expected), "{expected}: {response:.2000}");
        let (head, _) = response.split_once("\r\n\r\n").expect("there is a head");
        let head = head.to_lowercase();
        let is_valid = !head.contains("connection:") && !head.contains("transfer-encoding:");
        assert!(is_valid && head.contains("\r\ndate: "), "{head}");
    }
    assert!(head.contains("content-length: ") && !head.contains('{'), "{head}");
    assert!(page.len() > 1_000_000, "{}", page.len());
    assert!(too_large[0].contains("headers_too_large"), "{}", too_large[0]);
    assert_eq!(process.access_log_line("two").await["client_address"], "127.0.0.1");
}

#[actix_web::test]
async fn one_connection_of_node_creates_many_accounts_at_once() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let process = serve(&certificates, &[], &pool.url()).await;
    let forms: Vec<String> = (0..40).map(|user| form(&format!("ada{user}@example.com"))).collect();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/http2/browser.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(process.url.replace("http://", "https://"));
    node.arg(certificates.file("first", "pem")).args(&forms);
    let output = run(node);

    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {output:?}");
    });
    assert_eq!(result["maxConcurrentStreams"], 8);
    let responses = result["responses"].as_array().expect("a list");
    assert_eq!(responses.len(), forms.len());
    assert!(responses.iter().all(|response| response["status"] == 201), "{result}");
    assert_eq!(process.metric("sign_ups_total{outcome=\"created\"}").await, 40);
}

#[actix_web::test]
async fn the_proxy_protocol_names_the_client() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let settings = [
        ("SERVER__PROXY_PROTOCOL", "true"),
        ("SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ("LOG__CLIENT_ADDRESS", "full"),
    ];
    let process = serve(&certificates, &settings, &pool.url()).await;
    let root = certificates.file("first", "pem");
    let header = proxy_header("203.0.113.7:46532");
    let mut client = Frames::connect_after(&header, &process.url, &root, &[]).await;

    let id = [("x-request-id", "three"), ("x-forwarded-for", "192.0.2.66")];
    client.send(&headers_with(END_STREAM, 1, "GET", "/register/policy", &id)).await;
    client.body(1).await;

    assert_eq!(process.access_log_line("three").await["client_address"], "203.0.113.7");
}

#[actix_web::test]
async fn a_stop_completes_requests_in_progress_and_sends_goaway() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let gate = Gate::start(&pool.url()).await;
    let mut process = serve(&certificates, &[], &gate.url).await;
    let mut idle = connect(&process, &certificates).await;
    idle.send(&headers(END_STREAM, 1, "GET", "/nothing")).await;
    idle.body(1).await;
    let mut slow = connect(&process, &certificates).await;
    slow.send(&sign_up(1, &form("ada@example.com"))).await;
    let look = async || pool.state().requests(Some("ada@example.com")).len();
    until("the sign-up reaches the pool", look, |requests| *requests == 1).await;

    process.signal("INT");
    let idle = idle.until(|frame| frame.kind == GOAWAY).await;
    let goaway = slow.until(|frame| frame.kind == GOAWAY).await;
    gate.open();
    let response = slow.body(1).await;

    assert_eq!((idle.code(), goaway.code()), (NO_ERROR, NO_ERROR));
    assert!(response.contains("confirmation_required"), "{response}");
    let status = process.wait_for_exit().await;
    assert_eq!(status.code(), Some(0), "{}", process.all_output());
}

#[actix_web::test]
async fn a_panic_ends_one_request_of_a_connection() {
    let certificates = Certificates::create();
    let settings = [&certificates.settings()[..], &[HTTP2]].concat();
    let app = App::build(config(&settings, "http://127.0.0.1:1"), Migrate::Auto, |routes| {
        let panic = async || -> HttpResponse { panic!("in a handler") };
        let late_panic = async || {
            let body = stream::poll_fn(|_| -> Poll<Option<Result<web::Bytes, actix_web::Error>>> {
                panic!("in a body")
            });
            HttpResponse::Ok().streaming(body)
        };
        routes.route("/panic", web::get().to(panic));
        routes.route("/late-panic", web::get().to(late_panic));
    })
    .await
    .expect("the service is built");
    let url = format!("http://{}", app.address());
    actix_web::rt::spawn(app.run());
    let root = certificates.file("first", "pem");
    let mut client = Frames::connect(&url, &root, &[]).await;

    client.send(&headers(END_STREAM, 1, "GET", "/panic")).await;
    let problem = client.body(1).await;
    client.send(&headers(END_STREAM, 3, "GET", "/late-panic")).await;
    client.until(|frame| frame.stream == 3 && frame.kind == RST_STREAM).await;
    client.send(&headers(END_STREAM, 5, "GET", "/register/policy")).await;
    let policy = client.body(5).await;

    assert!(problem.contains("\"internal\""), "{problem}");
    assert!(policy.contains("\"fields\""), "{policy}");
}

#[actix_web::test]
async fn http2_without_a_certificate_prevents_the_start() {
    let mut command = vestibule(&["serve"]);
    command.envs(environment(&[HTTP2], "http://127.0.0.1:1"));

    let output = run(command);

    let expected = "server.tls.http2 is true, but server.tls.certificate_file is not set";
    let message = error_message(&output, expected);
    assert!(message.contains(expected), "{message}");
    assert_eq!(output.status.code(), Some(2), "{message}");
}

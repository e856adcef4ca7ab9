//! Traces in the log, in calls to Cognito and the bot check, and at a collector.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use serde_json::{Value, json};

use crate::{
    process::{Process, vestibule},
    support::{
        PASSWORD, Response, client, environment,
        otlp::{Exported, Receiver},
        pool,
    },
    wait::{until, until_found},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "1122334455667788";

/// The headers of traces that a server received.
type Got = Arc<Mutex<Vec<[Option<String>; 2]>>>;

/// Starts a proxy in front of a server. Returns its URL, and the headers of each request.
fn watch(upstream: &str) -> (String, Got) {
    let (got, upstream) = (Got::default(), upstream.to_owned());
    let seen = Arc::clone(&got);
    let server = HttpServer::new(move || {
        let (seen, upstream) = (Arc::clone(&seen), upstream.clone());
        let forward = move |request: HttpRequest, body: web::Bytes| {
            let header = |name: &str| {
                request.headers().get(name).and_then(|value| value.to_str().ok().map(str::to_owned))
            };
            let traces = [header("traceparent"), header("x-amzn-trace-id")];
            seen.lock().expect("no thread panics").push(traces);
            let mut sent = client().post(&upstream).body(body);
            for name in ["content-type", "x-amz-target"] {
                if let Some(value) = header(name) {
                    sent = sent.header(name, value);
                }
            }
            async move {
                let response = sent.send().await.expect("the server responds");
                let status = response.status().as_u16();
                let body = response.bytes().await.expect("a body");
                let status = actix_web::http::StatusCode::from_u16(status).expect("a status");
                HttpResponse::build(status).content_type("application/x-amz-json-1.1").body(body)
            }
        };
        App::new().default_service(web::to(forward))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", server.addrs()[0]);
    rt::spawn(server.run());
    (url, got)
}

async fn serve(endpoint: &str, variables: &[(&str, &str)]) -> Process {
    let mut command = vestibule(&["serve"]);
    command.envs(environment(&[], endpoint)).envs(variables.iter().copied());
    Process::start(command).await
}

/// Starts the service with an export of its spans to the receiver.
async fn serve_and_export(endpoint: &str, receiver: &Receiver) -> Process {
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    serve(endpoint, &variables).await
}

async fn register(process: &Process, email: &str, headers: &[(&str, &str)]) -> Response {
    let form = json!({"email": email, "password": PASSWORD});
    let mut request = client().post(format!("{}/register?query=secret", process.url)).json(&form);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Response::of(request).await
}

#[actix_web::test]
async fn a_trace_is_in_the_log_and_passed_on_without_an_export() {
    let pool = pool(&[]).await;
    let (endpoint, got) = watch(&pool.url());
    let process = serve(&endpoint, &[]).await;
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    let amzn = format!("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={PARENT};Sampled=1");
    let from_balancer = "Self=1-67891234-12456789abcdef012345678a;\
                         Root=1-4bf92f35-77b34da6a3ce929d0e0e4736";

    for (id, headers, trace, span, passed) in [
        (
            "w3c",
            vec![("traceparent", &*traceparent)],
            json!(TRACE),
            json!(PARENT),
            [Some(traceparent.clone()), Some(amzn.clone())],
        ),
        (
            "amzn",
            vec![("x-amzn-trace-id", &*amzn)],
            json!(TRACE),
            json!(PARENT),
            [Some(traceparent.clone()), Some(amzn.clone())],
        ),
        (
            "balancer",
            vec![("x-amzn-trace-id", from_balancer)],
            json!(TRACE),
            Value::Null,
            [None, Some("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736".to_owned())],
        ),
        ("invalid", vec![("traceparent", "00-x")], Value::Null, Value::Null, [None, None]),
        ("none", vec![], Value::Null, Value::Null, [None, None]),
    ] {
        let headers = [&headers[..], &[("x-request-id", id)]].concat();
        let response = register(&process, &format!("{id}@example.com"), &headers).await;

        assert_eq!(response.status, 201, "{id}: {response:?}");
        let line = process.access_log_line(id).await;
        assert_eq!((&line["trace_id"], &line["span_id"]), (&trace, &span), "{line}");
        assert_eq!(got.lock().unwrap().pop(), Some(passed), "{id}");
    }
}

#[actix_web::test]
async fn spans_are_exported_by_the_conventions() {
    let pool = pool(&[]).await;
    let (endpoint, got) = watch(&pool.url());
    let receiver = Receiver::start();
    let process = serve_and_export(&endpoint, &receiver).await;
    let traceparent = format!("00-{TRACE}-{PARENT}-01");

    register(&process, "ada@example.com", &[("traceparent", &traceparent), ("x-request-id", "a")])
        .await;

    let spans = spans_until(&receiver, "POST /register").await;
    let find = |name: &str| {
        spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:?}"))
    };
    let server = find("POST /register");
    assert_eq!((&*server.trace_id, &*server.parent, server.kind), (TRACE, PARENT, "server"));
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/register"),
        ("http.response.status_code", "201"),
        ("client.address", "127.0.0.0"),
        ("vestibule.code", "confirmation_required"),
        ("vestibule.outcome", "created"),
    ] {
        assert_eq!(server.attribute(key), value, "{key}: {server:?}");
    }
    let cognito = find("CognitoIdentityProvider.SignUp");
    for (name, kind, system) in [
        ("preconditions", "internal", ""),
        ("begin", "client", "sqlite"),
        ("wait for a slot", "internal", ""),
        ("CognitoIdentityProvider.SignUp", "client", ""),
        ("end", "client", "sqlite"),
    ] {
        let span = find(name);
        assert_eq!((&*span.trace_id, &*span.parent, span.kind), (TRACE, &*server.span_id, kind));
        assert_eq!(span.attribute("db.system.name"), system, "{span:?}");
        assert!(!span.is_error, "{span:?}");
    }
    assert_eq!(cognito.attribute("rpc.method"), "SignUp");
    let passed = got.lock().unwrap().pop().unwrap();
    assert_eq!(passed[0], Some(format!("00-{TRACE}-{}-01", cognito.span_id)));
    let line = process.access_log_line("a").await;
    assert_eq!((&line["trace_id"], &line["span_id"]), (&json!(TRACE), &json!(server.span_id)));
    assert_eq!(line["span"], json!({"name": "request", "request_id": "a"}));
    let resource = receiver.resource();
    assert!(resource.contains(&("service.name".to_owned(), "vestibule".to_owned())));
    assert!(!receiver.text().contains("secret"), "the query");
}

#[actix_web::test]
async fn failures_are_errors_and_name_the_exception() {
    let pool = pool(&[]).await;
    let receiver = Receiver::start();
    let process = serve_and_export(&pool.url(), &receiver).await;

    register(&process, "signup.resource-not-found@example.com", &[]).await;

    let spans = spans_until(&receiver, "POST /register").await;
    let find = |name: &str| spans.iter().find(|span| span.name == name).unwrap().clone();
    let (server, cognito) = (find("POST /register"), find("CognitoIdentityProvider.SignUp"));
    assert!(server.is_error && cognito.is_error, "{spans:?}");
    assert_eq!(server.attribute("error.type"), "502");
    assert_eq!(cognito.attribute("error.type"), "ResourceNotFoundException");
}

#[actix_web::test]
async fn sampling_follows_the_parent_and_a_balancer_begins_a_trace() {
    let pool = pool(&[]).await;
    let (endpoint, got) = watch(&pool.url());
    let receiver = Receiver::start();
    let process = serve_and_export(&endpoint, &receiver).await;
    let unsampled = format!("00-{TRACE}-{PARENT}-00");
    let root = "Root=1-5bf92f35-77b34da6a3ce929d0e0e4736";

    register(&process, "unsampled@example.com", &[("traceparent", &unsampled)]).await;
    let passed = got.lock().unwrap().pop().unwrap()[0].clone().unwrap();
    register(&process, "balancer@example.com", &[("x-amzn-trace-id", root)]).await;

    assert!(passed.starts_with(&format!("00-{TRACE}-")) && passed.ends_with("-00"), "{passed}");
    let spans = spans_until(&receiver, "POST /register").await;
    assert!(
        spans.iter().all(|span| span.trace_id == "5bf92f3577b34da6a3ce929d0e0e4736"),
        "{spans:?}"
    );
    let server = spans.iter().find(|span| span.name == "POST /register").unwrap();
    assert_eq!(server.parent, "");
}

#[actix_web::test]
async fn no_request_waits_for_an_unavailable_collector_and_dropped_spans_are_counted() {
    let pool = pool(&[]).await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
    ];
    let mut process = serve(&pool.url(), &variables).await;

    for number in 0..20 {
        let response = register(&process, &format!("ada{number}@example.com"), &[]).await;
        assert_eq!(response.status, 201, "{response:?}");
    }
    let is_logged = async || process.all_output();
    until("the failure is logged", is_logged, |log| log.contains("BatchSpanProcessor")).await;
    for reason in ["queue_full", "export_failed"] {
        let name = format!("trace_spans_dropped_total{{reason=\"{reason}\"}}");
        let dropped = async || process.metric(&name).await;
        until("dropped spans are counted", dropped, |dropped| *dropped > 0).await;
    }
    process.signal("TERM");

    assert!(process.wait_for_exit().await.success(), "{}", process.all_output());
}

#[actix_web::test]
async fn every_span_is_exported_or_counted_as_dropped() {
    let pool = pool(&[]).await;
    let receiver = Receiver::start();
    receiver.reject(true);
    let process = serve_and_export(&pool.url(), &receiver).await;
    let failed =
        async || process.metric("trace_spans_dropped_total{reason=\"export_failed\"}").await;

    register(&process, "ada@example.com", &[]).await;
    let rejected = async || receiver.spans();
    let is_request = |spans: &Vec<Exported>| spans.iter().any(|span| span.parent.is_empty());
    until("the collector rejects the spans", rejected, is_request).await;
    let count = receiver.spans().len() as u64;
    until("the rejected spans are counted", failed, |failed| *failed == count).await;
    receiver.reject(false);
    register(&process, "grace@example.com", &[]).await;
    until("further spans arrive", rejected, |spans| spans.len() as u64 == 2 * count).await;

    assert_eq!(failed().await, count);
    let full = process.metric("trace_spans_dropped_total{reason=\"queue_full\"}").await;
    assert_eq!(full, 0);
}

/// Waits until a span arrives. Spans end before the span around them.
async fn spans_until(receiver: &Receiver, name: &str) -> Vec<Exported> {
    let look = async || {
        let spans = receiver.spans();
        if spans.iter().any(|span| span.name == name) {
            Ok(spans)
        } else {
            Err(format!("{spans:?}"))
        }
    };
    until_found("the span is exported", look).await
}

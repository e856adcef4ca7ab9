//! `GET /metrics`: the documented metrics, their first values, and their formats.

use std::fs;

use reqwest::header::ACCEPT;
use serde_json::json;

use crate::support::{PASSWORD, Response, Service};

/// A row of the table of docs/monitoring.md.
struct Documented {
    name: String,
    kind: String,
    /// Labels with a closed set of values.
    labels: Vec<(String, Vec<String>)>,
}

#[actix_web::test]
async fn every_documented_metric_begins_with_every_value_at_zero() {
    let service = Service::start(&[("LIMITS__MODE", "enforce")]).await;

    let text = metrics(&service, "text/plain").await.text;

    let rows = documented();
    assert!(rows.len() > 40, "{}", rows.len());
    // Calling codes are no closed set.
    let closed = rows.into_iter().filter(|row| row.name != "vestibule_sms_cost_multiplier");
    for Documented { name, kind, labels } in closed {
        assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name}: no type");
        assert!(text.contains(&format!("# HELP {name} ")), "{name}: no help");
        for (label, values) in labels {
            for value in values {
                let part = format!("{label}=\"{value}\"");
                let suffix = if kind == "histogram" { "_count" } else { "" };
                let start = format!("{name}{suffix}{{");
                let found = text.lines().any(|line| {
                    line.starts_with(&start) && line.contains(&part) && line.ends_with(" 0")
                });
                assert!(found || kind == "gauge", "{name}: {part} does not begin at 0");
            }
        }
    }
    for help in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = help.split(' ').next().unwrap().trim_start_matches("vestibule_");
        let table = fs::read_to_string("docs/monitoring.md").unwrap();
        assert!(table.contains(&format!("`{name}`")), "{name} is not documented");
    }
}

/// Returns the rows of the table. Values of labels follow a colon.
fn documented() -> Vec<Documented> {
    let document = fs::read_to_string("docs/monitoring.md").expect("the document exists");
    let words = |text: &str| -> Vec<String> {
        text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind @ ("counter" | "gauge" | "histogram"), labels, _] = cells.as_slice() else {
            return None;
        };
        let labels = labels.split("; ").filter_map(|label| {
            let (name, values) = label.split_once(':')?;
            Some((words(name).pop()?, words(values)))
        });
        Some(Documented {
            name: format!("vestibule_{}", name.trim_matches('`')),
            kind: (*kind).to_owned(),
            labels: labels.collect(),
        })
    };
    document.lines().filter_map(row).collect()
}

#[actix_web::test]
async fn accept_selects_the_format() {
    let service = Service::start(&[]).await;

    for (accept, expected) in [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8"),
        (
            "text/plain, application/openmetrics-text;q=0.5",
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
        ("nonsense", "text/plain; version=0.0.4; charset=utf-8"),
    ] {
        let response = metrics(&service, accept).await;

        let is_open_metrics = expected.starts_with("application");
        assert_eq!(response.header("content-type"), Some(expected), "{accept}");
        assert_eq!(response.text.ends_with("# EOF\n"), is_open_metrics, "{accept}");
        let counter = if is_open_metrics { "http_requests" } else { "http_requests_total" };
        let kind = format!("# TYPE vestibule_{counter} counter\n");
        assert!(response.text.contains(&kind), "{accept}: {}", response.text);
    }
}

async fn metrics(service: &Service, accept: &str) -> Response {
    let request = service.client.get(format!("{}/metrics", service.admin_url));
    Response::of(request.header(ACCEPT, accept)).await
}

#[actix_web::test]
async fn requests_to_cognito_are_counted_by_result_and_exception() {
    let service = Service::start(&[]).await;

    service.register_email("ada@example.com").await;
    service.register_email("ada@example.com").await;
    service.register_email("signup.resource-not-found@example.com").await;
    service.register_email("signup.lambda-crash@example.com").await;
    service.confirm_code("ada@example.com", "000000").await;
    service.register(&json!({"email": "ada"})).await;

    for (name, expected) in [
        ("request_duration_seconds_count{operation=\"SignUp\",result=\"success\"}", 1),
        ("request_duration_seconds_count{operation=\"SignUp\",result=\"rejected\"}", 2),
        ("request_duration_seconds_count{operation=\"SignUp\",result=\"misconfigured\"}", 1),
        ("request_duration_seconds_count{operation=\"ConfirmSignUp\",result=\"rejected\"}", 1),
        ("errors_total{operation=\"SignUp\",exception=\"UsernameExistsException\"}", 1),
        ("errors_total{operation=\"SignUp\",exception=\"ResourceNotFoundException\"}", 1),
        ("errors_total{operation=\"SignUp\",exception=\"UserLambdaValidationException\"}", 1),
        ("errors_total{operation=\"ConfirmSignUp\",exception=\"CodeMismatchException\"}", 1),
    ] {
        assert_eq!(service.metric(&format!("cognito_{name}")).await, expected, "{name}");
    }
    for (cognito, expected) in [("true", 4), ("false", 1)] {
        let labels = format!("route=\"/register\",cognito=\"{cognito}\"");
        let name = format!("http_request_duration_seconds_count{{{labels}}}");
        assert_eq!(service.metric(&name).await, expected, "{cognito}");
    }
    assert_eq!(service.metric("http_requests_in_flight").await, 0);
}

#[actix_web::test]
async fn readiness_and_replays_have_metrics() {
    let service = Service::start(&[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});

    for _ in 0..2 {
        let request = service.post("/register").header("Idempotency-Key", "key").json(&form);
        assert_eq!(Response::of(request).await.status, 201);
    }

    assert_eq!(service.metric("ready").await, 1);
    assert_eq!(service.metric("idempotency_replays_total").await, 1);
    assert_eq!(service.metric("database_connections").await, 1);
    let build = format!("build_info{{version=\"0.1.0\",revision=\"{}\"}}", vestibule::REVISION);
    assert_eq!(service.metric(&build).await, 1);
}

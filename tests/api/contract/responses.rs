//! Every response is in the OpenAPI document, and the tests produce every response of the document.

use std::collections::BTreeSet;

use cognito_sandbox::{Operation, cases::CASES};
use futures_util::{StreamExt, stream};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{Contract, FORMS, keys};
use crate::support::{PASSWORD, Response, SHORT_TIMEOUTS, Service};

/// Returns a POST with this text as a JSON body.
fn post_json(service: &Service, path: &str, body: impl Into<String>) -> RequestBuilder {
    service.post(path).header("Content-Type", "application/json").body(body.into())
}

/// Returns a valid form of a route for this user.
fn form(path: &str, email: &str) -> Value {
    match path {
        "/register" => json!({"email": email, "password": PASSWORD}),
        "/register/confirm" => json!({"username": email, "code": "123456"}),
        _ => json!({"username": email}),
    }
}

/// Returns the code of a problem, or `success`.
fn code(response: &Response) -> String {
    response.json()["code"].as_str().unwrap_or("success").to_owned()
}

#[actix_web::test]
async fn responses_and_document_match() {
    let contract = Contract::read();
    let service = Service::start(&SHORT_TIMEOUTS).await;
    for (path, operation) in FORMS {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut responses = run_cases(&service, path).await;
        responses.extend(rejected_before_the_call(&service, path).await);
        responses.extend(with_idempotency_keys(&service, path).await);
        responses.extend(over_the_limit(path).await);
        if path == "/register" {
            responses.extend(without_a_proof(path).await);
        }

        for (case, response) in &responses {
            contract.assert_allows("post", path, response, &format!("{operation}, {case}"));
            seen.insert(code(response));
        }

        let mut documented: BTreeSet<String> = problems_of(&contract, path);
        documented.insert("success".to_owned());
        // Only a bug of the service causes this problem.
        assert!(documented.remove("internal"), "{operation}");
        assert_eq!(seen, documented, "{operation}");
    }
}

/// Returns the codes of all problems in the document for an operation.
fn problems_of(contract: &Contract, path: &str) -> BTreeSet<String> {
    let statuses = keys(&contract.operation("post", path)["responses"]);
    statuses
        .filter(|status| *status != "default")
        .map(|status| contract.at(&contract.response("post", path, status)))
        .flat_map(|response| keys(&response["content"]["application/problem+json"]["examples"]))
        .map(str::to_owned)
        .collect()
}

/// Requests every case of the pool twice. The account may exist the second time.
async fn run_cases(service: &Service, path: &str) -> Vec<(String, Response)> {
    let operation = match path {
        "/register" => Operation::SignUp,
        "/register/confirm" => Operation::Confirm,
        _ => Operation::Resend,
    };
    let cases = CASES.iter().filter(|case| case.operation == operation);
    let responses: Vec<Vec<(String, Response)>> = stream::iter(cases)
        .map(|case| async move {
            let email = format!("{}+contract@example.com", case.name);
            if operation != Operation::SignUp {
                assert_eq!(service.register_email(&email).await.status, 201, "{email}");
            }
            let code = (operation == Operation::Confirm).then(|| service.code_for(&email));
            let mut body = form(path, &email);
            if let Some(code) = code {
                body["code"] = code.into();
            }
            let mut responses = Vec::new();
            for attempt in ["first", "second"] {
                let response = Response::of(service.post(path).json(&body)).await;
                responses.push((format!("{}, the {attempt} try", case.name), response));
            }
            responses
        })
        .buffer_unordered(6)
        .collect()
        .await;
    let mut responses: Vec<(String, Response)> = responses.into_iter().flatten().collect();
    if operation == Operation::Confirm {
        // The response of the pool to a wrong code and to an unknown user.
        for email in ["confirm.delay-250ms+contract@example.com", "unknown@example.com"] {
            let wrong = json!({"username": email, "code": "000000"});
            responses.push((format!("{email}, a wrong code"), service.confirm(&wrong).await));
        }
    }
    if operation == Operation::SignUp {
        let other = json!({"email": "signup.delay-250ms+contract@example.com", "password": "Other-horse-8"});
        responses
            .push(("an address with another password".to_owned(), service.register(&other).await));
    }
    responses
}

/// Sends requests that the service rejects before it calls Cognito.
async fn rejected_before_the_call(service: &Service, path: &str) -> Vec<(String, Response)> {
    let valid = form(path, "grace@example.com").to_string();
    let requests = [
        ("invalid JSON", post_json(service, path, "{")),
        ("a value of the wrong type", post_json(service, path, r#"{"username": 7}"#)),
        ("an array", post_json(service, path, "[]")),
        ("an empty body", post_json(service, path, "")),
        ("a repeated key", post_json(service, path, r#"{"username": "a", "username": "b"}"#)),
        ("a misspelled field", post_json(service, path, r#"{"usernam": "Ada"}"#)),
        ("another media type", service.post(path).body(valid.clone())),
        ("too large", post_json(service, path, " ".repeat(20_000) + &valid)),
        (
            "large headers",
            post_json(service, path, valid.clone()).header("Cookie", "x".repeat(60_000)),
        ),
        ("an empty key", post_json(service, path, valid.clone()).header("Idempotency-Key", "")),
        (
            "a page of another site",
            post_json(service, path, "{}").header("Sec-Fetch-Site", "cross-site"),
        ),
        ("an empty form", post_json(service, path, "{}")),
        ("an unknown field", post_json(service, path, r#"{"nickname": "Ada"}"#)),
        (
            "a request id of the client",
            post_json(service, path, "{}").header("X-Request-Id", "mine-1"),
        ),
        (
            "too many entries",
            post_json(service, path, json!({"client_metadata": entries(51)}).to_string()),
        ),
    ];
    let mut responses = Vec::new();
    for (case, request) in requests {
        responses.push((case.to_owned(), Response::of(request).await));
    }
    responses
}

fn entries(count: usize) -> Value {
    (0..count).map(|number| (format!("key{number}"), json!("value"))).collect()
}

/// Sends a key whose response is replayed, one with another body, and one in progress.
async fn with_idempotency_keys(service: &Service, path: &str) -> Vec<(String, Response)> {
    let post_with_key = |key: &str, body: Value| {
        Response::of(service.post(path).header("Idempotency-Key", key).json(&body))
    };
    let (prefix, final_case) = match path {
        "/register" => ("signup", "username-exists"),
        "/register/confirm" => ("confirm", "code-mismatch"),
        _ => ("resend", "user-not-found"),
    };
    let slow = form(path, &format!("{prefix}.hang+key@example.com"));
    let stored = form(path, &format!("{prefix}.{final_case}+key@example.com"));
    let other = form(path, "grace@example.com");

    let first = post_with_key("k1", stored.clone()).await;
    let replayed = post_with_key("k1", stored).await;
    let other_body = post_with_key("k1", other).await;
    let (hanging, in_progress) =
        futures_util::join!(post_with_key("k2", slow.clone()), post_with_key("k2", slow));

    let responses = [
        ("stored", first),
        ("replayed", replayed),
        ("a key reused", other_body),
        ("the first of two simultaneous", hanging),
        ("the second of two simultaneous", in_progress),
    ];
    responses.map(|(case, response)| (case.to_owned(), response)).into()
}

/// Sends one request within the limit and one over it.
async fn over_the_limit(path: &str) -> Vec<(String, Response)> {
    let service = Service::start(&[
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "1"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
    ])
    .await;
    let mut responses = Vec::new();
    for case in ["within the limit", "over the limit"] {
        responses.push((case.to_owned(), Response::of(post_json(&service, path, "{}")).await));
    }
    assert!(responses.iter().all(|(_, response)| response.header("ratelimit").is_some()), "{path}");
    responses
}

/// Sends a request without a proof and one with an invalid proof.
async fn without_a_proof(path: &str) -> Vec<(String, Response)> {
    let service = Service::start(&[("BOT_CHECK__PROVIDER", "proof_of_work")]).await;
    let mut body = form(path, "grace@example.com");
    let without = Response::of(service.post(path).json(&body)).await;
    body["human_proof"] = "none".into();
    let bad = Response::of(service.post(path).json(&body)).await;
    vec![("no proof".to_owned(), without), ("an invalid proof".to_owned(), bad)]
}

#[actix_web::test]
async fn challenge_responses_match_the_document() {
    let contract = Contract::read();
    let limited = [("LIMITS__MODE", "enforce"), ("LIMITS__ADDRESS__BURST", "1")];
    let settings = [&[("BOT_CHECK__PROVIDER", "proof_of_work")], &limited[..]].concat();
    let (service, other) = (Service::start(&settings).await, Service::start(&[]).await);

    let mut responses = Vec::new();
    for service in [&service, &service, &other] {
        responses.push(Response::of(service.get("/register/challenge")).await);
    }

    for (response, status) in responses.iter().zip([200, 429, 404]) {
        assert_eq!(response.status, status, "{}", response.text);
        contract.assert_allows("get", "/register/challenge", response, "a challenge");
    }
}

#[actix_web::test]
async fn the_page_of_every_problem_matches_the_document() {
    let contract = Contract::read();
    let service = Service::start(&[]).await;
    let names = contract.at("/components/schemas/ProblemName/enum").as_array();

    for name in names.into_iter().flatten().filter_map(Value::as_str) {
        let page = Response::of(service.get(&format!("/problems/{name}"))).await;

        assert_eq!(page.status, 200, "{name}");
        assert!(!page.text.contains('`'), "{name}: {}", page.text);
        contract.assert_allows("get", "/problems/{name}", &page, name);
    }

    let missing = Response::of(service.get("/problems/nothing")).await;
    missing.assert_problem(404, "not-found", "no problem has this name");
    contract.assert_allows("get", "/problems/{name}", &missing, "no problem has this name");
}

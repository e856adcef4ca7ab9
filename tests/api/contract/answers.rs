//! Whatever the service answers, the document has said; and what the document says is answered.

use std::collections::BTreeSet;

use cognito_sandbox::{Operation, cases::CASES};
use futures_util::{StreamExt, stream};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{Contract, FORMS, keys};
use crate::support::{Answer, IMPATIENT, PASSWORD, Service};

/// A body of JSON, as text.
fn posted(service: &Service, path: &str, body: impl Into<String>) -> RequestBuilder {
    service.post(path).header("Content-Type", "application/json").body(body.into())
}

/// A form that breaks no rule, about a user of this name.
fn form(path: &str, email: &str) -> Value {
    match path {
        "/register" => json!({"email": email, "password": PASSWORD}),
        "/register/confirm" => json!({"username": email, "code": "123456"}),
        _ => json!({"username": email}),
    }
}

/// The codes of the answers that were seen, or `success`.
fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or("success").to_owned()
}

#[actix_web::test]
async fn every_answer_is_in_the_document_and_every_problem_of_the_document_is_answered() {
    let contract = Contract::read();
    let service = Service::start(&IMPATIENT).await;
    for (path, operation) in FORMS {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut answers = played(&service, path).await;
        answers.extend(refused_before_the_call(&service, path).await);
        answers.extend(with_keys(&service, path).await);
        answers.extend(over_the_limit(path).await);
        if path == "/register" {
            answers.extend(without_a_proof(path).await);
        }

        for (case, answer) in &answers {
            contract.assert_allows("post", path, answer, &format!("{operation}, {case}"));
            seen.insert(code(answer));
        }

        let mut documented: BTreeSet<String> = problems_of(&contract, path);
        documented.insert("success".to_owned());
        // What only a bug of ours brings about.
        assert!(documented.remove("internal"), "{operation}");
        assert_eq!(seen, documented, "{operation}");
    }
}

/// The codes of all problems that the document has for an operation, status by status.
fn problems_of(contract: &Contract, path: &str) -> BTreeSet<String> {
    let statuses = keys(&contract.operation("post", path)["responses"]);
    statuses
        .filter(|status| *status != "default")
        .map(|status| contract.at(&contract.response("post", path, status)))
        .flat_map(|response| keys(&response["content"]["application/problem+json"]["examples"]))
        .map(str::to_owned)
        .collect()
}

/// Every case that the pool can play, twice: the second time the account may be there.
async fn played(service: &Service, path: &str) -> Vec<(String, Answer)> {
    let operation = match path {
        "/register" => Operation::SignUp,
        "/register/confirm" => Operation::Confirm,
        _ => Operation::Resend,
    };
    let cases = CASES.iter().filter(|case| case.operation == operation);
    let answers: Vec<Vec<(String, Answer)>> = stream::iter(cases)
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
            let mut answers = Vec::new();
            for try_ in ["first", "second"] {
                let answer = Answer::of(service.post(path).json(&body)).await;
                answers.push((format!("{}, the {try_} try", case.name), answer));
            }
            answers
        })
        .buffer_unordered(6)
        .collect()
        .await;
    let mut answers: Vec<(String, Answer)> = answers.into_iter().flatten().collect();
    if operation == Operation::Confirm {
        // The pool's own verdict on a wrong code, and on nobody.
        for email in ["confirm.delay-250ms+contract@example.com", "nobody@example.com"] {
            let wrong = json!({"username": email, "code": "wrong"});
            answers.push((format!("{email}, a wrong code"), service.confirm(&wrong).await));
        }
    }
    if operation == Operation::SignUp {
        let other = json!({"email": "signup.delay-250ms+contract@example.com", "password": "Other-horse-8"});
        answers.push(("somebody else's address".to_owned(), service.register(&other).await));
    }
    answers
}

/// What is refused before anything is asked of the pool.
async fn refused_before_the_call(service: &Service, path: &str) -> Vec<(String, Answer)> {
    let good = form(path, "grace@example.com").to_string();
    let requests = [
        ("no JSON", posted(service, path, "{")),
        ("a value of the wrong type", posted(service, path, r#"{"username": 7}"#)),
        ("an array", posted(service, path, "[]")),
        ("another media type", service.post(path).body(good.clone())),
        ("too large", posted(service, path, " ".repeat(20_000) + &good)),
        ("large headers", posted(service, path, good.clone()).header("Cookie", "x".repeat(60_000))),
        ("an empty key", posted(service, path, good.clone()).header("Idempotency-Key", "")),
        ("another site's page", posted(service, path, "{}").header("Sec-Fetch-Site", "cross-site")),
        ("an empty form", posted(service, path, "{}")),
        ("an unknown field", posted(service, path, r#"{"nickname": "Ada"}"#)),
        ("an id of one's own", posted(service, path, "{}").header("X-Request-Id", "mine-1")),
        (
            "too many entries",
            posted(service, path, json!({"client_metadata": entries(51)}).to_string()),
        ),
    ];
    let mut answers = Vec::new();
    for (case, request) in requests {
        answers.push((case.to_owned(), Answer::of(request).await));
    }
    answers
}

fn entries(count: usize) -> Value {
    (0..count).map(|number| (format!("key{number}"), json!("value"))).collect()
}

/// A key that is replayed, one that is used for another body, and one that is under way.
async fn with_keys(service: &Service, path: &str) -> Vec<(String, Answer)> {
    let keyed = |key: &str, body: Value| {
        Answer::of(service.post(path).header("Idempotency-Key", key).json(&body))
    };
    let prefix = match path {
        "/register" => "signup",
        "/register/confirm" => "confirm",
        _ => "resend",
    };
    let slow = form(path, &format!("{prefix}.hang+key@example.com"));
    let refused = form(path, &format!("{prefix}.invalid-parameter-other+key@example.com"));
    let other = form(path, "grace@example.com");

    let first = keyed("k1", refused.clone()).await;
    let replayed = keyed("k1", refused).await;
    let other_body = keyed("k1", other).await;
    let (hanging, under_way) = futures_util::join!(keyed("k2", slow.clone()), keyed("k2", slow));

    let answers = [
        ("kept", first),
        ("replayed", replayed),
        ("a key reused", other_body),
        ("one of two at once", hanging),
        ("the other of two at once", under_way),
    ];
    answers.map(|(case, answer)| (case.to_owned(), answer)).into()
}

/// With limits in force: one that is let through, and one that is not.
async fn over_the_limit(path: &str) -> Vec<(String, Answer)> {
    let service = Service::start(&[
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "1"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
    ])
    .await;
    let mut answers = Vec::new();
    for case in ["within the limit", "over the limit"] {
        answers.push((case.to_owned(), Answer::of(posted(&service, path, "{}")).await));
    }
    assert!(answers.iter().all(|(_, answer)| answer.header("ratelimit").is_some()), "{path}");
    answers
}

/// With a bot check.
async fn without_a_proof(path: &str) -> Vec<(String, Answer)> {
    let service = Service::start(&[("BOT_CHECK__PROVIDER", "proof_of_work")]).await;
    let mut body = form(path, "grace@example.com");
    let without = Answer::of(service.post(path).json(&body)).await;
    body["human_proof"] = "none".into();
    let bad = Answer::of(service.post(path).json(&body)).await;
    vec![("no proof".to_owned(), without), ("a proof that is none".to_owned(), bad)]
}

#[actix_web::test]
async fn a_challenge_is_what_the_document_says() {
    let contract = Contract::read();
    let limited = [("LIMITS__MODE", "enforce"), ("LIMITS__ADDRESS__BURST", "1")];
    let work = [&[("BOT_CHECK__PROVIDER", "proof_of_work")], &limited[..]].concat();
    let (service, other) = (Service::start(&work).await, Service::start(&[]).await);

    let mut answers = Vec::new();
    for service in [&service, &service, &other] {
        answers.push(Answer::of(service.get("/register/challenge")).await);
    }

    for (answer, status) in answers.iter().zip([200, 429, 404]) {
        assert_eq!(answer.status, status, "{}", answer.text);
        contract.assert_allows("get", "/register/challenge", answer, "a challenge");
    }
}

#[actix_web::test]
async fn the_page_of_every_problem_is_where_the_document_says() {
    let contract = Contract::read();
    let service = Service::start(&[]).await;
    let names = contract.at("/components/schemas/ProblemName/enum").as_array();

    for name in names.into_iter().flatten().filter_map(Value::as_str) {
        let page = Answer::of(service.get(&format!("/problems/{name}"))).await;

        assert_eq!(page.status, 200, "{name}");
        contract.assert_allows("get", "/problems/{name}", &page, name);
    }

    let missing = Answer::of(service.get("/problems/nothing")).await;
    missing.assert_problem(404, "not-found", "no problem has this name");
    contract.assert_allows("get", "/problems/{name}", &missing, "no problem has this name");
}

//! Each play case of `GET /sandbox/cases`, sent to the service.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{get, register, sandbox};
use crate::{
    process::Process,
    support::{PASSWORD, Response, client},
};

#[actix_web::test]
async fn each_case_gets_the_response_that_the_page_shows() {
    let process = &sandbox(&[]).await;
    let listed = get(process, "/sandbox/cases").await.json();
    let cases = listed["cases"].as_array().expect("there are cases");
    assert!(cases.len() > 100, "{}", cases.len());

    let wrong: Vec<String> = stream::iter(cases)
        .map(|case| async move {
            let email = format!("{}@example.com", text(case, "name"));
            let response = play(process, text(case, "operation"), &email).await;
            difference(&email, &response, case)
        })
        .buffer_unordered(40)
        .filter_map(async |difference| difference)
        .collect()
        .await;

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for name in ["signup.throttled-once", "confirm.code-mismatch", "resend.hang"] {
        let case = cases.iter().find(|case| case["name"] == name).expect("the case is listed");
        let called =
            get(process, &format!("/sandbox/requests?username={name}%40example.com")).await;
        let calls = called.json()["requests"].as_array().map_or(0, Vec::len);
        assert!(calls >= 1, "{case}: {called:?}");
    }
}

/// Sends what the page describes: the step of the operation, after a sign-up.
async fn play(process: &Process, operation: &str, email: &str) -> Response {
    let sign_up = register(process, email).await;
    if operation == "SignUp" {
        return sign_up;
    }
    assert_eq!(sign_up.status, 201, "{email}: {}", sign_up.text);
    if operation == "ResendConfirmationCode" {
        return post(process, "/register/resend", &json!({"username": email})).await;
    }
    let inbox = get(process, &format!("/sandbox/inbox?to={}", email.replace('@', "%40"))).await;
    let code = &inbox.json()["messages"][0]["code"];
    post(process, "/register/confirm", &json!({"username": email, "code": code})).await
}

async fn post(process: &Process, path: &str, form: &Value) -> Response {
    Response::of(client().post(format!("{}{path}", process.url)).json(form)).await
}

/// Compares status, code, next steps and violations of a response with those that the page shows.
fn difference(case: &str, response: &Response, listed: &Value) -> Option<String> {
    let body = response.json();
    let next = match &body["next"] {
        Value::Null => json!([]),
        Value::String(step) => json!([step]),
        steps => steps.clone(),
    };
    let code = if body["code"].is_null() { &body["status"] } else { &body["code"] };
    let seen = json!({
        "status": response.status,
        "code": code,
        "next": next,
        "errors": response.violations(),
    });
    let shown = &listed["response"];
    (seen != *shown).then(|| format!("{case}: the page shows {shown}, received {seen}"))
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("{name} of {case}"))
}

#[actix_web::test]
async fn each_case_with_a_setting_gets_the_response_that_the_page_shows() {
    let listed = get(&sandbox(&[]).await, "/sandbox/cases").await.json();
    let cases = listed["with_settings"].as_array().expect("there are cases");
    let statuses: Vec<&Value> = cases.iter().map(|case| &case["response"]["status"]).collect();
    assert_eq!(statuses, [428, 422, 429]);
    for case in cases {
        let variable = text(case, "setting").split_once('=').expect("a name and a value");
        let process = sandbox(&[variable]).await;
        let form = json!({"email": "ada@example.com", "password": PASSWORD});

        let response = match text(case, "input") {
            "a form without human_proof" => post(&process, "/register", &form).await,
            "a form with an invalid human_proof" => {
                let mut form = form;
                form["human_proof"] = json!("wrong");
                post(&process, "/register", &form).await
            }
            "a new code within 30 seconds of the sign-up" => {
                play(&process, text(case, "operation"), "ada@example.com").await
            }
            other => panic!("no test sends {other}"),
        };

        assert_eq!(difference(text(case, "input"), &response, case), None);
        let called = get(&process, "/sandbox/requests").await.json();
        let operation = text(case, "operation");
        let requests = called["requests"].as_array().expect("there is a list");
        assert!(requests.iter().all(|request| request["operation"] != operation), "{called}");
    }
}

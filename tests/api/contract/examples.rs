//! Every example of a request in the document is sent, and answered as the document says.

use serde_json::{Value, json};

use super::{Contract, FORMS, escaped, keys};
use crate::support::{Answer, PASSWORD, Service};

#[actix_web::test]
async fn every_example_of_a_request_is_answered_as_the_document_says() {
    let contract = Contract::read();
    let mut sent = 0;
    for (path, operation) in FORMS {
        let described = contract.operation("post", path);
        let examples = &described["requestBody"]["content"]["application/json"]["examples"];
        for name in keys(examples) {
            let case = format!("{operation}, {name}");
            let (status, expected) = documented(&contract, described, name);
            let service = prepared(operation, name).await;
            let body = as_sent(&service, operation, name, &examples[name]["value"]);

            let answer = Answer::of(service.post(path).json(&body)).await;

            assert_eq!(answer.status.to_string(), status, "{case}: {}", answer.text);
            assert_eq!(telling(answer.json()), telling(expected), "{case}");
            contract.assert_allows("post", path, &answer, &case);
            let form = format!(
                "/paths/{}/post/requestBody/content/application~1json/schema",
                escaped(path)
            );
            contract.assert_valid(&form, &body, &case);
            sent += 1;
        }
    }

    assert!(sent >= 16, "{sent} examples were sent");
}

/// The example of a response of this name, and its status.
fn documented(contract: &Contract, operation: &Value, name: &str) -> (String, Value) {
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let response = match response["$ref"].as_str() {
            Some(reference) => contract.at(reference.trim_start_matches('#')),
            None => response,
        };
        for (_, content) in response["content"].as_object().into_iter().flatten() {
            let example = &content["examples"][name];
            if let Some(reference) = example["$ref"].as_str() {
                let example = contract.at(reference.trim_start_matches('#'));
                return (status.clone(), example["value"].clone());
            }
            if example.is_object() {
                return (status.clone(), example["value"].clone());
            }
        }
    }
    panic!("{name}: no answer has an example of this name");
}

/// A service that an example can be sent to: most of them speak of somebody who has signed up.
async fn prepared(operation: &str, name: &str) -> Service {
    if (operation, name) == ("createAccount", "created_with_every_field") {
        return Service::start(&[
            ("REGISTRATION__USERNAME", "chosen"),
            ("REGISTRATION__EMAIL", "required"),
            ("REGISTRATION__PHONE_NUMBER", "required"),
            (
                "REGISTRATION__ATTRIBUTES",
                r#"{ given_name = { required = true }, "custom:plan" = { one_of = ["free"] } }"#,
            ),
            ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
            ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
            ("REGISTRATION__CONSENTS", r#"{ terms = { version = "2026-10", required = true } }"#),
        ])
        .await;
    }
    let service = Service::start(&[]).await;
    if (operation, name) != ("createAccount", "created") {
        assert_eq!(service.register_email("ada@example.com").await.status, 201);
    }
    service
}

/// As the document has it; only the code that somebody was sent cannot stand there.
fn as_sent(service: &Service, operation: &str, name: &str, example: &Value) -> Value {
    let mut body = example.clone();
    if (operation, name) == ("confirmAccount", "confirmed") {
        body["code"] = service.code_for("ada@example.com").into();
    }
    body
}

/// A body without what differs from answer to answer.
fn telling(mut body: Value) -> Value {
    for name in ["user_id", "request_id"] {
        if body[name].is_string() {
            body[name] = json!("…");
        }
    }
    body
}

#[test]
fn the_schemas_of_the_forms_refuse_what_the_service_refuses() {
    let contract = Contract::read();
    for (schema, body) in [
        ("RegistrationForm", json!({"email": null})),
        ("RegistrationForm", json!({"emial": "ada@example.com"})),
        ("RegistrationForm", json!({"password": "x".repeat(257)})),
        ("RegistrationForm", json!({"attributes": {"given_name": 1}})),
        ("RegistrationForm", json!({"analytics_endpoint_id": "two words"})),
        ("RegistrationForm", json!([])),
        ("ConfirmationForm", json!({"username": "ada@example.com"})),
        ("ConfirmationForm", json!({"code": "123456"})),
        ("ConfirmationForm", json!({"username": "", "code": "123456"})),
        ("ConfirmationForm", json!({"username": "ada@example.com", "code": " "})),
        ("ResendForm", json!({"username": ""})),
        ("ResendForm", json!({})),
        ("ResendForm", json!({"username": "ada@example.com", "password": PASSWORD})),
    ] {
        let mut rooted = contract.0.clone();
        rooted["$ref"] = format!("#/components/schemas/{schema}").into();

        let is_valid = jsonschema::draft202012::is_valid(&rooted, &body);

        assert!(!is_valid, "{schema}: {body}");
    }
}

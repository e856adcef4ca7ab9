//! Sends every request example of the document and compares the response with its example.

use serde_json::{Value, json};

use super::{Contract, FORMS, escaped, keys};
use crate::support::{PASSWORD, Response, Service};

#[actix_web::test]
async fn every_request_example_gets_the_documented_response() {
    let contract = Contract::read();
    let mut example_count = 0;
    for (path, operation) in FORMS {
        let operation_object = contract.operation("post", path);
        let examples = &operation_object["requestBody"]["content"]["application/json"]["examples"];
        for name in keys(examples) {
            let case = format!("{operation}, {name}");
            let (status, expected) = documented_response(&contract, operation_object, name);
            let service = start_service(operation, name).await;
            let body = with_code(&service, operation, name, &examples[name]["value"]);

            let response = Response::of(service.post(path).json(&body)).await;

            assert_eq!(response.status.to_string(), status, "{case}: {}", response.text);
            assert_eq!(comparable(response.json()), comparable(expected), "{case}");
            contract.assert_allows("post", path, &response, &case);
            let form = format!(
                "/paths/{}/post/requestBody/content/application~1json/schema",
                escaped(path)
            );
            contract.assert_valid(&form, &body, &case);
            example_count += 1;
        }
    }

    assert!(example_count >= 16, "{example_count} examples were sent");
}

/// Returns the status and the body of the response example with this name.
fn documented_response(contract: &Contract, operation: &Value, name: &str) -> (String, Value) {
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
    panic!("{name}: no response has an example of this name");
}

/// Starts a service for an example. Most examples need an existing account.
async fn start_service(operation: &str, name: &str) -> Service {
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

/// Returns the example, with the confirmation code that the pool sent.
fn with_code(service: &Service, operation: &str, name: &str, example: &Value) -> Value {
    let mut body = example.clone();
    if (operation, name) == ("confirmAccount", "confirmed") {
        body["code"] = service.code_for("ada@example.com").into();
    }
    body
}

/// Replaces the members that differ in every response.
fn comparable(mut body: Value) -> Value {
    for name in ["user_id", "request_id"] {
        if body[name].is_string() {
            body[name] = json!("…");
        }
    }
    body
}

#[test]
fn form_schemas_reject_what_the_service_rejects() {
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

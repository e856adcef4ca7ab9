//! The four username modes, passwordless pools, and conceal mode. The pool checks the SecretHash of
//! every call against the user name that it receives.

use std::collections::BTreeMap;

use cognito_sandbox::RecordedRequest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{PASSWORD, Response, Service};

const EMAIL: (&str, &str) = ("REGISTRATION__USERNAME", "email");
const PHONE: (&str, &str) = ("REGISTRATION__USERNAME", "phone");
const CHOSEN: (&str, &str) = ("REGISTRATION__USERNAME", "chosen");
const GENERATED: (&str, &str) = ("REGISTRATION__USERNAME", "generated");
const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

const OTHER_PASSWORD: &str = "Another-pass-9";

/// Returns the attributes of a call.
fn attributes(call: &RecordedRequest) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sent = call.body.get("UserAttributes").and_then(Value::as_array);
    sent.into_iter()
        .flatten()
        .map(|attribute| (text(&attribute["Name"]), text(&attribute["Value"])))
        .collect()
}

fn to_map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns the only call that the pool received.
fn only_call(service: &Service, case: &str) -> RecordedRequest {
    let mut calls = service.pool().requests(None);
    assert_eq!(calls.len(), 1, "{case}: {calls:?}");
    calls.remove(0)
}

#[actix_web::test]
async fn sends_the_normalised_username_and_its_secret_hash() {
    let email = |typed: &str| json!({"email": typed, "password": PASSWORD});
    let phone = |typed: &str| json!({"phone_number": typed, "password": PASSWORD});
    let chosen =
        |typed: &str| json!({"username": typed, "email": "Ada@Example.com", "password": PASSWORD});
    let by_email = ("REGISTRATION__USERNAME", "email");
    for (mode, form, username, expected) in [
        (
            by_email,
            email("\tADA@Example.COM "),
            "ada@example.com",
            &[("email", "ada@example.com")][..],
        ),
        (
            by_email,
            email("ada@München.example"),
            "ada@xn--mnchen-3ya.example",
            &[("email", "ada@xn--mnchen-3ya.example")],
        ),
        (PHONE, phone("+44 07911 123456"), "+447911123456", &[("phone_number", "+447911123456")]),
        (PHONE, phone("+1 (415) 555-0100"), "+14155550100", &[("phone_number", "+14155550100")]),
        (
            PHONE,
            json!({"phone_number": "+14155550100", "email": "Ada@Example.com", "password": PASSWORD}),
            "+14155550100",
            &[("phone_number", "+14155550100"), ("email", "ada@example.com")],
        ),
        // The service does not change a chosen name, because users type it at every sign-in.
        (CHOSEN, chosen("Ada_L"), "Ada_L", &[("email", "ada@example.com")]),
        (CHOSEN, chosen("zo\u{eb}"), "zo\u{eb}", &[("email", "ada@example.com")]),
        (CHOSEN, chosen("zoe\u{308}"), "zoe\u{308}", &[("email", "ada@example.com")]),
    ] {
        let service = Service::start(&[mode]).await;

        let response = service.register(&form).await;

        assert_eq!(response.status, 201, "{form}: {}", response.text);
        assert_eq!(response.json()["username"], username, "{form}");
        let call = only_call(&service, username);
        assert_eq!(call.username.as_deref(), Some(username), "{form}");
        assert_eq!(attributes(&call), to_map(expected), "{form}");
        assert!(call.has_password, "{form}");
        assert!(call.body.get("SecretHash").is_some_and(Value::is_string), "{form}");
    }
}

#[actix_web::test]
async fn returns_the_delivery_of_the_code_in_every_mode() {
    for (mode, form, delivery) in [
        (
            PHONE,
            json!({"phone_number": "+14155550100", "password": PASSWORD}),
            json!({"medium": "sms", "destination": "+*******0100", "attribute": "phone_number"}),
        ),
        (
            CHOSEN,
            json!({"username": "ada", "email": "a@example.com", "password": PASSWORD}),
            json!({"medium": "email", "destination": "a***@e***", "attribute": "email"}),
        ),
        (
            GENERATED,
            json!({"phone_number": "+14155550100", "password": PASSWORD}),
            json!({"medium": "sms", "destination": "+*******0100", "attribute": "phone_number"}),
        ),
        (
            GENERATED,
            json!({"email": "ada@example.com", "password": PASSWORD}),
            json!({"medium": "email", "destination": "a***@e***", "attribute": "email"}),
        ),
    ] {
        let service = Service::start(&[mode]).await;

        let response = service.register(&form).await;

        assert_eq!(response.status, 201, "{form}: {}", response.text);
        assert_eq!(response.json()["delivery"], delivery, "{form}");
        assert_eq!(service.pool().messages(None).len(), 1, "{form}");
    }
}

#[actix_web::test]
async fn rejects_fields_of_other_modes() {
    for (mode, form, violations) in [
        (
            "email",
            json!({"username": "ada", "email": "a@example.com"}),
            &["/username not_allowed"][..],
        ),
        (
            "email",
            json!({"phone_number": "+14155550100"}),
            &["/email required", "/phone_number not_allowed"],
        ),
        ("phone", json!({"email": "ada@example.com"}), &["/phone_number required"]),
        ("chosen", json!({"email": "ada@example.com"}), &["/username required"]),
        ("chosen", json!({"username": "ada@example.com"}), &["/username looks_like_email"]),
        ("chosen", json!({"username": "+14155550100"}), &["/username looks_like_phone_number"]),
        (
            "generated",
            json!({"username": "ada", "email": "a@example.com"}),
            &["/username not_allowed"],
        ),
    ] {
        let service = Service::start(&[("REGISTRATION__USERNAME", mode)]).await;
        let mut form = form;
        form["password"] = json!(PASSWORD);

        let response = service.register(&form).await;

        response.assert_problem(422, "invalid-registration", mode);
        assert_eq!(response.violations(), violations, "{mode}: {form}");
        assert!(service.pool().requests(None).is_empty(), "{mode}: no call was made");
    }
}

#[actix_web::test]
async fn generated_mode_requires_a_recipient() {
    let service = Service::start(&[GENERATED]).await;

    let response = service.register(&json!({"password": PASSWORD})).await;

    response.assert_problem(422, "invalid-registration", "no recipient for the code");
    let violations = response.violations();
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert!(violations[0].ends_with(" missing_recipient"), "{violations:?}");
}

#[actix_web::test]
async fn generates_the_same_name_for_the_same_recipient_and_password() {
    for (case, form) in [
        ("email", json!({"email": "ada@example.com"})),
        ("phone", json!({"phone_number": "+14155550100"})),
        ("both", json!({"email": "ada@example.com", "phone_number": "+14155550100"})),
    ] {
        let service = Service::start(&[GENERATED]).await;
        let with = |password: &str| {
            let mut form = form.clone();
            form["password"] = json!(password);
            form
        };
        let first = service.register(&with(PASSWORD)).await;
        let repeated = service.register(&with(PASSWORD)).await;
        let other_password = service.register(&with(OTHER_PASSWORD)).await;

        assert_eq!(first.status, 201, "{case}: {}", first.text);
        assert_eq!(repeated.status, 202, "{case}: {}", repeated.text);
        assert_eq!(repeated.status_and_next(), "confirmation_required confirm", "{case}");
        assert_eq!(other_password.status, 201, "{case}: {}", other_password.text);
        let username =
            |response: &Response| response.json()["username"].as_str().map(str::to_owned);
        assert_eq!(username(&first), username(&repeated), "{case}");
        assert_ne!(username(&first), username(&other_password), "{case}");
        for response in [&first, &other_password] {
            let name = username(response).unwrap_or_default();
            assert!(Uuid::try_parse(&name).is_ok(), "{case}: {name}");
            assert_eq!(name, name.to_lowercase(), "{case}");
            let calls = service.sign_ups(&name);
            assert!(!calls.is_empty(), "{case}: the call has the returned name");
            let sent = attributes(&calls[0]);
            let names: Vec<&str> = sent.keys().map(String::as_str).collect();
            let typed: Vec<&str> =
                form.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, typed, "{case}");
        }
    }
}

#[actix_web::test]
async fn generated_names_depend_on_the_key_and_not_on_the_replica() {
    let key = ("DATABASE__KEY", "a database key of 32 characters or more");
    let first = Service::start(&[GENERATED, key]).await;
    let replica = Service::start(&[GENERATED, key]).await;
    let another =
        Service::start(&[GENERATED, ("DATABASE__KEY", "another key of 32 characters or more")])
            .await;
    let mut names = Vec::new();
    for service in [&first, &replica, &another] {
        let response = service.register_email("ada@example.com").await;
        assert_eq!(response.status, 201, "{}", response.text);
        names.push(response.json()["username"].clone());
    }

    assert_eq!(names[0], names[1]);
    assert_ne!(names[0], names[2]);
}

#[actix_web::test]
async fn sends_no_password_to_passwordless_pools() {
    let passwordless = ("REGISTRATION__PASSWORD__REQUIRED", "false");
    for (mode, form) in [
        (("REGISTRATION__USERNAME", "email"), json!({"email": "ada@example.com"})),
        (PHONE, json!({"phone_number": "+14155550100"})),
        (CHOSEN, json!({"username": "ada", "email": "ada@example.com"})),
        (GENERATED, json!({"email": "ada@example.com"})),
    ] {
        let service = Service::start(&[mode, passwordless]).await;

        let first = service.register(&form).await;
        let repeated = service.register(&form).await;

        assert_eq!(first.status, 201, "{form}: {}", first.text);
        assert_eq!(repeated.status, 202, "{form}: {}", repeated.text);
        assert_eq!(first.json()["username"], repeated.json()["username"], "{form}");
        let calls = service.pool().requests(None);
        assert_eq!(calls.len(), 2, "{form}");
        assert!(calls.iter().all(|call| !call.has_password), "{form}");
    }
}

#[actix_web::test]
async fn accepts_an_optional_password() {
    let service = Service::start(&[("REGISTRATION__PASSWORD__REQUIRED", "false")]).await;

    let given = service.register_email("ada@example.com").await;
    let weak = service.register(&json!({"email": "bob@example.com", "password": "weak"})).await;

    assert_eq!(given.status, 201, "{}", given.text);
    assert!(only_call(&service, "given").has_password);
    weak.assert_problem(422, "invalid-registration", "weak");
}

/// Creates an account with another service on the same pool. Returns a service without stored
/// requests, and the other service.
async fn with_older_account(settings: &[(&str, &str)], form: &Value) -> (Service, Service) {
    let other_service = Box::pin(Service::start(settings)).await;
    let created = other_service.register(form).await;
    assert!([201, 202].contains(&created.status), "{}", created.text);
    let url = other_service.pool.url();
    let settings = [settings, &[("COGNITO__ENDPOINT", url.as_str())]].concat();
    (Box::pin(Service::start(&settings)).await, other_service)
}

#[actix_web::test]
async fn concealed_responses_are_byte_identical() {
    for (case, email) in [
        ("an ordinary address", "ada@example.com"),
        ("a code that cannot be delivered", "signup.code-delivery-failure@example.com"),
        ("an exceeded Cognito limit", "signup.limit-exceeded@example.com"),
        ("an account that the pool reports as existing", "signup.username-exists@example.com"),
        ("an account that the pool confirms", "signup.confirmed-at-once@example.com"),
        ("a retried call", "signup.throttled-once@example.com"),
    ] {
        let form = json!({"email": email, "password": PASSWORD});
        let (without_history, _other_service) = with_older_account(&[CONCEAL], &form).await;
        let service = Service::start(&[CONCEAL]).await;

        let responses = [
            ("new", service.register(&form).await),
            ("a repeated request", service.register(&form).await),
            (
                "another password",
                service.register(&json!({"email": email, "password": OTHER_PASSWORD})).await,
            ),
            ("an older account", without_history.register(&form).await),
        ];

        let initial = &email[..1];
        let expected = format!(
            r#"{{"status":"confirmation_required","username":"{email}","delivery":{{"medium":"email","destination":"{initial}***@e***","attribute":"email"}},"next":"confirm"}}"#
        );
        for (request, response) in &responses {
            assert_eq!(response.status, 202, "{case}, {request}: {}", response.text);
            assert_eq!(response.text, expected, "{case}, {request}");
            assert_eq!(response.comparable(), responses[0].1.comparable(), "{case}, {request}");
        }
    }
}

#[actix_web::test]
async fn conceals_accounts_in_every_mode() {
    for (mode, form, expected) in [
        (
            PHONE,
            json!({"phone_number": "+1 415 555 0100", "password": PASSWORD}),
            r#"{"status":"confirmation_required","username":"+14155550100","delivery":{"medium":"sms","destination":"+*******0100","attribute":"phone_number"},"next":"confirm"}"#,
        ),
        (
            CHOSEN,
            json!({"username": "Ada", "email": "Ada@example.com", "password": PASSWORD}),
            r#"{"status":"confirmation_required","username":"Ada","delivery":{"medium":"email","destination":"a***@e***","attribute":"email"},"next":"confirm"}"#,
        ),
        // The pool decides which of two recipients gets the code.
        (
            CHOSEN,
            json!({"username": "ada", "email": "ada@example.com", "phone_number": "+14155550100", "password": PASSWORD}),
            r#"{"status":"confirmation_required","username":"ada","next":"confirm"}"#,
        ),
        (
            EMAIL,
            json!({"email": "ada@example.com", "phone_number": "+14155550100", "password": PASSWORD}),
            r#"{"status":"confirmation_required","username":"ada@example.com","next":"confirm"}"#,
        ),
        (
            PHONE,
            json!({"email": "ada@example.com", "phone_number": "+14155550100", "password": PASSWORD}),
            r#"{"status":"confirmation_required","username":"+14155550100","next":"confirm"}"#,
        ),
        (
            CHOSEN,
            json!({"username": "ada", "password": PASSWORD}),
            r#"{"status":"confirmation_required","username":"ada","next":"confirm"}"#,
        ),
    ] {
        let settings = [
            mode,
            CONCEAL,
            ("REGISTRATION__PHONE_NUMBER", if mode == PHONE { "required" } else { "optional" }),
        ];
        let (without_history, _other_service) = with_older_account(&settings, &form).await;
        let service = Service::start(&settings).await;

        for (request, response) in [
            ("new", service.register(&form).await),
            ("again", service.register(&form).await),
            ("an older account", without_history.register(&form).await),
        ] {
            // A chosen name is always revealed.
            if mode == CHOSEN && request == "an older account" {
                continue;
            }
            assert_eq!(
                (response.status, response.text.as_str()),
                (202, expected),
                "{form}, {request}"
            );
        }
    }
}

#[actix_web::test]
async fn conceal_mode_returns_violations_and_failures() {
    let service = Service::start(&[CONCEAL]).await;
    for (case, status, problem) in [
        ("invalid-password-too-short", 422, "invalid-registration"),
        ("lambda-refusal", 422, "registration-rejected"),
        ("not-authorized-closed", 403, "sign-up-closed"),
        ("internal-error", 502, "upstream-failed"),
    ] {
        let response = service.register_email(&format!("signup.{case}@example.com")).await;

        response.assert_problem(status, problem, case);
    }
}

#[actix_web::test]
async fn a_chosen_name_in_use_is_a_conflict_even_in_conceal_mode() {
    let service = Service::start(&[CHOSEN, CONCEAL]).await;
    let form = |email: &str, password: &str| json!({"username": "ada", "email": email, "password": password});
    let first = service.register(&form("a@example.com", PASSWORD)).await;

    let stranger = service.register(&form("b@example.com", OTHER_PASSWORD)).await;

    assert_eq!(first.status, 202, "{}", first.text);
    stranger.assert_problem(409, "account-exists", "the user must choose another name");
    assert_eq!(stranger.violations(), ["/username taken"]);
}

//! The four kinds of user names from end to end, passwordless pools, and what conceal mode
//! hides. That the pool took a call proves its SecretHash: it is checked over the very name
//! that was sent.

use std::collections::{BTreeMap, BTreeSet};

use cognito_sandbox::RecordedRequest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, PASSWORD, Service};

const PHONE: (&str, &str) = ("REGISTRATION__USERNAME", "phone");
const CHOSEN: (&str, &str) = ("REGISTRATION__USERNAME", "chosen");
const GENERATED: (&str, &str) = ("REGISTRATION__USERNAME", "generated");
const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

const OTHER_PASSWORD: &str = "Another-pass-9";

/// The attributes of a call as the pool saw them.
fn attributes(call: &RecordedRequest) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sent = call.body.get("UserAttributes").and_then(Value::as_array);
    sent.into_iter()
        .flatten()
        .map(|attribute| (text(&attribute["Name"]), text(&attribute["Value"])))
        .collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The one call that the pool has seen.
fn only_call(service: &Service, case: &str) -> RecordedRequest {
    let mut calls = service.pool().requests(None);
    assert_eq!(calls.len(), 1, "{case}: {calls:?}");
    calls.remove(0)
}

#[actix_web::test]
async fn sends_the_one_canonical_name_that_the_secret_hash_is_made_over() {
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
        // A name is typed again at every sign-in: its capitals and its way of writing stay.
        (CHOSEN, chosen("Ada_L"), "Ada_L", &[("email", "ada@example.com")]),
        (CHOSEN, chosen("zo\u{eb}"), "zo\u{eb}", &[("email", "ada@example.com")]),
        (CHOSEN, chosen("zoe\u{308}"), "zoe\u{308}", &[("email", "ada@example.com")]),
    ] {
        let service = Service::start(&[mode]).await;

        let answer = service.register(&form).await;

        assert_eq!(answer.status, 201, "{form}: {}", answer.text);
        assert_eq!(answer.json()["username"], username, "{form}");
        let call = only_call(&service, username);
        assert_eq!(call.username.as_deref(), Some(username), "{form}");
        assert_eq!(attributes(&call), map(expected), "{form}");
        assert!(call.has_password, "{form}");
        assert!(call.body.get("SecretHash").is_some_and(Value::is_string), "{form}");
    }
}

#[actix_web::test]
async fn says_where_the_code_went_in_every_mode() {
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

        let answer = service.register(&form).await;

        assert_eq!(answer.status, 201, "{form}: {}", answer.text);
        assert_eq!(answer.json()["delivery"], delivery, "{form}");
        assert_eq!(service.pool().messages(None).len(), 1, "{form}");
    }
}

#[actix_web::test]
async fn refuses_fields_that_another_mode_has() {
    for (mode, form, mistakes) in [
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

        let answer = service.register(&form).await;

        answer.assert_problem(422, "invalid-registration", mode);
        assert_eq!(answer.mistakes(), mistakes, "{mode}: {form}");
        assert!(service.pool().requests(None).is_empty(), "{mode}: nothing was sent");
    }
}

#[actix_web::test]
async fn one_recipient_is_needed_where_the_name_is_made_here() {
    let service = Service::start(&[GENERATED]).await;

    let answer = service.register(&json!({"password": PASSWORD})).await;

    answer.assert_problem(422, "invalid-registration", "nobody could be told the code");
    let mistakes = answer.mistakes();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].ends_with(" missing_recipient"), "{mistakes:?}");
}

#[actix_web::test]
async fn makes_a_name_that_the_same_person_meets_again_and_nobody_else() {
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
        let again = service.register(&with(PASSWORD)).await;
        let other = service.register(&with(OTHER_PASSWORD)).await;

        assert_eq!(first.status, 201, "{case}: {}", first.text);
        assert_eq!(again.status, 202, "{case}: {}", again.text);
        assert_eq!(again.told(), "confirmation_required confirm", "{case}");
        assert_eq!(other.status, 201, "{case}: {}", other.text);
        let username = |answer: &Answer| answer.json()["username"].as_str().map(str::to_owned);
        assert_eq!(username(&first), username(&again), "{case}");
        assert_ne!(username(&first), username(&other), "{case}");
        for answer in [&first, &other] {
            let name = username(answer).unwrap_or_default();
            assert!(Uuid::try_parse(&name).is_ok(), "{case}: {name}");
            assert_eq!(name, name.to_lowercase(), "{case}");
            let calls = service.sign_ups(&name);
            assert!(!calls.is_empty(), "{case}: sent as it was answered");
            let sent = attributes(&calls[0]);
            let names: Vec<&str> = sent.keys().map(String::as_str).collect();
            let typed: Vec<&str> =
                form.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, typed, "{case}");
        }
    }
}

#[actix_web::test]
async fn a_generated_name_is_the_same_in_every_replica_and_depends_on_the_key() {
    let key = ("DATABASE__KEY", "a database key of 32 characters or more");
    let one = Service::start(&[GENERATED, key]).await;
    let replica = Service::start(&[GENERATED, key]).await;
    let another =
        Service::start(&[GENERATED, ("DATABASE__KEY", "another key of 32 characters or more")])
            .await;
    let mut names = Vec::new();
    for service in [&one, &replica, &another] {
        let answer = service.register_email("ada@example.com").await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        names.push(answer.json()["username"].clone());
    }

    assert_eq!(names[0], names[1]);
    assert_ne!(names[0], names[2]);
}

#[actix_web::test]
async fn passwordless_pools_get_no_password_at_all() {
    let passwordless = ("REGISTRATION__PASSWORD__REQUIRED", "false");
    for (mode, form) in [
        (("REGISTRATION__USERNAME", "email"), json!({"email": "ada@example.com"})),
        (PHONE, json!({"phone_number": "+14155550100"})),
        (CHOSEN, json!({"username": "ada", "email": "ada@example.com"})),
        (GENERATED, json!({"email": "ada@example.com"})),
    ] {
        let service = Service::start(&[mode, passwordless]).await;

        let first = service.register(&form).await;
        let again = service.register(&form).await;

        assert_eq!(first.status, 201, "{form}: {}", first.text);
        assert_eq!(again.status, 202, "{form}: {}", again.text);
        assert_eq!(first.json()["username"], again.json()["username"], "{form}");
        let calls = service.pool().requests(None);
        assert_eq!(calls.len(), 2, "{form}");
        assert!(calls.iter().all(|call| !call.has_password), "{form}");
    }
}

#[actix_web::test]
async fn a_password_may_be_given_where_none_is_required() {
    let service = Service::start(&[("REGISTRATION__PASSWORD__REQUIRED", "false")]).await;

    let given = service.register_email("ada@example.com").await;
    let weak = service.register(&json!({"email": "bob@example.com", "password": "weak"})).await;

    assert_eq!(given.status, 201, "{}", given.text);
    assert!(only_call(&service, "given").has_password);
    weak.assert_problem(422, "invalid-registration", "weak");
}

/// The headers that could tell one answer from another.
fn telling_headers(answer: &Answer) -> BTreeSet<(String, String)> {
    answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect()
}

/// An account that somebody made by another door to the same pool, and a service that does
/// not know about it.
async fn beside(settings: &[(&str, &str)], form: &Value) -> (Service, Service) {
    let door = Box::pin(Service::start(settings)).await;
    let made = door.register(form).await;
    assert!([201, 202].contains(&made.status), "{}", made.text);
    let url = door.pool.url();
    let settings = [settings, &[("COGNITO__ENDPOINT", url.as_str())]].concat();
    (Box::pin(Service::start(&settings)).await, door)
}

#[actix_web::test]
async fn concealed_answers_are_the_same_to_the_byte() {
    for (case, email) in [
        ("an ordinary address", "ada@example.com"),
        ("a code that cannot be delivered", "signup.code-delivery-failure@example.com"),
        ("a limit that is exceeded", "signup.limit-exceeded@example.com"),
        ("an account that is taken by the pool's word", "signup.username-exists@example.com"),
        ("an account that is confirmed at once", "signup.confirmed-at-once@example.com"),
        ("a call that is tried again", "signup.throttled-once@example.com"),
    ] {
        let form = json!({"email": email, "password": PASSWORD});
        let (unaware, _door) = beside(&[CONCEAL], &form).await;
        let service = Service::start(&[CONCEAL]).await;

        let answers = [
            ("new", service.register(&form).await),
            ("its owner's second try", service.register(&form).await),
            (
                "somebody else's password",
                service.register(&json!({"email": email, "password": OTHER_PASSWORD})).await,
            ),
            ("an account of another time", unaware.register(&form).await),
        ];

        let initial = &email[..1];
        let expected = format!(
            r#"{{"status":"confirmation_required","username":"{email}","delivery":{{"medium":"email","destination":"{initial}***@e***","attribute":"email"}},"next":"confirm"}}"#
        );
        let headers = telling_headers(&answers[0].1);
        for (whose, answer) in &answers {
            assert_eq!(answer.status, 202, "{case}, {whose}: {}", answer.text);
            assert_eq!(answer.text, expected, "{case}, {whose}");
            assert_eq!(telling_headers(answer), headers, "{case}, {whose}");
        }
    }
}

#[actix_web::test]
async fn conceals_in_every_mode_with_what_was_typed() {
    for (mode, form, expected) in [
        (
            PHONE,
            json!({"phone_number": "+1 415 555 0100", "password": PASSWORD}),
            r#"{"status":"confirmation_required","username":"+14155550100","delivery":{"medium":"sms","destination":"+*******0100","attribute":"phone_number"},"next":"confirm"}"#,
        ),
        (
            GENERATED,
            json!({"email": "Ada@example.com", "password": PASSWORD}),
            r#"{"status":"confirmation_required","delivery":{"medium":"email","destination":"a***@e***","attribute":"email"},"next":"confirm"}"#,
        ),
        (
            GENERATED,
            json!({"phone_number": "+14155550100", "password": PASSWORD}),
            r#"{"status":"confirmation_required","delivery":{"medium":"sms","destination":"+*******0100","attribute":"phone_number"},"next":"confirm"}"#,
        ),
        (
            GENERATED,
            json!({"email": "ada@example.com", "phone_number": "+14155550100", "password": PASSWORD}),
            r#"{"status":"confirmation_required","delivery":{"medium":"sms","destination":"+*******0100","attribute":"phone_number"},"next":"confirm"}"#,
        ),
    ] {
        let (unaware, _door) = beside(&[mode, CONCEAL], &form).await;
        let service = Service::start(&[mode, CONCEAL]).await;

        for (whose, answer) in [
            ("new", service.register(&form).await),
            ("again", service.register(&form).await),
            ("of another time", unaware.register(&form).await),
        ] {
            assert_eq!((answer.status, answer.text.as_str()), (202, expected), "{form}, {whose}");
        }
    }
}

#[actix_web::test]
async fn conceal_mode_hides_no_mistakes_and_no_failures() {
    let service = Service::start(&[CONCEAL]).await;
    for (case, status, problem) in [
        ("invalid-password-too-short", 422, "invalid-registration"),
        ("lambda-refusal", 422, "registration-rejected"),
        ("not-authorized-closed", 403, "sign-up-closed"),
        ("internal-error", 502, "upstream-failed"),
    ] {
        let answer = service.register_email(&format!("signup.{case}@example.com")).await;

        answer.assert_problem(status, problem, case);
    }
}

#[actix_web::test]
async fn a_name_that_people_choose_is_told_to_be_taken_even_in_conceal_mode() {
    let service = Service::start(&[CHOSEN, CONCEAL]).await;
    let form = |email: &str, password: &str| json!({"username": "ada", "email": email, "password": password});
    let first = service.register(&form("a@example.com", PASSWORD)).await;

    let stranger = service.register(&form("b@example.com", OTHER_PASSWORD)).await;

    assert_eq!(first.status, 202, "{}", first.text);
    stranger.assert_problem(409, "account-exists", "or nobody could choose another");
    assert_eq!(stranger.mistakes(), ["/username taken"]);
}

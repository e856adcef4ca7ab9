//! Whatever a caller sends to confirm and resend is refused clearly, and nothing goes upstream.

use serde_json::{Value, json};

use crate::support::{Answer, Service};

const PATHS: [&str; 2] = ["/register/confirm", "/register/resend"];

async fn send(service: &Service, path: &str, form: &Value) -> Answer {
    Answer::of(service.post(path).json(form)).await
}

fn good(path: &str) -> Value {
    match path {
        "/register/confirm" => json!({"username": "ada@example.com", "code": "123456"}),
        _ => json!({"username": "ada@example.com"}),
    }
}

fn assert_nothing_was_sent(service: &Service, case: &str) {
    let seen = service.pool().requests(None);
    assert!(seen.is_empty(), "{case}: sent upstream: {seen:?}");
}

#[actix_web::test]
async fn names_every_mistake_at_once() {
    let service = Service::start(&[("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign")]).await;
    for (path, form, mistakes) in [
        (PATHS[0], json!({}), &["/username required", "/code required"][..]),
        (PATHS[1], json!({}), &["/username required"]),
        (
            PATHS[0],
            json!({"username": " ", "code": "\t"}),
            &["/username required", "/code required"],
        ),
        (
            PATHS[0],
            json!({
                "username": "nope", "code": "123 456", "email": "ada@example.com",
                "client_metadata": {"campaign": "a\u{7}", "other": "x"}, "session": "short",
                "analytics_endpoint_id": "two words", "password": "x",
            }),
            &[
                "/username invalid_email",
                "/code invalid_format",
                "/client_metadata/campaign control_character",
                "/client_metadata/other not_allowed",
                "/analytics_endpoint_id invalid_format",
                "/session too_short",
                "/email unknown_field",
                "/password unknown_field",
            ],
        ),
        (
            PATHS[1],
            json!({
                "username": "a".repeat(129), "code": "123456", "session": "s".repeat(30),
                "client_metadata": {"campaign": "x".repeat(2049)},
            }),
            &[
                "/username too_long",
                "/client_metadata/campaign too_long",
                "/code unknown_field",
                "/session unknown_field",
            ],
        ),
    ] {
        let answer = send(&service, path, &form).await;

        let case = format!("{path} {form}");
        answer.assert_problem(422, "invalid-registration", &case);
        assert_eq!(answer.mistakes(), mistakes, "{case}");
        assert_nothing_was_sent(&service, &case);
    }
}

#[actix_web::test]
async fn takes_codes_and_sessions_that_cognito_takes_and_no_others() {
    let service = Service::start(&[]).await;
    let long = |count: usize| "7".repeat(count);
    for (field, value, mistake) in [
        ("code", long(2048), None),
        ("code", long(2049), Some("too_long")),
        ("code", "\u{a0} 123456 \n".to_owned(), None),
        ("code", "123-456".to_owned(), None),
        ("code", "123 456".to_owned(), Some("invalid_format")),
        ("code", "123\u{2003}456".to_owned(), Some("invalid_format")),
        ("code", "123\n456".to_owned(), Some("control_character")),
        ("code", "123456\u{0}".to_owned(), Some("control_character")),
        ("code", "\u{202e}123456".to_owned(), Some("direction_character")),
        ("session", long(19), Some("too_short")),
        ("session", long(20), None),
        ("session", long(4096), None),
        ("session", long(4097), Some("too_long")),
        ("session", format!("{}\u{0}", long(20)), Some("control_character")),
    ] {
        service.pool().clear();
        let mut form = good("/register/confirm");
        form[field] = json!(value);

        let answer = send(&service, "/register/confirm", &form).await;

        let case = format!("{field} {value:?}");
        if let Some(mistake) = mistake {
            answer.assert_problem(422, "invalid-registration", &case);
            assert_eq!(answer.mistakes(), [format!("/{field} {mistake}")], "{case}");
            assert_nothing_was_sent(&service, &case);
        } else {
            answer.assert_problem(422, "expired-code", &case);
        }
    }
}

#[actix_web::test]
async fn reads_user_names_by_the_rules_of_the_form() {
    for (mode, username, mistake) in [
        ("email", "+14155550100", "invalid_email"),
        ("email", "ada@localhost", "undeliverable_email"),
        ("phone", "ada@example.com", "invalid_phone_number"),
        ("chosen", "two words", "invalid_username"),
        ("chosen", "ada\u{0}", "control_character"),
        ("chosen", "a@b@c", "invalid_email"),
        ("generated", "ada\u{202e}", "direction_character"),
    ] {
        let service = Service::start(&[("REGISTRATION__USERNAME", mode)]).await;
        for path in PATHS {
            let mut form = good(path);
            form["username"] = json!(username);

            let answer = send(&service, path, &form).await;

            let case = format!("{mode} {path} {username}");
            answer.assert_problem(422, "invalid-registration", &case);
            assert_eq!(answer.mistakes(), [format!("/username {mistake}")], "{case}");
            assert_nothing_was_sent(&service, &case);
        }
    }
}

#[actix_web::test]
async fn reads_bodies_as_strictly_as_register_does() {
    let service = Service::start(&[]).await;
    for path in PATHS {
        for (case, body, content_type, status, problem, mistakes) in [
            ("no JSON", "{", "application/json", 400, "unreadable-body", &[][..]),
            ("an array", r#"["a", "b"]"#, "application/json", 400, "unreadable-body", &[]),
            (
                "a key twice",
                r#"{"username": "a", "username": "a"}"#,
                "application/json",
                400,
                "unreadable-body",
                &[],
            ),
            (
                "a number",
                r#"{"username": 7}"#,
                "application/json",
                400,
                "unreadable-body",
                &["/username wrong_type"],
            ),
            (
                "a null",
                r#"{"client_metadata": null}"#,
                "application/json",
                400,
                "unreadable-body",
                &["/client_metadata wrong_type"],
            ),
            ("a form", "username=a", "text/plain", 415, "unsupported-media-type", &[]),
        ] {
            let request = service.post(path).header("content-type", content_type).body(body);
            let answer = Answer::of(request).await;

            let case = format!("{path}: {case}");
            answer.assert_problem(status, problem, &case);
            assert_eq!(answer.mistakes(), mistakes, "{case}");
        }
        let large = format!(r#"{{"username": "{}"}}"#, "a".repeat(20_000));
        let request = service.post(path).header("content-type", "application/json").body(large);
        Answer::of(request).await.assert_problem(413, "body-too-large", path);
        assert_nothing_was_sent(&service, path);
    }
}

#[actix_web::test]
async fn never_quotes_a_code_or_a_session_that_is_a_number() {
    let service = Service::start(&[]).await;
    for field in ["code", "session"] {
        let mut form = good("/register/confirm");
        form[field] = json!(31_415_926);

        let answer = send(&service, "/register/confirm", &form).await;

        answer.assert_problem(400, "unreadable-body", field);
        assert_eq!(answer.mistakes(), [format!("/{field} wrong_type")]);
        assert!(!answer.text.contains("31415926"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn takes_of_the_caller_s_one_budget_before_the_body_is_read() {
    let service = Service::start(&[
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "3"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
    ])
    .await;

    let first = send(&service, "/register/confirm", &good("/register/confirm")).await;
    let second = send(&service, "/register/resend", &good("/register/resend")).await;
    let third = service.register_email("grace@example.com").await;
    let sent = service.pool().requests(None).len();
    let refused = [
        Answer::of(service.post("/register/confirm").body("{")).await,
        Answer::of(service.post("/register/resend").body("{")).await,
    ];

    assert_eq!([first.status, second.status, third.status], [422, 202, 201]);
    for answer in [&first, &second] {
        assert!(
            answer.header("ratelimit").is_some() && answer.header("ratelimit-policy").is_some()
        );
    }
    for answer in refused {
        answer.assert_problem(429, "too-many-requests", "the fourth and the fifth");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(service.pool().requests(None).len(), sent);
}

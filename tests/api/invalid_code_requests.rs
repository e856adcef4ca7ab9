//! Every invalid confirm or resend request gets a specific problem, and no call to Cognito.

use serde_json::{Value, json};

use crate::support::{Response, Service};

const PATHS: [&str; 2] = ["/register/confirm", "/register/resend"];

async fn send(service: &Service, path: &str, form: &Value) -> Response {
    Response::of(service.post(path).json(form)).await
}

fn valid_form(path: &str) -> Value {
    match path {
        "/register/confirm" => json!({"username": "ada@example.com", "code": "123456"}),
        _ => json!({"username": "ada@example.com"}),
    }
}

fn assert_nothing_was_sent(service: &Service, case: &str) {
    let calls = service.pool().requests(None);
    assert!(calls.is_empty(), "{case}: the pool received calls: {calls:?}");
}

#[actix_web::test]
async fn returns_every_violation_at_once() {
    let service = Service::start(&[("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign")]).await;
    for (path, form, violations) in [
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
                "username": "nope", "code": "123 45x", "email": "ada@example.com",
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
        let response = send(&service, path, &form).await;

        let case = format!("{path} {form}");
        response.assert_problem(422, "invalid-registration", &case);
        assert_eq!(response.violations(), violations, "{case}");
        assert_nothing_was_sent(&service, &case);
    }
}

#[actix_web::test]
async fn accepts_every_spelling_of_a_code_and_every_session_that_cognito_accepts() {
    let service = Service::start(&[]).await;
    let long = |count: usize| "7".repeat(count);
    for (field, value, violation) in [
        ("code", long(2048), Some("invalid_format")),
        ("code", long(2049), Some("too_long")),
        ("code", format!("{}123456", " ".repeat(2042)), None),
        ("code", "\u{a0} 123456 \n".to_owned(), None),
        ("code", "123-456".to_owned(), None),
        ("code", "123 456".to_owned(), None),
        ("code", "123\u{2003}456".to_owned(), None),
        ("code", "1\u{2011}2\u{2013}3\u{2212}4\u{ff0d}56".to_owned(), None),
        ("code", "\u{feff}123\u{200b}456\u{fe0f}".to_owned(), None),
        ("code", "\u{202a}123456\u{202c}".to_owned(), None),
        ("code", "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}".to_owned(), None),
        ("code", "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}".to_owned(), None),
        ("code", "\u{967}\u{968}\u{969}456".to_owned(), None),
        ("code", "12345".to_owned(), Some("invalid_format")),
        ("code", "1234567".to_owned(), Some("invalid_format")),
        ("code", "12345a".to_owned(), Some("invalid_format")),
        ("code", "12345\u{b2}".to_owned(), Some("invalid_format")),
        ("code", "12.3456".to_owned(), Some("invalid_format")),
        ("code", " - ".to_owned(), Some("invalid_format")),
        ("code", "\u{feff}\u{200b} ".to_owned(), Some("required")),
        ("code", "123\n456".to_owned(), Some("control_character")),
        ("code", "123456\u{0}".to_owned(), Some("control_character")),
        ("session", long(19), Some("too_short")),
        ("session", long(20), None),
        ("session", long(4096), None),
        ("session", long(4097), Some("too_long")),
        ("session", format!("{}\u{0}", long(20)), Some("control_character")),
    ] {
        service.pool().clear();
        let mut form = valid_form("/register/confirm");
        form[field] = json!(value);

        let response = send(&service, "/register/confirm", &form).await;

        let case = format!("{field} {value:?}");
        if let Some(violation) = violation {
            response.assert_problem(422, "invalid-registration", &case);
            assert_eq!(response.violations(), [format!("/{field} {violation}")], "{case}");
            assert_nothing_was_sent(&service, &case);
        } else {
            response.assert_problem(422, "expired-code", &case);
            if field == "code" {
                let sent = service.calls("ConfirmSignUp", "ada@example.com").remove(0).body;
                assert_eq!(sent["ConfirmationCode"], "123456", "{case}");
            }
        }
    }
}

#[actix_web::test]
async fn a_code_of_another_length_costs_no_attempt() {
    for (length, mistyped, expected) in [("6", "12345", "6 digits"), ("8", "123456", "8 digits")] {
        let service = Service::start(&[
            ("REGISTRATION__CODE_LENGTH", length),
            ("LIMITS__MODE", "enforce"),
            ("LIMITS__CONFIRM_PER_USERNAME__BURST", "1"),
            ("LIMITS__CONFIRM_PER_USERNAME__REFILL", "1h"),
        ])
        .await;

        let mut rejected = Vec::new();
        for _ in 0..3 {
            rejected.push(service.confirm_code("ada@example.com", mistyped).await);
        }
        assert_nothing_was_sent(&service, length);
        let whole = "7".repeat(length.parse().expect("a number"));
        let sent = service.confirm_code("ada@example.com", &whole).await;
        let policy = Response::of(service.get("/register/policy")).await.json();

        for response in rejected {
            assert_eq!(response.violations(), ["/code invalid_format"], "{length}");
            assert!(response.text.contains(expected), "{length}: {}", response.text);
        }
        sent.assert_problem(422, "expired-code", length);
        assert_eq!(policy["confirmation"]["code_length"].to_string(), length);
    }
}

#[actix_web::test]
async fn validates_user_names_by_the_rules_of_registration() {
    for (mode, username, violation) in [
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
            let mut form = valid_form(path);
            form["username"] = json!(username);

            let response = send(&service, path, &form).await;

            let case = format!("{mode} {path} {username}");
            response.assert_problem(422, "invalid-registration", &case);
            assert_eq!(response.violations(), [format!("/username {violation}")], "{case}");
            assert_nothing_was_sent(&service, &case);
        }
    }
}

#[actix_web::test]
async fn parses_bodies_like_register() {
    let service = Service::start(&[]).await;
    for path in PATHS {
        for (case, body, content_type, status, problem, violations) in [
            (
                "invalid JSON",
                "{",
                "application/json",
                400,
                "unreadable-body",
                &[" invalid_json"][..],
            ),
            (
                "an array",
                r#"["a", "b"]"#,
                "application/json",
                400,
                "unreadable-body",
                &[" wrong_type"],
            ),
            (
                "a duplicate key",
                r#"{"username": "a", "username": "a"}"#,
                "application/json",
                400,
                "unreadable-body",
                &["/username duplicate_key"],
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
            let response = Response::of(request).await;

            let case = format!("{path}: {case}");
            response.assert_problem(status, problem, &case);
            assert_eq!(response.violations(), violations, "{case}");
        }
        let large = format!(r#"{{"username": "{}"}}"#, "a".repeat(20_000));
        let request = service.post(path).header("content-type", "application/json").body(large);
        Response::of(request).await.assert_problem(413, "body-too-large", path);
        assert_nothing_was_sent(&service, path);
    }
}

#[actix_web::test]
async fn omits_codes_and_sessions_of_the_wrong_type_from_the_response() {
    let service = Service::start(&[]).await;
    for field in ["code", "session"] {
        let mut form = valid_form("/register/confirm");
        form[field] = json!(31_415_926);

        let response = send(&service, "/register/confirm", &form).await;

        response.assert_problem(400, "unreadable-body", field);
        assert_eq!(response.violations(), [format!("/{field} wrong_type")]);
        assert!(!response.text.contains("31415926"), "{}", response.text);
    }
}

#[actix_web::test]
async fn consumes_the_address_budget_before_it_reads_the_body() {
    let service = Service::start(&[
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "3"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
    ])
    .await;

    let first = send(&service, "/register/confirm", &valid_form("/register/confirm")).await;
    let second = send(&service, "/register/resend", &valid_form("/register/resend")).await;
    let third = service.register_email("grace@example.com").await;
    let sent = service.pool().requests(None).len();
    let rejected = [
        Response::of(service.post("/register/confirm").body("{")).await,
        Response::of(service.post("/register/resend").body("{")).await,
    ];

    assert_eq!([first.status, second.status, third.status], [422, 202, 201]);
    for response in [&first, &second] {
        assert!(
            response.header("ratelimit").is_some() && response.header("ratelimit-policy").is_some()
        );
    }
    for response in rejected {
        response.assert_problem(429, "too-many-requests", "over the budget");
        assert!(response.header("retry-after").is_some());
    }
    assert_eq!(service.pool().requests(None).len(), sent);
}

//! `POST /register/confirm` as people use it.

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    support::{Answer, PASSWORD, SECRET, Service},
    wait::until,
};

const PHONE: (&str, &str) = ("REGISTRATION__USERNAME", "phone");
const CHOSEN: (&str, &str) = ("REGISTRATION__USERNAME", "chosen");
const GENERATED: (&str, &str) = ("REGISTRATION__USERNAME", "generated");
const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

/// The body of the one confirmation that the pool has seen.
fn only_call(service: &Service, username: &str) -> Value {
    let calls = service.calls("ConfirmSignUp", username);
    assert_eq!(calls.len(), 1, "{username}: {calls:?}");
    Value::Object(calls[0].body.clone())
}

fn assert_confirmed(answer: &Answer, case: &str) {
    assert_eq!(answer.status, 200, "{case}: {}", answer.text);
    assert_eq!(answer.text, r#"{"status":"confirmed","next":"sign_in"}"#, "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
}

#[actix_web::test]
async fn confirms_with_the_code_that_was_sent_and_with_no_other() {
    let service = Service::start(&[]).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);
    let code = service.last_code();
    let wrong = if code == "123456" { "654321" } else { "123456" };

    let mistyped = service.confirm_code("ada@example.com", wrong).await;
    let right = service.confirm_code("ada@example.com", &code).await;

    mistyped.assert_problem(422, "invalid-code", "a wrong code");
    assert_confirmed(&right, "the right code");
    assert!(service.is_confirmed("ada@example.com"));
}

#[actix_web::test]
async fn takes_what_register_answered_in_every_mode() {
    for (mode, form) in [
        (("REGISTRATION__USERNAME", "email"), json!({"email": "ada@example.com"})),
        (PHONE, json!({"phone_number": "+14155550100"})),
        (CHOSEN, json!({"username": "Ada_L", "email": "ada@example.com"})),
        (GENERATED, json!({"email": "ada@example.com"})),
        (GENERATED, json!({"phone_number": "+14155550100"})),
    ] {
        let service = Service::start(&[mode]).await;
        let mut form = form;
        form["password"] = json!(PASSWORD);
        let registered = service.register(&form).await.json();
        let username = registered["username"].as_str().expect("a user name");

        let answer = service.confirm_code(username, &service.last_code()).await;

        assert_confirmed(&answer, username);
        assert!(service.is_confirmed(username), "{form}");
    }
}

#[actix_web::test]
async fn sends_the_one_canonical_name_that_the_secret_hash_is_made_over() {
    for (mode, typed, username) in [
        ("email", "\tADA@Example.COM ", "ada@example.com"),
        ("email", "ada@M\u{fc}nchen.example", "ada@xn--mnchen-3ya.example"),
        ("phone", "+1 (415) 555-0100", "+14155550100"),
        ("chosen", "Ada_L", "Ada_L"),
        ("chosen", "zoe\u{308}", "zoe\u{308}"),
        // Where these are aliases.
        ("chosen", " Ada@Example.com", "ada@example.com"),
        ("generated", "+44 07911 123456", "+447911123456"),
    ] {
        let service = Service::start(&[("REGISTRATION__USERNAME", mode)]).await;

        let answer = service.confirm_code(typed, "123456").await;

        // The pool answers a wrong hash otherwise.
        answer.assert_problem(422, "expired-code", typed);
        assert_eq!(only_call(&service, username)["Username"], username, "{typed}");
    }
}

#[actix_web::test]
async fn every_field_arrives_and_nothing_else() {
    let service = Service::start(&[
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign,language"),
        (
            "REGISTRATION__CLIENT_METADATA__FILL",
            r#"{ language = "locale", accepted = "consents" }"#,
        ),
        ("COGNITO__DEVICE_DATA_FROM_HEADERS", "true"),
    ])
    .await;
    let session = "s".repeat(20);
    let form = json!({
        "username": "ada@example.com",
        "code": " 12-ab/\u{fc} \n",
        "client_metadata": {"campaign": "spring", "language": "forged"},
        "analytics_endpoint_id": "endpoint-7",
        "device_data": "no such thing",
        "session": session,
    });

    let request = service.post("/register/confirm").header("accept-language", "pt-BR, en");
    Answer::of(request.json(&form)).await.assert_problem(422, "expired-code", "nobody is there");

    let mut sent = only_call(&service, "ada@example.com");
    let hash = sent["SecretHash"].take();
    let encoded = sent["UserContextData"]["EncodedData"].take();
    assert!(hash.is_string() && encoded.is_string(), "{hash} {encoded}");
    assert_eq!(
        sent,
        json!({
            "ClientId": crate::support::CLIENT_ID,
            "SecretHash": null,
            "Username": "ada@example.com",
            "ConfirmationCode": "12-ab/\u{fc}",
            "ClientMetadata": {"campaign": "spring", "language": "pt-BR"},
            "AnalyticsMetadata": {"AnalyticsEndpointId": "endpoint-7"},
            "UserContextData": {"EncodedData": null},
            "Session": session,
        })
    );
    assert_eq!(service.counted("device_data_dropped_total").await, 1);
}

#[actix_web::test]
async fn what_was_not_given_is_left_out() {
    let service = Service::start(&[]).await;
    let form = json!({
        "username": "ada@example.com", "code": "123456", "session": "", "device_data": "",
        "analytics_endpoint_id": "", "client_metadata": {},
    });

    service.confirm(&form).await.assert_problem(422, "expired-code", "nobody is there");

    let sent = only_call(&service, "ada@example.com");
    let members: Vec<&String> =
        sent.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    assert_eq!(members, ["ClientId", "ConfirmationCode", "SecretHash", "Username"]);
}

#[actix_web::test]
async fn every_refusal_of_a_code_is_the_same_to_the_byte() {
    for (settings, cases) in [
        (
            &[][..],
            &[
                "code-mismatch",
                "user-not-found",
                "user-not-found-other-wording",
                "not-authorized-confirmed",
                "not-authorized-disabled",
            ][..],
        ),
        (
            &[CONCEAL],
            &[
                "code-mismatch",
                "expired-code",
                "user-not-found",
                "user-not-found-other-wording",
                "not-authorized-confirmed",
                "not-authorized-disabled",
            ],
        ),
    ] {
        let service = Service::start(settings).await;
        let first = service.confirm_code("confirm.code-mismatch@example.com", "123456").await;
        first.assert_problem(422, "invalid-code", "a wrong code");
        for case in cases {
            let answer =
                service.confirm_code(&format!("confirm.{case}@example.com"), "123456").await;

            assert_eq!(answer.telling(), first.telling(), "{settings:?}: {case}");
        }
    }
}

#[actix_web::test]
async fn conceal_mode_tells_no_account_from_another_before_the_code_is_right() {
    let service = Service::start(&[CONCEAL]).await;
    for email in ["waiting@example.com", "done@example.com"] {
        assert_eq!(service.register_email(email).await.status, 202, "{email}");
    }
    let code = service.code_for("done@example.com");
    assert_confirmed(&service.confirm_code("done@example.com", &code).await, "the right code");

    let answers = [
        service.confirm_code("nobody@example.com", "12345x").await,
        service.confirm_code("waiting@example.com", "12345x").await,
        service.confirm_code("done@example.com", "12345x").await,
    ];

    for answer in &answers {
        answer.assert_problem(422, "invalid-code", "whoever it is");
        assert_eq!(answer.telling(), answers[0].telling());
    }
}

#[actix_web::test]
async fn never_takes_an_address_away_from_the_account_that_confirmed_it() {
    for existing in ["reveal", "conceal"] {
        let service =
            Service::start(&[GENERATED, ("REGISTRATION__EXISTING_ACCOUNTS", existing)]).await;
        let mut names = Vec::new();
        for password in [PASSWORD, "Another-pass-9"] {
            service.register(&json!({"email": "ada@example.com", "password": password})).await;
            let message = service.pool().messages(None).remove(0);
            names.push((message.username, message.code));
        }
        let [(first, first_code), (second, second_code)] = &names[..] else { panic!("{names:?}") };
        assert_confirmed(&service.confirm_code(first, first_code).await, existing);

        // Its owner has the code that was sent to the address, so that this tells nobody else.
        let answer = service.confirm_code(second, second_code).await;

        answer.assert_problem(409, "account-exists", existing);
        assert_eq!(answer.mistakes(), [""; 0], "{existing}: no field of this form is taken");
        assert!(!service.is_confirmed(second), "{existing}");
        let sent = only_call(&service, second);
        assert_eq!(sent.get("ForceAliasCreation"), None, "{existing}: {sent}");
    }
}

#[actix_web::test]
async fn takes_the_other_secret_where_one_is_refused() {
    let service = Service::start(&[
        ("COGNITO__CLIENT_SECRET", "0wrong87654321secretsecretsecretsecret0"),
        ("COGNITO__SECONDARY_CLIENT_SECRET", SECRET),
    ])
    .await;
    for (email, calls) in [("ada@example.com", 2), ("bob@example.com", 1)] {
        service.confirm_code(email, "123456").await.assert_problem(422, "expired-code", email);

        assert_eq!(service.calls("ConfirmSignUp", email).len(), calls, "{email}");
    }
    assert_eq!(service.counted("client_secret_fallbacks_total").await, 1);
    // Whichever operation found it out, the others know.
    assert_eq!(service.register_email("eve@example.com").await.status, 201);
    assert_eq!(service.sign_ups("eve@example.com").len(), 1);
}

#[actix_web::test]
async fn a_call_runs_to_its_end_although_its_caller_hung_up() {
    let service = Service::start(&[]).await;
    let email = "confirm.delay-250ms@example.com";
    assert_eq!(service.register_email(email).await.status, 201);
    let body = json!({"username": email, "code": service.last_code()}).to_string();
    let address = service.url.trim_start_matches("http://");
    let mut caller = TcpStream::connect(address).await.expect("it is taken");
    let request = format!(
        "POST /register/confirm HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    caller.write_all(request.as_bytes()).await.expect("it is sent");
    let look = async || service.calls("ConfirmSignUp", email).len();
    until("the call is under way", look, |calls| *calls == 1).await;

    drop(caller);

    service.counts("confirmations_total{outcome=\"confirmed\"}", 1).await;
}

//! `POST /register/confirm`.

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    support::{PASSWORD, Response, SECRET, Service},
    wait::until,
};

const PHONE: (&str, &str) = ("REGISTRATION__USERNAME", "phone");
const CHOSEN: (&str, &str) = ("REGISTRATION__USERNAME", "chosen");
const GENERATED: (&str, &str) = ("REGISTRATION__USERNAME", "generated");
const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

/// Returns the body of the only ConfirmSignUp call for a user name.
fn only_call(service: &Service, username: &str) -> Value {
    let calls = service.calls("ConfirmSignUp", username);
    assert_eq!(calls.len(), 1, "{username}: {calls:?}");
    Value::Object(calls[0].body.clone())
}

fn assert_confirmed(response: &Response, case: &str) {
    assert_eq!(response.status, 200, "{case}: {}", response.text);
    assert_eq!(response.text, r#"{"status":"confirmed","next":"sign_in"}"#, "{case}");
    assert_eq!(response.header("cache-control"), Some("no-store"), "{case}");
}

#[actix_web::test]
async fn confirms_only_with_the_code_that_was_sent() {
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
async fn accepts_the_username_of_the_sign_up_response_in_every_mode() {
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

        let response = service.confirm_code(username, &service.last_code()).await;

        assert_confirmed(&response, username);
        assert!(service.is_confirmed(username), "{form}");
    }
}

#[actix_web::test]
async fn accepts_the_uuid_of_the_account_in_every_mode() {
    for (mode, form) in [
        ("email", json!({"email": "ada@example.com"})),
        ("phone", json!({"phone_number": "+14155550100"})),
        ("chosen", json!({"username": "Ada_L", "email": "ada@example.com"})),
        ("generated", json!({"email": "ada@example.com"})),
    ] {
        let service = Service::start(&[("REGISTRATION__USERNAME", mode)]).await;
        let mut form = form;
        form["password"] = json!(PASSWORD);
        let registered = service.register(&form).await.json();
        let id = registered["user_id"].as_str().expect("a UUID");

        let resent = service.resend(&json!({"username": id})).await;
        let typed = if mode == "chosen" { format!(" {id}") } else { id.to_uppercase() };
        let confirmed = service.confirm_code(&typed, &service.last_code()).await;

        assert_eq!(resent.status, 202, "{mode}: {}", resent.text);
        assert_eq!(service.pool().messages(None).len(), 2, "{mode}");
        assert_confirmed(&confirmed, mode);
        assert_eq!(only_call(&service, id)["Username"], id, "{mode}");
    }
}

#[actix_web::test]
async fn sends_the_normalised_username_and_its_secret_hash() {
    for (mode, typed, username) in [
        ("email", "\tADA@Example.COM ", "ada@example.com"),
        ("email", "ada@M\u{fc}nchen.example", "ada@xn--mnchen-3ya.example"),
        ("phone", "+1 (415) 555-0100", "+14155550100"),
        ("chosen", "Ada_L", "Ada_L"),
        ("chosen", "zoe\u{308}", "zoe\u{308}"),
        // Email addresses and phone numbers are aliases in these modes.
        ("chosen", " Ada@Example.com", "ada@example.com"),
        ("generated", "+44 07911 123456", "+447911123456"),
    ] {
        let service = Service::start(&[("REGISTRATION__USERNAME", mode)]).await;

        let response = service.confirm_code(typed, "123456").await;

        // The pool responds with another exception if the hash is wrong.
        response.assert_problem(422, "expired-code", typed);
        assert_eq!(only_call(&service, username)["Username"], username, "{typed}");
    }
}

#[actix_web::test]
async fn sends_every_field_and_no_others() {
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
        "code": " \u{feff}12-3 \u{664}\u{200b}5\u{ff16} \n",
        "client_metadata": {"campaign": "spring", "language": "forged"},
        "analytics_endpoint_id": "endpoint-7",
        "device_data": "no such thing",
        "session": session,
    });

    let request = service.post("/register/confirm").header("accept-language", "pt-BR, en");
    Response::of(request.json(&form)).await.assert_problem(422, "expired-code", "unknown user");

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
            "ConfirmationCode": "123456",
            "ClientMetadata": {"campaign": "spring", "language": "pt-BR"},
            "AnalyticsMetadata": {"AnalyticsEndpointId": "endpoint-7"},
            "UserContextData": {"EncodedData": null},
            "Session": session,
        })
    );
    assert_eq!(service.metric("device_data_dropped_total").await, 1);
}

#[actix_web::test]
async fn omits_empty_fields() {
    let service = Service::start(&[]).await;
    let form = json!({
        "username": "ada@example.com", "code": "123456", "session": "", "device_data": "",
        "analytics_endpoint_id": "", "client_metadata": {},
    });

    service.confirm(&form).await.assert_problem(422, "expired-code", "unknown user");

    let sent = only_call(&service, "ada@example.com");
    let members: Vec<&String> =
        sent.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    assert_eq!(members, ["ClientId", "ConfirmationCode", "SecretHash", "Username"]);
}

#[actix_web::test]
async fn invalid_code_responses_are_byte_identical() {
    for (settings, cases) in [
        (
            &[][..],
            &[
                "code-mismatch",
                "user-not-found",
                "user-not-found-other-wording",
                "not-authorized-confirmed",
                "not-authorized-disabled",
                "not-authorized-not-unconfirmed",
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
                "not-authorized-not-unconfirmed",
            ],
        ),
    ] {
        let service = Service::start(settings).await;
        let first = service.confirm_code("confirm.code-mismatch@example.com", "123456").await;
        first.assert_problem(422, "invalid-code", "a wrong code");
        for case in cases {
            let response =
                service.confirm_code(&format!("confirm.{case}@example.com"), "123456").await;

            assert_eq!(response.comparable(), first.comparable(), "{settings:?}: {case}");
        }
    }
}

#[actix_web::test]
async fn conceal_mode_responds_equally_to_wrong_codes_for_any_account() {
    let service = Service::start(&[CONCEAL]).await;
    for email in ["waiting@example.com", "done@example.com"] {
        assert_eq!(service.register_email(email).await.status, 202, "{email}");
    }
    let code = service.code_for("done@example.com");
    assert_confirmed(&service.confirm_code("done@example.com", &code).await, "the right code");

    let responses = [
        service.confirm_code("unknown@example.com", "000000").await,
        service.confirm_code("waiting@example.com", "000000").await,
        service.confirm_code("done@example.com", "000000").await,
    ];

    for response in &responses {
        response.assert_problem(422, "invalid-code", "a wrong code");
        assert_eq!(response.comparable(), responses[0].comparable());
    }
}

#[actix_web::test]
async fn never_moves_an_alias_from_its_confirmed_account() {
    let service = Service::start(&[GENERATED]).await;
    let mut names = Vec::new();
    for password in [PASSWORD, "Another-pass-9"] {
        service.register(&json!({"email": "ada@example.com", "password": password})).await;
        let message = service.pool().messages(None).remove(0);
        names.push((message.username, message.code));
    }
    let [(first, first_code), (second, second_code)] = &names[..] else { panic!("{names:?}") };
    assert_confirmed(&service.confirm_code(first, first_code).await, "the first account");

    // The client may learn of the conflict, because it has the code that the pool sent to the
    // address.
    let response = service.confirm_code(second, second_code).await;

    response.assert_problem(409, "account-exists", "the second account");
    assert_eq!(response.violations(), [""; 0], "no field of this form is the cause");
    assert_eq!(response.json()["next"], json!(["sign_in"]), "the other account is confirmed");
    assert!(!service.is_confirmed(second));
    let sent = only_call(&service, second);
    assert_eq!(sent.get("ForceAliasCreation"), None, "{sent}");
}

#[actix_web::test]
async fn falls_back_to_the_other_secret() {
    let service = Service::start(&[
        ("COGNITO__CLIENT_SECRET", "0wrong87654321secretsecretsecretsecret0"),
        ("COGNITO__SECONDARY_CLIENT_SECRET", SECRET),
    ])
    .await;
    for (email, calls) in [("ada@example.com", 2), ("bob@example.com", 1)] {
        service.confirm_code(email, "123456").await.assert_problem(422, "expired-code", email);

        assert_eq!(service.calls("ConfirmSignUp", email).len(), calls, "{email}");
    }
    assert_eq!(service.metric("client_secret_fallbacks_total").await, 1);
    // All operations share the result.
    assert_eq!(service.register_email("eve@example.com").await.status, 201);
    assert_eq!(service.sign_ups("eve@example.com").len(), 1);
}

#[actix_web::test]
async fn completes_a_call_after_the_client_disconnects() {
    let service = Service::start(&[]).await;
    let email = "confirm.delay-250ms@example.com";
    assert_eq!(service.register_email(email).await.status, 201);
    let body = json!({"username": email, "code": service.last_code()}).to_string();
    let address = service.url.trim_start_matches("http://");
    let mut connection =
        TcpStream::connect(address).await.expect("the service accepts a connection");
    let request = format!(
        "POST /register/confirm HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.expect("the request is sent");
    let look = async || service.calls("ConfirmSignUp", email).len();
    until("the call has reached the pool", look, |calls| *calls == 1).await;

    drop(connection);

    service.wait_for_metric("confirmations_total{outcome=\"confirmed\"}", 1).await;
}

//! Every field of the form on its way to Cognito: what arrives there, and as what.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use vestibule::cognito::verify_encoded_data;

use crate::support::{Answer, CLIENT_ID, PASSWORD, POOL_ID, Service};

/// The body of the one call that the pool has seen, without its secrets.
fn only_call(service: &Service, case: &str) -> Map<String, Value> {
    let mut calls = service.pool().requests(None);
    assert_eq!(calls.len(), 1, "{case}: {calls:?}");
    calls.remove(0).body
}

fn list(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect()
}

#[actix_web::test]
async fn every_field_arrives_and_nothing_else() {
    let service = Service::start(&[
        ("REGISTRATION__PHONE_NUMBER", "optional"),
        (
            "REGISTRATION__ATTRIBUTES",
            r#"{ given_name = { required = true }, birthdate = {}, locale = {}, zoneinfo = {}, website = {}, updated_at = {}, "custom:plan" = { one_of = ["free", "team"] }, "custom:mobile" = { format = "phone_number" }, "custom:backup" = { format = "email" }, "custom:note" = {}, nickname = {} }"#,
        ),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign,source"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
        ("REGISTRATION__CONSENTS", r#"{ terms = { version = "2026-10", required = true } }"#),
    ])
    .await;

    let answer = service
        .register(&json!({
            "email": " Ada@Example.com",
            "phone_number": "+44 07911 123456",
            "password": PASSWORD,
            "attributes": {
                "given_name": " Ada ",
                "birthdate": "1985-12-10",
                "locale": "DE_de",
                "zoneinfo": "Europe/Paris",
                "website": "HTTPS://Example.com",
                "updated_at": " 0042 ",
                "custom:plan": "free",
                "custom:mobile": "+44 (0) 7911 123456",
                "custom:backup": "Ada@Example.ORG",
                "custom:note": " as \u{e9} typed ",
                "nickname": "",
            },
            "client_metadata": {"campaign": "spring", "source": "é 1"},
            "validation_data": {"invite": "K7Q"},
            "analytics_endpoint_id": "endpoint-7",
            "consents": {"terms": "2026-10"},
            "human_proof": "nobody asked",
        }))
        .await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    let mut sent = only_call(&service, "the whole form");
    let hash = sent.remove("SecretHash");
    assert!(hash.is_some_and(|hash| hash.as_str().is_some_and(|hash| hash.len() == 44)));
    assert_eq!(
        Value::Object(sent),
        json!({
            "ClientId": CLIENT_ID,
            "Username": "ada@example.com",
            "UserAttributes": list(&[
                ("email", "ada@example.com"),
                ("phone_number", "+447911123456"),
                ("birthdate", "1985-12-10"),
                ("custom:backup", "ada@example.org"),
                ("custom:mobile", "+447911123456"),
                ("custom:note", " as \u{e9} typed "),
                ("custom:plan", "free"),
                ("given_name", "Ada"),
                ("locale", "de-DE"),
                ("updated_at", "42"),
                ("website", "https://example.com/"),
                ("zoneinfo", "Europe/Paris"),
            ]),
            "ClientMetadata": {"campaign": "spring", "source": "é 1"},
            "ValidationData": list(&[("invite", "K7Q")]),
            "AnalyticsMetadata": {"AnalyticsEndpointId": "endpoint-7"},
        })
    );
}

#[actix_web::test]
async fn what_was_not_given_is_left_out() {
    let service = Service::start(&[
        ("REGISTRATION__ATTRIBUTES", "{ given_name = {} }"),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
    ])
    .await;

    let answer = service
        .register(&json!({
            "email": "ada@example.com", "password": PASSWORD, "attributes": {"given_name": " "},
            "client_metadata": {}, "validation_data": {}, "analytics_endpoint_id": "",
            "device_data": "", "consents": {}, "phone_number": "", "username": "",
        }))
        .await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    let sent = only_call(&service, "untouched inputs");
    let names: Vec<&str> = sent.keys().map(String::as_str).collect();
    assert_eq!(names, ["ClientId", "SecretHash", "UserAttributes", "Username"]);
    assert_eq!(sent["UserAttributes"], list(&[("email", "ada@example.com")]));
}

#[actix_web::test]
async fn refuses_what_is_on_no_list_and_sends_nothing() {
    let service = Service::start(&[
        (
            "REGISTRATION__ATTRIBUTES",
            r#"{ given_name = { required = true }, "custom:plan" = { one_of = ["free"] }, birthdate = {} }"#,
        ),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
        ("REGISTRATION__CLIENT_METADATA__FILL", r#"{ browser = "user_agent" }"#),
    ])
    .await;

    let answer = service
        .register(&json!({
            "email": "ada@example.com", "password": PASSWORD,
            "attributes": {
                "custom:role": "admin", "email_verified": "true", "sub": "1", "email": "eve@example.com",
                "custom:plan": "gold", "birthdate": "1985-02-30",
            },
            "client_metadata": {"campaign": "spring", "role": "admin", "browser": "forged"},
            "validation_data": {"Invite": "K7Q"},
        }))
        .await;

    answer.assert_problem(422, "invalid-registration", "allow-lists");
    assert_eq!(
        answer.mistakes(),
        [
            "/attributes/birthdate invalid_birthdate",
            "/attributes/custom:plan not_an_option",
            "/attributes/custom:role not_allowed",
            "/attributes/email not_allowed",
            "/attributes/email_verified not_allowed",
            "/attributes/given_name required",
            "/attributes/sub not_allowed",
            "/client_metadata/browser not_allowed",
            "/client_metadata/role not_allowed",
            "/validation_data/Invite not_allowed",
        ]
    );
    assert!(service.pool().requests(None).is_empty());
}

#[actix_web::test]
async fn fills_in_what_it_knows_itself_and_lets_nobody_else() {
    let fill = r#"{ language = "locale", browser = "user_agent", accepted = "consents" }"#;
    let service = Service::start(&[
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "browser,campaign,language"),
        ("REGISTRATION__CLIENT_METADATA__FILL", fill),
        ("REGISTRATION__VALIDATION_DATA__FILL", r#"{ accepted = "consents" }"#),
        (
            "REGISTRATION__CONSENTS",
            r#"{ terms = { version = "2026-10", required = true }, privacy = { version = "3" } }"#,
        ),
    ])
    .await;
    let form = json!({
        "email": "ada@example.com", "password": PASSWORD,
        "client_metadata": {"browser": "forged", "campaign": "spring", "language": "forged"},
        "consents": {"terms": "2026-10", "privacy": "3"},
    });

    let answer = Answer::of(
        service
            .post("/register")
            .header("user-agent", "Mozilla/5.0 (X11)")
            .header("accept-language", "pt-BR;q=0.9, en")
            .json(&form),
    )
    .await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    let sent = only_call(&service, "filled in");
    assert_eq!(
        sent["ClientMetadata"],
        json!({
            "accepted": "privacy=3,terms=2026-10", "browser": "Mozilla/5.0 (X11)",
            "campaign": "spring", "language": "pt-BR",
        })
    );
    assert_eq!(sent["ValidationData"], list(&[("accepted", "privacy=3,terms=2026-10")]));
    service.pool().clear();

    // Where the request does not say it, the caller's word is not taken for ours.
    let silent = service.register(&form).await;

    assert_eq!(silent.status, 201, "{}", silent.text);
    assert_eq!(
        only_call(&service, "silent")["ClientMetadata"],
        json!({"accepted": "privacy=3,terms=2026-10", "campaign": "spring"})
    );
}

#[actix_web::test]
async fn writes_what_was_agreed_to_into_an_attribute_that_nobody_else_can_set() {
    let service = Service::start(&[
        ("REGISTRATION__ATTRIBUTES", r#"{ given_name = {}, "custom:plan" = {} }"#),
        (
            "REGISTRATION__CONSENTS",
            r#"{ terms = { version = "2026-10", attribute = "custom:terms" }, privacy = { version = "3" }, news = { version = "1", attribute = "custom:news" } }"#,
        ),
    ])
    .await;
    let register = |attributes: Value, consents: Value| {
        let form = json!({
            "email": "ada@example.com", "password": PASSWORD,
            "attributes": attributes, "consents": consents,
        });
        let service = &service;
        async move { service.register(&form).await }
    };

    let forged = register(json!({"custom:terms": "2026-10"}), json!({})).await;
    let given = register(
        json!({"given_name": "Ada", "custom:plan": "a"}),
        json!({"terms": "2026-10", "privacy": "3"}),
    )
    .await;

    forged.assert_problem(422, "invalid-registration", "forged");
    assert_eq!(forged.mistakes(), ["/attributes/custom:terms not_allowed"]);
    assert_eq!(given.status, 201, "{}", given.text);
    assert_eq!(
        only_call(&service, "agreed to")["UserAttributes"],
        list(&[
            ("email", "ada@example.com"),
            ("custom:plan", "a"),
            ("custom:terms", "2026-10"),
            ("given_name", "Ada"),
        ])
    );
}

#[actix_web::test]
async fn asks_for_the_documents_that_are_required_in_the_version_that_is_current() {
    let service = Service::start(&[(
        "REGISTRATION__CONSENTS",
        r#"{ terms = { version = "2026-10", required = true }, privacy = { version = "3" } }"#,
    )])
    .await;
    for (case, consents, mistakes) in [
        ("none", json!({}), &["/consents/terms consent_required"][..]),
        ("an empty box", json!({"terms": ""}), &["/consents/terms consent_required"]),
        ("an old version", json!({"terms": "2025-01"}), &["/consents/terms consent_outdated"]),
        (
            "an old version of what may be left out",
            json!({"terms": "2026-10", "privacy": "2"}),
            &["/consents/privacy consent_outdated"],
        ),
        (
            "all at once",
            json!({"privacy": "2", "cookies": "1"}),
            &[
                "/consents/cookies not_allowed",
                "/consents/privacy consent_outdated",
                "/consents/terms consent_required",
            ],
        ),
    ] {
        let answer = service
            .register(
                &json!({"email": "ada@example.com", "password": PASSWORD, "consents": consents}),
            )
            .await;

        answer.assert_problem(422, "invalid-registration", case);
        assert_eq!(answer.mistakes(), mistakes, "{case}");
        let errors = answer.json()["errors"].clone();
        let version = |document: &str| {
            errors
                .as_array()
                .into_iter()
                .flatten()
                .find(|error| error["pointer"] == format!("/consents/{document}"))
                .map(|error| error["params"]["version"].clone())
        };
        assert!(version("terms").is_none_or(|version| version == "2026-10"), "{case}: {errors}");
        assert!(version("privacy").is_none_or(|version| version == "3"), "{case}: {errors}");
    }
    assert!(service.pool().requests(None).is_empty());
}

#[actix_web::test]
async fn sends_the_caller_s_address_where_that_is_on_and_the_address_says_something() {
    let on = ("COGNITO__SEND_IP_ADDRESS", "true");
    let off = ("COGNITO__SEND_IP_ADDRESS", "false");
    let proxied = ("SERVER__TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8");
    let direct = ("SERVER__TRUSTED_PROXIES", "");
    for (case, switch, proxies, forwarded_for, expected) in [
        (
            "the right-most hop that is no proxy",
            on,
            proxied,
            "198.51.100.1, 203.0.113.7, 10.0.0.1",
            Some("203.0.113.7"),
        ),
        ("IPv4 in IPv6, with a port", on, proxied, "[::ffff:203.0.113.7]:443", Some("203.0.113.7")),
        ("IPv6", on, proxied, "2001:DB8:0:0::1", Some("2001:db8::1")),
        ("a private address", on, proxied, "192.168.1.1", None),
        ("loopback", on, proxied, "127.0.0.1", None),
        ("garbage", on, proxied, "me", None),
        ("a header that nobody vouches for", on, direct, "203.0.113.7", None),
        ("the switch is off", off, proxied, "203.0.113.7", None),
    ] {
        let service = Service::start(&[switch, proxies]).await;

        let answer = Answer::of(
            service
                .post("/register")
                .header("x-forwarded-for", forwarded_for)
                .json(&json!({"email": "ada@example.com", "password": PASSWORD})),
        )
        .await;

        assert_eq!(answer.status, 201, "{case}: {}", answer.text);
        let sent = only_call(&service, case).remove("UserContextData");
        assert_eq!(sent, expected.map(|address| json!({"IpAddress": address})), "{case}");
    }
}

/// A real capture, with the signature that Cognito's own script made of it.
const CAPTURED_POOL: &str = "us-east-1_EXAMPLE";
const CAPTURED_PAYLOAD: &str = r#"{"contextData":{"UserAgent":"ua"},"username":"bob","userPoolId":"us-east-1_EXAMPLE","timestamp":"1700000000000"}"#;
const CAPTURED_SIGNATURE: &str = "O3POiE02T7/hU+HnhEmJC2klXRJfdEz8mrvVpptT3JY=";

fn captured(signature: &str) -> String {
    BASE64_STANDARD.encode(
        json!({"payload": CAPTURED_PAYLOAD, "signature": signature, "version": "JS20171115"})
            .to_string(),
    )
}

#[actix_web::test]
async fn passes_device_data_on_untouched_where_it_verifies() {
    for from_headers in ["true", "false"] {
        let service = Service::start_with(
            &[
                ("COGNITO__USER_POOL_ID", CAPTURED_POOL),
                ("COGNITO__DEVICE_DATA_FROM_HEADERS", from_headers),
            ],
            |pool| pool.user_pool_id = CAPTURED_POOL.to_owned(),
        )
        .await;
        let device_data = captured(CAPTURED_SIGNATURE);

        let answer = Answer::of(service.post("/register").header("user-agent", "other").json(
            &json!({"email": "ada@example.com", "password": PASSWORD, "device_data": device_data}),
        ))
        .await;

        assert_eq!(answer.status, 201, "{}", answer.text);
        let sent = only_call(&service, from_headers).remove("UserContextData");
        assert_eq!(sent, Some(json!({"EncodedData": device_data})), "{from_headers}");
    }
}

#[actix_web::test]
async fn device_data_that_does_not_verify_is_dropped_and_never_a_reason_to_refuse() {
    let too_long = "A".repeat(9000);
    let forged = captured("AAAAiE02T7/hU+HnhEmJC2klXRJfdEz8mrvVpptT3JY=");
    for (case, device_data) in [
        ("a wrong signature", forged.as_str()),
        ("another pool's", &captured(CAPTURED_SIGNATURE)),
        ("no base64", "%%%"),
        ("base64 of nothing of ours", "aGVsbG8="),
        ("too long", &too_long),
        ("absent", ""),
    ] {
        let form =
            json!({"email": "ada@example.com", "password": PASSWORD, "device_data": device_data});
        let plain = Service::start(&[]).await;
        let rebuilding = Service::start(&[("COGNITO__DEVICE_DATA_FROM_HEADERS", "true")]).await;
        let mut sent = Vec::new();
        for service in [&plain, &rebuilding] {
            let request = service
                .post("/register")
                .header("user-agent", "Mozilla/5.0 \"x\"")
                .header("accept-language", "de-AT, en;q=0.5")
                .header("sec-ch-ua-platform", "\"Linux\"");
            let answer = Answer::of(request.json(&form)).await;
            assert_eq!(answer.status, 201, "{case}: {}", answer.text);
            sent.push(only_call(service, case).remove("UserContextData"));
            let dropped = service.counted("device_data_dropped_total").await;
            assert_eq!(dropped, u64::from(!device_data.is_empty()), "{case}: counted");
        }

        assert_eq!(sent[0], None, "{case}: the switch is off");
        let rebuilt = sent[1].as_ref().and_then(|context| context["EncodedData"].as_str());
        assert_rebuilt(rebuilt.unwrap_or_default(), case);
    }
}

fn assert_rebuilt(encoded: &str, case: &str) {
    assert_eq!(verify_encoded_data(encoded, CLIENT_ID, POOL_ID), Ok(()), "{case}");
    let decoded = BASE64_STANDARD.decode(encoded).expect("base64");
    let decoded: Value = serde_json::from_slice(&decoded).expect("JSON");
    let payload = decoded["payload"].as_str().expect("a text");
    let mut payload: Value = serde_json::from_str(payload).expect("JSON in it");
    let timestamp = payload["timestamp"].take();
    assert_eq!(
        payload,
        json!({
            "contextData": {
                "UserAgent": "Mozilla/5.0 \"x\"", "DeviceLanguage": "de-AT", "DevicePlatform": "Linux",
            },
            "username": "ada@example.com", "userPoolId": POOL_ID, "timestamp": null,
        }),
        "{case}"
    );
    let made: u128 = timestamp.as_str().and_then(|text| text.parse().ok()).expect("milliseconds");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    assert!((now - 60_000..=now).contains(&made), "{case}: {made}");
}

#[actix_web::test]
async fn sends_no_device_data_where_the_headers_say_nothing() {
    let service = Service::start(&[("COGNITO__DEVICE_DATA_FROM_HEADERS", "true")]).await;

    let answer = Answer::of(
        service
            .post("/register")
            .header("accept-language", "*")
            .json(&json!({"email": "ada@example.com", "password": PASSWORD})),
    )
    .await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(only_call(&service, "silent").get("UserContextData"), None);
}

/// Answers every sign-up, and keeps the passwords, which the sandbox's pool never does.
fn password_keeper() -> (String, Arc<Mutex<Vec<Value>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let data = web::Data::from(Arc::clone(&kept));
    let server = HttpServer::new(move || {
        App::new().app_data(data.clone()).default_service(web::to(
            |body: web::Bytes, kept: web::Data<Mutex<Vec<Value>>>| async move {
                let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(sent["Password"].clone());
                HttpResponse::Ok().content_type("application/x-amz-json-1.1").body(
                    r#"{"UserConfirmed":false,"UserSub":"7c9e6679-7425-40de-944b-e07fc1f90ae7"}"#,
                )
            },
        ))
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .expect("a free port");
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.run());
    (format!("http://{address}"), kept)
}

#[actix_web::test]
async fn a_password_arrives_exactly_as_it_was_typed() {
    let (endpoint, kept) = password_keeper();
    let service = Service::start(&[("COGNITO__ENDPOINT", &endpoint)]).await;
    let longest = format!("Aa1!{}", "x".repeat(252));
    let typed = [
        "Pässwörd 1 ñ",
        "inner  spaces   A1",
        "zo\u{eb} zoe\u{308} A1",
        "quote\" back\\slash / A1",
        "Emoji 1 \u{1f600}\u{200d}",
        "&lt;A1 %20 + \u{3000} b",
        longest.as_str(),
    ];
    for (number, password) in typed.iter().enumerate() {
        let answer = service
            .register(&json!({"email": format!("ada{number}@example.com"), "password": password}))
            .await;
        assert_eq!(answer.status, 201, "{password:?}: {}", answer.text);
    }

    let arrived = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();

    assert_eq!(arrived, typed);
}

#[actix_web::test]
async fn a_password_with_outer_white_space_is_refused_rather_than_trimmed() {
    let service = Service::start(&[]).await;
    for password in [" Pass word 1", "Pass word 1 ", "\u{a0}Pass word 1", "Pass word 1\u{3000}"] {
        let answer =
            service.register(&json!({"email": "ada@example.com", "password": password})).await;

        answer.assert_problem(422, "invalid-registration", password);
        assert_eq!(answer.mistakes(), ["/password white_space"], "{password:?}");
    }
    assert!(service.pool().requests(None).is_empty());
}

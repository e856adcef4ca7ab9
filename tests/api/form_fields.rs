//! The values that Cognito receives for each field of the form.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use vestibule::cognito::verify_encoded_data;

use crate::support::{CLIENT_ID, PASSWORD, POOL_ID, Response, Service};

/// Returns the body of the only call that the pool received, without secrets.
fn only_call(service: &Service, case: &str) -> Map<String, Value> {
    let mut calls = service.pool().requests(None);
    assert_eq!(calls.len(), 1, "{case}: {calls:?}");
    calls.remove(0).body
}

fn list(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect()
}

#[actix_web::test]
async fn sends_every_field_and_no_others() {
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

    let response = service
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
            "human_proof": "not required",
        }))
        .await;

    assert_eq!(response.status, 201, "{}", response.text);
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
async fn drops_invisible_characters() {
    let service = Service::start(&[
        ("REGISTRATION__PHONE_NUMBER", "optional"),
        ("REGISTRATION__ATTRIBUTES", "{ given_name = {}, nickname = {}, address = {} }"),
    ])
    .await;

    let response = service
        .register(&json!({
            "email": "\u{feff}ada\u{200b}@example.com\u{fe0f}",
            "phone_number": "\u{202a}+44 7911\u{2060} 123456\u{202c}",
            "password": PASSWORD,
            "attributes": {
                "given_name": "\u{200e} Ada\u{200d}King \u{feff}",
                "nickname": "\u{200b}\u{fe0f} ",
                "address": "1 High St\r\n\tLondon",
            },
        }))
        .await;

    assert_eq!(response.status, 201, "{}", response.text);
    let sent = only_call(&service, "invisible characters");
    assert_eq!(sent["Username"], "ada@example.com");
    assert_eq!(
        sent["UserAttributes"],
        list(&[
            ("email", "ada@example.com"),
            ("phone_number", "+447911123456"),
            ("address", "1 High St\r\n\tLondon"),
            ("given_name", "Ada\u{200d}King"),
        ])
    );
}

#[actix_web::test]
async fn rejects_misleading_names() {
    let attributes =
        r#"{ given_name = {}, nickname = { max_length = 200 }, address = {}, "custom:note" = {} }"#;
    let attributes = ("REGISTRATION__ATTRIBUTES", attributes);
    let strict = Service::start(&[attributes]).await;
    let lenient = Service::start(&[attributes, ("REGISTRATION__URLS_IN_NAMES", "true")]).await;
    for (name, value, violation, is_always_rejected) in [
        ("given_name", "Ada\u{202e}King".to_owned(), "direction_character", true),
        ("given_name", "Ada\nKing".to_owned(), "control_character", true),
        ("address", "1 High St\u{b}London".to_owned(), "control_character", true),
        ("given_name", "x".repeat(101), "too_long", true),
        ("nickname", "x".repeat(201), "too_long", true),
        ("given_name", "Win at https://evil.example/x".to_owned(), "contains_url", false),
        ("nickname", "www.evil.example".to_owned(), "contains_url", false),
        ("nickname", "evil.com".to_owned(), "contains_url", false),
    ] {
        let form = json!({
            "email": "ada@example.com", "password": PASSWORD, "attributes": {name: value},
        });

        let strictly = strict.register(&form).await;
        assert_eq!(strictly.violations(), [format!("/attributes/{name} {violation}")], "{value:?}");
        let leniently = lenient.register(&form).await;
        assert_eq!(leniently.status == 422, is_always_rejected, "{value:?}: {}", leniently.text);
    }
    let accepted = json!({
        "email": "grace@example.com", "password": PASSWORD,
        "attributes": {
            "given_name": "x".repeat(100), "nickname": "Dr.Smith", "custom:note": "https://example.com",
        },
    });
    let accepted = strict.register(&accepted).await;
    assert_eq!(accepted.status, 201, "{}", accepted.text);
}

#[actix_web::test]
async fn accepts_phone_numbers_of_the_default_country_without_a_calling_code() {
    for (mode, alias) in [("phone", "07911 123456"), ("generated", "(07911) 123456")] {
        let service = Service::start(&[
            ("REGISTRATION__USERNAME", mode),
            ("REGISTRATION__DEFAULT_COUNTRY", "GB"),
            ("REGISTRATION__ATTRIBUTES", r#"{ "custom:mobile" = { format = "phone_number" } }"#),
        ])
        .await;
        let form = json!({
            "phone_number": "07911 123456", "password": PASSWORD,
            "attributes": {"custom:mobile": "07400 123456"},
        });

        let response = service.register(&form).await;
        let sent = only_call(&service, mode);
        let resent = service.resend(&json!({"username": alias})).await;
        let policy = Response::of(service.get("/register/policy")).await.json();

        assert_eq!(response.status, 201, "{mode}: {}", response.text);
        assert_eq!(
            sent["UserAttributes"],
            list(&[("phone_number", "+447911123456"), ("custom:mobile", "+447400123456")])
        );
        assert_eq!(resent.status, 202, "{mode}: {}", resent.text);
        assert_eq!(service.calls("ResendConfirmationCode", "+447911123456").len(), 1, "{mode}");
        assert_eq!(policy["default_country"], "GB", "{mode}");
    }
    let without = Service::start(&[("REGISTRATION__USERNAME", "phone")]).await;
    let form = json!({"phone_number": "07911 123456", "password": PASSWORD});
    let rejected = without.register(&form).await;
    assert_eq!(rejected.violations(), ["/phone_number invalid_phone_number"]);
}

#[actix_web::test]
async fn omits_empty_fields() {
    let service = Service::start(&[
        ("REGISTRATION__ATTRIBUTES", "{ given_name = {} }"),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
    ])
    .await;

    let response = service
        .register(&json!({
            "email": "ada@example.com", "password": PASSWORD, "attributes": {"given_name": " "},
            "client_metadata": {}, "validation_data": {}, "analytics_endpoint_id": "",
            "device_data": "", "consents": {}, "phone_number": "", "username": "",
        }))
        .await;

    assert_eq!(response.status, 201, "{}", response.text);
    let sent = only_call(&service, "empty fields");
    let names: Vec<&str> = sent.keys().map(String::as_str).collect();
    assert_eq!(names, ["ClientId", "SecretHash", "UserAttributes", "Username"]);
    assert_eq!(sent["UserAttributes"], list(&[("email", "ada@example.com")]));
}

#[actix_web::test]
async fn rejects_names_outside_the_allow_lists() {
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

    let response = service
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

    response.assert_problem(422, "invalid-registration", "allow-lists");
    assert_eq!(
        response.violations(),
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
async fn sends_server_values_in_place_of_client_values() {
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

    let response = Response::of(
        service
            .post("/register")
            .header("user-agent", "Mozilla/5.0 (X11)")
            .header("accept-language", "pt-BR;q=0.9, en")
            .json(&form),
    )
    .await;

    assert_eq!(response.status, 201, "{}", response.text);
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

    // If the request has no such header, the service does not use the value of the client.
    let without_headers = service.register(&form).await;

    assert_eq!(without_headers.status, 201, "{}", without_headers.text);
    assert_eq!(
        only_call(&service, "silent")["ClientMetadata"],
        json!({"accepted": "privacy=3,terms=2026-10", "campaign": "spring"})
    );
}

#[actix_web::test]
async fn writes_consents_into_attributes_that_clients_cannot_set() {
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
    assert_eq!(forged.violations(), ["/attributes/custom:terms not_allowed"]);
    assert_eq!(given.status, 201, "{}", given.text);
    assert_eq!(
        only_call(&service, "consents")["UserAttributes"],
        list(&[
            ("email", "ada@example.com"),
            ("custom:plan", "a"),
            ("custom:terms", "2026-10"),
            ("given_name", "Ada"),
        ])
    );
}

#[actix_web::test]
async fn requires_consents_in_the_current_version() {
    let service = Service::start(&[(
        "REGISTRATION__CONSENTS",
        r#"{ terms = { version = "2026-10", required = true }, privacy = { version = "3" } }"#,
    )])
    .await;
    for (case, consents, violations) in [
        ("none", json!({}), &["/consents/terms consent_required"][..]),
        ("an empty value", json!({"terms": ""}), &["/consents/terms consent_required"]),
        ("an old version", json!({"terms": "2025-01"}), &["/consents/terms consent_outdated"]),
        (
            "an old version of an optional consent",
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
        let response = service
            .register(
                &json!({"email": "ada@example.com", "password": PASSWORD, "consents": consents}),
            )
            .await;

        response.assert_problem(422, "invalid-registration", case);
        assert_eq!(response.violations(), violations, "{case}");
        let errors = response.json()["errors"].clone();
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
async fn sends_public_client_addresses_if_enabled() {
    let on = ("COGNITO__SEND_IP_ADDRESS", "true");
    let off = ("COGNITO__SEND_IP_ADDRESS", "false");
    let proxied = ("SERVER__TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8");
    let direct = ("SERVER__TRUSTED_PROXIES", "");
    for (case, switch, proxies, forwarded_for, expected) in [
        (
            "the last hop that is no trusted proxy",
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
        ("a header from an untrusted proxy", on, direct, "203.0.113.7", None),
        ("the setting is off", off, proxied, "203.0.113.7", None),
    ] {
        let service = Service::start(&[switch, proxies]).await;

        let response = Response::of(
            service
                .post("/register")
                .header("x-forwarded-for", forwarded_for)
                .json(&json!({"email": "ada@example.com", "password": PASSWORD})),
        )
        .await;

        assert_eq!(response.status, 201, "{case}: {}", response.text);
        let sent = only_call(&service, case).remove("UserContextData");
        assert_eq!(sent, expected.map(|address| json!({"IpAddress": address})), "{case}");
    }
}

/// A captured payload with its signature by Cognito's own script.
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
async fn forwards_verified_device_data_unchanged() {
    for from_headers in ["true", "false"] {
        let service = Service::start_with(
            &[
                ("COGNITO__REGION", "us-east-1"),
                ("COGNITO__USER_POOL_ID", CAPTURED_POOL),
                ("COGNITO__DEVICE_DATA_FROM_HEADERS", from_headers),
            ],
            |pool| pool.user_pool_id = CAPTURED_POOL.to_owned(),
        )
        .await;
        let device_data = captured(CAPTURED_SIGNATURE);

        let response = Response::of(service.post("/register").header("user-agent", "other").json(
            &json!({"email": "ada@example.com", "password": PASSWORD, "device_data": device_data}),
        ))
        .await;

        assert_eq!(response.status, 201, "{}", response.text);
        let sent = only_call(&service, from_headers).remove("UserContextData");
        assert_eq!(sent, Some(json!({"EncodedData": device_data})), "{from_headers}");
    }
}

#[actix_web::test]
async fn drops_unverified_device_data_without_rejecting_the_form() {
    let too_long = "A".repeat(9000);
    let forged = captured("AAAAiE02T7/hU+HnhEmJC2klXRJfdEz8mrvVpptT3JY=");
    for (case, device_data) in [
        ("a wrong signature", forged.as_str()),
        ("for another pool", &captured(CAPTURED_SIGNATURE)),
        ("no base64", "%%%"),
        ("base64 of other data", "aGVsbG8="),
        ("too long", &too_long),
        ("absent", ""),
    ] {
        let form =
            json!({"email": "ada@example.com", "password": PASSWORD, "device_data": device_data});
        let disabled = Service::start(&[]).await;
        let from_headers = Service::start(&[("COGNITO__DEVICE_DATA_FROM_HEADERS", "true")]).await;
        let mut sent = Vec::new();
        for service in [&disabled, &from_headers] {
            let request = service
                .post("/register")
                .header("user-agent", "Mozilla/5.0 \"x\"")
                .header("accept-language", "de-AT, en;q=0.5")
                .header("sec-ch-ua-platform", "\"Linux\"");
            let response = Response::of(request.json(&form)).await;
            assert_eq!(response.status, 201, "{case}: {}", response.text);
            sent.push(only_call(service, case).remove("UserContextData"));
            let dropped = service.metric("device_data_dropped_total").await;
            assert_eq!(dropped, u64::from(!device_data.is_empty()), "{case}: counted");
        }

        assert_eq!(sent[0], None, "{case}: the setting is off");
        let encoded = sent[1].as_ref().and_then(|context| context["EncodedData"].as_str());
        assert_built_from_headers(encoded.unwrap_or_default(), case);
    }
}

fn assert_built_from_headers(encoded: &str, case: &str) {
    assert_eq!(verify_encoded_data(encoded, CLIENT_ID, POOL_ID), Ok(()), "{case}");
    let decoded = BASE64_STANDARD.decode(encoded).expect("base64");
    let decoded: Value = serde_json::from_slice(&decoded).expect("JSON");
    let payload = decoded["payload"].as_str().expect("a string");
    let mut payload: Value = serde_json::from_str(payload).expect("JSON");
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
    let created: u128 =
        timestamp.as_str().and_then(|text| text.parse().ok()).expect("milliseconds");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    assert!((now - 60_000..=now).contains(&created), "{case}: {created}");
}

#[actix_web::test]
async fn sends_no_device_data_without_usable_headers() {
    let service = Service::start(&[("COGNITO__DEVICE_DATA_FROM_HEADERS", "true")]).await;

    let response = Response::of(
        service
            .post("/register")
            .header("accept-language", "*")
            .json(&json!({"email": "ada@example.com", "password": PASSWORD})),
    )
    .await;

    assert_eq!(response.status, 201, "{}", response.text);
    assert_eq!(only_call(&service, "silent").get("UserContextData"), None);
}

/// Starts a pool that records passwords, which the sandbox pool does not do.
fn start_recording_pool() -> (String, Arc<Mutex<Vec<Value>>>) {
    let passwords = Arc::new(Mutex::new(Vec::new()));
    let data = web::Data::from(Arc::clone(&passwords));
    let server = HttpServer::new(move || {
        App::new().app_data(data.clone()).default_service(web::to(
            |body: web::Bytes, passwords: web::Data<Mutex<Vec<Value>>>| async move {
                let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
                passwords
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(sent["Password"].clone());
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
    (format!("http://{address}"), passwords)
}

#[actix_web::test]
async fn sends_passwords_unchanged() {
    let (endpoint, passwords) = start_recording_pool();
    let service = Service::start(&[("COGNITO__ENDPOINT", &endpoint)]).await;
    let longest = format!("Aa1!{}", "x".repeat(252));
    let sent = [
        "Pässwörd 1 ñ",
        "inner  spaces   A1",
        "zo\u{eb} zoe\u{308} A1",
        "quote\" back\\slash / A1",
        "Emoji 1 \u{1f600}\u{200d}",
        "&lt;A1 %20 + \u{3000} b",
        longest.as_str(),
    ];
    for (number, password) in sent.iter().enumerate() {
        let response = service
            .register(&json!({"email": format!("ada{number}@example.com"), "password": password}))
            .await;
        assert_eq!(response.status, 201, "{password:?}: {}", response.text);
    }

    let received = passwords.lock().unwrap_or_else(PoisonError::into_inner).clone();

    assert_eq!(received, sent);
}

#[actix_web::test]
async fn rejects_passwords_with_outer_white_space() {
    let service = Service::start(&[]).await;
    for password in [" Pass word 1", "Pass word 1 ", "\u{a0}Pass word 1", "Pass word 1\u{3000}"] {
        let response =
            service.register(&json!({"email": "ada@example.com", "password": password})).await;

        response.assert_problem(422, "invalid-registration", password);
        assert_eq!(response.violations(), ["/password white_space"], "{password:?}");
    }
    assert!(service.pool().requests(None).is_empty());
}

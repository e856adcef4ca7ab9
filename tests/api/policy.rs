//! `GET /register/policy`.

use std::io::Read;

use reqwest::Method;
use serde_json::json;

use crate::{
    process::{Process, vestibule},
    support::{PASSWORD, Response, Service, client},
};

/// Settings with more fields than the default form.
const MANY_FIELDS: [(&str, &str); 5] = [
    ("REGISTRATION__USERNAME", "chosen"),
    ("REGISTRATION__PASSWORD__REQUIRED", "false"),
    ("REGISTRATION__RESEND_INTERVAL", "90500ms"),
    (
        "REGISTRATION__ATTRIBUTES",
        r#"{ given_name = { required = true, max_length = 50 }, "custom:plan" = { one_of = ["free", "team"] } }"#,
    ),
    ("REGISTRATION__CONSENTS", r#"{ terms = { version = "2026-10", required = true } }"#),
];

async fn policy(service: &Service, headers: &[(&str, &str)]) -> Response {
    let mut request = service.get("/register/policy");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Response::of(request).await
}

#[actix_web::test]
async fn describes_the_default_form() {
    let service = Service::start(&[]).await;

    let response = policy(&service, &[]).await;

    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    let document = response.json();
    assert_eq!(document["username_mode"], "email");
    assert_eq!(document["fields"][0]["pointer"], "/email");
    assert_eq!(
        document["fields"][1]["rules"][1],
        json!({
            "code": "too_short",
            "detail": "Use at least 8 characters.",
            "params": {"min": 8},
        })
    );
    assert_eq!(document["human_proof"], json!({"kind": "none"}));
}

#[actix_web::test]
async fn describes_the_configured_form() {
    let service = Service::start(&MANY_FIELDS).await;

    let document = policy(&service, &[]).await.json();

    let fields = document["fields"].as_array().cloned().unwrap_or_default();
    let summary: Vec<String> = fields
        .iter()
        .map(|field| format!("{} {}", field["name"], field["required"]).replace('"', ""))
        .collect();
    assert_eq!(
        summary,
        [
            "username true",
            "email false",
            "phone_number false",
            "given_name true",
            "custom:plan false"
        ]
    );
    assert_eq!(document["confirmation"]["resend_interval_seconds"], 91);
    assert_eq!(document["consents"][0]["version"], "2026-10");
}

#[actix_web::test]
async fn the_schema_agrees_with_the_service_on_common_forms() {
    let service = Service::start(&MANY_FIELDS[..1]).await;
    let schema = policy(&service, &[]).await.json()["schema"].clone();
    let schema = jsonschema::draft202012::new(&schema).expect("the schema is valid");
    for (form, status) in [
        (json!({"username": "ada", "password": PASSWORD}), 201),
        (json!({"username": "grace", "email": " Grace@Example.com", "password": PASSWORD}), 201),
        (json!({"username": "a b", "password": PASSWORD}), 422),
        (json!({"username": "bob", "password": "short"}), 422),
        (json!({"username": "bob", "password": PASSWORD, "emial": ""}), 422),
        (json!({"username": "bob", "password": null}), 400),
    ] {
        let is_valid = schema.is_valid(&form);
        let response = service.register(&form).await;

        assert_eq!(
            (response.status, is_valid),
            (status, status == 201),
            "{form}: {}",
            response.text
        );
    }
}

#[actix_web::test]
async fn responds_304_to_a_matching_etag() {
    let service = Service::start(&[]).await;
    let first = policy(&service, &[]).await;
    let tag = first.header("etag").expect("an ETag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10, "{tag}");

    for (etags, matches) in [
        (tag.clone(), true),
        (format!("W/{tag}"), true),
        (format!("\"other\", {tag}"), true),
        (format!("\"other\",W/{tag} , \"third\""), true),
        ("*".to_owned(), true),
        ("\"other\"".to_owned(), false),
        ("W/\"other\"".to_owned(), false),
        (tag.trim_matches('"').to_owned(), false),
        (String::new(), false),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let url = format!("{}/register/policy", service.url);
            let request = service.client.request(method.clone(), url);
            let response = Response::of(request.header("if-none-match", &etags)).await;

            let expected = if matches { 304 } else { 200 };
            assert_eq!(response.status, expected, "{method} {etags}");
            assert_eq!(response.header("etag"), Some(&*tag), "{method} {etags}");
            assert_eq!(response.header("cache-control"), Some("public, max-age=300"), "{etags}");
            let has_body = !matches && method == Method::GET;
            assert_eq!(!response.text.is_empty(), has_body, "{method} {etags}");
        }
    }
}

#[actix_web::test]
async fn accepts_etags_in_several_headers() {
    let service = Service::start(&[]).await;
    let tag = policy(&service, &[]).await.header("etag").expect("an ETag").to_owned();

    let response = policy(&service, &[("if-none-match", "\"a\""), ("if-none-match", &tag)]).await;

    assert_eq!(response.status, 304);
}

#[actix_web::test]
async fn the_etag_depends_on_the_form() {
    let (one, same, other) = (
        Service::start(&[]).await,
        Service::start(&[("COGNITO__CLIENT_ID", "1example23456780")]).await,
        Service::start(&[("REGISTRATION__PASSWORD__MIN_LENGTH", "9")]).await,
    );

    let tag = policy(&one, &[]).await.header("etag").map(ToOwned::to_owned);

    assert_eq!(policy(&same, &[]).await.header("etag"), tag.as_deref());
    assert_eq!(policy(&other, &[("if-none-match", &tag.unwrap_or_default())]).await.status, 200);
}

#[actix_web::test]
async fn head_returns_the_same_headers_without_a_body() {
    let service = Service::start(&[]).await;
    let get = policy(&service, &[]).await;

    let head = Response::of(service.client.head(format!("{}/register/policy", service.url))).await;

    assert_eq!(head.status, 200);
    assert_eq!(head.text, "");
    for name in ["etag", "cache-control", "content-type", "content-length"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
        assert!(head.header(name).is_some(), "{name}");
    }
}

#[actix_web::test]
async fn rejects_other_methods() {
    let service = Service::start(&[]).await;

    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let url = format!("{}/register/policy", service.url);
        let response = Response::of(service.client.request(method.clone(), url)).await;

        response.assert_problem(405, "method-not-allowed", method.as_str());
        assert_eq!(response.header("allow"), Some("GET, HEAD"), "{method}");
    }
}

#[actix_web::test]
async fn contains_nothing_about_the_pool() {
    let service = Service::start(&MANY_FIELDS).await;

    let text = policy(&service, &[]).await.text;

    for secret in [
        crate::support::POOL_ID,
        crate::support::CLIENT_ID,
        crate::support::SECRET,
        "eu-central-1",
        "cognito",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[actix_web::test]
async fn documents_are_compressed_if_the_client_accepts_it() {
    let service = Service::start(&[]).await;
    let plain = policy(&service, &[]).await;

    for (accepted, expected) in [
        ("br", Some("br")),
        ("gzip", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("br")),
        ("br;q=0.1, gzip;q=0.9", Some("gzip")),
        ("br;q=0, gzip;q=0", None),
        ("zstd", None),
        ("identity", None),
    ] {
        let request = service.get("/register/policy").header("Accept-Encoding", accepted);
        let response = request.send().await.expect("a response");

        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("content-encoding"), expected, "{accepted}");
        let tag = header("etag").expect("an ETag").to_owned();
        assert_eq!(Some(&*tag) == plain.header("etag"), expected.is_none(), "{accepted}");
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert_eq!(vary, ["Accept-Language", "Accept-Encoding"], "{accepted}");
        let body = response.bytes().await.expect("a body");
        assert_eq!(decoded(expected, &body), plain.text, "{accepted}");
        let known = [("Accept-Encoding", accepted), ("If-None-Match", &*tag)];
        assert_eq!(policy(&service, &known).await.status, 304, "{accepted}");
    }
}

fn decoded(encoding: Option<&str>, body: &[u8]) -> String {
    let mut text = String::new();
    match encoding {
        Some("br") => brotli::Decompressor::new(body, 4096).read_to_string(&mut text),
        Some("gzip") => flate2::read::GzDecoder::new(body).read_to_string(&mut text),
        _ => (&mut &*body).read_to_string(&mut text),
    }
    .expect("a complete body");
    text
}

// The form of the sandbox has ten fields.
#[actix_web::test]
async fn a_form_with_many_fields_is_small() {
    let mut command = vestibule(&["sandbox"]);
    command
        .envs(["SERVER", "ADMIN", "SANDBOX"].map(|name| (format!("VESTIBULE__{name}__PORT"), "0")));
    let service = Process::start(command).await;

    let response = Response::of(client().get(format!("{}/register/policy", service.url))).await;

    assert_eq!(response.json()["fields"].as_array().map(Vec::len), Some(10));
    assert!(response.text.len() <= 7300, "{} bytes", response.text.len());
}

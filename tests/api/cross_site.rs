//! CORS, and the rejection of cross-site requests.

use actix_web::{HttpResponse, web};
use reqwest::RequestBuilder;
use serde_json::json;
use vestibule::{app::App, store::Migrate};

use crate::{
    support::{PASSWORD, Response, Service, config, pool, process::Process},
    wait::until,
};

const ALLOWED: &str = "https://www.example.com";

/// Two allowed origins in spellings that the service normalises.
const ORIGINS: (&str, &str) =
    ("SERVER__ALLOWED_ORIGINS", "HTTPS://WWW.Example.com:443, https://münchen.example");

const EXPOSED: &str =
    "Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, Idempotency-Replayed";

fn header_values(response: &Response, name: &str) -> String {
    let values = response.headers.get_all(name).iter();
    let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    values.join(", ")
}

/// Asserts that a page of this origin may read the response, without credentials or cookies.
fn assert_readable_by(origin: &str, response: &Response, case: &str) {
    assert_eq!(header_values(response, "access-control-allow-origin"), origin, "{case}");
    assert_eq!(header_values(response, "access-control-expose-headers"), EXPOSED, "{case}");
    assert!(header_values(response, "vary").contains("Origin"), "{case}: {:?}", response.headers);
    assert_no_credentials(response, case);
}

/// Asserts that no other origin may read the response, and that it sets no cookie.
fn assert_unreadable(response: &Response, case: &str) {
    assert!(no_cors_headers(response), "{case}: {:?}", response.headers);
    assert_no_credentials(response, case);
}

fn no_cors_headers(response: &Response) -> bool {
    !response.headers.keys().any(|name| name.as_str().starts_with("access-control-"))
}

fn assert_no_credentials(response: &Response, case: &str) {
    assert_eq!(response.header("access-control-allow-credentials"), None, "{case}");
    assert_eq!(response.header("set-cookie"), None, "{case}");
}

fn with_headers(mut request: RequestBuilder, headers: &[(&str, &str)]) -> RequestBuilder {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

#[actix_web::test]
async fn pages_of_an_allowed_origin_can_read_every_response() {
    let service = Service::start(&[
        ORIGINS,
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "8"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
    ])
    .await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    let post = || service.post("/register");
    let cases = [
        ("created", post().header("Idempotency-Key", "one").json(&form), 201),
        ("created, again", post().header("Idempotency-Key", "one").json(&form), 201),
        ("violations", post().json(&json!({})), 422),
        ("another media type", post().body("{}"), 415),
        ("too large", post().json(&json!({"email": "a".repeat(20_000)})), 413),
        ("resent", service.post("/register/resend").json(&json!({"username": "a@b.example"})), 202),
        ("confirm", service.post("/register/confirm").json(&json!({})), 422),
        ("unreadable", post().header("Content-Type", "application/json").body("{"), 400),
        ("over the limit", post().json(&form), 429),
        ("not found", service.post("/nothing").json(&form), 404),
        ("method not allowed", service.client.put(format!("{}/register", service.url)), 405),
        ("headers too large", post().header("X-Large", "x".repeat(40_000)).json(&form), 431),
        ("a page", service.get("/problems/busy"), 200),
        ("a page's head", service.client.head(format!("{}/problems/busy", service.url)), 200),
    ];

    for (case, request, status) in cases {
        let headers = [("Origin", ALLOWED), ("Sec-Fetch-Site", "cross-site")];
        let response = Response::of(with_headers(request, &headers)).await;

        assert_eq!(response.status, status, "{case}: {}", response.text);
        assert_readable_by(ALLOWED, &response, case);
    }
}

#[actix_web::test]
async fn pages_can_read_internal_errors_and_unavailable_responses() {
    let settings = config(&[ORIGINS], "http://127.0.0.1:1");
    let app = App::build(settings, Migrate::Auto, |routes| {
        routes.route("/panic", web::post().to(async || -> HttpResponse { panic!("a bug") }));
    })
    .await
    .expect("the service is built");
    let url = format!("http://{}", app.address());
    actix_web::rt::spawn(app.run());
    let form = json!({"email": "ada@example.com", "password": PASSWORD});

    for (path, status) in [("/panic", 500), ("/register", 503)] {
        let request = crate::support::client().post(format!("{url}{path}")).json(&form);
        let response = Response::of(request.header("Origin", ALLOWED)).await;

        assert_eq!(response.status, status, "{path}: {}", response.text);
        assert_readable_by(ALLOWED, &response, path);
    }
}

#[actix_web::test]
async fn rejects_cross_site_requests() {
    let service = Service::start(&[
        ORIGINS,
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "100"),
        ("LIMITS__ADDRESS__REFILL", "10m"),
    ])
    .await;
    let own_origin = service.url.as_str();
    let own = ("Host", "sign-up.example.com");

    for (case, headers, is_allowed) in [
        ("no browser", &[][..], true),
        ("the own page", &[("Origin", own_origin), ("Sec-Fetch-Site", "same-origin")], true),
        (
            "the own page behind a proxy",
            &[("Origin", "https://sign-up.example.com"), ("Sec-Fetch-Site", "same-origin")],
            true,
        ),
        ("the own page in an old browser", &[("Origin", own_origin)], true),
        ("the own host", &[own, ("Origin", "https://sign-up.example.com")], true),
        (
            "the own host in upper case",
            &[("Host", "Sign-Up.example.COM"), ("Origin", "https://sign-up.example.com")],
            true,
        ),
        (
            "the default port of https",
            &[("Host", "sign-up.example.com:443"), ("Origin", "https://sign-up.example.com")],
            true,
        ),
        (
            "the default port of http",
            &[("Host", "sign-up.example.com:80"), ("Origin", "http://sign-up.example.com")],
            true,
        ),
        ("a direct navigation", &[("Sec-Fetch-Site", "none")], true),
        (
            "allowed, from another site",
            &[("Origin", ALLOWED), ("Sec-Fetch-Site", "cross-site")],
            true,
        ),
        (
            "allowed, from the same site",
            &[("Origin", ALLOWED), ("Sec-Fetch-Site", "same-site")],
            true,
        ),
        ("allowed, in an old browser", &[("Origin", ALLOWED)], true),
        ("allowed, not in ASCII", &[("Origin", "https://xn--mnchen-3ya.example")], true),
        (
            "another site",
            &[("Origin", "https://eve.example"), ("Sec-Fetch-Site", "cross-site")],
            false,
        ),
        (
            "another origin of the same site",
            &[own, ("Origin", "https://blog.example.com"), ("Sec-Fetch-Site", "same-site")],
            false,
        ),
        ("another site without Origin", &[("Sec-Fetch-Site", "cross-site")], false),
        (
            "the own origin, marked as cross-site",
            &[("Origin", own_origin), ("Sec-Fetch-Site", "cross-site")],
            false,
        ),
        ("an unknown Sec-Fetch-Site", &[("Sec-Fetch-Site", "near-by")], false),
        ("another site in an old browser", &[("Origin", "https://eve.example")], false),
        ("null", &[("Origin", "null")], false),
        (
            "a frame without an origin",
            &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
            false,
        ),
        ("allowed, but without TLS", &[("Origin", "http://www.example.com")], false),
        ("allowed, but on another port", &[("Origin", "https://www.example.com:8443")], false),
        (
            "an allowed origin as prefix",
            &[("Origin", "https://www.example.com.eve.example")],
            false,
        ),
        ("a subdomain of an allowed origin", &[("Origin", "https://a.www.example.com")], false),
        ("allowed, with a path", &[("Origin", "https://www.example.com/")], false),
        (
            "allowed, with a second origin",
            &[("Origin", ALLOWED), ("Origin", "https://eve.example")],
            false,
        ),
        (
            "the own host on another port",
            &[own, ("Origin", "https://sign-up.example.com:8443")],
            false,
        ),
        (
            "the default port of the other scheme",
            &[("Host", "sign-up.example.com:443"), ("Origin", "http://sign-up.example.com")],
            false,
        ),
        ("empty", &[("Origin", "")], false),
    ] {
        for path in ["/register", "/register/confirm", "/register/resend"] {
            let request = service.post(path).json(&json!({}));
            let response = Response::of(with_headers(request, headers)).await;

            let case = format!("{case}, {path}");
            if is_allowed {
                response.assert_problem(422, "invalid-registration", &case);
            } else {
                response.assert_problem(403, "cross-site", &case);
                assert_unreadable(&response, &case);
                assert_eq!(response.header("ratelimit"), None, "{case}: it costs no budget");
            }
        }
    }
    assert!(service.pool().requests(None).is_empty(), "the pool received no call");
    let rejected = r#"http_requests_total{route="/register",status="403",code="cross_site"}"#;
    assert_eq!(service.metric(rejected).await, 17);
}

#[actix_web::test]
async fn responds_to_preflight_requests() {
    let service = Service::start(&[ORIGINS]).await;
    let send_preflight = |path: &str, headers: &[(&str, &str)]| {
        let url = format!("{}{path}", service.url);
        Response::of(with_headers(service.client.request(reqwest::Method::OPTIONS, url), headers))
    };
    let method = ("Access-Control-Request-Method", "POST");
    let names = ("Access-Control-Request-Headers", "content-type,idempotency-key");
    let site = ("Sec-Fetch-Site", "cross-site");

    for path in ["/register", "/register/confirm", "/register/resend", "/problems/busy"] {
        let allowed = send_preflight(path, &[("Origin", ALLOWED), method, names, site]).await;
        let rejected =
            send_preflight(path, &[("Origin", "https://eve.example"), method, names, site]).await;
        let old_browser = send_preflight(path, &[("Origin", "https://eve.example"), method]).await;
        let not_preflight = send_preflight(path, &[("Origin", ALLOWED), site]).await;

        assert_eq!((allowed.status, allowed.text.as_str()), (204, ""), "{path}");
        assert_readable_by(ALLOWED, &allowed, path);
        assert_eq!(
            allowed.header("access-control-allow-methods"),
            Some("GET, HEAD, POST"),
            "{path}"
        );
        let allowed_headers = allowed.header("access-control-allow-headers");
        assert_eq!(
            allowed_headers,
            Some("Content-Type, Idempotency-Key, X-Request-Id, traceparent, tracestate, baggage"),
            "{path}"
        );
        assert_eq!(allowed.header("access-control-max-age"), Some("7200"), "{path}");
        for rejected in [rejected, old_browser] {
            rejected.assert_problem(403, "cross-site", path);
            assert_unreadable(&rejected, path);
        }
        not_preflight.assert_problem(405, "method-not-allowed", "no preflight");
    }
}

#[actix_web::test]
async fn serves_public_pages_to_cross_site_requests() {
    let service = Service::start(&[ORIGINS]).await;

    for (case, headers) in [
        ("a link", &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")][..]),
        ("a script", &[("Origin", "https://eve.example"), ("Sec-Fetch-Site", "cross-site")]),
        ("no browser", &[]),
    ] {
        let response = Response::of(with_headers(service.get("/problems/busy"), headers)).await;

        assert_eq!(response.status, 200, "{case}");
        assert_unreadable(&response, case);
        assert_eq!(header_values(&response, "vary"), "Accept-Language, Origin", "{case}");
    }
}

#[actix_web::test]
async fn a_wildcard_allows_one_label() {
    let service = Service::start(&[(
        "SERVER__ALLOWED_ORIGINS",
        "https://*.example.com, https://a.b.example",
    )])
    .await;

    for (origin, is_allowed) in [
        ("https://www.example.com", true),
        ("https://shop.example.com", true),
        ("https://a.b.example", true),
        ("https://example.com", false),
        ("https://a.b.example.com", false),
        ("http://www.example.com", false),
        ("https://www.example.com:8443", false),
        ("https://www.example.com.eve.example", false),
    ] {
        let request = service.post("/register").header("Origin", origin).json(&json!({}));
        let response = Response::of(request).await;

        if is_allowed {
            assert_readable_by(origin, &response, origin);
        } else {
            response.assert_problem(403, "cross-site", origin);
            assert_unreadable(&response, origin);
        }
    }
}

#[actix_web::test]
async fn logs_a_rejected_origin_with_the_name_of_the_setting() {
    let process = Process::serve(&[], &pool(&[]).await.url()).await;
    let url = format!("{}/register", process.url);

    for _ in 0..3 {
        let request = crate::support::client().post(&url).header("Origin", "https://eve.example");
        let response = Response::of(request.json(&json!({}))).await;
        assert_eq!(response.status, 403, "{}", response.text);
    }

    let warnings = || process.log().into_iter().filter(|line| line["origin"].is_string());
    let look = async || warnings().count();
    until("the line is read", look, |count| *count > 0).await;
    let lines: Vec<_> = warnings().collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["origin"], "https://eve.example");
    assert!(
        lines[0]["message"].as_str().is_some_and(|text| text.contains("server.allowed_origins"))
    );
}

#[actix_web::test]
async fn allows_only_own_pages_without_allowed_origins() {
    let service = Service::start(&[]).await;
    let preflight = [("Origin", ALLOWED), ("Access-Control-Request-Method", "POST")];
    let url = format!("{}/register", service.url);

    let own = service.post("/register").header("Origin", service.url.as_str());
    let own = Response::of(own.header("Sec-Fetch-Site", "same-origin").json(&json!({}))).await;
    let other = service.post("/register").header("Origin", ALLOWED).json(&json!({}));
    let other = Response::of(other).await;
    let preflight_response = service.client.request(reqwest::Method::OPTIONS, url);
    let preflight_response = Response::of(with_headers(preflight_response, &preflight)).await;

    own.assert_problem(422, "invalid-registration", "the own page");
    other.assert_problem(403, "cross-site", "another page");
    preflight_response.assert_problem(403, "cross-site", "a preflight");
    for (case, response) in [("own", own), ("other", other), ("preflight", preflight_response)] {
        assert_unreadable(&response, case);
        assert_eq!(response.header("vary"), Some("Accept-Language"), "{case}");
    }
}

//! Whose pages may use the service from a browser.

use actix_web::{HttpResponse, web};
use reqwest::RequestBuilder;
use serde_json::json;
use vestibule::{app::App, store::Migrate};

use crate::support::{Answer, PASSWORD, Service, config};

const LISTED: &str = "https://www.example.com";

/// Two pages, written as an operator may write them.
const ORIGINS: (&str, &str) =
    ("SERVER__ALLOWED_ORIGINS", "HTTPS://WWW.Example.com:443, https://münchen.example");

const EXPOSED: &str =
    "Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, Idempotency-Replayed";

fn all(answer: &Answer, name: &str) -> String {
    let values = answer.headers.get_all(name).iter();
    let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    values.join(", ")
}

/// A page of this origin may read the answer, without credentials, and no cookie is set.
fn assert_readable_by(origin: &str, answer: &Answer, case: &str) {
    assert_eq!(all(answer, "access-control-allow-origin"), origin, "{case}");
    assert_eq!(all(answer, "access-control-expose-headers"), EXPOSED, "{case}");
    assert!(all(answer, "vary").contains("Origin"), "{case}: {:?}", answer.headers);
    assert_no_credentials(answer, case);
}

/// No page of another origin may read the answer, and no cookie is set.
fn assert_unreadable(answer: &Answer, case: &str) {
    assert!(no_cors_headers(answer), "{case}: {:?}", answer.headers);
    assert_no_credentials(answer, case);
}

fn no_cors_headers(answer: &Answer) -> bool {
    !answer.headers.keys().any(|name| name.as_str().starts_with("access-control-"))
}

fn assert_no_credentials(answer: &Answer, case: &str) {
    assert_eq!(answer.header("access-control-allow-credentials"), None, "{case}");
    assert_eq!(answer.header("set-cookie"), None, "{case}");
}

fn with_headers(mut request: RequestBuilder, headers: &[(&str, &str)]) -> RequestBuilder {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

#[actix_web::test]
async fn a_page_of_a_listed_origin_reads_every_answer() {
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
        ("mistakes", post().json(&json!({})), 422),
        ("no JSON", post().body("{}"), 415),
        ("too large", post().json(&json!({"email": "a".repeat(20_000)})), 413),
        ("resent", service.post("/register/resend").json(&json!({"username": "a@b.example"})), 202),
        ("confirm", service.post("/register/confirm").json(&json!({})), 422),
        ("unreadable", post().header("Content-Type", "application/json").body("{"), 400),
        ("over the limit", post().json(&form), 429),
        ("not found", service.post("/nothing").json(&form), 404),
        ("not allowed", service.client.put(format!("{}/register", service.url)), 405),
        ("headers too large", post().header("X-Large", "x".repeat(40_000)).json(&form), 431),
        ("a page", service.get("/problems/busy"), 200),
        ("a page's head", service.client.head(format!("{}/problems/busy", service.url)), 200),
    ];

    for (case, request, status) in cases {
        let headers = [("Origin", LISTED), ("Sec-Fetch-Site", "cross-site")];
        let answer = Answer::of(with_headers(request, &headers)).await;

        assert_eq!(answer.status, status, "{case}: {}", answer.text);
        assert_readable_by(LISTED, &answer, case);
    }
}

#[actix_web::test]
async fn a_page_reads_that_the_service_has_a_bug_or_the_pool_is_away() {
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
        let answer = Answer::of(request.header("Origin", LISTED)).await;

        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_readable_by(LISTED, &answer, path);
    }
}

#[actix_web::test]
async fn refuses_what_pages_of_other_sites_send() {
    let service = Service::start(&[
        ORIGINS,
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "100"),
        ("LIMITS__ADDRESS__REFILL", "10m"),
    ])
    .await;
    let asked = service.url.as_str();
    let own = ("Host", "sign-up.example.com");

    for (case, headers, passes) in [
        ("no browser", &[][..], true),
        ("the own page", &[("Origin", asked), ("Sec-Fetch-Site", "same-origin")], true),
        (
            "the own page, behind a proxy",
            &[("Origin", "https://sign-up.example.com"), ("Sec-Fetch-Site", "same-origin")],
            true,
        ),
        ("the own page in an old browser", &[("Origin", asked)], true),
        ("the own host", &[own, ("Origin", "https://sign-up.example.com")], true),
        (
            "the own host in capitals",
            &[("Host", "Sign-Up.example.COM"), ("Origin", "https://sign-up.example.com")],
            true,
        ),
        (
            "the port of https",
            &[("Host", "sign-up.example.com:443"), ("Origin", "https://sign-up.example.com")],
            true,
        ),
        (
            "the port of http",
            &[("Host", "sign-up.example.com:80"), ("Origin", "http://sign-up.example.com")],
            true,
        ),
        ("typed into the address bar", &[("Sec-Fetch-Site", "none")], true),
        ("listed, of another site", &[("Origin", LISTED), ("Sec-Fetch-Site", "cross-site")], true),
        ("listed, of the same site", &[("Origin", LISTED), ("Sec-Fetch-Site", "same-site")], true),
        ("listed, in an old browser", &[("Origin", LISTED)], true),
        ("listed, not in ASCII", &[("Origin", "https://xn--mnchen-3ya.example")], true),
        (
            "another site",
            &[("Origin", "https://eve.example"), ("Sec-Fetch-Site", "cross-site")],
            false,
        ),
        (
            "another page of the site",
            &[own, ("Origin", "https://blog.example.com"), ("Sec-Fetch-Site", "same-site")],
            false,
        ),
        ("another site without Origin", &[("Sec-Fetch-Site", "cross-site")], false),
        ("the own origin, and yet", &[("Origin", asked), ("Sec-Fetch-Site", "cross-site")], false),
        ("a word that nobody knows", &[("Sec-Fetch-Site", "near-by")], false),
        ("another site in an old browser", &[("Origin", "https://eve.example")], false),
        ("null", &[("Origin", "null")], false),
        (
            "a frame without an origin",
            &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
            false,
        ),
        ("listed, in the clear", &[("Origin", "http://www.example.com")], false),
        ("listed, on another port", &[("Origin", "https://www.example.com:8443")], false),
        ("listed, and more", &[("Origin", "https://www.example.com.eve.example")], false),
        ("below what is listed", &[("Origin", "https://a.www.example.com")], false),
        ("listed, with a path", &[("Origin", "https://www.example.com/")], false),
        ("listed, and another", &[("Origin", LISTED), ("Origin", "https://eve.example")], false),
        (
            "the own host on another port",
            &[own, ("Origin", "https://sign-up.example.com:8443")],
            false,
        ),
        (
            "the port of the other scheme",
            &[("Host", "sign-up.example.com:443"), ("Origin", "http://sign-up.example.com")],
            false,
        ),
        ("empty", &[("Origin", "")], false),
    ] {
        for path in ["/register", "/register/confirm", "/register/resend"] {
            let request = service.post(path).json(&json!({}));
            let answer = Answer::of(with_headers(request, headers)).await;

            let case = format!("{case}, {path}");
            if passes {
                answer.assert_problem(422, "invalid-registration", &case);
            } else {
                answer.assert_problem(403, "cross-site", &case);
                assert_unreadable(&answer, &case);
                assert_eq!(answer.header("ratelimit"), None, "{case}: it costs nobody's budget");
            }
        }
    }
    assert!(service.pool().requests(None).is_empty(), "nothing was sent upstream");
    let refused = r#"http_requests_total{route="/register",status="403",code="cross_site"}"#;
    assert_eq!(service.counted(refused).await, 17);
}

#[actix_web::test]
async fn tells_browsers_before_they_send() {
    let service = Service::start(&[ORIGINS]).await;
    let ask = |path: &str, headers: &[(&str, &str)]| {
        let url = format!("{}{path}", service.url);
        Answer::of(with_headers(service.client.request(reqwest::Method::OPTIONS, url), headers))
    };
    let method = ("Access-Control-Request-Method", "POST");
    let names = ("Access-Control-Request-Headers", "content-type,idempotency-key");
    let site = ("Sec-Fetch-Site", "cross-site");

    for path in ["/register", "/register/confirm", "/register/resend", "/problems/busy"] {
        let told = ask(path, &[("Origin", LISTED), method, names, site]).await;
        let refused = ask(path, &[("Origin", "https://eve.example"), method, names, site]).await;
        let old = ask(path, &[("Origin", "https://eve.example"), method]).await;
        let plain = ask(path, &[("Origin", LISTED), site]).await;

        assert_eq!((told.status, told.text.as_str()), (204, ""), "{path}");
        assert_readable_by(LISTED, &told, path);
        assert_eq!(told.header("access-control-allow-methods"), Some("GET, HEAD, POST"), "{path}");
        let allowed = told.header("access-control-allow-headers");
        assert_eq!(allowed, Some("Content-Type, Idempotency-Key"), "{path}");
        assert_eq!(told.header("access-control-max-age"), Some("7200"), "{path}");
        for refused in [refused, old] {
            refused.assert_problem(403, "cross-site", path);
            assert_unreadable(&refused, path);
        }
        plain.assert_problem(405, "method-not-allowed", "no preflight");
    }
}

#[actix_web::test]
async fn shows_public_pages_to_whoever_follows_a_link() {
    let service = Service::start(&[ORIGINS]).await;

    for (case, headers) in [
        ("a link", &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")][..]),
        ("a script", &[("Origin", "https://eve.example"), ("Sec-Fetch-Site", "cross-site")]),
        ("no browser", &[]),
    ] {
        let answer = Answer::of(with_headers(service.get("/problems/busy"), headers)).await;

        assert_eq!(answer.status, 200, "{case}");
        assert_unreadable(&answer, case);
        assert_eq!(all(&answer, "vary"), "Accept-Language, Origin", "{case}");
    }
}

#[actix_web::test]
async fn without_a_list_only_the_own_pages_are_served() {
    let service = Service::start(&[]).await;
    let preflight = [("Origin", LISTED), ("Access-Control-Request-Method", "POST")];
    let url = format!("{}/register", service.url);

    let own = service.post("/register").header("Origin", service.url.as_str());
    let own = Answer::of(own.header("Sec-Fetch-Site", "same-origin").json(&json!({}))).await;
    let other = service.post("/register").header("Origin", LISTED).json(&json!({}));
    let other = Answer::of(other).await;
    let asked = service.client.request(reqwest::Method::OPTIONS, url);
    let asked = Answer::of(with_headers(asked, &preflight)).await;

    own.assert_problem(422, "invalid-registration", "the own page");
    other.assert_problem(403, "cross-site", "another page");
    asked.assert_problem(403, "cross-site", "a preflight");
    for (case, answer) in [("own", own), ("other", other), ("asked", asked)] {
        assert_unreadable(&answer, case);
        assert_eq!(answer.header("vary"), None, "{case}");
    }
}

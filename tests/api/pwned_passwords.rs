//! The checks for breached and weak passwords.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::join;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    process::Process,
    support::{PASSWORD, Response, Service},
};

/// A range server with scripted responses that records its requests.
struct Ranges {
    url: String,
    replies: Arc<Mutex<VecDeque<Vec<u8>>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Ranges {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("the listener is bound"));
        let ranges = Self { url, replies: Arc::default(), requests: Arc::default() };
        let (replies, requests) = (Arc::clone(&ranges.replies), Arc::clone(&ranges.requests));
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                actix_web::rt::spawn(serve(stream, Arc::clone(&replies), Arc::clone(&requests)));
            }
        });
        ranges
    }

    /// Queues a response. With an empty status, the server does not respond.
    fn queue(&self, status: &str, body: &str) {
        let response = if status.is_empty() {
            Vec::new()
        } else {
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                .into_bytes()
        };
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).push_back(response);
    }

    /// Returns the heads of the requests.
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn settings<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut settings = vec![
            ("REGISTRATION__PWNED_PASSWORDS__CHECK", "true"),
            ("REGISTRATION__PWNED_PASSWORDS__URL", self.url.as_str()),
            ("REGISTRATION__PWNED_PASSWORDS__TIMEOUT", "3s"),
        ];
        settings.extend(more);
        settings
    }
}

async fn serve(
    mut stream: TcpStream,
    replies: Arc<Mutex<VecDeque<Vec<u8>>>>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    let mut read = Vec::new();
    while stream.read_buf(&mut read).await.is_ok_and(|length| length > 0) {
        if !read.ends_with(b"\r\n\r\n") {
            continue;
        }
        let head = String::from_utf8_lossy(&read).into_owned();
        read.clear();
        requests.lock().unwrap_or_else(PoisonError::into_inner).push(head);
        let response = replies.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let response =
            response.unwrap_or_else(|| b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".into());
        if !response.is_empty() && stream.write_all(&response).await.is_err() {
            return;
        }
    }
}

/// Returns the prefix and the suffix of the SHA-1 hash of [`PASSWORD`].
fn digest_parts() -> (String, String) {
    digest_parts_of(PASSWORD)
}

fn digest_parts_of(password: &str) -> (String, String) {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let digits = digest.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: String =
        digits.map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])).collect();
    (hex[..5].to_owned(), hex[5..].to_owned())
}

const OTHER: &str = "0018A45C4D1DEF81644B54AB7F969B88D65:21\r\n";

const REJECT: (&str, &str) = ("REGISTRATION__PWNED_PASSWORDS__ON_OUTAGE", "reject");

#[actix_web::test]
async fn accepts_or_rejects_passwords_by_the_response_of_the_range_server() {
    let ranges = Ranges::start().await;
    let rejecting = Service::start(&ranges.settings(&[REJECT])).await;
    let allowing = Service::start(&ranges.settings(&[])).await;
    let with_min_count = ("REGISTRATION__PWNED_PASSWORDS__MIN_COUNT", "10");
    let with_min_count = Service::start(&ranges.settings(&[REJECT, with_min_count])).await;
    let (_, suffix) = digest_parts();
    let found = |count: &str| format!("{OTHER}{suffix}:{count}\r\n");

    for (number, (case, service, status, body, expected)) in [
        ("not found", &rejecting, "200 OK", OTHER.to_owned(), 201),
        ("found", &rejecting, "200 OK", found("3"), 422),
        ("found, in lower case", &rejecting, "200 OK", found("3").to_lowercase(), 422),
        ("a padding entry", &rejecting, "200 OK", found("0"), 201),
        ("found, and outages allowed", &allowing, "200 OK", found("3"), 422),
        ("below the minimum count", &with_min_count, "200 OK", found("9"), 201),
        ("at the minimum count", &with_min_count, "200 OK", found("10"), 422),
        ("garbage", &rejecting, "200 OK", "<html>".to_owned(), 503),
        ("garbage, allowed", &allowing, "200 OK", "<html>".to_owned(), 201),
        ("too many requests", &rejecting, "429 Too Many Requests", String::new(), 503),
        ("too many requests, allowed", &allowing, "429 Too Many Requests", String::new(), 201),
        ("a redirect", &rejecting, "302 Found", String::new(), 503),
        ("a server error", &rejecting, "500 Internal Server Error", found("3"), 503),
        ("huge", &rejecting, "200 OK", OTHER.repeat(20_000), 503),
        ("huge, allowed", &allowing, "200 OK", OTHER.repeat(20_000), 201),
        ("large", &rejecting, "200 OK", OTHER.repeat(5_000), 201),
    ]
    .into_iter()
    .enumerate()
    {
        ranges.queue(status, &body);
        let response = service.register_email(&format!("ada{number}@example.com")).await;

        match expected {
            422 => {
                response.assert_problem(422, "invalid-registration", case);
                assert_eq!(response.violations(), ["/password breached"], "{case}");
            }
            503 => {
                response.assert_problem(503, "unavailable", case);
                response.assert_retry_after(Some((5, 8)), case);
            }
            _ => assert_eq!(response.status, expected, "{case}: {}", response.text),
        }
        let sign_ups = service.sign_ups(&format!("ada{number}@example.com")).len();
        assert_eq!(sign_ups, usize::from(expected == 201), "{case}");
    }
}

#[actix_web::test]
async fn sends_five_digits_of_the_digest_and_requests_padding() {
    let ranges = Ranges::start().await;
    let service = Service::start(&ranges.settings(&[])).await;
    let (prefix, suffix) = digest_parts();

    assert_eq!(service.register_email("ada@example.com").await.status, 201);
    service.register(&json!({"email": "grace@example.com", "password": "short"})).await;

    let requests = ranges.requests();
    let [head] = requests.as_slice() else {
        panic!("expected one request, and none for an invalid form: {requests:?}")
    };
    let head = head.to_lowercase();
    assert!(
        head.starts_with(&format!("get /range/{} http/1.1\r\n", prefix.to_lowercase())),
        "{head}"
    );
    assert!(head.contains("\r\nadd-padding: true\r\n"), "{head}");
    assert!(!head.contains(&suffix.to_lowercase()[..6]), "{head}");
    assert!(!head.contains("correct") && !head.contains("ada"), "{head}");
}

#[actix_web::test]
async fn applies_on_outage_after_the_timeout() {
    let ranges = Ranges::start().await;
    let short_timeout = ("REGISTRATION__PWNED_PASSWORDS__TIMEOUT", "100ms");
    for (settings, status) in [(vec![short_timeout, REJECT], 503), (vec![short_timeout], 201)] {
        let service = Service::start(&ranges.settings(&settings)).await;
        ranges.queue("", "");

        let started = Instant::now();
        let response = service.register_email("ada@example.com").await;

        assert_eq!(response.status, status, "{}", response.text);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[actix_web::test]
async fn a_rejection_frees_the_key_and_a_replay_needs_no_range_server() {
    let ranges = Ranges::start().await;
    let service = Service::start(&ranges.settings(&[REJECT])).await;
    let (_, suffix) = digest_parts();
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    let register =
        || Response::of(service.post("/register").header("Idempotency-Key", "one").json(&form));

    ranges.queue("200 OK", &format!("{suffix}:1"));
    let breached = register().await;
    ranges.queue("500 Internal Server Error", "");
    let unavailable = register().await;
    let created = register().await;
    ranges.queue("500 Internal Server Error", "");
    let again = register().await;

    assert_eq!(
        [breached.status, unavailable.status, created.status, again.status],
        [422, 503, 201, 201],
        "{} {}",
        breached.text,
        unavailable.text
    );
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(ranges.requests().len(), 3, "a replay sends no request");
    assert_eq!(service.sign_ups("ada@example.com").len(), 1);
}

#[actix_web::test]
async fn a_takeover_sends_no_second_request() {
    let ranges = Ranges::start().await;
    let service = Service::start(&ranges.settings(&[("COGNITO__READ_TIMEOUT", "2s")])).await;
    let email = "signup.created-hang@example.com";
    let form = json!({"email": email, "password": PASSWORD});
    let register =
        || Response::of(service.post("/register").header("Idempotency-Key", "one").json(&form));

    ranges.queue("500 Internal Server Error", "");
    let lost = register().await;
    ranges.queue("200 OK", &format!("{}:3", digest_parts().1));
    let again = register().await;

    assert_eq!([lost.status, again.status], [504, 202], "{} {}", lost.text, again.text);
    assert_eq!(ranges.requests().len(), 1);
    assert_eq!(service.sign_ups(email).len(), 2);
}

#[actix_web::test]
async fn a_rejected_password_is_not_a_mismatch() {
    let ranges = Ranges::start().await;
    let service = Service::start(&ranges.settings(&[])).await;
    let register = async |password: &str, is_breached: bool| {
        let found = format!("{}:3", digest_parts_of(password).1);
        ranges.queue("200 OK", if is_breached { &found } else { OTHER });
        service.register(&json!({"email": "ada@example.com", "password": password})).await
    };

    let created = register(PASSWORD, false).await;
    for password in ["Another-pass-9", "A-third-pass-9", "A-fourth-pass-9"] {
        let rejected = register(password, true).await;
        rejected.assert_problem(422, "invalid-registration", password);
        assert_eq!(rejected.violations(), ["/password breached"], "{password}");
    }
    let repeated = register(PASSWORD, false).await;

    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(repeated.status, 202, "{}", repeated.text);
    assert_eq!(
        service.sign_ups("ada@example.com").len(),
        2,
        "rejected passwords are not sent to Cognito"
    );
}

#[actix_web::test]
async fn rejects_simultaneous_sign_ups_with_a_breached_password() {
    let ranges = Ranges::start().await;
    let service = Service::start(&ranges.settings(&[])).await;
    for _ in 0..2 {
        ranges.queue("200 OK", &format!("{}:3", digest_parts().1));
    }

    let both =
        join(service.register_email("ada@example.com"), service.register_email("ada@example.com"));
    let (first, second) = both.await;

    first.assert_problem(422, "invalid-registration", "one");
    second.assert_problem(422, "invalid-registration", "the other");
    assert!(service.sign_ups("ada@example.com").is_empty());
}

#[actix_web::test]
async fn logs_and_metrics_contain_no_passwords_or_digests() {
    let ranges = Ranges::start().await;
    let (prefix, suffix) = digest_parts();
    let more = [("LOG__LEVEL", "trace")];
    let mut process = Process::serve(&ranges.settings(&more), "http://127.0.0.1:1").await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    let client = crate::support::client();

    for body in [format!("{suffix}:7"), "<html>".to_owned(), OTHER.to_owned()] {
        ranges.queue("200 OK", &body);
        Response::of(client.post(format!("{}/register", process.url)).json(&form)).await;
    }
    let metrics = Response::of(client.get(format!("{}/metrics", process.admin_url))).await.text;
    process.signal("TERM");
    process.wait_for_exit().await;

    let output = format!("{}\n{metrics}", process.all_output()).to_lowercase();
    for marker in
        [&*PASSWORD.to_lowercase(), &suffix.to_lowercase()[..10], &format!("range/{prefix}")]
    {
        assert!(!output.contains(&marker.to_lowercase()), "{marker}: {output}");
    }
    for outcome in ["breached", "unavailable", "passed"] {
        let counted = format!("vestibule_pwned_password_checks_total{{outcome=\"{outcome}\"}} 1");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }
    assert!(output.contains("the response is not a list of hashes"), "{output}");
}

#[actix_web::test]
async fn rejects_weak_passwords_without_a_request() {
    let ranges = Ranges::start().await;
    let settings = [
        ("REGISTRATION__PASSWORD_STRENGTH__CHECK", "true"),
        ("REGISTRATION__PASSWORD_STRENGTH__EXTRA_DICTIONARY", "vestibule"),
        ("REGISTRATION__PASSWORD__REQUIRE_SYMBOL", "false"),
    ];
    let service = Service::start(&ranges.settings(&settings)).await;

    for (password, is_weak) in
        [("Passw0rd1", true), ("Vestibule1", true), ("Augusta1815", true), (PASSWORD, false)]
    {
        let form = json!({"email": "augusta.lovelace@example.com", "password": password});
        let response = service.register(&form).await;

        if is_weak {
            response.assert_problem(422, "invalid-registration", password);
            assert_eq!(response.json()["errors"][0]["params"]["min"], 3, "{}", response.text);
            assert!(!response.text.contains(password), "{}", response.text);
        } else {
            assert_eq!(response.status, 201, "{}", response.text);
        }
    }
    assert_eq!(ranges.requests().len(), 1, "weak passwords cause no request");
}

//! The responses to every result of SignUp, including network failures.

use std::{collections::BTreeSet, future::ready};

use actix_web::rt::net::TcpListener;
use cognito_sandbox::{
    Operation,
    cases::{CASES, Play},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{CLIENT_ID, PASSWORD, Response, SHORT_TIMEOUTS, Service};

/// A case of the sandbox pool, with the expected responses to the first and the repeated request.
struct Row {
    case: &'static str,
    status: u16,
    /// The name of a problem, or the members `status` and `next`.
    expected: &'static str,
    violations: &'static [&'static str],
    /// The range of the seconds in `Retry-After`.
    retry_after: Option<(u64, u64)>,
    /// The number of SignUp calls for one request.
    calls: usize,
    /// The members of the 202 response to the repeated request. `None` if the repeated request gets
    /// the same response as the first one.
    repeated: Option<&'static str>,
}

fn row(case: &'static str, status: u16, expected: &'static str) -> Row {
    Row { case, status, expected, violations: &[], retry_after: None, calls: 1, repeated: None }
}

fn invalid(case: &'static str, violations: &'static [&'static str]) -> Row {
    Row { violations, ..row(case, 422, "invalid-registration") }
}

fn taken(case: &'static str, violations: &'static [&'static str]) -> Row {
    Row { violations, ..row(case, 409, "account-exists") }
}

fn later(case: &'static str, status: u16, expected: &'static str, seconds: u64) -> Row {
    Row { retry_after: Some((seconds, seconds)), ..row(case, status, expected) }
}

fn busy(case: &'static str) -> Row {
    Row { retry_after: Some((2, 5)), calls: ATTEMPTS, ..row(case, 503, "busy") }
}

impl Row {
    /// Expects a pending response to the repeated request, because the account may exist.
    fn then_pending(self, repeated: &'static str) -> Self {
        Self { repeated: Some(repeated), ..self }
    }

    fn calls(self, calls: usize) -> Self {
        Self { calls, ..self }
    }
}

/// The default of `cognito.max_attempts`.
const ATTEMPTS: usize = 3;

const WAITING: &str = "confirmation_required confirm";
const UNDELIVERED: &str = "delivery_failed resend";
const CONFIRMED: &str = "confirmed sign_in";
const APPROVAL: &str = "approval_required wait";

/// The attributes that the rows need.
const ATTRIBUTES: (&str, &str) = ("REGISTRATION__ATTRIBUTES", "{ given_name = {}, name = {} }");

fn rows() -> Vec<Row> {
    vec![
        row("forbidden", 403, "blocked"),
        later("internal-error", 502, "upstream-failed", 5),
        later("invalid-lambda-response", 502, "hook-failed", 5),
        later("unexpected-lambda", 502, "hook-failed", 5),
        row("lambda-refusal", 422, "registration-rejected"),
        row("lambda-crash", 422, "registration-rejected"),
        row("lambda-refusal-marked", 422, "registration-rejected"),
        Row { retry_after: Some((60, 75)), ..row("operation-not-enabled", 503, "unavailable") },
        later("resource-not-found", 502, "misconfigured", 60),
        busy("too-many-requests"),
        busy("throttling"),
        later("unknown-exception", 502, "upstream-failed", 5),
        later("not-authorized-secret-missing", 502, "misconfigured", 60),
        later("not-authorized-secret-wrong", 502, "misconfigured", 60),
        later("not-authorized-secret-mismatch", 502, "misconfigured", 60),
        later("invalid-parameter-other", 502, "upstream-failed", 5),
        later("invalid-email-role-access-policy", 502, "misconfigured", 60),
        later("invalid-sms-role-access-policy", 502, "misconfigured", 60),
        later("invalid-sms-role-trust-relationship", 502, "misconfigured", 60),
        invalid("invalid-password-too-short", &["/password too_short"]),
        invalid("invalid-password-uppercase", &["/password needs_uppercase"]),
        invalid("invalid-password-lowercase", &["/password needs_lowercase"]),
        invalid("invalid-password-number", &["/password needs_number"]),
        invalid("invalid-password-symbol", &["/password needs_symbol"]),
        invalid("invalid-password-other-wording", &["/password too_short"]),
        invalid("invalid-parameter-password", &["/password weak_password"]),
        invalid("invalid-parameter-password-white-space", &["/password weak_password"]),
        invalid("invalid-parameter-email", &["/email invalid_email"]),
        invalid("invalid-parameter-phone", &["/phone_number invalid_phone_number"]),
        invalid("invalid-parameter-username-not-email", &["/email invalid_email"]),
        invalid("invalid-parameter-username-neither", &["/email invalid_email"]),
        later("invalid-parameter-username-email-format", 502, "misconfigured", 60),
        invalid("invalid-parameter-attribute-required", &["/attributes/given_name required"]),
        invalid("invalid-parameter-name-required", &["/attributes/name required"]),
        later("invalid-parameter-attribute-unknown", 502, "misconfigured", 60),
        later("invalid-parameter-attribute-type", 502, "misconfigured", 60),
        row("not-authorized-closed", 403, "sign-up-closed"),
        later("not-authorized-unauthorized-attribute", 502, "misconfigured", 60),
        taken("username-exists", &["/email taken"]),
        taken("username-exists-email", &["/email taken"]),
        taken("username-exists-phone", &["/phone_number taken"]),
        taken("invalid-parameter-alias-race", &["/email taken"]),
        later("invalid-parameter-preferred-username", 502, "misconfigured", 60),
        // Failures after the creation of the account.
        row("code-delivery-failure", 202, UNDELIVERED).then_pending(UNDELIVERED),
        row("limit-exceeded", 202, UNDELIVERED).then_pending(UNDELIVERED),
        row("limit-exceeded-daily-email", 202, UNDELIVERED).then_pending(UNDELIVERED),
        row("created-then-limit-exceeded", 202, UNDELIVERED).then_pending(UNDELIVERED),
        later("created-then-internal-error", 502, "upstream-failed", 5).then_pending(WAITING),
        later("created-then-invalid-sms-role-access-policy", 502, "misconfigured", 60)
            .then_pending(WAITING),
        later("created-then-unexpected-lambda", 502, "hook-failed", 5).then_pending(WAITING),
        later("created-then-lambda-refusal", 502, "hook-failed", 5).then_pending(WAITING),
        later("created-then-message-empty", 502, "hook-failed", 5).then_pending(WAITING),
        later("created-then-message-invalid", 502, "hook-failed", 5).then_pending(WAITING),
        // Network failures. A second is longer than the timeouts of `SHORT_TIMEOUTS`.
        row("delay-250ms", 201, WAITING).then_pending(WAITING),
        later("delay-1s", 504, "upstream-timeout", 5),
        later("delay-3s", 504, "upstream-timeout", 5),
        later("hang", 504, "upstream-timeout", 5),
        later("created-hang", 504, "upstream-timeout", 5).then_pending(WAITING),
        later("reset-before", 502, "upstream-failed", 5),
        later("reset-after", 502, "upstream-failed", 5).then_pending(WAITING),
        later("empty-200", 502, "upstream-failed", 5).then_pending(WAITING),
        later("empty-object", 502, "upstream-failed", 5).then_pending(WAITING),
        row("waf-page", 403, "blocked"),
        later("html-500", 502, "upstream-failed", 5),
        row("no-error-type", 403, "blocked"),
        row("throttled-once", 201, WAITING).calls(2).then_pending(WAITING),
        row("throttled-twice", 201, WAITING).calls(3).then_pending(WAITING),
        taken("namespaced-type", &["/email taken"]),
        taken("header-type-wins", &["/email taken"]),
        taken("wrong-status-401", &["/email taken"]),
        row("confirmed-at-once", 201, CONFIRMED).then_pending(CONFIRMED),
        row("approval-required", 201, APPROVAL).then_pending(APPROVAL),
    ]
}

fn email_of(case: &str) -> String {
    format!("signup.{case}+1@example.com")
}

#[test]
fn the_rows_cover_every_case_of_the_pool() {
    let cases: BTreeSet<&str> = CASES
        .iter()
        .filter(|case| case.operation == Operation::SignUp)
        .filter_map(|case| case.name.strip_prefix("signup."))
        .collect();

    let rows: Vec<&str> = rows().iter().map(|row| row.case).collect();

    assert_eq!(rows.iter().copied().collect::<BTreeSet<_>>(), cases);
    assert_eq!(rows.len(), cases.len(), "no case has two rows");
}

#[actix_web::test]
async fn responds_to_every_result_of_sign_up_and_to_a_repeated_request() {
    let long_timeouts = Service::start(&[ATTRIBUTES]).await;
    let short_timeouts = Service::start(&[&[ATTRIBUTES], &SHORT_TIMEOUTS[..]].concat()).await;

    let (long_timeouts, short_timeouts, all_rows) = (&long_timeouts, &short_timeouts, rows());
    stream::iter(&all_rows)
        .for_each_concurrent(6, |row| {
            run_case(if row.status == 504 { short_timeouts } else { long_timeouts }, row)
        })
        .await;
}

async fn run_case(service: &Service, row: &Row) {
    let email = email_of(row.case);
    let first = service.register_email(&email).await;
    let first_calls = service.sign_ups(&email).len();
    let second = service.register_email(&email).await;
    let second_calls = service.sign_ups(&email).len() - first_calls;

    assert_row(&first, row, "the first request");
    assert_eq!(first_calls, row.calls, "{}: number of SignUp calls", row.case);
    match row.repeated {
        None => {
            assert_row(&second, row, "the second request");
            assert_eq!(second_calls, row.calls, "{}: number of repeated SignUp calls", row.case);
        }
        Some(expected) => {
            assert_pending(&second, row, expected);
            assert_eq!(second_calls, 1, "{}: number of repeated SignUp calls", row.case);
        }
    }
    let creations: u32 = service
        .pool()
        .accounts(Some(&email))
        .accounts
        .iter()
        .map(|account| account.creations)
        .sum();
    let is_created = CASES
        .iter()
        .any(|case| case.name.strip_prefix("signup.") == Some(row.case) && case.carried_out);
    assert_eq!(creations, u32::from(is_created), "{}: created accounts", row.case);
}

fn assert_row(response: &Response, row: &Row, attempt: &str) {
    let case = format!("{}, {attempt}", row.case);
    if row.status < 300 {
        assert_eq!(response.status, row.status, "{case}: {}", response.text);
        assert_eq!(response.status_and_next(), row.expected, "{case}");
        assert_eq!(response.json()["username"], email_of(row.case), "{case}");
        assert_eq!(response.json()["user_id"].is_string(), row.status == 201, "{case}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{case}");
    } else {
        response.assert_problem(row.status, row.expected, &case);
    }
    assert_eq!(response.violations(), row.violations, "{case}");
    response.assert_retry_after(row.retry_after, &case);
    assert_own_texts(response, &case);
}

fn assert_pending(response: &Response, row: &Row, expected: &str) {
    let case = format!("{}, the second request", row.case);
    let (status, next) = expected.split_once(' ').expect("`status` and `next`");
    assert_eq!(response.status, 202, "{case}: {}", response.text);
    assert_eq!(
        response.json(),
        json!({"status": status, "username": email_of(row.case), "next": next}),
        "{case}"
    );
    assert_eq!(response.header("retry-after"), None, "{case}");
    assert_own_texts(response, &case);
}

/// Asserts that a response contains no text of Cognito: no four consecutive words of any message or
/// page of the pool.
pub(crate) fn assert_own_texts(response: &Response, case: &str) {
    let received =
        format!(" {} ", words(&format!("{} {:?}", response.text, response.headers)).join(" "));
    for message in CASES.iter().filter_map(|case| match case.play {
        Play::Reject { message, .. } => Some(message),
        Play::Raw(raw) => Some(raw.body),
        _ => None,
    }) {
        let words = words(message);
        for run in words.windows(words.len().clamp(1, 4)) {
            let run = run.join(" ");
            assert!(
                !received.contains(&format!(" {run} ")),
                "{case}: `{run}` in {}",
                response.text
            );
        }
    }
    for secret in [CLIENT_ID, PASSWORD, "Exception", "Lambda", "Cognito"] {
        assert!(!response.text.contains(secret), "{case}: `{secret}` in {}", response.text);
    }
}

#[actix_web::test]
async fn counts_sign_ups_by_outcome() {
    let created = ["delay-250ms", "throttled-once", "confirmed-at-once", "approval-required"];
    let unknown = [
        "internal-error",
        "invalid-lambda-response",
        "unexpected-lambda",
        "unknown-exception",
        "invalid-email-role-access-policy",
        "invalid-sms-role-access-policy",
        "invalid-sms-role-trust-relationship",
        "code-delivery-failure",
        "limit-exceeded",
        "created-then-lambda-refusal",
        "created-hang",
        "reset-before",
        "reset-after",
        "empty-200",
        "empty-object",
        "html-500",
        "invalid-parameter-other",
        "created-then-message-empty",
    ];
    let not_created = [
        "forbidden",
        "lambda-refusal",
        "operation-not-enabled",
        "resource-not-found",
        "too-many-requests",
        "not-authorized-secret-wrong",
        "invalid-parameter-alias-race",
        "invalid-parameter-preferred-username",
        "invalid-password-symbol",
        "invalid-parameter-email",
        "invalid-parameter-attribute-unknown",
        "not-authorized-closed",
        "not-authorized-unauthorized-attribute",
        "username-exists",
        "waf-page",
    ];
    for (outcome, cases) in
        [("created", &created[..]), ("unknown", &unknown), ("not_created", &not_created)]
    {
        let service = Service::start(&SHORT_TIMEOUTS).await;
        for case in cases {
            let before = service.metric(&format!("sign_ups_total{{outcome=\"{outcome}\"}}")).await;

            service.register_email(&email_of(case)).await;

            let after = service.metric(&format!("sign_ups_total{{outcome=\"{outcome}\"}}")).await;
            assert_eq!(after, before + 1, "{case}: {outcome}");
        }
    }
}

#[actix_web::test]
async fn serves_the_page_of_every_problem() {
    let service = Service::start(&[]).await;
    for row in rows().iter().filter(|row| row.status >= 400) {
        let page = Response::of(service.get(&format!("/problems/{}", row.expected))).await;

        assert_eq!(page.status, 200, "{}", row.expected);
        assert!(page.text.contains(&format!("<code>{}</code>", row.status)), "{}", row.expected);
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[actix_web::test]
async fn reports_the_field_of_the_configured_form() {
    let phone = ("REGISTRATION__USERNAME", "phone");
    let chosen = ("REGISTRATION__USERNAME", "chosen");
    let generated = ("REGISTRATION__USERNAME", "generated");
    let email = |case: &str| json!({"email": email_of(case), "password": PASSWORD});
    let number =
        |digits: u32| json!({"phone_number": format!("+14155550{digits}"), "password": PASSWORD});
    let name = |case: &str| json!({"username": format!("signup.{case}"), "email": "a@example.com", "password": PASSWORD});
    let email_mode = ("REGISTRATION__USERNAME", "email");
    for (mode, case, form, status, expected, violations) in [
        (
            email_mode,
            "an attribute that the form does not have is required",
            email("invalid-parameter-attribute-required"),
            502,
            "misconfigured",
            &[][..],
        ),
        (
            phone,
            "the user name exists",
            number(237),
            409,
            "account-exists",
            &["/phone_number taken"],
        ),
        (phone, "the phone exists", number(239), 409, "account-exists", &["/phone_number taken"]),
        (
            phone,
            "the phone number is invalid",
            number(227),
            422,
            "invalid-registration",
            &["/phone_number invalid_phone_number"],
        ),
        (
            phone,
            "neither email nor phone number",
            number(229),
            422,
            "invalid-registration",
            &["/phone_number invalid_phone_number"],
        ),
        (phone, "the pool requires email addresses", number(228), 502, "misconfigured", &[]),
        (
            chosen,
            "the user name exists",
            name("username-exists"),
            409,
            "account-exists",
            &["/username taken"],
        ),
        (
            chosen,
            "the email exists",
            name("username-exists-email"),
            409,
            "account-exists",
            &["/email taken"],
        ),
        (
            chosen,
            "the phone number exists",
            name("username-exists-phone"),
            409,
            "account-exists",
            &["/phone_number taken"],
        ),
        (
            chosen,
            "looks like an email",
            name("invalid-parameter-username-email-format"),
            422,
            "invalid-registration",
            &["/username looks_like_email"],
        ),
        (
            chosen,
            "the pool requires email addresses",
            name("invalid-parameter-username-not-email"),
            502,
            "misconfigured",
            &[],
        ),
        (
            generated,
            "the generated name exists",
            email("username-exists"),
            409,
            "account-exists",
            &["/email taken"],
        ),
        (
            generated,
            "the pool requires email addresses",
            email("invalid-parameter-username-not-email"),
            502,
            "misconfigured",
            &[],
        ),
    ] {
        let service = Service::start(&[mode]).await;

        let response = service.register(&form).await;

        let case = format!("{}: {case}", mode.1);
        response.assert_problem(status, expected, &case);
        assert_eq!(response.violations(), violations, "{case}");
        assert_own_texts(&response, &case);
    }
}

#[actix_web::test]
async fn retries_throttled_calls_up_to_max_attempts() {
    for (attempts, case, status, calls) in [
        ("1", "throttled-once", 503, 1),
        ("2", "throttled-once", 201, 2),
        ("2", "throttled-twice", 503, 2),
        ("4", "too-many-requests", 503, 4),
    ] {
        let service = Service::start(&[("COGNITO__MAX_ATTEMPTS", attempts)]).await;

        let response = service.register_email(&email_of(case)).await;

        let case = format!("{case}, {attempts} attempts");
        assert_eq!(response.status, status, "{case}: {}", response.text);
        assert_eq!(service.pool().requests(None).len(), calls, "{case}");
    }
}

#[actix_web::test]
async fn stops_retrying_throttled_calls_at_the_operation_timeout() {
    let service = Service::start(&[
        ("COGNITO__MAX_ATTEMPTS", "1000"),
        ("COGNITO__ATTEMPT_TIMEOUT", "2s"),
        ("COGNITO__OPERATION_TIMEOUT", "2s"),
    ])
    .await;

    let response = service.register_email(&email_of("throttling")).await;

    response.assert_problem(503, "busy", "always throttled");
    let calls = service.pool().requests(None).len();
    assert!((2..=6).contains(&calls), "the pauses between retries grow: {calls} calls");
}

#[actix_web::test]
async fn never_retries_a_call_lost_on_a_reused_connection() {
    let service = Service::start(&[]).await;
    for case in ["reset-before", "reset-after"] {
        let before = format!("before.{case}@example.com");
        assert_eq!(service.register_email(&before).await.status, 201, "{case}");

        let response = service.register_email(&email_of(case)).await;

        response.assert_problem(502, "upstream-failed", case);
        assert_eq!(service.sign_ups(&email_of(case)).len(), 1, "{case}");
    }
}

#[actix_web::test]
async fn each_timeout_ends_the_call_without_a_retry() {
    for (case, timeouts) in [
        ("read", &[("COGNITO__READ_TIMEOUT", "200ms")][..]),
        ("attempt", &[("COGNITO__ATTEMPT_TIMEOUT", "200ms")]),
        (
            "operation",
            &[("COGNITO__ATTEMPT_TIMEOUT", "200ms"), ("COGNITO__OPERATION_TIMEOUT", "200ms")],
        ),
    ] {
        let service = Service::start(timeouts).await;

        let response = service.register_email(&email_of("created-hang")).await;

        response.assert_problem(504, "upstream-timeout", case);
        assert_eq!(response.header("retry-after"), Some("5"), "{case}");
        assert_eq!(service.sign_ups(&email_of("created-hang")).len(), 1, "{case}");
    }
}

#[actix_web::test]
async fn waits_for_a_slow_pool_up_to_the_timeouts() {
    let service = Service::start(&[]).await;

    let response = service.register_email(&email_of("delay-1s")).await;

    assert_eq!(response.status, 201, "{}", response.text);
}

#[actix_web::test]
async fn responds_unavailable_if_no_connection_is_possible() {
    let service_without_tls = Service::start(&[]).await;
    let closed = closed_port().await;
    let (full_queue, _listener) = full_listener().await;
    for (case, endpoint) in [
        ("a closed port", closed),
        ("a listener that accepts no connection", full_queue),
        ("a server without TLS", service_without_tls.pool.url().replace("http:", "https:")),
        ("an unknown host name", "https://pool.invalid".to_owned()),
    ] {
        let service = Service::start(&[
            ("COGNITO__ENDPOINT", &endpoint),
            ("COGNITO__CONNECT_TIMEOUT", "200ms"),
        ])
        .await;

        let response = service.register_email("ada@example.com").await;

        response.assert_problem(503, "unavailable", case);
        response.assert_retry_after(Some((5, 8)), case);
        assert_own_texts(&response, case);
    }
    assert!(service_without_tls.pool().requests(None).is_empty(), "nothing was sent");
}

/// Returns the URL of a port without a listener.
async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}", listener.local_addr().expect("it has an address"))
}

/// Returns the URL of a listener with a full queue, which neither accepts nor rejects connections.
/// The second value must stay alive as long as the listener is needed.
async fn full_listener() -> (String, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(0).expect("the socket listens");
    let address = listener.local_addr().expect("it has an address");
    let connections = stream::iter(0..4)
        .map(|_| {
            tokio::time::timeout(std::time::Duration::from_millis(100), TcpStream::connect(address))
        })
        .buffered(4)
        .filter_map(|connected| ready(connected.ok().and_then(Result::ok)))
        .collect()
        .await;
    (format!("http://{address}"), (listener, connections))
}

//! What people are told for everything that Cognito, or the way to it, can answer to SignUp.

use std::{collections::BTreeSet, future::ready};

use actix_web::rt::net::TcpListener;
use cognito_sandbox::{
    Operation,
    cases::{CASES, Play},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Answer, CLIENT_ID, IMPATIENT, PASSWORD, Service};

/// One case of the pool: what the first try is told, and the same person's next one.
struct Row {
    case: &'static str,
    status: u16,
    /// The name of a problem, or the status of the account and what comes next.
    told: &'static str,
    mistakes: &'static [&'static str],
    /// Seconds, from the least to the most.
    retry_after: Option<(u64, u64)>,
    /// How often SignUp is sent for the one request.
    calls: usize,
    /// What the retry is told with 202; `None` where it is told the same as the first try.
    again: Option<&'static str>,
}

fn row(case: &'static str, status: u16, told: &'static str) -> Row {
    Row { case, status, told, mistakes: &[], retry_after: None, calls: 1, again: None }
}

fn names(case: &'static str, mistakes: &'static [&'static str]) -> Row {
    Row { mistakes, ..row(case, 422, "invalid-registration") }
}

fn taken(case: &'static str, mistakes: &'static [&'static str]) -> Row {
    Row { mistakes, ..row(case, 409, "account-exists") }
}

fn later(case: &'static str, status: u16, told: &'static str, seconds: u64) -> Row {
    Row { retry_after: Some((seconds, seconds)), ..row(case, status, told) }
}

fn busy(case: &'static str) -> Row {
    Row { retry_after: Some((2, 5)), calls: ATTEMPTS, ..row(case, 503, "busy") }
}

impl Row {
    /// The account may have been created: its owner's retry meets it.
    fn then(self, again: &'static str) -> Self {
        Self { again: Some(again), ..self }
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

/// The form of [`rows`] has these attributes.
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
        later("operation-not-enabled", 503, "unavailable", 60),
        later("resource-not-found", 502, "misconfigured", 60),
        busy("too-many-requests"),
        busy("throttling"),
        later("unknown-exception", 502, "upstream-failed", 5),
        later("not-authorized-secret-missing", 502, "misconfigured", 60),
        later("not-authorized-secret-wrong", 502, "misconfigured", 60),
        later("not-authorized-secret-mismatch", 502, "misconfigured", 60),
        row("invalid-parameter-other", 422, "rejected"),
        later("invalid-email-role-access-policy", 502, "misconfigured", 60),
        later("invalid-sms-role-access-policy", 502, "misconfigured", 60),
        later("invalid-sms-role-trust-relationship", 502, "misconfigured", 60),
        names("invalid-password-too-short", &["/password too_short"]),
        names("invalid-password-uppercase", &["/password needs_uppercase"]),
        names("invalid-password-lowercase", &["/password needs_lowercase"]),
        names("invalid-password-number", &["/password needs_number"]),
        names("invalid-password-symbol", &["/password needs_symbol"]),
        names("invalid-password-other-wording", &["/password too_short"]),
        names("invalid-parameter-password", &["/password weak_password"]),
        names("invalid-parameter-password-white-space", &["/password weak_password"]),
        names("invalid-parameter-email", &["/email invalid_email"]),
        names("invalid-parameter-phone", &["/phone_number invalid_phone_number"]),
        names("invalid-parameter-username-not-email", &["/email invalid_email"]),
        names("invalid-parameter-username-neither", &["/email invalid_email"]),
        later("invalid-parameter-username-email-format", 502, "misconfigured", 60),
        names("invalid-parameter-attribute-required", &["/attributes/given_name required"]),
        names("invalid-parameter-name-required", &["/attributes/name required"]),
        later("invalid-parameter-attribute-unknown", 502, "misconfigured", 60),
        later("invalid-parameter-attribute-type", 502, "misconfigured", 60),
        row("not-authorized-closed", 403, "sign-up-closed"),
        later("not-authorized-unauthorized-attribute", 502, "misconfigured", 60),
        taken("username-exists", &["/email taken"]),
        taken("username-exists-email", &["/email taken"]),
        taken("username-exists-phone", &["/phone_number taken"]),
        // Refused or failed after the account was created.
        row("code-delivery-failure", 202, UNDELIVERED).then(UNDELIVERED),
        row("limit-exceeded", 202, UNDELIVERED).then(UNDELIVERED),
        row("limit-exceeded-daily-email", 202, UNDELIVERED).then(UNDELIVERED),
        row("created-then-limit-exceeded", 202, UNDELIVERED).then(UNDELIVERED),
        later("created-then-internal-error", 502, "upstream-failed", 5).then(WAITING),
        later("created-then-invalid-sms-role-access-policy", 502, "misconfigured", 60)
            .then(WAITING),
        later("created-then-unexpected-lambda", 502, "hook-failed", 5).then(WAITING),
        later("created-then-lambda-refusal", 502, "hook-failed", 5).then(WAITING),
        // On the wire. A second is longer than the time-outs of `IMPATIENT`.
        row("delay-250ms", 201, WAITING).then(WAITING),
        later("delay-1s", 504, "upstream-timeout", 5),
        later("delay-3s", 504, "upstream-timeout", 5),
        later("hang", 504, "upstream-timeout", 5),
        later("created-hang", 504, "upstream-timeout", 5).then(WAITING),
        later("reset-before", 502, "upstream-failed", 5),
        later("reset-after", 502, "upstream-failed", 5).then(WAITING),
        later("empty-200", 502, "upstream-failed", 5).then(WAITING),
        later("empty-object", 502, "upstream-failed", 5).then(WAITING),
        row("waf-page", 403, "blocked"),
        later("html-500", 502, "upstream-failed", 5),
        row("no-error-type", 403, "blocked"),
        row("throttled-once", 201, WAITING).calls(2).then(WAITING),
        row("throttled-twice", 201, WAITING).calls(3).then(WAITING),
        taken("namespaced-type", &["/email taken"]),
        taken("header-type-wins", &["/email taken"]),
        taken("wrong-status-401", &["/email taken"]),
        row("confirmed-at-once", 201, CONFIRMED).then(CONFIRMED),
    ]
}

fn email_of(case: &str) -> String {
    format!("signup.{case}+1@example.com")
}

#[test]
fn every_case_of_the_pool_has_its_row() {
    let cases: BTreeSet<&str> = CASES
        .iter()
        .filter(|case| case.operation == Operation::SignUp)
        .filter_map(|case| case.name.strip_prefix("signup."))
        .collect();

    let rows: Vec<&str> = rows().iter().map(|row| row.case).collect();

    assert_eq!(rows.iter().copied().collect::<BTreeSet<_>>(), cases);
    assert_eq!(rows.len(), cases.len(), "none stands twice");
}

#[actix_web::test]
async fn tells_what_every_answer_of_cognito_means_and_knows_its_person_again() {
    let patient = Service::start(&[ATTRIBUTES]).await;
    let impatient = Service::start(&[&[ATTRIBUTES], &IMPATIENT[..]].concat()).await;

    let (patient, impatient, played) = (&patient, &impatient, rows());
    stream::iter(&played)
        .for_each_concurrent(6, |row| {
            play(if row.status == 504 { impatient } else { patient }, row)
        })
        .await;
}

async fn play(service: &Service, row: &Row) {
    let email = email_of(row.case);
    let first = service.register_email(&email).await;
    let first_calls = service.sign_ups(&email).len();
    let second = service.register_email(&email).await;
    let second_calls = service.sign_ups(&email).len() - first_calls;

    assert_answer(&first, row, "the first try");
    assert_eq!(first_calls, row.calls, "{}: how often SignUp was sent", row.case);
    match row.again {
        None => {
            assert_answer(&second, row, "the second try");
            assert_eq!(second_calls, row.calls, "{}: how often SignUp was sent again", row.case);
        }
        Some(told) => {
            assert_pending(&second, row, told);
            assert_eq!(second_calls, 1, "{}: how often SignUp was sent again", row.case);
        }
    }
    let creations: u32 =
        service.pool().accounts(Some(&email)).accounts.iter().map(|seen| seen.creations).sum();
    let is_created = CASES
        .iter()
        .any(|case| case.name.strip_prefix("signup.") == Some(row.case) && case.carried_out);
    assert_eq!(creations, u32::from(is_created), "{}: accounts made", row.case);
}

fn assert_answer(answer: &Answer, row: &Row, try_: &str) {
    let case = format!("{}, {try_}", row.case);
    if row.status < 300 {
        assert_eq!(answer.status, row.status, "{case}: {}", answer.text);
        assert_eq!(answer.told(), row.told, "{case}");
        assert_eq!(answer.json()["username"], email_of(row.case), "{case}");
        assert_eq!(answer.json()["user_id"].is_string(), row.status == 201, "{case}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    } else {
        answer.assert_problem(row.status, row.told, &case);
    }
    assert_eq!(answer.mistakes(), row.mistakes, "{case}");
    answer.assert_retry_after(row.retry_after, &case);
    assert_own_words(answer, &case);
}

fn assert_pending(answer: &Answer, row: &Row, told: &str) {
    let case = format!("{}, the second try", row.case);
    let (status, next) = told.split_once(' ').expect("two words");
    assert_eq!(answer.status, 202, "{case}: {}", answer.text);
    assert_eq!(
        answer.json(),
        json!({"status": status, "username": email_of(row.case), "next": next}),
        "{case}"
    );
    assert_eq!(answer.header("retry-after"), None, "{case}");
    assert_own_words(answer, &case);
}

/// Asserts that an answer holds nothing of Cognito's, by four words in a row of any message
/// or page that the pool has.
pub(crate) fn assert_own_words(answer: &Answer, case: &str) {
    let said = format!(" {} ", words(&format!("{} {:?}", answer.text, answer.headers)).join(" "));
    for message in CASES.iter().filter_map(|case| match case.play {
        Play::Reject { message, .. } => Some(message),
        Play::Raw(raw) => Some(raw.body),
        _ => None,
    }) {
        let words = words(message);
        for run in words.windows(words.len().clamp(1, 4)) {
            let run = run.join(" ");
            assert!(!said.contains(&format!(" {run} ")), "{case}: `{run}` in {}", answer.text);
        }
    }
    for secret in [CLIENT_ID, PASSWORD, "Exception", "Lambda", "Cognito"] {
        assert!(!answer.text.contains(secret), "{case}: `{secret}` in {}", answer.text);
    }
}

#[actix_web::test]
async fn counts_what_every_call_did_to_the_account() {
    let created = ["delay-250ms", "throttled-once", "confirmed-at-once"];
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
    ];
    let not_created = [
        "forbidden",
        "lambda-refusal",
        "operation-not-enabled",
        "resource-not-found",
        "too-many-requests",
        "not-authorized-secret-wrong",
        "invalid-parameter-other",
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
        let service = Service::start(&IMPATIENT).await;
        for case in cases {
            let before = service.counted(&format!("sign_ups_total{{outcome=\"{outcome}\"}}")).await;

            service.register_email(&email_of(case)).await;

            let after = service.counted(&format!("sign_ups_total{{outcome=\"{outcome}\"}}")).await;
            assert_eq!(after, before + 1, "{case}: {outcome}");
        }
    }
}

#[actix_web::test]
async fn every_problem_explains_itself_where_its_type_leads() {
    let service = Service::start(&[]).await;
    for row in rows().iter().filter(|row| row.status >= 400) {
        let page = Answer::of(service.get(&format!("/problems/{}", row.told))).await;

        assert_eq!(page.status, 200, "{}", row.told);
        assert!(page.text.contains(&format!("<code>{}</code>", row.status)), "{}", row.told);
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[actix_web::test]
async fn names_the_field_that_the_deployment_s_own_form_has() {
    let phone = ("REGISTRATION__USERNAME", "phone");
    let chosen = ("REGISTRATION__USERNAME", "chosen");
    let generated = ("REGISTRATION__USERNAME", "generated");
    let email = |case: &str| json!({"email": email_of(case), "password": PASSWORD});
    let number =
        |digits: u32| json!({"phone_number": format!("+14155550{digits}"), "password": PASSWORD});
    let name = |case: &str| json!({"username": format!("signup.{case}"), "email": "a@example.com", "password": PASSWORD});
    let email_mode = ("REGISTRATION__USERNAME", "email");
    for (mode, case, form, status, told, mistakes) in [
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
            "no phone number",
            number(227),
            422,
            "invalid-registration",
            &["/phone_number invalid_phone_number"],
        ),
        (
            phone,
            "neither",
            number(229),
            422,
            "invalid-registration",
            &["/phone_number invalid_phone_number"],
        ),
        (phone, "the pool takes mail addresses", number(228), 502, "misconfigured", &[]),
        (chosen, "the name", name("username-exists"), 409, "account-exists", &["/username taken"]),
        (
            chosen,
            "its email",
            name("username-exists-email"),
            409,
            "account-exists",
            &["/email taken"],
        ),
        (
            chosen,
            "its phone number",
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
            "the pool takes mail addresses",
            name("invalid-parameter-username-not-email"),
            502,
            "misconfigured",
            &[],
        ),
        (
            generated,
            "nobody typed it",
            email("username-exists"),
            409,
            "account-exists",
            &["/email taken"],
        ),
        (
            generated,
            "the pool takes mail addresses",
            email("invalid-parameter-username-not-email"),
            502,
            "misconfigured",
            &[],
        ),
    ] {
        let service = Service::start(&[mode]).await;

        let answer = service.register(&form).await;

        let case = format!("{}: {case}", mode.1);
        answer.assert_problem(status, told, &case);
        assert_eq!(answer.mistakes(), mistakes, "{case}");
        assert_own_words(&answer, &case);
    }
}

#[actix_web::test]
async fn tries_throttling_again_as_often_as_the_settings_say_and_no_more() {
    for (attempts, case, status, calls) in [
        ("1", "throttled-once", 503, 1),
        ("2", "throttled-once", 201, 2),
        ("2", "throttled-twice", 503, 2),
        ("4", "too-many-requests", 503, 4),
    ] {
        let service = Service::start(&[("COGNITO__MAX_ATTEMPTS", attempts)]).await;

        let answer = service.register_email(&email_of(case)).await;

        let case = format!("{case}, {attempts} attempts");
        assert_eq!(answer.status, status, "{case}: {}", answer.text);
        assert_eq!(service.pool().requests(None).len(), calls, "{case}");
    }
}

#[actix_web::test]
async fn gives_up_throttled_calls_within_the_operation_s_time() {
    let service = Service::start(&[
        ("COGNITO__MAX_ATTEMPTS", "1000"),
        ("COGNITO__ATTEMPT_TIMEOUT", "2s"),
        ("COGNITO__OPERATION_TIMEOUT", "2s"),
    ])
    .await;

    let answer = service.register_email(&email_of("throttling")).await;

    answer.assert_problem(503, "busy", "throttled to the end");
    let calls = service.pool().requests(None).len();
    assert!((2..=6).contains(&calls), "pauses grow: {calls} calls");
}

#[actix_web::test]
async fn never_repeats_a_call_that_was_lost_on_a_connection_that_was_used_before() {
    let service = Service::start(&[]).await;
    for case in ["reset-before", "reset-after"] {
        let before = format!("before.{case}@example.com");
        assert_eq!(service.register_email(&before).await.status, 201, "{case}");

        let answer = service.register_email(&email_of(case)).await;

        answer.assert_problem(502, "upstream-failed", case);
        assert_eq!(service.sign_ups(&email_of(case)).len(), 1, "{case}");
    }
}

#[actix_web::test]
async fn each_time_out_ends_the_call_and_none_repeats_it() {
    for (case, short) in [
        ("read", &[("COGNITO__READ_TIMEOUT", "200ms")][..]),
        ("attempt", &[("COGNITO__ATTEMPT_TIMEOUT", "200ms")]),
        (
            "operation",
            &[("COGNITO__ATTEMPT_TIMEOUT", "200ms"), ("COGNITO__OPERATION_TIMEOUT", "200ms")],
        ),
    ] {
        let service = Service::start(short).await;

        let answer = service.register_email(&email_of("created-hang")).await;

        answer.assert_problem(504, "upstream-timeout", case);
        assert_eq!(answer.header("retry-after"), Some("5"), "{case}");
        assert_eq!(service.sign_ups(&email_of("created-hang")).len(), 1, "{case}");
    }
}

#[actix_web::test]
async fn waits_for_a_slow_pool_as_long_as_the_settings_say() {
    let service = Service::start(&[]).await;

    let answer = service.register_email(&email_of("delay-1s")).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
}

#[actix_web::test]
async fn is_unavailable_while_nothing_can_be_sent_and_the_next_try_is_a_first_one() {
    let plain = Service::start(&[]).await;
    let closed = closed_port().await;
    let (deaf, _waiting) = deaf_listener().await;
    for (case, endpoint) in [
        ("a closed port", closed),
        ("a listener that accepts nobody", deaf),
        ("a peer that speaks no TLS", plain.pool.url().replace("http:", "https:")),
        ("a name that nobody has", "https://pool.invalid".to_owned()),
    ] {
        let service = Service::start(&[
            ("COGNITO__ENDPOINT", &endpoint),
            ("COGNITO__CONNECT_TIMEOUT", "200ms"),
        ])
        .await;

        let answer = service.register_email("ada@example.com").await;

        answer.assert_problem(503, "unavailable", case);
        assert_eq!(answer.header("retry-after"), Some("5"), "{case}");
        assert_own_words(&answer, case);
    }
    assert!(plain.pool().requests(None).is_empty(), "nothing was sent");
}

/// Nobody listens there any more.
async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}", listener.local_addr().expect("it has an address"))
}

/// A listener whose queue is full, so that connections are neither accepted nor refused; it
/// lasts as long as what comes with its address.
async fn deaf_listener() -> (String, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(0).expect("it listens");
    let address = listener.local_addr().expect("it has an address");
    let waiting = stream::iter(0..4)
        .map(|_| {
            tokio::time::timeout(std::time::Duration::from_millis(100), TcpStream::connect(address))
        })
        .buffered(4)
        .filter_map(|connected| ready(connected.ok().and_then(Result::ok)))
        .collect()
        .await;
    (format!("http://{address}"), (listener, waiting))
}

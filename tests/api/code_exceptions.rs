//! The responses to every result of ConfirmSignUp and ResendConfirmationCode, including network
//! failures.

use std::collections::BTreeSet;

use cognito_sandbox::{Operation, cases::CASES};
use futures_util::{StreamExt, future::join_all, stream};
use serde_json::json;

use crate::{
    sign_up_exceptions::assert_own_texts,
    support::{Response, SHORT_TIMEOUTS, Service},
};

/// A case of the sandbox pool and the expected response.
struct Row {
    case: &'static str,
    status: u16,
    /// The name of a problem, or the members `status` and `next`.
    expected: &'static str,
    violations: &'static [&'static str],
    /// The range of the seconds in `Retry-After`.
    retry_after: Option<(u64, u64)>,
    /// The number of calls to Cognito for one request.
    calls: usize,
    /// The outcome in the metric.
    outcome: &'static str,
}

fn row(case: &'static str, status: u16, expected: &'static str, outcome: &'static str) -> Row {
    Row { case, status, expected, violations: &[], retry_after: None, calls: 1, outcome }
}

fn later(
    case: &'static str,
    status: u16,
    expected: &'static str,
    seconds: u64,
    outcome: &'static str,
) -> Row {
    Row { retry_after: Some((seconds, seconds)), ..row(case, status, expected, outcome) }
}

impl Row {
    fn calls(self, calls: usize) -> Self {
        Self { calls, ..self }
    }

    fn violations(self, violations: &'static [&'static str]) -> Self {
        Self { violations, ..self }
    }

    fn retry_after(self, least: u64, most: u64) -> Self {
        Self { retry_after: Some((least, most)), ..self }
    }
}

const UNKNOWN: &str = "unknown";

/// Returns the rows that both operations share. `undone` is the outcome if the call had no effect.
fn common(undone: &'static str) -> Vec<Row> {
    vec![
        row("forbidden", 403, "blocked", undone),
        later("internal-error", 502, "upstream-failed", 5, UNKNOWN),
        later("invalid-lambda-response", 502, "hook-failed", 5, UNKNOWN),
        later("unexpected-lambda", 502, "hook-failed", 5, UNKNOWN),
        later("lambda-refusal", 502, "hook-failed", 5, UNKNOWN),
        later("lambda-crash", 502, "hook-failed", 5, UNKNOWN),
        row("operation-not-enabled", 503, "unavailable", undone).retry_after(60, 75),
        later("resource-not-found", 502, "misconfigured", 60, undone),
        row("too-many-requests", 503, "busy", undone).retry_after(2, 5).calls(3),
        row("throttling", 503, "busy", undone).retry_after(2, 5).calls(3),
        later("unknown-exception", 502, "upstream-failed", 5, UNKNOWN),
        later("not-authorized-secret-missing", 502, "misconfigured", 60, undone),
        later("not-authorized-secret-wrong", 502, "misconfigured", 60, undone),
        later("not-authorized-secret-mismatch", 502, "misconfigured", 60, undone),
        later("invalid-parameter-other", 502, "upstream-failed", 5, UNKNOWN),
        later("limit-exceeded", 429, "too-many-attempts", 3600, undone),
        // Network failures. A second is longer than the timeouts of `SHORT_TIMEOUTS`.
        later("delay-1s", 504, "upstream-timeout", 5, UNKNOWN),
        later("delay-3s", 504, "upstream-timeout", 5, UNKNOWN),
        later("hang", 504, "upstream-timeout", 5, UNKNOWN),
        later("reset-before", 502, "upstream-failed", 5, UNKNOWN),
        later("reset-after", 502, "upstream-failed", 5, UNKNOWN),
        row("waf-page", 403, "blocked", undone),
        later("html-500", 502, "upstream-failed", 5, UNKNOWN),
        row("no-error-type", 403, "blocked", undone),
    ]
}

fn confirm_rows() -> Vec<Row> {
    const DONE: &str = "confirmed";
    const UNDONE: &str = "not_confirmed";
    let confirmed = |case| row(case, 200, "confirmed sign_in", DONE);
    let invalid = |case| row(case, 422, "invalid-code", UNDONE);
    let mut rows = common(UNDONE);
    rows.extend([
        row("alias-exists", 409, "account-exists", UNDONE),
        row("alias-exists-phone", 409, "account-exists", UNDONE),
        invalid("code-mismatch"),
        row("expired-code", 422, "expired-code", UNDONE),
        later("too-many-failed-attempts", 429, "too-many-attempts", 3600, UNDONE),
        invalid("user-not-found"),
        invalid("user-not-found-other-wording"),
        invalid("not-authorized-confirmed"),
        invalid("not-authorized-disabled"),
        invalid("not-authorized-not-unconfirmed"),
        row("invalid-parameter-alias-race", 409, "account-exists", UNDONE),
        row("invalid-parameter-code", 422, "invalid-registration", UNDONE)
            .violations(&["/code invalid_value"]),
        later("confirmed-then-internal-error", 502, "upstream-failed", 5, UNKNOWN),
        later("confirmed-then-unexpected-lambda", 502, "hook-failed", 5, UNKNOWN),
        later("confirmed-then-lambda-refusal", 502, "hook-failed", 5, UNKNOWN),
        confirmed("delay-250ms"),
        later("confirmed-hang", 504, "upstream-timeout", 5, UNKNOWN),
        // A successful ConfirmSignUp has an empty response.
        confirmed("empty-200"),
        confirmed("empty-object"),
        confirmed("throttled-once").calls(2),
        confirmed("throttled-twice").calls(3),
    ]);
    rows
}

fn resend_rows() -> Vec<Row> {
    const DONE: &str = "sent";
    const UNDONE: &str = "not_sent";
    const CODE_SENT: &str = "code_sent confirm";
    let sent = |case| row(case, 202, CODE_SENT, DONE);
    let as_if_sent = |case| row(case, 202, CODE_SENT, UNDONE);
    let mut rows = common(UNDONE);
    rows.extend([
        later("code-delivery-failure", 502, "delivery-failed", 30, UNDONE),
        later("invalid-email-role-access-policy", 502, "misconfigured", 60, UNDONE),
        later("invalid-sms-role-access-policy", 502, "misconfigured", 60, UNDONE),
        later("invalid-sms-role-trust-relationship", 502, "misconfigured", 60, UNDONE),
        later("limit-exceeded-daily-email", 429, "too-many-attempts", 3600, UNDONE),
        as_if_sent("user-not-found"),
        as_if_sent("user-not-found-other-wording"),
        as_if_sent("invalid-parameter-confirmed"),
        as_if_sent("not-authorized-disabled"),
        later("not-authorized-auto-verification", 502, "misconfigured", 60, UNDONE),
        later("invalid-parameter-auto-verification", 502, "misconfigured", 60, UNDONE),
        later("invalid-parameter-message", 502, "hook-failed", 5, UNKNOWN),
        later("sent-then-internal-error", 502, "upstream-failed", 5, UNKNOWN),
        sent("delay-250ms"),
        later("sent-hang", 504, "upstream-timeout", 5, UNKNOWN),
        later("empty-200", 502, "upstream-failed", 5, UNKNOWN),
        later("empty-object", 502, "upstream-failed", 5, UNKNOWN),
        sent("throttled-once").calls(2),
        sent("throttled-twice").calls(3),
    ]);
    rows
}

#[test]
fn the_rows_cover_every_case_of_the_pool() {
    for (operation, start, rows) in [
        (Operation::Confirm, "confirm.", confirm_rows()),
        (Operation::Resend, "resend.", resend_rows()),
    ] {
        let cases: BTreeSet<&str> = CASES
            .iter()
            .filter(|case| case.operation == operation)
            .filter_map(|case| case.name.strip_prefix(start))
            .collect();

        let row_cases: Vec<&str> = rows.iter().map(|row| row.case).collect();

        assert_eq!(row_cases.iter().copied().collect::<BTreeSet<_>>(), cases, "{start}");
        assert_eq!(row_cases.len(), cases.len(), "{start} no case has two rows");
    }
}

#[actix_web::test]
async fn responds_to_every_result_of_confirm_sign_up() {
    let services = &[Service::start(&[]).await, Service::start(&SHORT_TIMEOUTS).await];
    let rows = confirm_rows();
    stream::iter(&rows)
        .for_each_concurrent(6, |row| async move {
            let service = &services[usize::from(row.status == 504)];
            let email = format!("confirm.{}+1@example.com", row.case);
            assert_eq!(service.register_email(&email).await.status, 201, "{email}");
            let code = service.code_for(&email);

            let response = service.confirm_code(&email, &code).await;

            assert_row(&response, row, "confirm");
            let calls = service.calls("ConfirmSignUp", &email).len();
            assert_eq!(calls, row.calls, "{}: number of calls", row.case);
            assert!(!response.text.contains(&code), "{}: {}", row.case, response.text);
            let is_done = case_is_carried_out("confirm", row.case);
            assert_eq!(service.is_confirmed(&email), is_done, "{}", row.case);
        })
        .await;

    assert_metrics(services, "confirmations", &rows).await;
}

#[actix_web::test]
async fn responds_to_every_result_of_resend_confirmation_code() {
    let services = &[Service::start(&[]).await, Service::start(&SHORT_TIMEOUTS).await];
    let rows = resend_rows();
    stream::iter(&rows)
        .for_each_concurrent(6, |row| async move {
            let service = &services[usize::from(row.status == 504)];
            let email = format!("resend.{}+1@example.com", row.case);
            assert_eq!(service.register_email(&email).await.status, 201, "{email}");

            let response = service.resend(&json!({"username": email})).await;

            assert_row(&response, row, "resend");
            let calls = service.calls("ResendConfirmationCode", &email).len();
            assert_eq!(calls, row.calls, "{}: number of calls", row.case);
            let messages = service.pool().messages(Some(&email)).len();
            let is_done = case_is_carried_out("resend", row.case);
            assert_eq!(messages, 1 + usize::from(is_done), "{}: codes sent", row.case);
        })
        .await;

    assert_metrics(services, "resends", &rows).await;
}

#[actix_web::test]
async fn responds_unavailable_if_no_connection_is_possible() {
    let service = Service::start(&[("COGNITO__ENDPOINT", "http://127.0.0.1:1")]).await;
    for (path, retries) in [
        ("/register/confirm", "confirmation_retries_total"),
        ("/register/resend", "resend_retries_total"),
    ] {
        let mut form = json!({"username": "ada@example.com"});
        if path.ends_with("confirm") {
            form["code"] = json!("123456");
        }

        let response = Response::of(service.post(path).json(&form)).await;

        response.assert_problem(503, "unavailable", path);
        response.assert_retry_after(Some((5, 8)), path);
        assert_eq!(service.metric(retries).await, 2, "{path}");
    }
}

fn case_is_carried_out(operation: &str, case: &str) -> bool {
    let name = format!("{operation}.{case}");
    CASES.iter().any(|case| case.name == name && case.carried_out)
}

fn assert_row(response: &Response, row: &Row, operation: &str) {
    let case = format!("{operation}.{}", row.case);
    if row.status < 300 {
        let (status, next) = row.expected.split_once(' ').expect("`status` and `next`");
        assert_eq!(response.status, row.status, "{case}: {}", response.text);
        assert_eq!(response.text, format!(r#"{{"status":"{status}","next":"{next}"}}"#), "{case}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{case}");
        assert_eq!(response.header("content-type"), Some("application/json"), "{case}");
    } else {
        response.assert_problem(row.status, row.expected, &case);
    }
    assert_eq!(response.violations(), row.violations, "{case}");
    response.assert_retry_after(row.retry_after, &case);
    assert_own_texts(response, &case);
}

/// Asserts that the metrics of all services together match the rows.
async fn assert_metrics(services: &[Service], metric: &str, rows: &[Row]) {
    let sum = async |metric: &str| {
        let counts = services.iter().map(|service| service.metric(metric));
        join_all(counts).await.iter().sum::<u64>()
    };
    let outcomes: BTreeSet<&str> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes.len(), 3, "{metric}: {outcomes:?}");
    for outcome in outcomes {
        let expected = rows.iter().filter(|row| row.outcome == outcome).count();
        let sum = sum(&format!("{metric}_total{{outcome=\"{outcome}\"}}")).await;
        assert_eq!(sum, expected as u64, "{metric}: {outcome}");
    }
    let retries: usize = rows.iter().map(|row| row.calls - 1).sum();
    let sum = sum(&format!("{}_retries_total", &metric[..metric.len() - 1])).await;
    assert_eq!(sum, retries as u64, "{metric}: retries");
}

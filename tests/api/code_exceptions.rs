//! What people are told for everything that Cognito, or the way to it, can answer to
//! ConfirmSignUp and ResendConfirmationCode.

use std::collections::BTreeSet;

use cognito_sandbox::{Operation, cases::CASES};
use futures_util::{StreamExt, future::join_all, stream};
use serde_json::json;

use crate::{
    exceptions::assert_own_words,
    support::{Answer, IMPATIENT, Service},
};

/// One case of the pool, and what is told.
struct Row {
    case: &'static str,
    status: u16,
    /// The name of a problem, or the status and what comes next.
    told: &'static str,
    mistakes: &'static [&'static str],
    /// Seconds, from the least to the most.
    retry_after: Option<(u64, u64)>,
    /// How often the call is sent for the one request.
    calls: usize,
    /// What is counted.
    outcome: &'static str,
}

fn row(case: &'static str, status: u16, told: &'static str, outcome: &'static str) -> Row {
    Row { case, status, told, mistakes: &[], retry_after: None, calls: 1, outcome }
}

fn later(
    case: &'static str,
    status: u16,
    told: &'static str,
    seconds: u64,
    outcome: &'static str,
) -> Row {
    Row { retry_after: Some((seconds, seconds)), ..row(case, status, told, outcome) }
}

impl Row {
    fn calls(self, calls: usize) -> Self {
        Self { calls, ..self }
    }

    fn names(self, mistakes: &'static [&'static str]) -> Self {
        Self { mistakes, ..self }
    }

    fn wait(self, least: u64, most: u64) -> Self {
        Self { retry_after: Some((least, most)), ..self }
    }
}

const UNKNOWN: &str = "unknown";

/// The same at both: `undone` is what is counted where nothing can have come of it.
fn common(undone: &'static str) -> Vec<Row> {
    vec![
        row("forbidden", 403, "blocked", undone),
        later("internal-error", 502, "upstream-failed", 5, UNKNOWN),
        later("invalid-lambda-response", 502, "hook-failed", 5, UNKNOWN),
        later("unexpected-lambda", 502, "hook-failed", 5, UNKNOWN),
        later("lambda-refusal", 502, "hook-failed", 5, UNKNOWN),
        later("lambda-crash", 502, "hook-failed", 5, UNKNOWN),
        later("operation-not-enabled", 503, "unavailable", 60, undone),
        later("resource-not-found", 502, "misconfigured", 60, undone),
        row("too-many-requests", 503, "busy", undone).wait(2, 5).calls(3),
        row("throttling", 503, "busy", undone).wait(2, 5).calls(3),
        later("unknown-exception", 502, "upstream-failed", 5, UNKNOWN),
        later("not-authorized-secret-missing", 502, "misconfigured", 60, undone),
        later("not-authorized-secret-wrong", 502, "misconfigured", 60, undone),
        later("not-authorized-secret-mismatch", 502, "misconfigured", 60, undone),
        row("invalid-parameter-other", 422, "rejected", undone),
        later("limit-exceeded", 429, "too-many-attempts", 3600, undone),
        // On the wire. A second is longer than the time-outs of `IMPATIENT`.
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
        row("invalid-parameter-code", 422, "invalid-registration", UNDONE)
            .names(&["/code invalid_value"]),
        later("confirmed-then-internal-error", 502, "upstream-failed", 5, UNKNOWN),
        later("confirmed-then-unexpected-lambda", 502, "hook-failed", 5, UNKNOWN),
        later("confirmed-then-lambda-refusal", 502, "hook-failed", 5, UNKNOWN),
        confirmed("delay-250ms"),
        later("confirmed-hang", 504, "upstream-timeout", 5, UNKNOWN),
        // Its answer is empty, or as good as that.
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
fn every_case_of_the_pool_has_its_row() {
    for (operation, start, rows) in [
        (Operation::Confirm, "confirm.", confirm_rows()),
        (Operation::Resend, "resend.", resend_rows()),
    ] {
        let cases: BTreeSet<&str> = CASES
            .iter()
            .filter(|case| case.operation == operation)
            .filter_map(|case| case.name.strip_prefix(start))
            .collect();

        let named: Vec<&str> = rows.iter().map(|row| row.case).collect();

        assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), cases, "{start}");
        assert_eq!(named.len(), cases.len(), "{start} none stands twice");
    }
}

#[actix_web::test]
async fn tells_what_every_answer_to_a_confirmation_means() {
    let services = &[Service::start(&[]).await, Service::start(&IMPATIENT).await];
    let rows = confirm_rows();
    stream::iter(&rows)
        .for_each_concurrent(6, |row| async move {
            let service = &services[usize::from(row.status == 504)];
            let email = format!("confirm.{}+1@example.com", row.case);
            assert_eq!(service.register_email(&email).await.status, 201, "{email}");
            let code = service.code_for(&email);

            let answer = service.confirm_code(&email, &code).await;

            assert_row(&answer, row, "confirm");
            let calls = service.calls("ConfirmSignUp", &email).len();
            assert_eq!(calls, row.calls, "{}: how often it was sent", row.case);
            assert!(!answer.text.contains(&code), "{}: {}", row.case, answer.text);
            let is_done = case_is_carried_out("confirm", row.case);
            assert_eq!(service.is_confirmed(&email), is_done, "{}", row.case);
        })
        .await;

    assert_counted(services, "confirmations", &rows).await;
}

#[actix_web::test]
async fn tells_what_every_answer_to_a_resend_means() {
    let services = &[Service::start(&[]).await, Service::start(&IMPATIENT).await];
    let rows = resend_rows();
    stream::iter(&rows)
        .for_each_concurrent(6, |row| async move {
            let service = &services[usize::from(row.status == 504)];
            let email = format!("resend.{}+1@example.com", row.case);
            assert_eq!(service.register_email(&email).await.status, 201, "{email}");

            let answer = service.resend(&json!({"username": email})).await;

            assert_row(&answer, row, "resend");
            let calls = service.calls("ResendConfirmationCode", &email).len();
            assert_eq!(calls, row.calls, "{}: how often it was sent", row.case);
            let messages = service.pool().messages(Some(&email)).len();
            let is_done = case_is_carried_out("resend", row.case);
            assert_eq!(messages, 1 + usize::from(is_done), "{}: codes sent", row.case);
        })
        .await;

    assert_counted(services, "resends", &rows).await;
}

#[actix_web::test]
async fn is_unavailable_while_nothing_can_be_sent() {
    let service = Service::start(&[("COGNITO__ENDPOINT", "http://127.0.0.1:1")]).await;
    for (path, retries) in [
        ("/register/confirm", "confirmation_retries_total"),
        ("/register/resend", "resend_retries_total"),
    ] {
        let mut form = json!({"username": "ada@example.com"});
        if path.ends_with("confirm") {
            form["code"] = json!("123456");
        }

        let answer = Answer::of(service.post(path).json(&form)).await;

        answer.assert_problem(503, "unavailable", path);
        assert_eq!(answer.header("retry-after"), Some("5"), "{path}");
        assert_eq!(service.counted(retries).await, 2, "{path}");
    }
}

fn case_is_carried_out(operation: &str, case: &str) -> bool {
    let name = format!("{operation}.{case}");
    CASES.iter().any(|case| case.name == name && case.carried_out)
}

fn assert_row(answer: &Answer, row: &Row, operation: &str) {
    let case = format!("{operation}.{}", row.case);
    if row.status < 300 {
        let (status, next) = row.told.split_once(' ').expect("two words");
        assert_eq!(answer.status, row.status, "{case}: {}", answer.text);
        assert_eq!(answer.text, format!(r#"{{"status":"{status}","next":"{next}"}}"#), "{case}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{case}");
    } else {
        answer.assert_problem(row.status, row.told, &case);
    }
    assert_eq!(answer.mistakes(), row.mistakes, "{case}");
    answer.assert_retry_after(row.retry_after, &case);
    assert_own_words(answer, &case);
}

/// What was counted in all is what the rows say, no more and no less.
async fn assert_counted(services: &[Service], metric: &str, rows: &[Row]) {
    let counted = async |metric: &str| {
        let counts = services.iter().map(|service| service.counted(metric));
        join_all(counts).await.iter().sum::<u64>()
    };
    let outcomes: BTreeSet<&str> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes.len(), 3, "{metric}: {outcomes:?}");
    for outcome in outcomes {
        let expected = rows.iter().filter(|row| row.outcome == outcome).count();
        let counted = counted(&format!("{metric}_total{{outcome=\"{outcome}\"}}")).await;
        assert_eq!(counted, expected as u64, "{metric}: {outcome}");
    }
    let retries: usize = rows.iter().map(|row| row.calls - 1).sum();
    let counted = counted(&format!("{}_retries_total", &metric[..metric.len() - 1])).await;
    assert_eq!(counted, retries as u64, "{metric}: repeated");
}

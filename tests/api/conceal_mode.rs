//! The responses to every result of Cognito, in reveal mode and in conceal mode. In conceal mode,
//! the results that reveal something about an account get one common response. The others get the
//! same response in both modes.

use std::collections::BTreeMap;

use cognito_sandbox::{Operation, cases::CASES};
use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::support::{Response, SHORT_TIMEOUTS, Service};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

/// A case of the pool, the response in reveal mode, and the response in conceal mode.
type Row = (&'static str, &'static str, &'static str);

const CODE_SENT: &str = "202 code_sent confirm";
const PENDING: &str = "202 confirmation_required confirm";
const UNDELIVERED: &str = "202 delivery_failed resend";
const CREATED: &str = "201 confirmation_required confirm";
const MISCONFIGURED: &str = "502 misconfigured";
const HOOK_FAILED: &str = "502 hook-failed";
const TAKEN: &str = "409 account-exists";
const INVALID_CODE: &str = "422 invalid-code";
const TOO_MANY: &str = "429 too-many-attempts";

const SIGN_UP: &[Row] = &[
    ("approval-required", "201 approval_required wait", PENDING),
    ("code-delivery-failure", UNDELIVERED, PENDING),
    ("confirmed-at-once", "201 confirmed sign_in", PENDING),
    ("created-then-invalid-sms-role-access-policy", MISCONFIGURED, PENDING),
    ("created-then-lambda-refusal", HOOK_FAILED, PENDING),
    ("created-then-limit-exceeded", UNDELIVERED, PENDING),
    ("created-then-message-empty", HOOK_FAILED, PENDING),
    ("created-then-message-invalid", HOOK_FAILED, PENDING),
    ("created-then-unexpected-lambda", HOOK_FAILED, PENDING),
    ("delay-250ms", CREATED, PENDING),
    ("header-type-wins", TAKEN, PENDING),
    ("invalid-email-role-access-policy", MISCONFIGURED, PENDING),
    ("invalid-parameter-alias-race", TAKEN, PENDING),
    ("invalid-sms-role-access-policy", MISCONFIGURED, PENDING),
    ("invalid-sms-role-trust-relationship", MISCONFIGURED, PENDING),
    ("limit-exceeded", UNDELIVERED, PENDING),
    ("limit-exceeded-daily-email", UNDELIVERED, PENDING),
    ("namespaced-type", TAKEN, PENDING),
    ("throttled-once", CREATED, PENDING),
    ("throttled-twice", CREATED, PENDING),
    ("username-exists", TAKEN, PENDING),
    ("username-exists-email", TAKEN, PENDING),
    ("username-exists-phone", TAKEN, PENDING),
    ("wrong-status-401", TAKEN, PENDING),
];

const CONFIRM: &[Row] = &[
    ("expired-code", "422 expired-code", INVALID_CODE),
    ("limit-exceeded", TOO_MANY, INVALID_CODE),
    ("too-many-failed-attempts", TOO_MANY, INVALID_CODE),
];

const RESEND: &[Row] = &[
    ("code-delivery-failure", "502 delivery-failed", CODE_SENT),
    ("invalid-email-role-access-policy", MISCONFIGURED, CODE_SENT),
    ("invalid-lambda-response", HOOK_FAILED, CODE_SENT),
    ("invalid-parameter-message", HOOK_FAILED, CODE_SENT),
    ("invalid-sms-role-access-policy", MISCONFIGURED, CODE_SENT),
    ("invalid-sms-role-trust-relationship", MISCONFIGURED, CODE_SENT),
    ("lambda-crash", HOOK_FAILED, CODE_SENT),
    ("lambda-refusal", HOOK_FAILED, CODE_SENT),
    ("limit-exceeded", TOO_MANY, CODE_SENT),
    ("limit-exceeded-daily-email", TOO_MANY, CODE_SENT),
    ("unexpected-lambda", HOOK_FAILED, CODE_SENT),
];

#[actix_web::test]
async fn conceals_results_about_accounts_and_no_others() {
    let reveal = Service::start(&SHORT_TIMEOUTS).await;
    let conceal = Service::start(&[&[CONCEAL], &SHORT_TIMEOUTS[..]].concat()).await;
    for (operation, start, expected) in [
        (Operation::SignUp, "signup.", SIGN_UP),
        (Operation::Confirm, "confirm.", CONFIRM),
        (Operation::Resend, "resend.", RESEND),
    ] {
        let cases: Vec<&str> =
            CASES.iter().filter(|case| case.operation == operation).map(|case| case.name).collect();
        assert!(cases.len() > 30, "{start}: {cases:?}");

        let revealed = run_cases(&reveal, operation, &cases).await;
        let concealed = run_cases(&conceal, operation, &cases).await;

        let concealed_cases: Vec<(&str, &str, &str)> = revealed
            .iter()
            .zip(&concealed)
            .filter(|((_, revealed), (_, concealed))| revealed != concealed)
            .map(|((case, revealed), (_, concealed))| {
                (case.strip_prefix(start).unwrap_or(case), revealed.as_str(), concealed.as_str())
            })
            .collect();
        assert_eq!(concealed_cases, expected, "{start}");
    }
}

#[actix_web::test]
async fn concealed_responses_are_byte_identical() {
    let service = Service::start(&[CONCEAL]).await;
    let unknown_user = service.resend(&json!({"username": "unknown@example.com"})).await;
    let unknown_user_code = service.confirm_code("unknown@example.com", "123456").await;

    for (case, ..) in RESEND {
        let form = json!({"username": format!("resend.{case}@example.com")});
        assert_eq!(service.resend(&form).await.comparable(), unknown_user.comparable(), "{case}");
    }
    for (case, ..) in CONFIRM {
        let response = service.confirm_code(&format!("confirm.{case}@example.com"), "123456").await;
        assert_eq!(response.comparable(), unknown_user_code.comparable(), "{case}");
    }
    for (case, ..) in SIGN_UP {
        let email = format!("signup.{case}@example.com");
        let response = service.register_email(&email).await;
        let masked = r#"{"medium":"email","destination":"s***@e***","attribute":"email"}"#;
        let rest = format!(r#""username":"{email}","delivery":{masked},"next":"confirm""#);
        let expected = format!(r#"{{"status":"confirmation_required",{rest}}}"#);
        assert_eq!((response.status, &response.text), (202, &expected), "{case}");
        assert_eq!(response.header("retry-after"), None, "{case}");
    }
}

/// Requests every case and returns the responses by case.
async fn run_cases<'a>(
    service: &Service,
    operation: Operation,
    cases: &[&'a str],
) -> BTreeMap<&'a str, String> {
    // Runs a few cases at a time, because the hanging ones block, and the others must meet their
    // timeouts.
    stream::iter(cases)
        .map(|case| async move {
            let email = format!("{case}+1@example.com");
            let response = match operation {
                Operation::SignUp => service.register_email(&email).await,
                Operation::Confirm => {
                    service.register_email(&email).await;
                    service.confirm_code(&email, &service.code_for(&email)).await
                }
                Operation::Resend => {
                    service.register_email(&email).await;
                    service.resend(&json!({"username": email})).await
                }
            };
            (*case, summary(&response))
        })
        .buffer_unordered(6)
        .collect()
        .await
}

/// Returns the status, with the name of the problem or with the members `status` and `next`.
fn summary(response: &Response) -> String {
    let body = response.json();
    match body["type"].as_str() {
        Some(name) => format!("{} {}", response.status, name.trim_start_matches("/problems/")),
        None => format!("{} {}", response.status, response.status_and_next()),
    }
}

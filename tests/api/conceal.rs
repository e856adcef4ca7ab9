//! Everything that Cognito, or the way to it, can answer, in both modes: in conceal mode, what
//! tells about one account is one answer, and the rest is what it is in the other mode.

use std::collections::BTreeMap;

use cognito_sandbox::{Operation, cases::CASES};
use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::support::{Answer, IMPATIENT, Service};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

/// A case of the pool, and what is told in reveal and in conceal mode.
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
    ("code-delivery-failure", UNDELIVERED, PENDING),
    ("confirmed-at-once", "201 confirmed sign_in", PENDING),
    ("created-then-invalid-sms-role-access-policy", MISCONFIGURED, PENDING),
    ("created-then-lambda-refusal", HOOK_FAILED, PENDING),
    ("created-then-limit-exceeded", UNDELIVERED, PENDING),
    ("created-then-unexpected-lambda", HOOK_FAILED, PENDING),
    ("delay-250ms", CREATED, PENDING),
    ("header-type-wins", TAKEN, PENDING),
    ("invalid-email-role-access-policy", MISCONFIGURED, PENDING),
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
    ("invalid-sms-role-access-policy", MISCONFIGURED, CODE_SENT),
    ("invalid-sms-role-trust-relationship", MISCONFIGURED, CODE_SENT),
    ("lambda-crash", HOOK_FAILED, CODE_SENT),
    ("lambda-refusal", HOOK_FAILED, CODE_SENT),
    ("limit-exceeded", TOO_MANY, CODE_SENT),
    ("limit-exceeded-daily-email", TOO_MANY, CODE_SENT),
    ("unexpected-lambda", HOOK_FAILED, CODE_SENT),
];

#[actix_web::test]
async fn hides_what_tells_about_one_account_and_nothing_else() {
    let reveal = Service::start(&IMPATIENT).await;
    let conceal = Service::start(&[&[CONCEAL], &IMPATIENT[..]].concat()).await;
    for (operation, start, expected) in [
        (Operation::SignUp, "signup.", SIGN_UP),
        (Operation::Confirm, "confirm.", CONFIRM),
        (Operation::Resend, "resend.", RESEND),
    ] {
        let cases: Vec<&str> =
            CASES.iter().filter(|case| case.operation == operation).map(|case| case.name).collect();
        assert!(cases.len() > 30, "{start}: {cases:?}");

        let revealed = play(&reveal, operation, &cases).await;
        let concealed = play(&conceal, operation, &cases).await;

        let hidden: Vec<(&str, &str, &str)> = revealed
            .iter()
            .zip(&concealed)
            .filter(|((_, revealed), (_, concealed))| revealed != concealed)
            .map(|((case, revealed), (_, concealed))| {
                (case.strip_prefix(start).unwrap_or(case), revealed.as_str(), concealed.as_str())
            })
            .collect();
        assert_eq!(hidden, expected, "{start}");
    }
}

#[actix_web::test]
async fn what_is_hidden_is_the_same_to_the_byte() {
    let service = Service::start(&[CONCEAL]).await;
    let nobody = service.resend(&json!({"username": "nobody@example.com"})).await;
    let wrong = service.confirm_code("nobody@example.com", "123456").await;

    for (case, ..) in RESEND {
        let form = json!({"username": format!("resend.{case}@example.com")});
        assert_eq!(service.resend(&form).await.telling(), nobody.telling(), "{case}");
    }
    for (case, ..) in CONFIRM {
        let answer = service.confirm_code(&format!("confirm.{case}@example.com"), "123456").await;
        assert_eq!(answer.telling(), wrong.telling(), "{case}");
    }
    for (case, ..) in SIGN_UP {
        let email = format!("signup.{case}@example.com");
        let answer = service.register_email(&email).await;
        let masked = r#"{"medium":"email","destination":"s***@e***","attribute":"email"}"#;
        let rest = format!(r#""username":"{email}","delivery":{masked},"next":"confirm""#);
        let expected = format!(r#"{{"status":"confirmation_required",{rest}}}"#);
        assert_eq!((answer.status, &answer.text), (202, &expected), "{case}");
        assert_eq!(answer.header("retry-after"), None, "{case}");
    }
}

/// What each case is answered, by its name.
async fn play<'a>(
    service: &Service,
    operation: Operation,
    cases: &[&'a str],
) -> BTreeMap<&'a str, String> {
    // Some at a time: the hanging ones take their time, and the others must not be late.
    stream::iter(cases)
        .map(|case| async move {
            let email = format!("{case}+1@example.com");
            let answer = match operation {
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
            (*case, told(&answer))
        })
        .buffer_unordered(6)
        .collect()
        .await
}

/// The status with the name of the problem, or with what is told of the account and comes next.
fn told(answer: &Answer) -> String {
    let body = answer.json();
    match body["type"].as_str() {
        Some(name) => format!("{} {}", answer.status, name.trim_start_matches("/problems/")),
        None => format!("{} {}", answer.status, answer.told()),
    }
}

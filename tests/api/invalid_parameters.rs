//! `InvalidParameterException`, which Cognito uses for much more than the fields of the form.

use std::{collections::HashSet, sync::Mutex};

use serde_json::json;

use crate::{
    intercept::intercept,
    process::Process,
    support::{PASSWORD, Response, Service, config, pool},
};

/// The meaning of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Exists,
    Confirmed,
    Message,
    Settings,
    Unknown,
}

use Meaning::{Confirmed, Exists, Message, Settings, Unknown};

const TEXTS: [(&str, Meaning); 31] = [
    ("Alias entry already exists for a different username", Exists),
    ("ALIAS ENTRY ALREADY EXISTS FOR A DIFFERENT USERNAME.", Exists),
    ("An account with the given email already exists.", Exists),
    ("User already exists", Exists),
    ("User is already confirmed.", Confirmed),
    ("User cannot confirm because user status is not UNCONFIRMED.", Confirmed),
    ("The message is empty.", Message),
    ("THE MESSAGE IS EMPTY", Message),
    (
        "1 validation error detected: Value at 'emailBody' failed to satisfy constraint: \
         Member must have length less than or equal to 20000",
        Message,
    ),
    (
        "1 validation error detected: Value at 'emailMessage' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\s\\S]*\\{####\\}[\\s\\S]*",
        Message,
    ),
    (
        "1 validation error detected: Value 'Hello' at 'smsMessage' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: .*\\{####\\}.*",
        Message,
    ),
    (
        "1 validation error detected: Value at 'emailSubject' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
        Message,
    ),
    (
        "2 validation errors detected: Value at 'password' failed to satisfy constraint: x; \
         Value at 'emailVerificationMessage' failed to satisfy constraint: y",
        Message,
    ),
    ("SMS message is too long.", Message),
    ("Email body too long", Message),
    ("Invalid template: it must contain {####}", Message),
    (
        "Preferred username cannot be provided for unconfirmed account, since user pool is \
         configured for preferred username alias.",
        Settings,
    ),
    (
        "PREFERRED USERNAME CANNOT BE PROVIDED for unconfirmed account, since user pool is \
         configured for preferred username alias",
        Settings,
    ),
    ("Phone cannot be set, since user pool is configured for phone alias.", Settings),
    ("The request could not be processed.", Unknown),
    ("", Unknown),
    (" ", Unknown),
    ("Die Anfrage konnte nicht verarbeitet werden.", Unknown),
    ("リクエストを処理できませんでした。", Unknown),
    ("1 validation error detected: Value at 'surprise' failed to satisfy constraint: x", Unknown),
    (
        "1 validation error detected: Value 'already exists' at 'surprise' failed to satisfy \
         constraint: Member must not be null",
        Unknown,
    ),
    (
        "1 validation error detected: Value 'a message' at 'userAttributes.1.member.value' failed \
         to satisfy constraint: Member must have length less than or equal to 2048",
        Unknown,
    ),
    ("Value at password failed", Unknown),
    ("null", Unknown),
    ("Enable propagate additional user context data is not set for this client.", Unknown),
    ("Username/password: no.", Unknown),
];

const MODES: [&str; 2] = ["reveal", "conceal"];
const PENDING: &str = "202 confirmation_required confirm";

fn email_of(index: usize) -> String {
    format!("text{index}@example.com")
}

/// Returns the text for a user name of [`email_of`].
fn text_of(username: &str) -> Option<&'static str> {
    let index: usize = username.strip_prefix("text")?.split('@').next()?.parse().ok()?;
    Some(TEXTS.get(index)?.0)
}

/// Starts a service and a pool. The first SignUp of a user name, and every confirm and resend, gets
/// its text. Later sign-ups meet an existing account.
async fn start(mode: &str, rejects_sign_ups: bool) -> Service {
    let settings = [("REGISTRATION__EXISTING_ACCOUNTS", mode)];
    let pool = pool(&settings).await;
    let seen = Mutex::new(HashSet::new());
    let url = intercept(&pool.url(), move |operation, input| {
        let username = input["Username"].as_str()?;
        let text = text_of(username)?.to_owned();
        match operation {
            "SignUp" if !rejects_sign_ups => None,
            "SignUp" if !seen.lock().expect("no panic").insert(username.to_owned()) => {
                Some(("UsernameExistsException", "User already exists".to_owned()))
            }
            _ => Some(("InvalidParameterException", text)),
        }
    });
    Service::start_on(config(&settings, &url), pool).await
}

/// Returns the status with the name of the problem, or with the members `status` and `next`.
fn summary(response: &Response) -> String {
    match response.json()["type"].as_str() {
        Some(name) => format!("{} {}", response.status, name.trim_start_matches("/problems/")),
        None => format!("{} {}", response.status, response.status_and_next()),
    }
}

#[actix_web::test]
async fn a_sign_up_is_final_only_if_nothing_was_created() {
    for mode in MODES {
        let service = start(mode, true).await;
        let conceals = mode == "conceal";
        for (index, (text, meaning)) in TEXTS.into_iter().enumerate() {
            let email = email_of(index);
            let form = json!({"email": email, "password": PASSWORD});
            let send = || {
                let request = service.post("/register").header("idempotency-key", &email);
                Response::of(request.json(&form))
            };

            let first = send().await;
            let with_key = send().await;
            let without_key = service.register(&form).await;

            let (expected, next) = match meaning {
                Exists | Message if conceals => (PENDING, PENDING),
                Exists => ("409 account-exists", "409 account-exists"),
                Message => ("502 hook-failed", PENDING),
                Settings if conceals => ("502 misconfigured", PENDING),
                Settings => ("502 misconfigured", "409 account-exists"),
                Confirmed | Unknown => ("502 upstream-failed", PENDING),
            };
            let case = format!("{mode}: {text}");
            assert_eq!(summary(&first), expected, "{case}");
            assert_eq!(summary(&with_key), next, "{case}");
            assert_eq!(summary(&without_key), next, "{case}");
            let is_final = with_key.header("idempotency-replayed").is_some();
            assert_eq!(is_final, meaning == Exists || expected == PENDING, "{case}");
            let words: Vec<&str> = text.split_whitespace().collect();
            for run in words.windows(4) {
                assert!(!first.text.contains(&run.join(" ")), "{case}: {}", first.text);
            }
        }
    }
}

#[actix_web::test]
async fn confirm_and_resend_do_not_distinguish_a_waiting_account_from_an_unknown_one() {
    for mode in MODES {
        let service = start(mode, false).await;
        let conceals = mode == "conceal";
        let unknown = service.resend(&json!({"username": "unknown@example.com"})).await;
        let wrong = service.confirm_code("unknown@example.com", "123456").await;
        for (index, (text, meaning)) in TEXTS.into_iter().enumerate() {
            let email = email_of(index);
            service.register_email(&email).await;

            let confirm = service.confirm_code(&email, &service.code_for(&email)).await;
            let resend = service.resend(&json!({"username": email})).await;

            let case = format!("{mode}: {text}");
            let [confirmed, resent] = match meaning {
                Exists => ["409 account-exists", "202 code_sent confirm"],
                Confirmed => ["422 invalid-code", "202 code_sent confirm"],
                Message if conceals => ["502 hook-failed", "202 code_sent confirm"],
                Message => ["502 hook-failed", "502 hook-failed"],
                Settings => ["502 misconfigured", "502 misconfigured"],
                Unknown => ["502 upstream-failed", "502 upstream-failed"],
            };
            assert_eq!([summary(&confirm), summary(&resend)], [confirmed, resent], "{case}");
            if resend.status == 202 {
                assert_eq!(resend.comparable(), unknown.comparable(), "{case}");
            }
            if conceals && meaning == Confirmed {
                assert_eq!(confirm.comparable(), wrong.comparable(), "{case}");
            }
        }
    }
}

#[actix_web::test]
async fn a_taken_alias_names_the_field_only_if_the_form_identifies_it() {
    let chosen = ("REGISTRATION__USERNAME", "chosen");
    let no_phone_number = ("REGISTRATION__PHONE_NUMBER", "off");
    let preferred = ("REGISTRATION__ATTRIBUTES", "{ preferred_username = {} }");
    let name = "signup.invalid-parameter-alias-race";
    for (settings, form, expected) in [
        (
            &[("REGISTRATION__USERNAME", "phone")][..],
            json!({"phone_number": "+14155550241"}),
            &["/phone_number taken"][..],
        ),
        (
            &[chosen, no_phone_number],
            json!({"username": name, "email": "a@example.com"}),
            &["/email taken"],
        ),
        (&[chosen], json!({"username": name, "email": "a@example.com"}), &[]),
        (
            &[chosen, no_phone_number, preferred],
            json!({"username": name, "email": "a@example.com"}),
            &[],
        ),
    ] {
        let service = Service::start(settings).await;
        let mut form = form;
        form["password"] = json!(PASSWORD);

        let response = service.register(&form).await;

        response.assert_problem(409, "account-exists", &form.to_string());
        assert_eq!(response.violations(), expected, "{form}");
    }
}

#[actix_web::test]
async fn logs_an_alarm_or_a_warning() {
    let pool = pool(&[]).await;
    let process = Process::serve(&[], &pool.url()).await;
    let client = crate::support::client();
    for (case, level, is_alarm) in [
        ("invalid-parameter-other", "WARN", false),
        ("approval-required", "WARN", false),
        ("created-then-message-empty", "ERROR", true),
        ("created-then-message-invalid", "ERROR", true),
        ("invalid-parameter-preferred-username", "ERROR", true),
    ] {
        let lines = |process: &Process| -> Vec<(String, bool)> {
            let log = process.log();
            let lines = log.iter().filter(|line| line["operation"] == "SignUp");
            lines
                .map(|line| {
                    (line["level"].as_str().unwrap_or_default().to_owned(), line["alarm"] == true)
                })
                .collect()
        };
        let before = lines(&process).len();
        let email = format!("signup.{case}@example.com");

        let form = json!({"email": email, "password": PASSWORD});
        let request = client.post(format!("{}/register", process.url)).json(&form);
        Response::of(request).await;

        let look = async || lines(&process).split_off(before);
        let found = crate::wait::until("the line is logged", look, |lines| !lines.is_empty()).await;
        assert_eq!(found, [(level.to_owned(), is_alarm)], "{case}");
    }
}

//! The table of cases, compared with the results of the SDK.

use std::{
    collections::HashSet,
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
};

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use cognito_sandbox::{
    Operation,
    cases::{CASES, Case, Play},
};
use futures_util::future::join_all;

use super::{READ_TIMEOUT, SignIn, Stage, attribute, outcome, secret_hash};

#[tokio::test]
async fn the_sdk_reports_every_case_as_the_table_documents() {
    let stage = Stage::start(SignIn::Email).await;

    let deviations: Vec<_> = join_all(CASES.iter().map(|case| check(&stage, case))).await.concat();

    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

async fn check(stage: &Stage, case: &Case) -> Vec<String> {
    let username = format!("{}+1@example.com", case.name);
    let mut deviations = Vec::new();
    for (attempt, expected) in expected(case).into_iter().enumerate() {
        let seen = match case.operation {
            Operation::SignUp => seen(stage.sign_up(&username).send().await),
            Operation::Confirm => {
                if attempt == 0 {
                    stage.sign_up(&username).send().await.unwrap();
                }
                seen(stage.confirm(&username, &stage.code(&username)).send().await)
            }
            Operation::Resend => {
                if attempt == 0 {
                    stage.sign_up(&username).send().await.unwrap();
                }
                seen(stage.resend(&username).send().await)
            }
        };
        if seen != expected {
            deviations.push(format!("{}: expected {expected}, saw {seen}", case.name));
        }
    }
    if carried_out(stage, case, &username) != case.carried_out {
        deviations.push(format!("{}: expected carried out: {}", case.name, case.carried_out));
    }
    deviations
}

/// Returns the results of the SDK, call by call.
fn expected(case: &Case) -> Vec<String> {
    let rejection = |code: Option<&str>| format!("rejected {}", code.unwrap_or("without a code"));
    match case.play {
        Play::Reject { code, .. } => vec![rejection(Some(code))],
        Play::Raw(raw) if raw.status == 200 => vec!["ok".to_owned()],
        Play::Raw(raw) => vec![rejection(raw.code)],
        Play::Delay(delay) if delay > READ_TIMEOUT => vec!["timed out".to_owned()],
        Play::Delay(_) | Play::ConfirmAtOnce | Play::SendNoCode => vec!["ok".to_owned()],
        Play::Silence => vec!["timed out".to_owned()],
        Play::Reset => vec!["disconnected".to_owned()],
        Play::Throttle(times) => {
            let mut calls = vec![rejection(Some("TooManyRequestsException")); times as usize];
            calls.push("ok".to_owned());
            calls
        }
    }
}

fn seen<T, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(SdkError::TimeoutError(_)) => "timed out".to_owned(),
        Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => "timed out".to_owned(),
        Err(SdkError::DispatchFailure(_)) => "disconnected".to_owned(),
        Err(error) => format!("rejected {}", error.code().unwrap_or("without a code")),
    }
}

fn carried_out(stage: &Stage, case: &Case, username: &str) -> bool {
    let pool = stage.pool.state();
    match case.operation {
        Operation::SignUp => {
            let seen = pool.accounts(Some(username));
            seen.accounts.iter().any(|account| account.creations == 1)
        }
        Operation::Confirm => stage.status(username) == Some("CONFIRMED"),
        Operation::Resend => pool.messages(Some(username)).len() == 2,
    }
}

#[tokio::test]
async fn every_kind_of_user_name_selects_a_case() {
    let by_phone = Stage::start(SignIn::Phone).await;
    let by_name = Stage::start(SignIn::Username).await;
    let by_alias = Stage::start(SignIn::Alias).await;
    let uuid = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let case = CASES.iter().find(|case| case.name == "signup.lambda-refusal").unwrap();

    let outcomes = [
        outcome(by_phone.sign_up(&case.phone_number()).send().await),
        outcome(by_name.sign_up("signup.lambda-refusal").send().await),
        outcome(by_name.sign_up("SignUp.Lambda-Refusal+7").send().await),
        outcome(
            by_alias
                .sign_up(uuid)
                .user_attributes(attribute("email", "signup.lambda-refusal@example.com"))
                .send()
                .await,
        ),
    ];

    for seen in outcomes {
        assert_eq!(
            seen,
            "UserLambdaValidationException: PreSignUp failed with error We only take invited guests."
        );
    }
}

#[tokio::test]
async fn the_email_address_of_a_uuid_selects_a_confirm_case() {
    let stage = Stage::start(SignIn::Alias).await;
    let uuid = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let email = attribute("email", "confirm.expired-code+a@example.com");
    stage.sign_up(uuid).user_attributes(email).send().await.unwrap();

    let seen = outcome(stage.confirm(uuid, &stage.code(uuid)).send().await);

    assert_eq!(seen, "ExpiredCodeException: Invalid code provided, please request a code again.");
}

#[tokio::test]
async fn a_second_sign_up_after_a_lost_response_finds_the_account() {
    let stage = Stage::start(SignIn::Email).await;
    let username = "signup.reset-after@example.com";
    let _ = stage.sign_up(username).send().await.unwrap_err();

    let second = outcome(stage.sign_up(username).send().await);

    assert_eq!(second, "UsernameExistsException: An account with the given email already exists.");
}

#[tokio::test]
async fn a_failed_delivery_adds_no_message_to_the_inbox() {
    let stage = Stage::start(SignIn::Email).await;
    let username = "signup.code-delivery-failure@example.com";
    let _ = stage.sign_up(username).send().await.unwrap_err();
    assert!(stage.pool.state().messages(None).is_empty());

    stage.resend(username).send().await.unwrap();
    stage.confirm(username, &stage.code(username)).send().await.unwrap();

    assert_eq!(stage.status(username), Some("CONFIRMED"));
}

#[tokio::test]
async fn a_reset_is_a_tcp_reset_without_a_response() {
    let stage = Stage::start(SignIn::Email).await;
    let username = "signup.reset-before@example.com";
    let body = serde_json::json!({
        "ClientId": super::CLIENT_ID,
        "Username": username,
        "Password": super::PASSWORD,
        "SecretHash": secret_hash(super::SECRET, username),
    })
    .to_string();
    let port = stage.pool.port();

    // Another thread sends the request, because the runtime of this test starts the pool.
    let response = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
        connection.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
        write!(
            connection,
            "POST / HTTP/1.1\r\nhost: pool\r\nx-amz-target: AWSCognitoIdentityProviderService.SignUp\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        connection.read(&mut [0; 1])
    })
    .await
    .unwrap();

    assert_eq!(response.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn names_and_numbers_are_unique_and_no_number_is_reserved_for_fiction() {
    let names: HashSet<_> = CASES.iter().map(|case| case.name).collect();
    let numbers: HashSet<_> = CASES.iter().map(|case| case.number).collect();

    assert_eq!(names.len(), CASES.len());
    assert_eq!(numbers.len(), CASES.len());
    for case in CASES {
        assert!(case.number < 1000 && !(100..200).contains(&case.number), "{}", case.name);
        assert!(case.name.len() <= 60, "{} leaves no room for a suffix in a local part", case.name);
    }
}

#[test]
fn the_documented_table_matches_the_cases() {
    let documented = include_str!("../../src/cases/cases.md");

    let lines: Vec<_> = CASES.iter().map(documentation).collect();

    assert_eq!(documented.lines().skip(2).collect::<Vec<_>>(), lines);
}

fn documentation(case: &Case) -> String {
    let code = case.code().map(|code| format!("`{code}`")).unwrap_or_default();
    let done = if case.carried_out { "yes" } else { "no" };
    format!("| `{}` | `{}` | {code} | {done} | {} |", case.name, case.phone_number(), case.meaning)
}

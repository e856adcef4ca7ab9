//! The sources of the client secret, and the fallback to the secondary secret.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, time::Duration};

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    process::{Process, error_message, vestibule},
    support::{PASSWORD, Response, SECRET, Service, environment},
    wait::until,
};

const WRONG: &str = "0wrong87654321secretsecretsecretsecret0";
const ALSO_WRONG: &str = "1wrong87654321secretsecretsecretsecret1";

#[actix_web::test]
async fn falls_back_to_the_secondary_secret_once_and_keeps_it() {
    let service = Service::start(&[
        ("COGNITO__CLIENT_SECRET", WRONG),
        ("COGNITO__SECONDARY_CLIENT_SECRET", SECRET),
    ])
    .await;
    for (email, calls) in [("ada@example.com", 2), ("bob@example.com", 1), ("eve@example.com", 1)] {
        let response = service.register_email(email).await;

        assert_eq!(response.status, 201, "{email}: {}", response.text);
        assert_eq!(service.sign_ups(email).len(), calls, "{email}");
    }
    assert_eq!(service.metric("client_secret_fallbacks_total").await, 1);
}

#[actix_web::test]
async fn simultaneous_requests_agree_on_the_accepted_secret() {
    for count in [2, 3, 8] {
        let secrets =
            [("COGNITO__CLIENT_SECRET", WRONG), ("COGNITO__SECONDARY_CLIENT_SECRET", SECRET)];
        let service = Service::start_with(
            &secrets,
            // The pool is slow. It therefore rejects all first calls before it accepts one.
            |pool| pool.latency = Duration::from_millis(500),
        )
        .await;
        let emails: Vec<String> =
            (0..count).map(|number| format!("ada{number}@example.com")).collect();
        let responses = join_all(emails.iter().map(|email| service.register_email(email))).await;
        assert!(responses.iter().all(|response| response.status == 201), "{count}: {responses:?}");
        let calls: usize = emails.iter().map(|email| service.sign_ups(email).len()).sum();
        assert!(
            (count + 2..=2 * count).contains(&calls),
            "several of {count} calls are rejected once: {calls} calls"
        );

        let response = service.register_email("later@example.com").await;

        assert_eq!(response.status, 201, "{count}: {}", response.text);
        assert_eq!(service.sign_ups("later@example.com").len(), 1, "after {count} at once");
    }
}

#[actix_web::test]
async fn does_not_use_the_secondary_secret_while_the_first_is_accepted() {
    let service = Service::start(&[("COGNITO__SECONDARY_CLIENT_SECRET", WRONG)]).await;

    let response = service.register_email("ada@example.com").await;

    assert_eq!(response.status, 201, "{}", response.text);
    assert_eq!(service.sign_ups("ada@example.com").len(), 1);
}

#[actix_web::test]
async fn responds_misconfigured_if_no_secret_is_accepted() {
    for (case, secrets, calls) in [
        ("only one", &[("COGNITO__CLIENT_SECRET", WRONG)][..], 1),
        (
            "both",
            &[("COGNITO__CLIENT_SECRET", WRONG), ("COGNITO__SECONDARY_CLIENT_SECRET", ALSO_WRONG)],
            2,
        ),
    ] {
        let service = Service::start(secrets).await;

        for attempt in 1..=2 {
            let response = service.register_email("ada@example.com").await;

            response.assert_problem(502, "misconfigured", case);
            assert_eq!(response.header("retry-after"), Some("60"), "{case}");
            assert_eq!(service.sign_ups("ada@example.com").len(), attempt * calls, "{case}");
        }
        assert!(service.pool().accounts(None).accounts.is_empty(), "{case}");
    }
}

#[actix_web::test]
async fn does_not_fall_back_after_other_exceptions() {
    let service = Service::start(&[("COGNITO__SECONDARY_CLIENT_SECRET", WRONG)]).await;
    for case in ["not-authorized-closed", "resource-not-found", "internal-error", "username-exists"]
    {
        let email = format!("signup.{case}@example.com");

        let response = service.register_email(&email).await;

        assert!(response.status >= 400, "{case}: {}", response.text);
        assert_eq!(service.sign_ups(&email).len(), 1, "{case}");
    }
}

#[actix_web::test]
async fn trims_the_line_feed_of_secret_files() {
    let file = |name: &str, content: &str| {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        fs::write(&path, content).expect("the file is written");
        path
    };
    let (right, wrong) = (file("right", &format!("{SECRET}\r\n")), file("wrong", WRONG));
    let (right, wrong) = (right.to_string_lossy(), wrong.to_string_lossy());
    for (case, settings, calls) in [
        ("the primary", &[("COGNITO__CLIENT_SECRET_FILE", &*right)][..], 1),
        (
            "the secondary",
            &[
                ("COGNITO__CLIENT_SECRET_FILE", &*wrong),
                ("COGNITO__SECONDARY_CLIENT_SECRET_FILE", &*right),
            ],
            2,
        ),
    ] {
        let unset = [("COGNITO__CLIENT_SECRET", "")];
        let service = Service::start(&[&unset[..], settings].concat()).await;

        let response = service.register_email("ada@example.com").await;

        assert_eq!(response.status, 201, "{case}: {}", response.text);
        assert_eq!(service.sign_ups("ada@example.com").len(), calls, "{case}");
    }
    for path in [right, wrong] {
        fs::remove_file(&*path).expect("the file exists");
    }
}

/// Returns `vestibule serve` without a secret in its settings.
fn serve(endpoint: &str, credentials: &[(&str, &str)]) -> Command {
    let mut command = vestibule(&["serve"]);
    command
        .envs(environment(&[("COGNITO__CLIENT_SECRET", "")], endpoint))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nonexistent")
        .envs(credentials.iter().copied());
    command
}

pub(crate) const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")];

#[actix_web::test]
async fn reads_the_secret_from_the_pool_if_none_is_configured() {
    let pool = Service::start(&[]).await;
    let process = Process::start(serve(&pool.pool.url(), &CREDENTIALS)).await;

    let request = crate::support::client()
        .post(format!("{}/register", process.url))
        .json(&json!({"email": "ada@example.com", "password": PASSWORD}));
    let response = Response::of(request).await;

    assert_eq!(response.status, 201, "{}", response.text);
    let calls = pool.pool().requests(None);
    let operations: BTreeMap<&str, usize> =
        calls.iter().fold(BTreeMap::new(), |mut counts, request| {
            *counts.entry(request.operation.as_str()).or_default() += 1;
            counts
        });
    assert_eq!(
        operations,
        BTreeMap::from([
            ("DescribeUserPoolClient", 1),
            ("ListUserPoolClientSecrets", 1),
            ("SignUp", 1)
        ])
    );
}

#[actix_web::test]
async fn does_not_start_without_a_secret_and_reports_the_cause() {
    let public = Service::start_with(&[], |pool| pool.client_secrets.clear()).await;
    let pool = Service::start(&[]).await;
    for (case, endpoint, credentials, expected) in [
        ("an app client without a secret", public.pool.url(), &CREDENTIALS[..], "has no secret"),
        (
            "no credentials",
            pool.pool.url(),
            &[],
            "cognito.client_secret is not set, and cognito-idp:DescribeUserPoolClient failed",
        ),
    ] {
        let output = Process::spawn(serve(&endpoint, credentials)).final_output().await;

        let message = error_message(&output, case);
        assert_eq!(output.status.code(), Some(1), "{case}: {message}");
        assert!(message.contains(expected), "{case}: {message}");
        assert!(
            !message.contains("wJalrXUtnFEMI") && !message.contains(SECRET),
            "{case}: {message}"
        );
    }
    assert!(pool.pool().requests(None).is_empty(), "no call is made without credentials");
}

#[actix_web::test]
async fn waits_for_a_pool_that_cannot_be_reached_until_a_signal() {
    let mut process = Process::spawn(serve("http://127.0.0.1:1", &CREDENTIALS));
    let look = async || (process.is_running(), process.all_output());
    let waits = |(_, log): &(bool, String)| log.contains("waiting for the client secret");
    let (is_running, log) = until("the service waits", look, waits).await;
    process.signal("TERM");
    let status = process.wait_for_exit().await;

    assert!(is_running && log.contains("cognito-idp:DescribeUserPoolClient failed"), "{log}");
    assert_eq!(status.code(), Some(0), "{}", process.all_output());
}

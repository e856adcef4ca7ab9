//! `vestibule doctor`, and the doctor at start.

use std::process::{Command, Output};

use cognito_sandbox::{OtherClient, Pool};
use serde_json::{Value, json};

use crate::{
    process::{Process, error_message, run, vestibule},
    secrets_manager::SecretsManager,
    support::{CLIENT_ID, POOL_ID, SECRET, environment, files::File, pool, pool_with},
};

const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")];

/// Timeouts that are long enough for a slow machine.
const LONG_TIMEOUTS: [(&str, &str); 3] = [
    ("COGNITO__CONNECT_TIMEOUT", "10s"),
    ("COGNITO__READ_TIMEOUT", "10s"),
    ("COGNITO__ATTEMPT_TIMEOUT", "10s"),
];

/// Returns a command with AWS credentials and this endpoint.
fn command(arguments: &[&str], settings: &[(&str, &str)], endpoint: &str) -> Command {
    let settings: Vec<(&str, &str)> = LONG_TIMEOUTS.iter().chain(settings).copied().collect();
    let mut command = vestibule(arguments);
    command
        .envs(environment(&settings, endpoint))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nonexistent")
        .envs(CREDENTIALS);
    command
}

/// Runs a command on another thread, because the pool runs on this one.
async fn run_in_thread(command: Command) -> Output {
    actix_web::rt::task::spawn_blocking(|| run(command)).await.expect("the thread does not panic")
}

/// Returns the exit code, the findings as `severity code`, and the whole report.
async fn examine(pool: &Pool, settings: &[(&str, &str)]) -> (Option<i32>, Vec<String>, Value) {
    examine_by(command(&["doctor", "--format", "json"], settings, &pool.url())).await
}

async fn examine_by(command: Command) -> (Option<i32>, Vec<String>, Value) {
    let output = run_in_thread(command).await;
    let text = output_text(&output);
    assert!(
        !text.contains(SECRET) && !text.contains("swordfish"),
        "the output contains a secret: {text}"
    );
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {text}"));
    let findings = report["findings"].as_array().expect("a list").iter();
    let summary = |finding: &Value| {
        format!(
            "{} {}",
            finding["severity"].as_str().expect("a severity"),
            finding["code"].as_str().expect("a code")
        )
    };
    (output.status.code(), findings.map(summary).collect(), report)
}

fn output_text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn client(id: &str, secret: Option<&str>) -> OtherClient {
    OtherClient { id: id.to_owned(), name: format!("client {id}"), secret: secret.map(Into::into) }
}

const EMAIL_LIMIT: &str = "warning email-daily-limit";

#[actix_web::test]
async fn examines_a_pool_and_ignores_other_endpoints() {
    let pool = pool(&[]).await;
    let mut command = command(&["doctor"], &[], &pool.url());
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");

    let output = run_in_thread(command).await;

    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let text = output_text(&output);
    assert!(text.starts_with("warning: email-daily-limit\n  The pool sends email"), "{text}");
    assert!(text.contains("0 errors, 1 warning, 0 notes."), "{text}");
    let mut operations: Vec<String> =
        pool.state().requests(None).into_iter().map(|request| request.operation).collect();
    operations.sort_unstable();
    assert_eq!(
        operations,
        [
            "DescribeUserPool",
            "DescribeUserPoolClient",
            "ListUserPoolClientSecrets",
            "ListUserPoolClients"
        ]
    );
}

#[actix_web::test]
async fn the_worst_finding_determines_the_exit_code() {
    let pool = pool(&[]).await;
    let strict = ("REGISTRATION__PASSWORD__REQUIRE_SYMBOL", "false");

    for (arguments, settings, expected) in [
        (&["doctor"][..], &[][..], 3),
        (&["doctor", "--fail-on", "error"], &[], 0),
        (&["doctor", "--fail-on", "never"], &[strict], 0),
        (&["doctor"], &[strict], 4),
        (&["doctor", "--fail-on", "error", "--format", "json"], &[strict], 4),
        (&["doctor"], &[("REGISTRATION__PASSWORD__MIN_LENGTH", "5")], 2),
    ] {
        let output = run_in_thread(command(arguments, settings, &pool.url())).await;

        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {}", output_text(&output));
    }
}

#[actix_web::test]
async fn finds_a_public_client_on_any_page_without_printing_secrets() {
    let one_page = pool(&[]).await;
    one_page.state().add_client(client("7back", Some("swordfish")));
    let two_pages = pool(&[]).await;
    for number in 0..70 {
        let secret = (number != 69).then_some("swordfish");
        two_pages.state().add_client(client(&format!("7client{number}"), secret));
    }
    let too_many = pool(&[]).await;
    for number in 0..101 {
        too_many.state().add_client(client(&format!("7client{number}"), Some("swordfish")));
    }

    let (_, confidential, _) = examine(&one_page, &[]).await;
    let (code, public, report) = examine(&two_pages, &[]).await;
    let (_, incomplete, incomplete_report) = examine(&too_many, &[]).await;

    assert_eq!(confidential, [EMAIL_LIMIT]);
    assert_eq!(
        (code, public),
        (Some(4), vec!["error public-client".to_owned(), EMAIL_LIMIT.to_owned()])
    );
    let first = &report["findings"][0];
    assert!(first["sentence"].as_str().is_some_and(|text| text.contains("7client69")), "{first}");
    assert_eq!(incomplete, [EMAIL_LIMIT, "note not-checked"]);
    let last = &incomplete_report["findings"][1]["sentence"];
    assert!(last.as_str().is_some_and(|text| text.contains("more than 100")), "{last}");
}

#[actix_web::test]
async fn continues_without_denied_operations() {
    for (denied, expected) in [
        ("DescribeUserPool", vec!["note not-checked"]),
        // A ConfirmSignUp call with an unknown user tests the secret instead.
        ("DescribeUserPoolClient", vec![EMAIL_LIMIT, "note not-checked"]),
        ("ListUserPoolClients", vec![EMAIL_LIMIT, "note not-checked"]),
        ("ListUserPoolClientSecrets", vec![EMAIL_LIMIT, "note not-checked"]),
    ] {
        let pool = pool(&[]).await;
        pool.state().deny(denied);

        let (_, findings, report) = examine(&pool, &[]).await;

        assert_eq!(findings, expected, "{denied}: {report:#}");
        let note = report["findings"].as_array().and_then(|findings| findings.last().cloned());
        let note = note.expect("a note");
        let needed = format!("do not allow cognito-idp:{denied}");
        assert!(note["sentence"].as_str().is_some_and(|text| text.contains(&needed)), "{note}");
    }
}

#[actix_web::test]
async fn reports_in_one_line_why_it_could_not_examine_the_pool() {
    let pool = pool(&[]).await;
    pool.state().deny("DescribeUserPool");
    pool.state().deny("DescribeUserPoolClient");
    let mut without_credentials = command(&["doctor"], &[], &pool.url());
    for (name, _) in CREDENTIALS {
        without_credentials.env_remove(name);
    }

    for (case, command, expected) in [
        (
            "no permission",
            command(&["doctor"], &[], &pool.url()),
            "do not allow cognito-idp:DescribeUserPool;",
        ),
        ("no credentials", without_credentials, "there are no AWS credentials"),
        ("no server", command(&["doctor"], &[], "http://127.0.0.1:1"), "AWS is unavailable"),
    ] {
        let output = run_in_thread(command).await;

        assert_eq!(output.status.code(), Some(1), "{case}: {output:?}");
        let message = error_message(&output, case);
        assert!(message.contains(expected), "{case}: {message}");
        assert!(output.stdout.is_empty(), "{case}: {output:?}");
    }
}

#[actix_web::test]
async fn reports_missing_pools_and_clients() {
    let pool = pool(&[]).await;

    let (code, no_pool, _) =
        examine(&pool, &[("COGNITO__USER_POOL_ID", "eu-central-1_NONE")]).await;
    let (_, no_client, _) = examine(&pool, &[("COGNITO__CLIENT_ID", "7unknown")]).await;

    assert_eq!((code, no_pool), (Some(4), vec!["error pool-not-found".to_owned()]));
    assert!(no_client.contains(&"error client-not-found".to_owned()), "{no_client:?}");
}

#[actix_web::test]
async fn tests_a_secret_with_a_call_if_it_cannot_compare_it() {
    const SECOND: &str = "swordfish-two";
    let both = async || {
        pool_with(&[], |settings| settings.client_secrets = vec![SECRET.into(), SECOND.into()])
            .await
    };
    let (second, wrong, rotated) = (both().await, pool(&[]).await, both().await);
    wrong.state().deny("DescribeUserPoolClient");
    let public = pool_with(&[], |settings| settings.client_secrets.clear()).await;

    for (case, pool, settings, expected) in [
        (
            "the second of two",
            &second,
            &[("COGNITO__CLIENT_SECRET", SECOND)][..],
            vec![EMAIL_LIMIT],
        ),
        (
            "a wrong one, without permission to read it",
            &wrong,
            &[("COGNITO__CLIENT_SECRET", "swordfish-wrong")],
            vec!["error secret-rejected", EMAIL_LIMIT, "note not-checked"],
        ),
        (
            "a stale primary and a valid secondary",
            &rotated,
            &[
                ("COGNITO__CLIENT_SECRET", "swordfish-old"),
                ("COGNITO__SECONDARY_CLIENT_SECRET", SECOND),
            ],
            vec!["warning secret-primary-stale", EMAIL_LIMIT],
        ),
        (
            "a client without a secret",
            &public,
            &[],
            vec!["error client-without-secret", EMAIL_LIMIT],
        ),
    ] {
        let (_, findings, report) = examine(pool, settings).await;

        assert_eq!(findings, expected, "{case}: {report:#}");
        assert!(pool.state().messages(None).is_empty(), "{case}: no message is sent");
        assert!(pool.state().accounts(None).accounts.is_empty(), "{case}: no account is created");
    }
    let probes: Vec<_> = second
        .state()
        .requests(None)
        .into_iter()
        .filter(|request| request.operation == "ConfirmSignUp")
        .collect();
    assert_eq!(probes.len(), 1);
    assert_eq!(probes[0].username.as_deref().map(str::len), Some(36), "a random user name");
}

#[actix_web::test]
async fn checks_secrets_of_aws_secrets_manager_or_reports_why_not() {
    const OLD: &str = "swordfish-old";
    let primary_stale = vec!["warning secret-primary-stale", EMAIL_LIMIT];
    for (case, versions, exception, settings, expected) in [
        ("the right one", &[SECRET][..], None, &[][..], vec![EMAIL_LIMIT]),
        ("a finished rotation", &[OLD, SECRET], None, &[], vec![EMAIL_LIMIT]),
        ("a wrong one", &[OLD], None, &[], vec!["error secret-rejected", EMAIL_LIMIT]),
        ("the previous version", &[SECRET, OLD], None, &[], primary_stale.clone()),
        (
            "the valid one as secondary secret",
            &[OLD],
            None,
            &[("COGNITO__SECONDARY_CLIENT_SECRET", SECRET)],
            primary_stale,
        ),
        (
            "no permission to read it",
            &[SECRET],
            Some(("AccessDeniedException", "User: arn:aws:iam::123456789012:user/swordfish")),
            &[],
            vec![EMAIL_LIMIT, "note not-checked"],
        ),
        ("no such secret", &[], None, &[], vec![EMAIL_LIMIT, "note not-checked"]),
    ] {
        let (pool, manager) = (pool(&[]).await, SecretsManager::start(versions));
        manager.state().exception = exception;
        let arguments = ["doctor", "--format", "json"];
        let mut command = manager.command(&arguments, settings, &pool.url());
        command.env("HOME", "/nonexistent");

        let (_, findings, report) = examine_by(command).await;

        assert_eq!(findings, expected, "{case}: {report:#}");
        let all = report["findings"].as_array().expect("a list");
        let mut notes = all.iter().filter(|finding| finding["code"] == "not-checked");
        let names_it = |note: &Value| {
            note["sentence"].as_str().is_some_and(|text| text.contains("cognito.client_secret_arn"))
        };
        assert!(notes.all(names_it), "{case}: {report:#}");
    }
}

#[actix_web::test]
async fn finds_no_errors_in_the_sandbox_in_any_mode() {
    for (mode, expected) in [
        ("email", vec![EMAIL_LIMIT]),
        ("phone", vec![]),
        ("chosen", vec!["warning codes-not-sent-to-all", EMAIL_LIMIT]),
        ("generated", vec![EMAIL_LIMIT]),
    ] {
        let settings = [("REGISTRATION__USERNAME", mode)];
        let pool = pool(&settings).await;

        let (_, findings, report) = examine(&pool, &settings).await;

        assert_eq!(findings, expected, "{mode}: {report:#}");
    }
}

#[actix_web::test]
async fn reads_saved_descriptions_without_credentials() {
    let pool = File::new(
        &json!({"UserPool": {
            "Id": POOL_ID,
            "CreationDate": "2026-01-02T03:04:05.678000+01:00",
            "UsernameAttributes": ["email"],
            "UsernameConfiguration": {"CaseSensitive": false},
            "AutoVerifiedAttributes": ["email"],
            "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"},
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true}
        }})
        .to_string(),
    );
    let client = File::new(
        &json!({"UserPoolClient": {
            "UserPoolId": POOL_ID,
            "ClientId": CLIENT_ID,
            "ClientSecret": "********",
            "PreventUserExistenceErrors": "ENABLED",
            "LastModifiedDate": "2026-01-02T03:04:05.678000+01:00"
        }})
        .to_string(),
    );
    let broken = File::new("{\n\n\"UserPool\": swordfish");
    let examine = |files: &[&str]| {
        let mut command = vestibule(&[&["doctor", "--offline"], files].concat());
        command.envs(environment(&[], "http://127.0.0.1:1"));
        run(command)
    };

    let both = examine(&[client.name(), pool.name()]);
    let unreadable = examine(&[pool.name(), broken.name()]);
    let missing = examine(&["/nowhere/pool.json"]);

    assert_eq!(both.status.code(), Some(4), "{both:?}");
    let text = output_text(&both);
    assert!(text.starts_with("error: admin-only\n"), "{text}");
    assert!(text.contains("1 error, 0 warnings, 3 notes."), "{text}");
    assert_eq!(unreadable.status.code(), Some(1), "{unreadable:?}");
    assert_eq!(
        error_message(&unreadable, "unreadable"),
        format!("{}: line 3 is not valid JSON. Save the file again.", broken.name())
    );
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
    assert!(
        error_message(&missing, "missing").starts_with("/nowhere/pool.json: cannot be read"),
        "{missing:?}"
    );
}

#[actix_web::test]
async fn at_start_it_is_off_warns_or_prevents_the_start() {
    let pool = pool(&[]).await;
    let strict = ("REGISTRATION__PASSWORD__REQUIRE_SYMBOL", "false");
    let serve = |settings: &[(&str, &str)], endpoint: &str| command(&["serve"], settings, endpoint);
    let codes = |process: &Process| -> Vec<String> {
        let mut lines = process.log();
        lines.retain(|line| line["message"] == "finding of the doctor");
        assert!(lines.iter().all(|line| line["sentence"].is_string()), "{lines:?}");
        lines.iter().filter_map(|line| line["finding"].as_str()).map(str::to_owned).collect()
    };

    let off = Process::start(serve(&[strict], &pool.url())).await;
    let calls_while_off = pool.state().requests(None).len();
    let warned = Process::start(serve(&[strict, ("DOCTOR__ON_START", "warn")], &pool.url())).await;
    let rejected = run_in_thread(serve(&[strict, ("DOCTOR__ON_START", "fail")], &pool.url())).await;
    let without_errors = Process::start(serve(&[("DOCTOR__ON_START", "fail")], &pool.url())).await;
    let unreachable =
        Process::start(serve(&[("DOCTOR__ON_START", "fail")], "http://127.0.0.1:1")).await;

    assert_eq!(calls_while_off, 0);
    assert!(codes(&off).is_empty(), "{}", off.all_output());
    assert_eq!(
        codes(&warned),
        ["password-stricter", "email-daily-limit"],
        "{}",
        warned.all_output()
    );
    assert_eq!(rejected.status.code(), Some(1), "{rejected:?}");
    let message = error_message(&rejected, "rejected");
    assert!(
        message.contains("doctor.on_start") && message.contains("password-stricter"),
        "{message}"
    );
    assert!(!output_text(&rejected).contains("listening"), "{rejected:?}");
    assert_eq!(
        codes(&without_errors),
        ["email-daily-limit"],
        "a warning does not prevent the start"
    );
    assert!(
        unreachable.output().contains("doctor did not examine the pool"),
        "{}",
        unreachable.all_output()
    );
    for process in [off, warned, without_errors, unreachable] {
        assert!(!process.all_output().contains(SECRET), "{}", process.all_output());
    }
}

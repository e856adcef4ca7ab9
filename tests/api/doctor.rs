//! `vestibule doctor`, and the doctor at start, as operators meet them.

use std::process::{Command, Output};

use cognito_sandbox::{OtherClient, Pool};
use serde_json::{Value, json};

use crate::{
    process::{Process, run, sentence, vestibule},
    secrets_manager::SecretsManager,
    support::{CLIENT_ID, POOL_ID, SECRET, environment, files::File, pool, pool_with},
};

const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")];

/// Time-outs that no slow machine runs into.
const PATIENT: [(&str, &str); 3] = [
    ("COGNITO__CONNECT_TIMEOUT", "10s"),
    ("COGNITO__READ_TIMEOUT", "10s"),
    ("COGNITO__ATTEMPT_TIMEOUT", "10s"),
];

/// A command with credentials, asking this endpoint.
fn command(arguments: &[&str], settings: &[(&str, &str)], endpoint: &str) -> Command {
    let settings: Vec<(&str, &str)> = PATIENT.iter().chain(settings).copied().collect();
    let mut command = vestibule(arguments);
    command
        .envs(environment(&settings, endpoint))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nonexistent")
        .envs(CREDENTIALS);
    command
}

/// Runs a command beside a pool that lives on this thread.
async fn beside(command: Command) -> Output {
    actix_web::rt::task::spawn_blocking(|| run(command)).await.expect("the program ends")
}

/// What the doctor finds in JSON, as `severity code`.
async fn examine(pool: &Pool, settings: &[(&str, &str)]) -> (Option<i32>, Vec<String>, Value) {
    examine_by(command(&["doctor", "--format", "json"], settings, &pool.url())).await
}

async fn examine_by(command: Command) -> (Option<i32>, Vec<String>, Value) {
    let output = beside(command).await;
    let text = everything(&output);
    assert!(!text.contains(SECRET) && !text.contains("swordfish"), "a secret is shown: {text}");
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {text}"));
    let findings = report["findings"].as_array().expect("a list").iter();
    let named = |finding: &Value| {
        format!(
            "{} {}",
            finding["severity"].as_str().expect("a severity"),
            finding["code"].as_str().expect("a code")
        )
    };
    (output.status.code(), findings.map(named).collect(), report)
}

fn everything(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn other(id: &str, secret: Option<&str>) -> OtherClient {
    OtherClient { id: id.to_owned(), name: format!("client {id}"), secret: secret.map(Into::into) }
}

const MAILER: &str = "warning email-daily-limit";

#[actix_web::test]
async fn examines_a_pool_with_credentials_and_asks_nobody_else() {
    let pool = pool(&[]).await;
    let mut command = command(&["doctor"], &[], &pool.url());
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");

    let output = beside(command).await;

    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let text = everything(&output);
    assert!(text.starts_with("warning: email-daily-limit\n  The pool sends email"), "{text}");
    assert!(text.contains("0 errors, 1 warning, 0 notes."), "{text}");
    let mut asked: Vec<String> =
        pool.state().requests(None).into_iter().map(|request| request.operation).collect();
    asked.sort_unstable();
    assert_eq!(
        asked,
        [
            "DescribeUserPool",
            "DescribeUserPoolClient",
            "ListUserPoolClientSecrets",
            "ListUserPoolClients"
        ]
    );
}

#[actix_web::test]
async fn the_worst_finding_decides_the_exit_code() {
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
        let output = beside(command(arguments, settings, &pool.url())).await;

        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {}", everything(&output));
    }
}

#[actix_web::test]
async fn finds_a_public_client_on_any_page_and_shows_no_secret() {
    let few = pool(&[]).await;
    few.state().add_client(other("7back", Some("swordfish")));
    let paged = pool(&[]).await;
    for number in 0..70 {
        let secret = (number != 69).then_some("swordfish");
        paged.state().add_client(other(&format!("7client{number}"), secret));
    }
    let many = pool(&[]).await;
    for number in 0..101 {
        many.state().add_client(other(&format!("7client{number}"), Some("swordfish")));
    }

    let (_, confidential, _) = examine(&few, &[]).await;
    let (code, public, report) = examine(&paged, &[]).await;
    let (_, incomplete, more) = examine(&many, &[]).await;

    assert_eq!(confidential, [MAILER]);
    assert_eq!(
        (code, public),
        (Some(4), vec!["error public-client".to_owned(), MAILER.to_owned()])
    );
    let first = &report["findings"][0];
    assert!(first["sentence"].as_str().is_some_and(|text| text.contains("7client69")), "{first}");
    assert_eq!(incomplete, [MAILER, "note not-checked"]);
    let last = &more["findings"][1]["sentence"];
    assert!(last.as_str().is_some_and(|text| text.contains("more than 100")), "{last}");
}

#[actix_web::test]
async fn goes_on_without_what_the_credentials_do_not_allow() {
    for (denied, expected) in [
        ("DescribeUserPool", vec!["note not-checked"]),
        // The pool itself is asked whether it takes the secret.
        ("DescribeUserPoolClient", vec![MAILER, "note not-checked"]),
        ("ListUserPoolClients", vec![MAILER, "note not-checked"]),
        ("ListUserPoolClientSecrets", vec![MAILER, "note not-checked"]),
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
async fn says_in_one_sentence_why_nothing_could_be_read() {
    let pool = pool(&[]).await;
    pool.state().deny("DescribeUserPool");
    pool.state().deny("DescribeUserPoolClient");
    let mut without = command(&["doctor"], &[], &pool.url());
    for (name, _) in CREDENTIALS {
        without.env_remove(name);
    }

    for (case, command, expected) in [
        (
            "no permission",
            command(&["doctor"], &[], &pool.url()),
            "do not allow cognito-idp:DescribeUserPool;",
        ),
        ("no credentials", without, "no AWS credentials were found"),
        (
            "nobody there",
            command(&["doctor"], &[], "http://127.0.0.1:1"),
            "AWS could not be reached",
        ),
    ] {
        let output = beside(command).await;

        assert_eq!(output.status.code(), Some(1), "{case}: {output:?}");
        let said = sentence(&output, case);
        assert!(said.contains(expected), "{case}: {said}");
        assert!(output.stdout.is_empty(), "{case}: {output:?}");
    }
}

#[actix_web::test]
async fn says_what_does_not_exist() {
    let pool = pool(&[]).await;

    let (code, no_pool, _) =
        examine(&pool, &[("COGNITO__USER_POOL_ID", "eu-central-1_NONE")]).await;
    let (_, no_client, _) = examine(&pool, &[("COGNITO__CLIENT_ID", "7nobody")]).await;

    assert_eq!((code, no_pool), (Some(4), vec!["error pool-not-found".to_owned()]));
    assert!(no_client.contains(&"error client-not-found".to_owned()), "{no_client:?}");
}

#[actix_web::test]
async fn asks_the_pool_about_a_secret_that_cannot_be_compared() {
    const SECOND: &str = "swordfish-two";
    let both = async || {
        pool_with(&[], |settings| settings.client_secrets = vec![SECRET.into(), SECOND.into()])
            .await
    };
    let (second, wrong, rotated) = (both().await, pool(&[]).await, both().await);
    wrong.state().deny("DescribeUserPoolClient");
    let public = pool_with(&[], |settings| settings.client_secrets.clear()).await;

    for (case, pool, settings, expected) in [
        ("the second of two", &second, &[("COGNITO__CLIENT_SECRET", SECOND)][..], vec![MAILER]),
        (
            "a wrong one, and no right to look",
            &wrong,
            &[("COGNITO__CLIENT_SECRET", "swordfish-wrong")],
            vec!["error secret-rejected", MAILER, "note not-checked"],
        ),
        (
            "a stale one beside a good one",
            &rotated,
            &[
                ("COGNITO__CLIENT_SECRET", "swordfish-old"),
                ("COGNITO__SECONDARY_CLIENT_SECRET", SECOND),
            ],
            vec!["warning secret-primary-stale", MAILER],
        ),
        ("a client without one", &public, &[], vec!["error client-without-secret", MAILER]),
    ] {
        let (_, findings, report) = examine(pool, settings).await;

        assert_eq!(findings, expected, "{case}: {report:#}");
        assert!(pool.state().messages(None).is_empty(), "{case}: nothing is sent");
        assert!(pool.state().accounts(None).accounts.is_empty(), "{case}: nobody is created");
    }
    let probes: Vec<_> = second
        .state()
        .requests(None)
        .into_iter()
        .filter(|request| request.operation == "ConfirmSignUp")
        .collect();
    assert_eq!(probes.len(), 1);
    assert_eq!(probes[0].username.as_deref().map(str::len), Some(36), "a name that nobody has");
}

#[actix_web::test]
async fn compares_the_secrets_of_aws_secrets_manager_or_says_that_it_could_not() {
    const OLD: &str = "swordfish-old";
    let primary_stale = vec!["warning secret-primary-stale", MAILER];
    for (case, versions, refusal, settings, expected) in [
        ("the right one", &[SECRET][..], None, &[][..], vec![MAILER]),
        ("a rotation that has ended", &[OLD, SECRET], None, &[], vec![MAILER]),
        ("a wrong one", &[OLD], None, &[], vec!["error secret-rejected", MAILER]),
        ("the version before", &[SECRET, OLD], None, &[], primary_stale.clone()),
        (
            "the other one in the settings",
            &[OLD],
            None,
            &[("COGNITO__SECONDARY_CLIENT_SECRET", SECRET)],
            primary_stale,
        ),
        (
            "no right to read it",
            &[SECRET],
            Some(("AccessDeniedException", "User: arn:aws:iam::123456789012:user/swordfish")),
            &[],
            vec![MAILER, "note not-checked"],
        ),
        ("no such secret", &[], None, &[], vec![MAILER, "note not-checked"]),
    ] {
        let (pool, manager) = (pool(&[]).await, SecretsManager::start(versions));
        manager.kept().refusal = refusal;
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
async fn examines_the_sandbox_in_every_mode_without_an_error() {
    for (mode, expected) in [
        ("email", vec![MAILER]),
        ("phone", vec![]),
        ("chosen", vec!["warning codes-not-sent-to-all", MAILER]),
        ("generated", vec![MAILER]),
    ] {
        let settings = [("REGISTRATION__USERNAME", mode)];
        let pool = pool(&settings).await;

        let (_, findings, report) = examine(&pool, &settings).await;

        assert_eq!(findings, expected, "{mode}: {report:#}");
    }
}

#[actix_web::test]
async fn reads_saved_descriptions_and_needs_no_credentials() {
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
    let text = everything(&both);
    assert!(text.starts_with("error: admin-only\n"), "{text}");
    assert!(text.contains("1 error, 0 warnings, 3 notes."), "{text}");
    assert_eq!(unreadable.status.code(), Some(1), "{unreadable:?}");
    assert_eq!(
        sentence(&unreadable, "unreadable"),
        format!("{}: line 3 is not valid JSON", broken.name())
    );
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
    assert!(
        sentence(&missing, "missing").starts_with("/nowhere/pool.json: cannot be read"),
        "{missing:?}"
    );
}

#[actix_web::test]
async fn at_start_it_warns_refuses_or_keeps_still() {
    let pool = pool(&[]).await;
    let strict = ("REGISTRATION__PASSWORD__REQUIRE_SYMBOL", "false");
    let serve = |settings: &[(&str, &str)], endpoint: &str| command(&["serve"], settings, endpoint);
    let codes = |process: &Process| -> Vec<String> {
        let lines = process.log();
        let codes = lines.iter().filter_map(|line| line["code"].as_str());
        codes.map(str::to_owned).collect()
    };

    let off = Process::start(serve(&[strict], &pool.url())).await;
    let asked_while_off = pool.state().requests(None).len();
    let warned = Process::start(serve(&[strict, ("DOCTOR__ON_START", "warn")], &pool.url())).await;
    let refused = beside(serve(&[strict, ("DOCTOR__ON_START", "fail")], &pool.url())).await;
    let good = Process::start(serve(&[("DOCTOR__ON_START", "fail")], &pool.url())).await;
    let away = Process::start(serve(&[("DOCTOR__ON_START", "fail")], "http://127.0.0.1:1")).await;

    assert_eq!(asked_while_off, 0);
    assert!(codes(&off).is_empty(), "{}", off.everything());
    assert_eq!(
        codes(&warned),
        ["password-stricter", "email-daily-limit"],
        "{}",
        warned.everything()
    );
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = sentence(&refused, "refused");
    assert!(said.contains("doctor.on_start") && said.contains("password-stricter"), "{said}");
    assert!(!everything(&refused).contains("listening"), "{refused:?}");
    assert_eq!(codes(&good), ["email-daily-limit"], "a warning keeps nothing from starting");
    assert!(away.output().contains("the pool was not examined"), "{}", away.everything());
    for process in [off, warned, good, away] {
        assert!(!process.everything().contains(SECRET), "{}", process.everything());
    }
}

//! `vestibule accounts unconfirmed`, beside a pool in which some people never confirmed.

use std::{
    process::{Command, Output},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    between::between,
    process::{Process, vestibule},
    support::{Service, environment, files::Folder},
    wait::until,
};

const A_WEEK: Duration = Duration::from_hours(7 * 24);

const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")];

/// A pool with people of whom some never confirmed, and of those some a week ago.
async fn pool() -> Service {
    let service = Service::start(&[]).await;
    for name in ["old1", "old2", "confirmed", "old3"] {
        register(&service, name).await;
    }
    confirm(&service, "confirmed").await;
    service.pool().advance(A_WEEK + Duration::from_hours(1));
    register(&service, "new").await;
    service
}

fn address(name: &str) -> String {
    format!("{name}@example.com")
}

async fn register(service: &Service, name: &str) {
    let answer = service.register_email(&address(name)).await;
    assert_eq!(answer.status, 201, "{name}: {}", answer.text);
}

async fn confirm(service: &Service, name: &str) {
    let address = address(name);
    let answer = service.confirm_code(&address, &service.code_for(&address)).await;
    assert_eq!(answer.status, 200, "{name}: {}", answer.text);
}

/// Those of the names that the pool has an account for.
fn left(service: &Service) -> Vec<String> {
    let mut names: Vec<String> = service
        .pool()
        .accounts(None)
        .accounts
        .iter()
        .map(|account| account.username.trim_end_matches("@example.com").to_owned())
        .collect();
    names.sort_unstable();
    names
}

fn command(endpoint: &str, arguments: &[&str]) -> Command {
    let mut command =
        vestibule(&[&["accounts", "unconfirmed", "--rate", "50/s"], arguments].concat());
    command
        .envs(environment(&[], endpoint))
        .envs(CREDENTIALS)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nonexistent");
    command
}

async fn ran(command: Command) -> Output {
    Process::spawn(command).output_at_its_end().await
}

async fn accounts(endpoint: &str, arguments: &[&str]) -> Output {
    ran(command(endpoint, arguments)).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[actix_web::test]
async fn lists_whom_nobody_confirmed_in_time_and_names_nobody() {
    let service = pool().await;
    let url = service.pool.url();

    let listed = accounts(&url, &["--older-than", "7d"]).await;
    let everybody = accounts(&url, &["--older-than", "7d", "--show-personal-data"]).await;
    let json = accounts(&url, &["--older-than", "7d", "--format", "json"]).await;
    let none = accounts(&url, &["--older-than", "8d"]).await;

    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    let printed = text(&listed.stdout);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 4, "{printed}");
    let old = &service.pool().accounts(Some("old1@example.com")).accounts[0];
    assert!(lines[0].starts_with(&old.sub) && lines[0].ends_with("Z  email"), "{printed}");
    assert_eq!(lines[3], "Found in eu-central-1_EXAMPLE: 3 unconfirmed accounts.");
    assert!(!printed.contains('@'), "{printed}");
    let printed = text(&everybody.stdout);
    for name in ["old1", "old2", "old3"] {
        assert!(printed.contains(&address(name)), "{name}: {printed}");
    }
    assert!(!printed.contains("new@") && !printed.contains("confirmed@"), "{printed}");
    let rows: Vec<Value> = text(&json.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    assert_eq!(rows.len(), 3, "{json:?}");
    assert_eq!(rows[0]["sub"], *old.sub);
    assert_eq!(rows[0]["has_email"], true);
    assert_eq!(rows[0].as_object().map(serde_json::Map::len), Some(4), "{}", rows[0]);
    assert!(text(&json.stderr).starts_with("Found in eu-central-1_EXAMPLE: 3 "), "{json:?}");
    assert!(text(&none.stdout).starts_with("Found in eu-central-1_EXAMPLE: 0 "), "{none:?}");
    assert_eq!(left(&service), ["confirmed", "new", "old1", "old2", "old3"]);
}

#[actix_web::test]
async fn deletes_only_where_it_is_told_to_do_it() {
    let service = pool().await;
    let url = service.pool.url();

    let dry = accounts(&url, &["--older-than", "7d", "--delete"]).await;
    let left_dry = left(&service);
    let done =
        accounts(&url, &["--older-than", "7d", "--delete", "--yes", "--without-database"]).await;

    assert_eq!(dry.status.code(), Some(0), "{dry:?}");
    assert!(
        text(&dry.stdout).ends_with(
            "To be deleted permanently from eu-central-1_EXAMPLE: 3 unconfirmed accounts. Some of these users may have requested a new code, because the audit log is unavailable: database.url: a database in memory is known to its service alone. Pass --yes to delete.\n"
        ),
        "{dry:?}"
    );
    assert_eq!(left_dry, ["confirmed", "new", "old1", "old2", "old3"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let printed = text(&done.stdout);
    assert_eq!(printed.lines().filter(|line| line.ends_with("  deleted")).count(), 3, "{printed}");
    assert!(
        printed.contains("\nDeleted from eu-central-1_EXAMPLE: 3 unconfirmed accounts. Some of"),
        "{printed}"
    );
    assert!(!printed.contains('@'), "{printed}");
    assert_eq!(left(&service), ["confirmed", "new"]);
    register(&service, "old1").await;
}

#[actix_web::test]
async fn skips_accounts_with_an_attempt_in_the_last_day() {
    let service = pool().await;
    let url = service.pool.url();
    let folder = Folder::new("accounts");
    let database = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    let settings = [("DATABASE__URL", database.as_str())];
    let process = Process::serve(&settings, &url).await;
    let form = json!({"username": address("old2")});
    let resend = format!("{}/register/resend", process.url);
    let resent =
        crate::support::client().post(resend).json(&form).send().await.expect("it answers");
    assert!(resent.status().is_success(), "{resent:?}");
    let with_database = |arguments: &[&str]| {
        let mut command = command(&url, arguments);
        command.env("VESTIBULE__DATABASE__URL", &database);
        ran(command)
    };
    let deleting = ["--older-than", "7d", "--delete"];
    let dry = until(
        "the database has the resend",
        async || with_database(&deleting).await,
        |dry| text(&dry.stdout).contains("Skipped"),
    )
    .await;

    let listed = with_database(&["--older-than", "7d"]).await;
    let done = with_database(&[&deleting[..], &["--yes"]].concat()).await;

    assert!(text(&listed.stdout).contains("\nFound in eu-central-1_EXAMPLE: 3 "), "{listed:?}");
    for (case, output, part) in [
        ("dry", &dry, "2 unconfirmed accounts. Skipped: 1, with an attempt in"),
        (
            "done",
            &done,
            "Deleted from eu-central-1_EXAMPLE: 2 unconfirmed accounts. Skipped: 1, with an",
        ),
    ] {
        assert_eq!(output.status.code(), Some(0), "{case}: {output:?}");
        let printed = text(&output.stdout);
        assert!(printed.contains(part), "{case}: {printed}");
        assert!(!printed.contains("is unavailable"), "{case}: {printed}");
    }
    assert_eq!(left(&service), ["confirmed", "new", "old2"]);
}

#[actix_web::test]
async fn whoever_confirms_in_the_meantime_is_kept() {
    let service = Arc::new(pool().await);
    let names = Arc::new(Mutex::new(vec![address("old2")]));
    let (state, waiting) = (service.pool.state().clone(), Arc::clone(&names));
    let confirmed_by = service.pool.url();
    // Between the list and the second look, one of them confirms.
    let url = between(&service.pool.url(), move |operation, _| {
        if operation == "AdminGetUser"
            && let Some(address) = waiting.lock().expect("nobody panics").pop()
        {
            let code = state.messages(Some(&address))[0].code.clone();
            confirm_at(&confirmed_by, &address, &code);
        }
        None
    });

    // Its code has run out in the pool, unless it is a new one.
    let resent = service.resend(&serde_json::json!({"username": address("old2")})).await;
    assert_eq!(resent.status, 202, "{}", resent.text);
    let done =
        accounts(&url, &["--older-than", "7d", "--delete", "--yes", "--without-database"]).await;

    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let printed = text(&done.stdout);
    assert!(printed.contains("  kept\n"), "{printed}");
    assert!(
        printed.contains(
            "2 unconfirmed accounts. Kept: 1, confirmed or changed after the listing. Some"
        ),
        "{printed}"
    );
    assert!(service.is_confirmed(&address("old2")));
    assert_eq!(left(&service), ["confirmed", "new", "old2"]);
}

/// Confirms in the pool itself, from a thread that has no runtime.
fn confirm_at(pool: &str, address: &str, code: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let hash = vestibule::cognito::secret_hash(
        &crate::support::SECRET.into(),
        address,
        crate::support::CLIENT_ID,
    );
    let input = serde_json::json!({
        "ClientId": crate::support::CLIENT_ID, "Username": address, "ConfirmationCode": code,
        "SecretHash": hash,
    });
    let call = crate::support::client()
        .post(pool)
        .header("x-amz-target", "AWSCognitoIdentityProviderService.ConfirmSignUp")
        .header("content-type", "application/x-amz-json-1.1")
        .body(input.to_string());
    let answer = runtime.expect("a runtime").block_on(call.send()).expect("the pool answers");
    assert_eq!(answer.status().as_u16(), 200);
}

#[actix_web::test]
async fn goes_on_to_the_last_page_also_past_pages_with_nobody_on_them() {
    let service = Service::start(&[]).await;
    for number in 0..130 {
        let name = format!("ada{number}");
        register(&service, &name).await;
        // The second page has nobody who waits.
        if (60..120).contains(&number) {
            confirm(&service, &name).await;
        }
    }
    service.pool().advance(A_WEEK + Duration::from_hours(1));

    let listed = accounts(&service.pool.url(), &["--older-than", "7d", "--delete"]).await;

    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    let printed = text(&listed.stdout);
    assert_eq!(printed.lines().count(), 71, "{printed}");
    assert!(printed.contains(": 70 unconfirmed accounts."), "{printed}");
    let lists = service.pool().requests(None);
    let lists = lists.iter().filter(|seen| seen.operation == "ListUsers").count();
    assert_eq!(lists, 3);
}

#[actix_web::test]
async fn waits_where_it_is_throttled_and_ends_where_it_is_refused() {
    for (refused, code, times, ends_with) in [
        ("ListUsers", "TooManyRequestsException", 1, 0),
        ("AdminGetUser", "ThrottlingException", 1, 0),
        ("AdminDeleteUser", "TooManyRequestsException", 2, 0),
        ("ListUsers", "AccessDeniedException", usize::MAX, 1),
        ("AdminDeleteUser", "AccessDeniedException", usize::MAX, 1),
    ] {
        let service = pool().await;
        let count = AtomicUsize::new(0);
        let url = between(&service.pool.url(), move |operation, _| {
            let is_refused = operation == refused && count.fetch_add(1, Ordering::SeqCst) < times;
            is_refused.then(|| (code, "Zq: not now.".to_owned()))
        });

        let done =
            accounts(&url, &["--older-than", "7d", "--delete", "--yes", "--without-database"])
                .await;

        assert_eq!(done.status.code(), Some(ends_with), "{refused}: {code}: {done:?}");
        if ends_with == 0 {
            assert_eq!(left(&service), ["confirmed", "new"], "{refused}: {code}");
            continue;
        }
        let error = text(&done.stderr);
        assert!(error.contains(&format!("cognito-idp:{refused}")), "{refused}: {error}");
        assert!(error.contains(code), "{refused}: {error}");
        assert_eq!(left(&service).len(), 5, "{refused}: {code}");
        let says_what_was_done =
            text(&done.stdout).contains("0 unconfirmed accounts. Failed with 3 left.");
        assert_eq!(says_what_was_done, refused == "AdminDeleteUser", "{refused}: {done:?}");
    }
}

#[actix_web::test]
async fn ctrl_c_ends_it_between_two() {
    let service = pool().await;
    let deletions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&deletions);
    let (go, wait) = mpsc::channel();
    let wait = Mutex::new(wait);
    // The first deletion is held up until the signal is on its way.
    let url = between(&service.pool.url(), move |operation, _| {
        if operation == "AdminDeleteUser" {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = wait.lock().expect("nobody panics").recv();
        }
        None
    });
    let arguments = ["--older-than", "7d", "--delete", "--yes", "--without-database"];
    let mut process = Process::spawn(command(&url, &arguments));

    let look = async || deletions.load(Ordering::SeqCst);
    until("the first is being deleted", look, |deletions| *deletions == 1).await;
    process.signal("INT");
    go.send(()).expect("somebody waits");
    let status = process.ended().await;

    assert_eq!(status.code(), Some(130), "{}", process.everything());
    assert!(
        process.output().contains(
            "Deleted from eu-central-1_EXAMPLE: 1 unconfirmed account. Stopped with 2 left."
        ),
        "{}",
        process.everything()
    );
    assert_eq!(left(&service).len(), 4);
}

#[actix_web::test]
async fn says_in_one_sentence_what_it_needs() {
    let service = pool().await;
    let url = service.pool.url();
    let mut without_credentials = command(&url, &["--older-than", "7d"]);
    for (name, _) in CREDENTIALS {
        without_credentials.env_remove(name);
    }
    let no_rate = vestibule(&["accounts", "unconfirmed", "--older-than", "7d", "--rate", "9"]);
    let nobody = command("http://127.0.0.1:1", &["--older-than", "7d"]);
    for (case, command, code, part) in [
        (
            "no credentials",
            without_credentials,
            1,
            "cognito-idp:ListUsers failed: no AWS credentials were found",
        ),
        ("nobody there", nobody, 1, "cognito-idp:ListUsers"),
        ("young ones", command(&url, &["--older-than", "1h"]), 2, "at least 1d"),
        ("no age", command(&url, &["--delete"]), 2, "--older-than"),
        ("yes to nothing", command(&url, &["--older-than", "7d", "--yes"]), 2, "--delete"),
        ("no rate", no_rate, 2, "5/s"),
    ] {
        let output = ran(command).await;

        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{case}: {error}");
        assert!(error.contains(part), "{case}: {error}");
        assert!(!error.contains("wJalrXUtnFEMI"), "{case}: {error}");
        assert!(code != 1 || error.lines().count() == 1, "{case}, in one sentence: {error}");
    }
    let asked = service.pool().requests(None);
    assert!(asked.iter().all(|seen| seen.operation != "ListUsers"), "unsigned, nothing is asked");
    assert_eq!(left(&service).len(), 5);
}

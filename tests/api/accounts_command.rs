//! `vestibule accounts unconfirmed`, run against a pool with unconfirmed accounts.

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
    intercept::intercept,
    process::{Process, vestibule},
    support::{PASSWORD, Response, Service, environment, files::Folder},
    wait::until,
};

const A_WEEK: Duration = Duration::from_hours(7 * 24);

const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")];

/// Returns a pool with one confirmed account, three unconfirmed accounts older than a week, and
/// one new unconfirmed account.
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
    let response = service.register_email(&address(name)).await;
    assert_eq!(response.status, 201, "{name}: {}", response.text);
}

async fn confirm(service: &Service, name: &str) {
    let address = address(name);
    let response = service.confirm_code(&address, &service.code_for(&address)).await;
    assert_eq!(response.status, 200, "{name}: {}", response.text);
}

/// Returns the names of all accounts in the pool, sorted.
fn remaining(service: &Service) -> Vec<String> {
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

async fn run_to_exit(command: Command) -> Output {
    Process::spawn(command).final_output().await
}

async fn accounts(endpoint: &str, arguments: &[&str]) -> Output {
    run_to_exit(command(endpoint, arguments)).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[actix_web::test]
async fn lists_old_unconfirmed_accounts_without_personal_data() {
    let service = pool().await;
    let url = service.pool.url();

    let listed = accounts(&url, &["--older-than", "7d"]).await;
    let with_personal_data = accounts(&url, &["--older-than", "7d", "--show-personal-data"]).await;
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
    let printed = text(&with_personal_data.stdout);
    for name in ["old1", "old2", "old3"] {
        assert!(printed.contains(&address(name)), "{name}: {printed}");
    }
    assert!(!printed.contains("new@") && !printed.contains("confirmed@"), "{printed}");
    let rows: Vec<Value> = text(&json.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("the line is JSON"))
        .collect();
    assert_eq!(rows.len(), 3, "{json:?}");
    assert_eq!(rows[0]["sub"], *old.sub);
    assert_eq!(rows[0]["has_email"], true);
    assert_eq!(rows[0].as_object().map(serde_json::Map::len), Some(4), "{}", rows[0]);
    assert!(text(&json.stderr).starts_with("Found in eu-central-1_EXAMPLE: 3 "), "{json:?}");
    assert!(text(&none.stdout).starts_with("Found in eu-central-1_EXAMPLE: 0 "), "{none:?}");
    assert_eq!(remaining(&service), ["confirmed", "new", "old1", "old2", "old3"]);
}

#[actix_web::test]
async fn deletes_accounts_only_with_yes() {
    let service = pool().await;
    let url = service.pool.url();

    let dry_run = accounts(&url, &["--older-than", "7d", "--delete"]).await;
    let remaining_after_dry_run = remaining(&service);
    let deleted =
        accounts(&url, &["--older-than", "7d", "--delete", "--yes", "--without-database"]).await;

    assert_eq!(dry_run.status.code(), Some(0), "{dry_run:?}");
    assert!(
        text(&dry_run.stdout).ends_with(
            "To be deleted permanently from eu-central-1_EXAMPLE: 3 unconfirmed accounts. The audit log is unavailable: database.url: only its service can open a database in memory. Set database.url to a file or a server. Some of these users may have requested a new code. Pass --yes to delete.\n"
        ),
        "{dry_run:?}"
    );
    assert_eq!(remaining_after_dry_run, ["confirmed", "new", "old1", "old2", "old3"]);
    assert_eq!(deleted.status.code(), Some(0), "{deleted:?}");
    let printed = text(&deleted.stdout);
    assert_eq!(printed.lines().filter(|line| line.ends_with("  deleted")).count(), 3, "{printed}");
    assert!(
        printed
            .contains("\nDeleted from eu-central-1_EXAMPLE: 3 unconfirmed accounts. The audit log"),
        "{printed}"
    );
    assert!(!printed.contains('@'), "{printed}");
    assert_eq!(remaining(&service), ["confirmed", "new"]);
    register(&service, "old1").await;
}

#[actix_web::test]
async fn keeps_accounts_that_got_a_code_in_the_last_day() {
    let service = pool().await;
    let url = service.pool.url();
    let folder = Folder::new("accounts");
    let database = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    let settings = [("DATABASE__URL", database.as_str())];
    let process = Process::serve(&settings, &url).await;
    let post = async |path: &str, body: &Value| {
        let request = service.client.post(format!("{}{path}", process.url)).json(body);
        Response::of(request).await
    };
    // Any client can cause these attempts, and they send no code.
    let wrong = json!({"username": address("old1"), "code": "000000"});
    let taken = json!({"email": address("old1"), "password": "Another-pass-9"});
    for (path, body, status) in [
        ("/register/confirm", &wrong, 422),
        ("/register", &taken, 409),
        ("/register/resend", &json!({"username": address("old2")}), 202),
        ("/register", &json!({"email": address("created"), "password": PASSWORD}), 201),
    ] {
        let response = post(path, body).await;
        assert_eq!(response.status, status, "{path}: {}", response.text);
    }
    // The pool's clock makes the new account old.
    service.pool().advance(A_WEEK + Duration::from_hours(1));
    let with_database = |arguments: &[&str]| {
        let mut command = command(&url, arguments);
        command.env("VESTIBULE__DATABASE__URL", &database);
        run_to_exit(command)
    };
    let deleting = ["--older-than", "7d", "--delete"];
    let dry_run = until(
        "the database has the resend",
        async || with_database(&deleting).await,
        |dry_run| text(&dry_run.stdout).contains("Skipped: 2"),
    )
    .await;

    let listed = with_database(&["--older-than", "7d"]).await;
    let deleted = with_database(&[&deleting[..], &["--yes"]].concat()).await;

    assert!(text(&listed.stdout).contains("\nFound in eu-central-1_EXAMPLE: 5 "), "{listed:?}");
    for (case, output, part) in [
        ("dry", &dry_run, "3 unconfirmed accounts. Skipped: 2, with an attempt in"),
        (
            "done",
            &deleted,
            "Deleted from eu-central-1_EXAMPLE: 3 unconfirmed accounts. Skipped: 2, with an",
        ),
    ] {
        assert_eq!(output.status.code(), Some(0), "{case}: {output:?}");
        let printed = text(&output.stdout);
        assert!(printed.contains(part), "{case}: {printed}");
        assert!(!printed.contains("is unavailable"), "{case}: {printed}");
    }
    assert_eq!(remaining(&service), ["confirmed", "created", "old2"]);
}

// The store keeps the recipients of a user name until the confirmation or deletion of its account.
#[actix_web::test]
async fn a_deletion_deletes_the_stored_recipients() {
    let folder = Folder::new("accounts");
    let path = folder.path().join("vestibule.db");
    let database = format!("sqlite:{}", path.display());
    let settings = [
        ("DATABASE__URL", database.as_str()),
        ("REGISTRATION__USERNAME", "chosen"),
        ("LIMITS__MODE", "observe"),
    ];
    let service = Service::start(&settings).await;
    for name in ["ada", "eve", "bob"] {
        let form = json!({"username": name, "email": address(name), "password": PASSWORD});
        let response = service.register(&form).await;
        assert_eq!(response.status, 201, "{name}: {}", response.text);
    }
    let file = rusqlite::Connection::open(&path).expect("a database");
    let stored = async || {
        let sql = "SELECT COUNT(*) FROM recipients";
        file.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number")
    };
    until("the recipients are stored", stored, |rows| *rows == 3).await;

    let confirmed = service.confirm_code("Ada", &service.code_for(&address("ada"))).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    until("the confirm is stored", stored, |rows| *rows == 2).await;
    service.pool().advance(A_WEEK * 2);
    // The test makes the codes older than a day.
    let deleted = file.execute("DELETE FROM attempts", []).expect("the file can be written");
    assert_eq!(deleted, 4);
    let mut deletion = command(&service.pool.url(), &["--older-than", "7d", "--delete", "--yes"]);
    deletion.envs(environment(&settings, &service.pool.url()));
    let done = run_to_exit(deletion).await;

    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(text(&done.stdout).contains("Deleted from eu-central-1_EXAMPLE: 2 "), "{done:?}");
    assert_eq!(stored().await, 0);
}

#[actix_web::test]
async fn skips_an_account_that_is_confirmed_after_it_was_listed() {
    let service = Arc::new(pool().await);
    let names = Arc::new(Mutex::new(vec![address("old2")]));
    let (state, waiting) = (service.pool.state().clone(), Arc::clone(&names));
    let confirmed_by = service.pool.url();
    // The user of one account confirms it after the listing and before the deletion.
    let url = intercept(&service.pool.url(), move |operation, _| {
        if operation == "AdminGetUser"
            && let Some(address) = waiting.lock().expect("the lock is not poisoned").pop()
        {
            let code = state.messages(Some(&address))[0].code.clone();
            confirm_in_pool(&confirmed_by, &address, &code);
        }
        None
    });

    // The first code is expired. The user needs a new one.
    let resent = service.resend(&json!({"username": address("old2")})).await;
    assert_eq!(resent.status, 202, "{}", resent.text);
    let deleted =
        accounts(&url, &["--older-than", "7d", "--delete", "--yes", "--without-database"]).await;

    assert_eq!(deleted.status.code(), Some(0), "{deleted:?}");
    let printed = text(&deleted.stdout);
    assert!(printed.contains("  kept\n"), "{printed}");
    assert!(
        printed.contains(
            "2 unconfirmed accounts. Kept: 1, confirmed, changed or deleted after the listing, or with a new code. The audit log"
        ),
        "{printed}"
    );
    assert!(service.is_confirmed(&address("old2")));
    assert_eq!(remaining(&service), ["confirmed", "new", "old2"]);
}

/// Calls `ConfirmSignUp` of the pool, from a thread without an async runtime.
fn confirm_in_pool(pool: &str, address: &str, code: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let hash = vestibule::cognito::secret_hash(
        &crate::support::SECRET.into(),
        address,
        crate::support::CLIENT_ID,
    );
    let input = json!({
        "ClientId": crate::support::CLIENT_ID, "Username": address, "ConfirmationCode": code,
        "SecretHash": hash,
    });
    let call = crate::support::client()
        .post(pool)
        .header("x-amz-target", "AWSCognitoIdentityProviderService.ConfirmSignUp")
        .header("content-type", "application/x-amz-json-1.1")
        .body(input.to_string());
    let response =
        runtime.expect("the runtime is built").block_on(call.send()).expect("the pool responds");
    assert_eq!(response.status().as_u16(), 200);
}

#[actix_web::test]
async fn reads_every_page_even_if_one_has_no_match() {
    let service = Service::start(&[]).await;
    for number in 0..130 {
        let name = format!("ada{number}");
        register(&service, &name).await;
        // The second page has no unconfirmed account.
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
async fn retries_throttled_calls_and_stops_at_denied_calls() {
    for (rejected_operation, code, times, ends_with) in [
        ("ListUsers", "TooManyRequestsException", 1, 0),
        ("AdminGetUser", "ThrottlingException", 1, 0),
        ("AdminDeleteUser", "TooManyRequestsException", 2, 0),
        ("ListUsers", "AccessDeniedException", usize::MAX, 1),
        ("AdminDeleteUser", "AccessDeniedException", usize::MAX, 1),
    ] {
        let service = pool().await;
        let count = AtomicUsize::new(0);
        let url = intercept(&service.pool.url(), move |operation, _| {
            let is_rejected =
                operation == rejected_operation && count.fetch_add(1, Ordering::SeqCst) < times;
            is_rejected.then(|| (code, "Zq: not now.".to_owned()))
        });

        let deleted =
            accounts(&url, &["--older-than", "7d", "--delete", "--yes", "--without-database"])
                .await;

        assert_eq!(
            deleted.status.code(),
            Some(ends_with),
            "{rejected_operation}: {code}: {deleted:?}"
        );
        if ends_with == 0 {
            assert_eq!(remaining(&service), ["confirmed", "new"], "{rejected_operation}: {code}");
            continue;
        }
        let error = text(&deleted.stderr);
        assert!(
            error.contains(&format!("cognito-idp:{rejected_operation}")),
            "{rejected_operation}: {error}"
        );
        assert!(error.contains(code), "{rejected_operation}: {error}");
        assert_eq!(remaining(&service).len(), 5, "{rejected_operation}: {code}");
        let reports_progress =
            text(&deleted.stdout).contains("0 unconfirmed accounts. Failed with 3 left.");
        assert_eq!(
            reports_progress,
            rejected_operation == "AdminDeleteUser",
            "{rejected_operation}: {deleted:?}"
        );
    }
}

#[actix_web::test]
async fn stops_between_two_deletions_at_a_signal() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        assert_stops(signal, code).await;
    }
}

async fn assert_stops(signal: &str, code: i32) {
    let service = pool().await;
    let deletions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&deletions);
    let (go, wait) = mpsc::channel();
    let wait = Mutex::new(wait);
    // The first deletion waits until the test has sent the signal.
    let url = intercept(&service.pool.url(), move |operation, _| {
        if operation == "AdminDeleteUser" {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = wait.lock().expect("the lock is not poisoned").recv();
        }
        None
    });
    let arguments = ["--older-than", "7d", "--delete", "--yes", "--without-database"];
    let mut process = Process::spawn(command(&url, &arguments));

    let look = async || deletions.load(Ordering::SeqCst);
    until("the first deletion has started", look, |deletions| *deletions == 1).await;
    process.signal(signal);
    go.send(()).expect("the deletion waits");
    let status = process.wait_for_exit().await;

    assert_eq!(status.code(), Some(code), "{}", process.all_output());
    assert!(
        process.output().contains(
            "Deleted from eu-central-1_EXAMPLE: 1 unconfirmed account. Stopped with 2 left. Run the command again to continue."
        ),
        "{}",
        process.all_output()
    );
    assert_eq!(remaining(&service).len(), 4);
}

#[actix_web::test]
async fn reports_each_missing_requirement_in_one_line() {
    let service = pool().await;
    let url = service.pool.url();
    let mut without_credentials = command(&url, &["--older-than", "7d"]);
    for (name, _) in CREDENTIALS {
        without_credentials.env_remove(name);
    }
    let no_rate = vestibule(&["accounts", "unconfirmed", "--older-than", "7d", "--rate", "9"]);
    let unreachable = command("http://127.0.0.1:1", &["--older-than", "7d"]);
    for (case, command, code, part) in [
        (
            "no credentials",
            without_credentials,
            1,
            "cognito-idp:ListUsers failed: there are no AWS credentials",
        ),
        ("no server", unreachable, 1, "cognito-idp:ListUsers"),
        ("an age below the minimum", command(&url, &["--older-than", "1h"]), 2, "at least 1d"),
        ("no age", command(&url, &["--delete"]), 2, "--older-than"),
        ("--yes without --delete", command(&url, &["--older-than", "7d", "--yes"]), 2, "--delete"),
        ("a rate below the minimum", no_rate, 2, "5/s"),
    ] {
        let output = run_to_exit(command).await;

        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{case}: {error}");
        assert!(error.contains(part), "{case}: {error}");
        assert!(!error.contains("wJalrXUtnFEMI"), "{case}: {error}");
        assert!(code != 1 || error.lines().count() == 1, "{case}, in one line: {error}");
    }
    let calls = service.pool().requests(None);
    assert!(
        calls.iter().all(|seen| seen.operation != "ListUsers"),
        "no call is made without credentials"
    );
    assert_eq!(remaining(&service).len(), 5);
}

//! The `vestibule audit` commands, while the service runs and after it has stopped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use cognito_sandbox::Pool;
use serde_json::{Value, json};

use crate::{
    process::{Process, run, vestibule},
    support::{PASSWORD, Response, SECRET, environment, files::Folder, pool},
    wait::until,
};

/// A service with a SQLite file, and its pool.
pub(crate) struct Site {
    folder: Folder,
    pool: Pool,
    process: Option<Process>,
    more: Vec<(&'static str, &'static str)>,
}

impl Site {
    pub(crate) async fn start(name: &str, more: &[(&'static str, &'static str)]) -> Self {
        let folder = Folder::new(name);
        let pool = pool(more).await;
        let mut site = Self { folder, pool, process: None, more: more.to_vec() };
        let mut command = vestibule(&["serve"]);
        command.envs(site.environment());
        site.process = Some(Process::start(command).await);
        site
    }

    fn environment(&self) -> Vec<(String, String)> {
        let url = format!("sqlite:{}", self.folder.path().join("vestibule.db").display());
        let settings = [&[("DATABASE__URL", &*url)][..], &self.more].concat();
        environment(&settings, &self.pool.url())
    }

    pub(crate) async fn register(&self, form: &Value) -> Response {
        let url = &self.process.as_ref().expect("the service runs").url;
        let request = crate::support::client().post(format!("{url}/register"));
        Response::of(request.header("accept-language", "de").json(form)).await
    }

    async fn register_email(&self, email: &str) -> Response {
        self.register(&json!({
            "email": email, "password": PASSWORD, "consents": {"terms": "2026-10"},
        }))
        .await
    }

    /// Returns the path of a file in the folder of the database.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn any_command(&self, arguments: &[&str]) -> Command {
        let mut command = vestibule(arguments);
        command.envs(self.environment());
        command
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.any_command(&[&["audit"], arguments].concat())
    }

    pub(crate) fn audit(&self, arguments: &[&str]) -> Output {
        run(self.command(arguments))
    }

    /// Returns the output of a command, which must succeed.
    pub(crate) fn printed(&self, arguments: &[&str]) -> String {
        let output = self.audit(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        text(&output.stdout)
    }

    /// Returns the output of `show` as JSON.
    pub(crate) fn shown(&self, arguments: &[&str]) -> Vec<Value> {
        let printed = self.printed(&[&["show", "--format", "json"], arguments].concat());
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
    }

    /// Stops the service and returns its output.
    pub(crate) async fn stop(&mut self) -> String {
        let mut process = self.process.take().expect("the service runs");
        process.signal("TERM");
        assert_eq!(process.wait_for_exit().await.code(), Some(0));
        process.all_output()
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const TERMS: (&str, &str) = ("REGISTRATION__CONSENTS", r#"{ terms = { version = "2026-10" } }"#);

#[actix_web::test]
async fn shows_attempts_while_the_service_runs_and_after_it_stopped() {
    let mut site = Site::start("show", &[TERMS]).await;
    let created = site.register_email("Ada@Example.com").await;
    let taken = json!({"email": "ada@example.com", "password": "Another-pass-9"});
    let taken = site.register(&taken).await;
    let user_id = created.json()["user_id"].as_str().unwrap_or_default().to_owned();
    let request_id = created.header("x-request-id").unwrap_or_default().to_owned();
    taken.assert_problem(409, "account-exists", "taken");

    let look = async || site.shown(&["--recipient", " ADA@example.com"]);
    let by_recipient = until("the second attempt is stored", look, |rows| rows.len() == 2).await;

    assert_eq!(by_recipient[0]["user_sub"], *user_id);
    assert_eq!(by_recipient[0]["code"], "confirmation_required");
    assert_eq!(by_recipient[0]["consents"], json!({"terms": "2026-10"}));
    assert_eq!(by_recipient[1]["code"], "account_exists");
    assert!(!format!("{by_recipient:?}").to_lowercase().contains("ada@"), "{by_recipient:?}");
    assert_eq!(site.shown(&["--username", "ada@example.com"]), by_recipient);
    assert_eq!(site.shown(&["--user-sub", &user_id]), by_recipient);
    assert_eq!(site.shown(&["--request-id", &request_id]), by_recipient[..1]);
    assert_eq!(site.shown(&["--recipient", "+44 7911 123456"]), [Value::Null; 0]);
    site.stop().await;
    assert_eq!(site.shown(&["--recipient", "ada@example.com"]), by_recipient);
    let text = site.printed(&["show", "--user-sub", &user_id]);
    let first = text.lines().next().unwrap_or_default();
    assert!(first.ends_with("Z  register  created  confirmation_required"), "{text}");
    assert!(text.contains(&format!("request id            {request_id}\n")), "{text}");
    assert!(text.contains("consents              terms=2026-10\n"), "{text}");
}

#[actix_web::test]
async fn exports_attempts_and_rejections() {
    let mut site = Site::start("export", &[TERMS]).await;
    for number in 0..3 {
        let email = format!("ada{number}@example.com");
        assert_eq!(site.register_email(&email).await.status, 201, "{email}");
    }
    for _ in 0..2 {
        let invalid = site.register(&json!({"email": "ada", "password": PASSWORD})).await;
        assert_eq!(invalid.status, 422);
    }
    site.stop().await;

    let csv = site.printed(&["export", "--since", "1d", "--format", "csv"]);
    let lines = site.printed(&["export", "--since", "2020-01-01", "--format", "jsonl"]);
    let none = site.printed(&[
        "export",
        "--since",
        "2020-01-01",
        "--until",
        "2021-01-01",
        "--format",
        "jsonl",
    ]);

    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.starts_with("at,operation,outcome,code,user_sub,"), "{csv}");
    assert!(csv.lines().skip(1).all(|line| line.contains(",terms=2026-10,")), "{csv}");
    let rows: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let trailer = json!({"complete": true, "rows": 3, "last_id": rows[2]["id"]});
    assert_eq!((rows.len(), &rows[3]), (4, &trailer), "{lines}");
    assert_eq!(none, "{\"complete\":true,\"rows\":0,\"last_id\":null}\n");
    let rejections = ["export", "--since", "1d", "--format", "jsonl", "--rejections"];
    let rejections = site.printed(&rejections);
    let first = rejections.lines().next().unwrap_or_default();
    let rejections: Value = serde_json::from_str(first).expect("the line is JSON");
    assert_eq!(rejections["operation"], "register");
    assert_eq!(rejections["code"], "invalid_registration");
    assert_eq!(rejections["count"], 2);
    let mut command = site.command(&["export", "--since", "1d", "--format", "csv"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the process starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the process exits");
    assert_eq!((output.status.code(), &*text(&output.stderr)), (Some(0), ""), "a closed pipe");
}

#[actix_web::test]
async fn erases_a_user_and_the_log_stays_intact() {
    let mut site = Site::start("erase", &[TERMS, ("REGISTRATION__USERNAME", "chosen")]).await;
    for (username, email) in [("ada", "ada@example.com"), ("bob", "bob@example.com")] {
        let form = json!({"username": username, "email": email, "password": PASSWORD});
        assert_eq!(site.register(&form).await.status, 201, "{username}");
        // The client repeats the request, because the response was lost.
        assert_eq!(site.register(&form).await.status, 202, "{username}");
    }
    let ada = ["--recipient", "ada@example.com"];

    let preview = site.printed(&[&["erase"], &ada[..]].concat());
    assert_eq!(site.shown(&ada).len(), 2, "nothing is erased without --yes");
    let erased = site.printed(&[&["erase", "--yes"], &ada[..]].concat());

    assert!(
        preview.starts_with("To be erased permanently: 2 attempts and 2 sign-ups of"),
        "{preview}"
    );
    assert!(erased.starts_with("Erased: 2 attempts and 2 sign-ups of"), "{erased}");
    assert_eq!(site.shown(&ada), [Value::Null; 0]);
    assert_eq!(site.shown(&["--username", "bob"]).len(), 2);
    let by_name = site.printed(&["erase", "--username", "bob"]);
    assert!(by_name.contains("2 attempts and 2 sign-ups of"), "{by_name}");
    let summary = site.printed(&["verify"]);
    assert!(summary.starts_with("The audit log is intact: "), "{summary}");
    assert!(summary.contains(": 4 attempts, 2 erased, "), "{summary}");
    let carol = json!({"username": "carol", "email": "carol@example.com", "password": PASSWORD});
    assert_eq!(site.register(&carol).await.status, 201, "the service still works");
    site.stop().await;
    let summary = site.printed(&["verify"]);
    assert!(summary.contains(": 5 attempts, 2 erased, 5 sealed, 0 not sealed yet, "), "{summary}");
}

#[actix_web::test]
async fn verifies_a_log_in_use_and_detects_an_older_copy() {
    let mut site = Site::start("verify", &[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    assert_eq!(site.register(&form).await.status, 201);
    let folder = site.folder.path();
    let (earlier, printed) = (folder.join("earlier.db"), folder.join("seals"));
    let database = folder.join("vestibule.db");
    site.stop().await;
    copy_database(&database, &earlier);
    site.process = Some({
        let mut command = vestibule(&["serve"]);
        command.envs(site.environment());
        Process::start(command).await
    });
    let bob = json!({"email": "bob@example.com", "password": PASSWORD});
    assert_eq!(site.register(&bob).await.status, 201);
    fs::write(&printed, site.printed(&["verify"])).expect("the seals are saved");
    let expect = ["verify", "--expect", printed.to_str().expect("the path is text")];
    site.printed(&expect);
    site.stop().await;

    copy_database(&earlier, &database);
    let alone = site.audit(&["verify"]);
    let compared = site.audit(&expect);
    let with_another_key = run({
        let mut command = site.command(&["verify"]);
        command.env("VESTIBULE__DATABASE__KEY", "another key of 32 characters or more");
        command
    });

    assert_eq!(alone.status.code(), Some(0), "{alone:?}");
    assert_eq!(compared.status.code(), Some(4), "{compared:?}");
    assert!(text(&compared.stdout).contains("an earlier run found it"), "{compared:?}");
    assert_eq!(with_another_key.status.code(), Some(3), "{with_another_key:?}");
    let report = text(&with_another_key.stdout);
    assert!(report.contains("Written with another database.key, named "), "{report}");
    assert!(report.contains("This database.key shows no alteration"), "{report}");
}

/// Replaces a database with another, including its write-ahead log.
fn copy_database(from: &Path, to: &Path) {
    let with = |path: &Path, ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    fs::copy(from, to).expect("the database is copied");
    let _ = fs::remove_file(with(to, "-shm"));
    let _ = fs::remove_file(with(to, "-wal"));
    let _ = fs::copy(with(from, "-wal"), with(to, "-wal"));
}

#[actix_web::test]
async fn verify_distinguishes_an_altered_log_from_an_unreadable_one() {
    let mut site = Site::start("exit-codes", &[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    assert_eq!(site.register(&form).await.status, 201);
    site.stop().await;
    let database = site.folder.path().join("vestibule.db");
    let original = fs::read(&database).expect("there is a database");
    let change = |sql: &str| {
        let file = rusqlite::Connection::open(&database).expect("the file is a database");
        file.execute_batch(sql).expect("the statement is valid");
    };
    let code = |site: &Site| site.audit(&["verify"]).status.code();
    let intact = code(&site);

    change("UPDATE attempts SET code = 'confirmed'");
    let altered = code(&site);
    fs::write(&database, &original).expect("the file is writable");
    change("DELETE FROM attempts");
    let deleted = code(&site);
    fs::write(&database, &original).expect("the file is writable");
    change("ALTER TABLE attempts RENAME TO hidden");
    let without_table = code(&site);
    fs::write(&database, "not a database").expect("the file is writable");
    let no_database = code(&site);
    fs::remove_file(&database).expect("there is a file");
    let missing = code(&site);

    assert_eq!(intact, Some(0));
    assert_eq!([altered, deleted], [Some(4); 2], "alterations");
    assert_eq!([without_table, no_database, missing], [Some(1); 3], "nothing was read");
}

#[actix_web::test]
async fn reports_each_error_in_one_line() {
    let nowhere = std::env::temp_dir().join(format!("vestibule-{}-none.db", std::process::id()));
    let url = format!("sqlite:{}", nowhere.display());
    let settings = [("DATABASE__URL", &*url)];
    for (arguments, code, expected) in [
        (&["show", "--recipient", "ada@example.com"][..], 1, "there is no file"),
        (&["export", "--since", "7d", "--format", "csv"], 1, "there is no file"),
        (&["erase", "--user-sub", "1", "--yes"], 1, "there is no file"),
        (&["verify"], 1, "there is no file"),
        (&["verify", "--expect", "/nowhere/seals"], 1, "--expect: /nowhere/seals"),
        (&["verify", "--expect", "/etc/hostname"], 1, "has no line `number:digest`"),
        (&["show", "--recipient", "ada"], 1, "--recipient: not an email address"),
        (&["show", "--username", "ada"], 1, "--username: no account"),
    ] {
        let mut command = vestibule(&[&["audit"], arguments].concat());
        command.envs(environment(&settings, "http://127.0.0.1:1"));

        let output = run(command);

        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        let report = text(&output.stderr);
        assert_eq!(report.lines().count(), 1, "{arguments:?}: {report}");
        assert!(report.contains(expected), "{arguments:?}: {report}");
        assert!(!report.contains(SECRET), "{arguments:?}: {report}");
    }
    assert!(!nowhere.exists(), "reading creates nothing");
    for arguments in [
        &["show"][..],
        &["erase", "--yes"],
        &["show", "--recipient", "a", "--username", "b"],
        &["show", "--recipient", "a", "--request-id", "b"],
    ] {
        let mut command = vestibule(&[&["audit"], arguments].concat());
        command.envs(environment(&settings, "http://127.0.0.1:1"));
        assert_eq!(run(command).status.code(), Some(2), "{arguments:?}");
    }
}

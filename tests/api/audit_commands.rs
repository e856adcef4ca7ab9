//! The commands for operators and auditors, beside a service that runs and after it has stopped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use cognito_sandbox::Pool;
use serde_json::{Value, json};

use crate::{
    process::{Process, run, vestibule},
    support::{Answer, PASSWORD, SECRET, environment, files::Folder, pool},
    wait::until,
};

/// A service with a ledger in a file, and its pool.
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
        let url = format!("sqlite:{}", self.folder.path().join("ledger.db").display());
        let settings = [&[("DATABASE__URL", &*url)][..], &self.more].concat();
        environment(&settings, &self.pool.url())
    }

    pub(crate) async fn register(&self, form: &Value) -> Answer {
        let url = &self.process.as_ref().expect("it runs").url;
        let request = crate::support::client().post(format!("{url}/register"));
        Answer::of(request.header("accept-language", "de").json(form)).await
    }

    async fn register_email(&self, email: &str) -> Answer {
        self.register(&json!({
            "email": email, "password": PASSWORD, "consents": {"terms": "2026-10"},
        }))
        .await
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = vestibule(&[&["audit"], arguments].concat());
        command.envs(self.environment());
        command
    }

    fn audit(&self, arguments: &[&str]) -> Output {
        run(self.command(arguments))
    }

    /// What a command prints that succeeds.
    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.audit(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        text(&output.stdout)
    }

    /// What is shown as JSON.
    pub(crate) fn shown(&self, arguments: &[&str]) -> Vec<Value> {
        let printed = self.printed(&[&["show", "--format", "json"], arguments].concat());
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
    }

    /// Stops the service, and returns what it has written.
    pub(crate) async fn stop(&mut self) -> String {
        let mut process = self.process.take().expect("it runs");
        process.signal("TERM");
        assert_eq!(process.ended().await.code(), Some(0));
        process.everything()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const TERMS: (&str, &str) = ("REGISTRATION__CONSENTS", r#"{ terms = { version = "2026-10" } }"#);

#[actix_web::test]
async fn shows_what_happened_while_the_service_runs_and_after_it() {
    let mut site = Site::start("show", &[TERMS]).await;
    let created = site.register_email("Ada@Example.com").await;
    let taken = json!({"email": "ada@example.com", "password": "Another-pass-9"});
    let taken = site.register(&taken).await;
    let user_id = created.json()["user_id"].as_str().unwrap_or_default().to_owned();
    let request_id = created.header("x-request-id").unwrap_or_default().to_owned();
    taken.assert_problem(409, "account-exists", "taken");

    let look = async || site.shown(&["--recipient", " ADA@example.com"]);
    let by_recipient = until("the refusal is written", look, |rows| rows.len() == 2).await;

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
async fn exports_for_auditors() {
    let mut site = Site::start("export", &[TERMS]).await;
    for number in 0..3 {
        let email = format!("ada{number}@example.com");
        assert_eq!(site.register_email(&email).await.status, 201, "{email}");
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
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert_eq!(none, "");
    let mut command = site.command(&["export", "--since", "1d", "--format", "csv"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), &*text(&output.stderr)), (Some(0), ""), "nobody reads");
}

#[actix_web::test]
async fn erases_a_person_and_stays_intact() {
    let mut site = Site::start("erase", &[TERMS, ("REGISTRATION__USERNAME", "chosen")]).await;
    for (username, email) in [("ada", "ada@example.com"), ("bob", "bob@example.com")] {
        let form = json!({"username": username, "email": email, "password": PASSWORD});
        assert_eq!(site.register(&form).await.status, 201, "{username}");
        // The same person once more, whose answer was lost.
        assert_eq!(site.register(&form).await.status, 202, "{username}");
    }
    let ada = ["--recipient", "ada@example.com"];

    let asked = site.printed(&[&["erase"], &ada[..]].concat());
    assert_eq!(site.shown(&ada).len(), 2, "asking erases nothing");
    let erased = site.printed(&[&["erase", "--yes"], &ada[..]].concat());

    assert!(asked.starts_with("To be erased, for good: 2 attempts and 0 sign-ups of"), "{asked}");
    assert!(erased.starts_with("Erased: 2 attempts and 0 sign-ups of"), "{erased}");
    assert_eq!(site.shown(&ada), [Value::Null; 0]);
    assert_eq!(site.shown(&["--username", "bob"]).len(), 2);
    let by_name = site.printed(&["erase", "--username", "bob"]);
    assert!(by_name.contains("2 attempts and 1 sign-up of"), "{by_name}");
    let verdict = site.printed(&["verify"]);
    assert!(verdict.starts_with("The audit log is intact: "), "{verdict}");
    assert!(verdict.contains("2 attempts and 2 tombstones that hold."), "{verdict}");
    let carol = json!({"username": "carol", "email": "carol@example.com", "password": PASSWORD});
    assert_eq!(site.register(&carol).await.status, 201, "the service goes on");
    site.stop().await;
    let verdict = site.printed(&["verify"]);
    assert!(verdict.contains("3 attempts and 2 tombstones that hold."), "{verdict}");
}

#[actix_web::test]
async fn verifies_a_log_that_is_written_to_and_finds_one_that_was_put_back() {
    let mut site = Site::start("verify", &[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    assert_eq!(site.register(&form).await.status, 201);
    let folder = site.folder.path();
    let (earlier, printed) = (folder.join("earlier.db"), folder.join("ends"));
    let ledger = folder.join("ledger.db");
    site.stop().await;
    put(&ledger, &earlier);
    site.process = Some({
        let mut command = vestibule(&["serve"]);
        command.envs(site.environment());
        Process::start(command).await
    });
    let bob = json!({"email": "bob@example.com", "password": PASSWORD});
    assert_eq!(site.register(&bob).await.status, 201);
    fs::write(&printed, site.printed(&["verify"])).expect("the ends are noted");
    let expect = ["verify", "--expect", printed.to_str().expect("the path is text")];
    site.printed(&expect);
    site.stop().await;

    put(&earlier, &ledger);
    let alone = site.audit(&["verify"]);
    let compared = site.audit(&expect);
    let with_another_key = run({
        let mut command = site.command(&["verify"]);
        command.env("VESTIBULE__DATABASE__KEY", "another key of 32 characters or more");
        command
    });

    assert_eq!(alone.status.code(), Some(0), "{alone:?}");
    assert_eq!(compared.status.code(), Some(1), "{compared:?}");
    assert!(text(&compared.stdout).contains("an earlier run has seen it"), "{compared:?}");
    assert_eq!(with_another_key.status.code(), Some(3), "{with_another_key:?}");
    let said = text(&with_another_key.stdout);
    assert!(said.contains("it was written with another database.key"), "{said}");
    assert!(said.contains("Nothing was altered, as far as this database.key can tell"), "{said}");
}

/// Puts one database in the place of another, with what has not come into the file itself yet.
fn put(from: &Path, to: &Path) {
    let with = |path: &Path, ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    fs::copy(from, to).expect("it is copied");
    let _ = fs::remove_file(with(to, "-shm"));
    let _ = fs::remove_file(with(to, "-wal"));
    let _ = fs::copy(with(from, "-wal"), with(to, "-wal"));
}

#[actix_web::test]
async fn says_in_one_sentence_why_it_cannot() {
    let nowhere = std::env::temp_dir().join(format!("vestibule-{}-none.db", std::process::id()));
    let url = format!("sqlite:{}", nowhere.display());
    let settings = [("DATABASE__URL", &*url)];
    for (arguments, code, expected) in [
        (&["show", "--recipient", "ada@example.com"][..], 1, "there is no file"),
        (&["export", "--since", "7d", "--format", "csv"], 1, "there is no file"),
        (&["erase", "--user-sub", "1", "--yes"], 1, "there is no file"),
        (&["verify"], 1, "there is no file"),
        (&["verify", "--expect", "/nowhere/ends"], 1, "--expect: /nowhere/ends"),
        (&["verify", "--expect", "/etc/hostname"], 1, "has no line chain:length:link"),
        (&["show", "--recipient", "ada"], 1, "--recipient: this is neither"),
        (&["show", "--username", "ada"], 1, "--username: no account"),
    ] {
        let mut command = vestibule(&[&["audit"], arguments].concat());
        command.envs(environment(&settings, "http://127.0.0.1:1"));

        let output = run(command);

        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        let said = text(&output.stderr);
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains(SECRET), "{arguments:?}: {said}");
    }
    assert!(!nowhere.exists(), "nothing is made by looking");
    for arguments in
        [&["show"][..], &["erase", "--yes"], &["show", "--recipient", "a", "--username", "b"]]
    {
        let mut command = vestibule(&[&["audit"], arguments].concat());
        command.envs(environment(&settings, "http://127.0.0.1:1"));
        assert_eq!(run(command).status.code(), Some(2), "{arguments:?}");
    }
}

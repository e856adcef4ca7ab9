//! Commands that run for long: their progress on a terminal, and signals that stop them.

use std::{
    fs::{self, File},
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    audit_commands::{Site, text},
    process::{Process, run},
    support::PASSWORD,
    wait::until,
};

/// Number of rows that take a command some seconds.
const ROWS: u32 = 100_000;

/// Returns a stopped service whose audit log has one sealed row, and copies of it, which are
/// altered rows.
async fn site(name: &str, copies: u32) -> Site {
    let mut site = Site::start(name, &[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    assert_eq!(site.register(&form).await.status, 201);
    site.stop().await;
    let columns = "seal, operation, outcome, code, user_sub, recipient, locale, digest";
    let database = rusqlite::Connection::open(site.path("vestibule.db")).expect("a database");
    database
        .execute_batch(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {copies})
             INSERT INTO attempts (id, {columns})
             SELECT id - n.i * 1048576, {columns} FROM attempts, n WHERE {copies} > 0"
        ))
        .expect("the rows are inserted");
    site
}

/// Adds ten numbers of rejections for each of [`ROWS`] minutes.
fn add_rejections(site: &Site) {
    let database = rusqlite::Connection::open(site.path("vestibule.db")).expect("a database");
    database
        .execute_batch(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {ROWS} * 10)
             INSERT INTO rejections
             SELECT strftime('%s') / 60 + n.i / 10, 'register', 'code' || (n.i % 10), 1 FROM n"
        ))
        .expect("the rows are inserted");
}

fn export<'a>(format: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let period = ["export", "--since", "1d", "--until", "2100-01-01", "--format", format];
    [&period[..], more].concat()
}

/// Runs a command whose standard error is a terminal, and whose standard output is a file. Returns
/// both.
fn run_on_terminal(command: &Command, output: &PathBuf) -> (String, String) {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    let line = format!("{} >{}", words.join(" "), output.display());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env_clear();
    script.env("TERM", "xterm");
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));

    let shown = run(script);

    assert!(shown.status.success(), "{line}: {shown:?}");
    (text(&shown.stdout), fs::read_to_string(output).expect("the output is text"))
}

#[actix_web::test]
async fn progress_is_shown_on_a_terminal_beside_the_output() {
    let site = site("progress", 0).await;
    let file = site.path("attempts.csv");
    let file = file.to_str().expect("the path is text");
    let mut accounts = site.any_command(&["accounts", "unconfirmed", "--older-than", "1d"]);
    accounts.envs([("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")]);
    for (command, shown) in [
        (site.command(&["verify"]), "Verifying ["),
        (site.command(&export("jsonl", &[])), "Exporting ["),
        (site.command(&export("csv", &["--output", file])), "Exporting ["),
        (site.any_command(&["migrate"]), "Updating the tables"),
        (accounts, "Listing"),
    ] {
        let (terminal, output) = run_on_terminal(&command, &site.path("output"));
        let _ = fs::remove_file(file);
        let without_terminal = run(command);

        assert!(terminal.contains(shown), "{shown}: {terminal:?}");
        assert!(!output.contains(shown) && !output.contains('\u{1b}'), "{output:?}");
        assert_eq!(output, text(&without_terminal.stdout), "{shown}");
        assert_eq!(text(&without_terminal.stderr), "", "{shown}");
    }
}

#[actix_web::test]
async fn an_interrupted_export_continues_after_its_last_complete_row() {
    let site = site("resume", ROWS).await;
    for (format, signal, code) in [("csv", "INT", 130), ("jsonl", "TERM", 143)] {
        let file = site.path(&format!("attempts.{format}"));
        let part = site.path(&format!("attempts.{format}.part"));
        let to_file = ["--output", file.to_str().expect("the path is text")];
        let arguments = export(format, &to_file);
        let resumed = export(format, &[&to_file[..], &["--resume"]].concat());
        let whole = site.printed(&export(format, &[]));

        let mut process = Process::spawn(site.command(&arguments));
        let look = async || fs::metadata(&part).map_or(0, |metadata| metadata.len());
        until("rows are written", look, |bytes| *bytes > 0).await;
        process.signal(signal);
        let status = process.wait_for_exit().await;
        let output = process.all_output();
        let written = fs::read(&part).expect("the rows remain");
        let torn = File::options().write(true).open(&part).expect("the rows remain");
        torn.set_len(written.len() as u64 - 3).expect("the file is writable");
        let again = site.audit(&arguments);
        let done = site.printed(&resumed);
        let complete = site.audit(&resumed);

        assert_eq!(status.code(), Some(code), "{output}");
        assert!(output.contains("Stopped after ") && output.contains("--resume"), "{output}");
        assert!(whole.as_bytes().starts_with(&written), "{format}: only complete rows");
        assert_eq!(again.status.code(), Some(1), "{again:?}");
        assert!(text(&again.stderr).contains("Pass --resume to continue"), "{again:?}");
        assert!(done.contains(&format!(": {} rows, the last of ", ROWS + 1)), "{done}");
        let exported = fs::read_to_string(&file).expect("the export is complete");
        assert!(exported == whole, "{format}: an export in two parts is the same");
        assert!(!part.exists(), "the file has its name");
        assert_eq!(complete.status.code(), Some(1), "{complete:?}");
        assert!(text(&complete.stderr).contains("exists already"), "{complete:?}");
    }
}

#[actix_web::test]
async fn an_interrupted_export_of_rejections_begins_again() {
    let site = site("rejections", 0).await;
    add_rejections(&site);
    let file = site.path("rejections.csv");
    let part = site.path("rejections.csv.part");
    let to_file = ["--rejections", "--output", file.to_str().expect("the path is text")];
    let arguments = export("csv", &to_file);

    let mut process = Process::spawn(site.command(&arguments));
    let look = async || fs::metadata(&part).map_or(0, |metadata| metadata.len());
    until("rows are written", look, |bytes| *bytes > 0).await;
    process.signal("INT");
    let status = process.wait_for_exit().await;
    let output = process.all_output();
    let again = site.audit(&arguments);
    fs::remove_file(&part).expect("the advice can be followed");
    site.printed(&arguments);

    assert_eq!(status.code(), Some(130), "{output}");
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    for advice in [output, text(&again.stderr)] {
        assert!(advice.contains("Delete the file, and run the command again."), "{advice}");
        assert!(!advice.contains("--resume"), "{advice}");
    }
    assert!(file.exists() && !part.exists(), "the export is complete");
}

#[actix_web::test]
async fn a_signal_stops_a_command_that_prints() {
    let site = site("signals", ROWS).await;
    add_rejections(&site);
    for (arguments, signal, code, sentence) in [
        (export("jsonl", &[]), "INT", 130, "With --output, --resume can continue an export."),
        (export("csv", &["--rejections"]), "INT", 130, "Run the command again."),
        (vec!["verify"], "TERM", 143, "The next run begins at the first row."),
        (vec!["verify", "--format", "json"], "INT", 130, "The result is not known."),
    ] {
        let mut command = site.command(&arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut pipe = child.stdout.take().expect("it is piped");
        // The pipe is full soon. The command then waits for its reader.
        pipe.read_exact(&mut [0; 1]).expect("the command prints");
        let line = format!("kill -{signal} {}", child.id());
        let sent = Command::new("sh").args(["-c", &line]).status().expect("there is a shell");
        let mut rest = String::new();
        pipe.read_to_string(&mut rest).expect("the output is text");
        let output = child.wait_with_output().expect("the process exits");

        assert!(sent.success());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        let error = text(&output.stderr);
        assert!(error.starts_with("Stopped after ") && error.contains(sentence), "{error}");
        assert!(!rest.contains("\"complete\""), "the trailer marks complete exports only");
    }
}

#[actix_web::test]
async fn verify_prints_one_json_object_which_the_next_run_can_expect() {
    let intact = site("verify-json", 0).await;
    let altered = site("verify-json-altered", 1).await;
    let parse = |site: &Site, more: &[&str]| {
        let output = site.audit(&[&["verify", "--format", "json"], more].concat());
        let object: Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
        (object, output.status.code())
    };

    let (object, code) = parse(&intact, &[]);
    let expected = intact.path("verified");
    fs::write(&expected, object.to_string()).expect("the output is saved");
    let expect = ["--expect", expected.to_str().expect("the path is text")];
    let (again, again_code) = parse(&intact, &expect);
    let (finding, finding_code) = parse(&altered, &[]);

    assert_eq!((code, again_code, finding_code), (Some(0), Some(0), Some(4)));
    assert_eq!(object, again);
    assert!(object["seals"][0].as_str().is_some_and(|seal| seal.starts_with("1:")), "{object}");
    let without_seals = json!({
        "findings": [], "result": "intact", "attempts": 1, "erased": 0, "sealed": 1,
        "unsealed": 0, "unverifiable": 0, "unverifiable_seals": 0, "alterations": 0,
        "seals": object["seals"],
    });
    assert_eq!(object, without_seals);
    assert_eq!(finding["result"], "altered");
    let codes: Vec<&str> = finding["findings"]
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    assert_eq!(codes, ["attempt_altered", "attempts_added"]);
    let first = &finding["findings"][0];
    assert_eq!((&first["kind"], &first["seal"]), (&json!("alteration"), &json!(1)), "{first}");
    assert!(first["attempt"].is_string() && first["detail"].is_string(), "{first}");
}

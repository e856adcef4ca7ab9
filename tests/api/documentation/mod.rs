//! Runs or parses the commands and examples of README and docs.

mod pages;

use std::{path::Path, process::Command};

use regex::Regex;
use serde_json::Value;

use self::pages::{Example, all};
use crate::{
    contract::Contract,
    process::{Process, run, vestibule},
    support::{
        Response,
        files::{File, Folder},
    },
    tls::create_certificate,
};

/// Commands that the test does not run, with the reason.
const NOT_RUN: [(&str, &[&str]); 7] = [
    ("needs an AWS account", &["aws"]),
    ("needs a container engine or a cluster", &["docker", "kubectl", "systemctl"]),
    ("is a step of the gate itself", &["make", "cargo", ".ci/run", "tests/", "benches/", "tools/"]),
    ("needs a package registry", &["npx", "npm"]),
    ("is run by the tests of the sign-up page", &["node"]),
    ("is run by tests/store/operations.rs", &["pg_dump", "pg_restore"]),
    (
        "changes files, processes or variables of the operator's machine",
        &[
            "openssl",
            "umask",
            "chown",
            "cp",
            "mkdir",
            "mv",
            "python3",
            "kill",
            "cat",
            "psql",
            "sqlite3",
            "redis-cli",
            "export",
        ],
    ),
];

/// Languages of blocks that are neither run nor parsed.
const TEXT: [&str; 13] = [
    "ftl", "html", "http", "ini", "js", "jsx", "kotlin", "mermaid", "nginx", "promql", "sql",
    "text", "yaml",
];

#[test]
fn every_block_is_checked_or_known() {
    let checked = ["console", "json", "sh", "toml"];
    for block in all().iter().flat_map(|page| &page.blocks) {
        let language = &*block.language;
        let is_known = checked.contains(&language) || TEXT.contains(&language);
        assert!(is_known, "{}: the block has the language `{language}`", block.place);
    }
}

#[test]
fn every_json_block_is_json_and_follows_the_contract() {
    let contract = Contract::read();
    for block in all().iter().flat_map(|page| &page.blocks).filter(|one| one.language == "json") {
        let body: Value = serde_json::from_str(&block.text)
            .unwrap_or_else(|error| panic!("{}: {error}", block.place));
        if let Some(schema) = schema(&body) {
            let pointer = format!("/components/schemas/{schema}");
            contract.assert_valid(&pointer, &body, &block.place);
        }
    }
}

/// Returns the schema that a body of the API has.
fn schema(body: &Value) -> Option<String> {
    let has = |name: &str| body.get(name).is_some();
    if let Some(kind) = body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/")) {
        let words = kind.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        return Some(words.collect::<String>() + "Problem");
    }
    let name = match body["status"].as_str() {
        _ if has("password") => "RegistrationForm",
        _ if has("username") && has("code") => "ConfirmationForm",
        None if has("username") => "ResendForm",
        _ => return None,
    };
    Some(name.to_owned())
}

#[test]
fn every_toml_block_has_valid_settings() {
    for block in all().iter().flat_map(|page| &page.blocks).filter(|one| one.language == "toml") {
        let folder = Folder::new("secrets");
        let file = File::new(&with_files(&block.text, folder.path()));

        assert_valid_settings(&["--config", file.name()], &block.text, &[], &block.place);
    }
}

#[test]
fn every_block_of_variables_has_valid_settings() {
    let variable = Regex::new(r#"(VESTIBULE__\w+)=["']?([^"'\s]*)"#).expect("it is a pattern");
    for block in all().iter().flat_map(|page| &page.blocks).filter(|one| one.language == "sh") {
        let folder = Folder::new("secrets");
        let text = with_files(&block.text, folder.path());
        let variables: Vec<(&str, &str)> = variable
            .captures_iter(&text)
            .map(|found| found.extract())
            .map(|(_, [name, value])| (name, value))
            .collect();
        if !variables.is_empty() {
            assert_valid_settings(&[], &block.text, &variables, &block.place);
        }
    }
}

/// Replaces the secrets in `/run/secrets` and the certificate by files of the test.
fn with_files(text: &str, folder: &Path) -> String {
    let secret = Regex::new(r"/run/secrets/([\w.-]+)").expect("it is a pattern");
    for found in secret.captures_iter(text) {
        let file = folder.join(&found[1]);
        std::fs::write(file, "0123456789abcdef0123456789abcdef").expect("the file is written");
    }
    let certificates = "/etc/vestibule/tls";
    if text.contains(certificates) {
        create_certificate(&folder.join("tls.crt"), &folder.join("tls.key"));
    }
    let folder = folder.to_str().expect("the path is text");
    text.replace("/run/secrets", folder).replace(certificates, folder)
}

/// Runs `vestibule config check` with settings, and with the required ones that they lack.
fn assert_valid_settings(arguments: &[&str], text: &str, variables: &[(&str, &str)], place: &str) {
    let mut command = vestibule(&[&["config", "check"], arguments].concat());
    let text = text.to_lowercase();
    for (name, value) in [
        ("REGION", "eu-central-1"),
        ("USER_POOL_ID", "eu-central-1_EXAMPLE12"),
        ("CLIENT_ID", "1example23456789"),
        ("CLIENT_SECRET", "secret"),
    ] {
        if !text.contains(&name.to_lowercase()) {
            command.env(format!("VESTIBULE__COGNITO__{name}"), value);
        }
    }
    let output = run_with(command, variables);
    assert!(output.status.success(), "{place}: {}", String::from_utf8_lossy(&output.stderr));
}

fn run_with(mut command: Command, variables: &[(&str, &str)]) -> std::process::Output {
    command.envs(variables.iter().copied());
    run(command)
}

#[test]
fn every_command_of_vestibule_is_one() {
    let quoted = Regex::new("'[^']*'").expect("it is a pattern");
    let mut parsed = 0;
    for Example { command, place, .. } in all().iter().flat_map(pages::Page::examples) {
        let command = quoted.replace_all(&command, "quoted");
        for part in command.split(" | ").flat_map(|part| part.split(" && ")) {
            let part = part.split(" >").next().unwrap_or_default().trim();
            let Some(arguments) = part.strip_prefix("vestibule") else {
                assert_known(part, &place);
                continue;
            };
            let arguments: Vec<&str> = arguments.split_whitespace().chain(["--help"]).collect();

            let output = run(vestibule(&arguments));

            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{place}: {part}: {error}");
            parsed += 1;
        }
    }
    assert!(parsed > 10, "{parsed} commands were parsed");
}

fn assert_known(command: &str, place: &str) {
    let known = NOT_RUN.iter().flat_map(|(_, commands)| *commands);
    let first = command.split_whitespace().find(|word| !word.contains('=')).unwrap_or_default();
    let is_known = known
        .chain(&["curl", "grep", "jq", "head", ""])
        .any(|known| first == *known || known.ends_with('/') && first.starts_with(known));
    assert!(is_known, "{place}: `{first}` is neither run nor in the list of exceptions");
}

#[actix_web::test]
async fn every_request_gets_the_response_that_the_page_shows() {
    let mut sent = 0;
    for page in all() {
        let examples: Vec<Example> = page
            .examples()
            .into_iter()
            .filter(|example| example.command.starts_with("curl ") && is_local(&example.command))
            .collect();
        if examples.is_empty() {
            continue;
        }
        let mut command = vestibule(&["sandbox"]);
        let ports = ["SERVER", "ADMIN", "SANDBOX"];
        command.envs(ports.map(|name| (format!("VESTIBULE__{name}__PORT"), "0")));
        let service = Process::start(command).await;
        let folder = Folder::new("documentation");
        for Example { command, output, place } in examples {
            let command = command
                .replace("http://127.0.0.1:8080", &service.url)
                .replace("curl ", "curl -sS ")
                .replace("123456", &last_code(&service).await);

            let shell = Command::new("sh")
                .args(["-c", &command])
                .current_dir(folder.path())
                .output()
                .expect("there is a shell");

            let seen = String::from_utf8_lossy(&shell.stdout);
            assert!(shell.status.success(), "{place}: {command}: {shell:?}");
            let expected = pattern(&output);
            assert!(expected.is_match(&compact(&seen)), "{place}: {command}\n{seen}\n{expected}");
            sent += 1;
        }
    }
    assert!(sent > 5, "{sent} requests were sent");
}

fn is_local(command: &str) -> bool {
    command.contains("http://127.0.0.1:8080")
}

/// Returns the code that the sandbox sent last.
async fn last_code(service: &Process) -> String {
    let inbox = crate::support::client().get(format!("{}/sandbox/inbox", service.url));
    let messages = Response::of(inbox).await.json();
    messages["messages"][0]["code"].as_str().unwrap_or("123456").to_owned()
}

/// Returns the pattern of an output: `…` is any text, and white space does not count.
fn pattern(output: &str) -> Regex {
    let compact = compact(output);
    let parts: Vec<String> = compact.split('…').map(regex::escape).collect();
    let any = if compact.is_empty() { ".*".to_owned() } else { parts.join(".*") };
    Regex::new(&format!("(?s)^{any}$")).expect("it is a pattern")
}

fn compact(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn every_setting_in_backticks_exists() {
    let defaults: toml::Table = toml::from_str(include_str!("../../../config/default.toml"))
        .expect("the defaults are TOML");
    let setting = Regex::new(
        r"`((?:server|admin|log|cognito|registration|limits|bot_check|database|audit|doctor|sandbox)(?:\.[a-z_]+)+)`",
    )
    .expect("it is a pattern");
    for page in all() {
        let place = &page.text.lines().next().unwrap_or_default();
        for found in setting.captures_iter(&page.text) {
            let path = &found[1];
            // These are tables of names that the operator chooses.
            let is_open = path.starts_with("registration.consents.")
                || path.starts_with("registration.trigger_codes.");
            let mut value = Some(&toml::Value::Table(defaults.clone())).cloned();
            for key in path.split('.') {
                value = value.and_then(|value| value.get(key).cloned());
            }
            assert!(is_open || value.is_some(), "{place}: no setting `{path}`");
        }
    }
}

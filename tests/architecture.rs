//! Imports run one way: who may know whom, as data, held against the text of `src/`.

#![expect(clippy::expect_used, reason = "a test fails loudly")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules of the library, and those that each may import.
const MODULES: [(&str, &[&str]); 16] = [
    ("main", &["cli"]),
    (
        "cli",
        &["app", "cognito", "config", "doctor", "ledger", "metrics", "registration", "telemetry"],
    ),
    (
        "app",
        &[
            "bot_check",
            "cognito",
            "config",
            "doctor",
            "http",
            "ledger",
            "metrics",
            "pwned_passwords",
            "rate_limit",
            "registration",
        ],
    ),
    (
        "http",
        &[
            "bot_check",
            "cognito",
            "config",
            "ledger",
            "metrics",
            "pwned_passwords",
            "rate_limit",
            "registration",
        ],
    ),
    ("cognito", &["config", "keyed_digest", "metrics", "registration"]),
    ("bot_check", &["config", "http_client", "metrics", "rate_limit"]),
    ("pwned_passwords", &["config", "http_client", "metrics"]),
    ("http_client", &[]),
    ("ledger", &["cognito", "config", "keyed_digest", "metrics", "registration"]),
    ("rate_limit", &["config", "keyed_digest", "metrics"]),
    ("registration", &["config", "keyed_digest"]),
    ("doctor", &["cognito", "config"]),
    ("telemetry", &["config"]),
    ("config", &[]),
    ("keyed_digest", &[]),
    ("metrics", &[]),
];

/// Imports that are allowed for one thing alone.
const NARROW: [(&str, &str, &str); 1] = [("ledger", "cognito", "Outcome")];

/// Packages, by how their names begin, and the places that may use them.
const PACKAGES: [(&str, &[&str]); 21] = [
    ("actix_", &["http/", "app/", "cli/"]),
    ("cognito_sandbox", &["app/", "cli/"]),
    ("tracing_actix_web", &["http/"]),
    ("aws_", &["cognito/", "doctor/"]),
    ("altcha", &["bot_check/"]),
    ("hyper_util", &["cognito/"]),
    ("http_body_util", &["cognito/"]),
    ("reqwest", &["http_client.rs", "bot_check/", "pwned_passwords/"]),
    ("rustls", &["http_client.rs"]),
    ("governor", &["rate_limit/"]),
    ("redis", &["rate_limit/"]),
    ("sqlx", &["ledger/"]),
    ("csv", &["ledger/"]),
    ("ring", &["cognito/", "ledger/", "pwned_passwords/"]),
    ("validator", &["registration/"]),
    ("schemars", &["http/", "registration/"]),
    ("rlibphonenumber", &["registration/"]),
    ("figment", &["config/"]),
    ("clap", &["cli/"]),
    ("prometheus_client", &["metrics/"]),
    ("tracing_subscriber", &["telemetry"]),
];

#[test]
fn imports_run_one_way() {
    let files = sources();
    let found: Vec<String> =
        files.iter().flat_map(|(file, text)| wrong_imports(file, text)).collect();

    assert!(files.len() > 50, "all of src/ was read: {}", files.len());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn packages_stay_where_they_belong() {
    let found: Vec<String> =
        sources().iter().flat_map(|(file, text)| wrong_packages(file, text)).collect();

    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_module_has_its_place_in_the_table() {
    for (file, _) in sources() {
        let module = module_of(&file);
        let is_known = MODULES.iter().any(|(name, _)| *name == module) || module == "lib";
        assert!(is_known, "src/{file}: `{module}` is not in MODULES");
    }
}

#[test]
fn a_wrong_import_is_found_with_its_file_and_line() {
    for (file, text, expected) in [
        ("config/mod.rs", "use crate::registration::Rules;", "src/config/mod.rs:1: "),
        ("http/a.rs", "//! Page\n\nuse crate::{\n    app::App,\n};", "src/http/a.rs:4: "),
        ("http/a.rs", "fn f() { crate::app::run(); }", "src/http/a.rs:1: "),
        ("rate_limit/a.rs", "use crate::{config::{A, B}, http::State};", "src/rate_limit/a.rs:1: "),
        ("rate_limit/mod.rs", "\nuse super::http::State;", "src/rate_limit/mod.rs:2: "),
        ("rate_limit/a.rs", "use super::super::http::State;", "src/rate_limit/a.rs:1: "),
        ("rate_limit/a.rs", "use super::super::{config, http};", "src/rate_limit/a.rs:1: "),
        ("ledger/a.rs", "use crate::cognito::Cognito;", "src/ledger/a.rs:1: "),
        ("ledger/a.rs", "use crate::cognito::{Cognito, Outcome};", "src/ledger/a.rs:1: "),
        ("main.rs", "use vestibule::app::App;", "src/main.rs:1: "),
    ] {
        let found = wrong_imports(file, text);

        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        assert!(found[0].starts_with(expected), "{file}: {text}: {found:?}");
    }
    for (file, text) in [
        ("http/a.rs", "use crate::{config::Config, rate_limit::{Budget}};"),
        ("http/a.rs", "/// As [`crate::app::App`].\nuse super::app;"),
        ("ledger/a.rs", "use crate::cognito::Outcome;"),
        ("registration/tests/a.rs", "use super::super::username;"),
    ] {
        assert_eq!(wrong_imports(file, text), [""; 0], "{file}: {text}");
    }
}

#[test]
fn a_package_out_of_place_is_found_with_its_file_and_line() {
    for (file, text, is_wrong) in [
        ("registration/a.rs", "\nuse actix_web::web;", true),
        ("http/a.rs", "use aws_sdk_cognitoidentityprovider::Client;", true),
        ("rate_limit/a.rs", "#[actix_rt::main]", true),
        ("http/a.rs", "use governor::{Quota};", true),
        ("http/a.rs", "use actix_web::web;", false),
        ("app/mod.rs", "use actix_web::rt;", false),
        ("registration/a.rs", "// use actix_web::web;", false),
        ("registration/a.rs", "use my_actix_web::web;", false),
        ("registration/a.rs", "use self::governor::web;", false),
    ] {
        let found = wrong_packages(file, text);

        assert_eq!(!found.is_empty(), is_wrong, "{file}: {text}");
        assert!(found.iter().all(|line| line.starts_with(&format!("src/{file}:"))), "{found:?}");
    }
}

/// Every file under `src/`, by its path there.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).expect("it is under src/");
                let text = fs::read_to_string(&path).expect("source is text");
                files.push((name.to_str().expect("the path is text").to_owned(), text));
            }
        }
    }
    files.sort_unstable();
    files
}

/// The top-level module that a file belongs to.
fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn wrong_imports(file: &str, text: &str) -> Vec<String> {
    let module = module_of(file);
    let Some((_, allowed)) = MODULES.iter().find(|(name, _)| *name == module) else {
        return Vec::new();
    };
    let text = without_comments(text);
    let mut found = Vec::new();
    for (place, path) in paths_from_the_root(file, &text) {
        let (target, rest) = path.split_once("::").unwrap_or((path, ""));
        let is_module = MODULES.iter().any(|(name, _)| *name == target);
        if !is_module || target == module {
            continue;
        }
        let narrow = NARROW.iter().find(|(from, to, _)| *from == module && *to == target);
        let line = line_of(&text, place);
        if !allowed.contains(&target) {
            found.push(format!("src/{file}:{line}: `{module}` may not import `{target}`"));
        } else if let Some((_, _, only)) = narrow.filter(|(_, _, only)| !rest.starts_with(only)) {
            found.push(format!(
                "src/{file}:{line}: `{module}` may import nothing of `{target}` but `{only}`"
            ));
        }
    }
    found
}

fn wrong_packages(file: &str, text: &str) -> Vec<String> {
    let text = without_comments(text);
    let mut found = Vec::new();
    for (place, _) in text.match_indices("::") {
        let start = text[..place].rfind(|c| !is_of_a_name(c)).map_or(0, |before| before + 1);
        let name = &text[start..place];
        if text[..start].ends_with(':') {
            continue;
        }
        let rule = PACKAGES.iter().find(|(package, _)| match package.strip_suffix('_') {
            Some(_) => name.starts_with(package),
            None => name == *package,
        });
        if let Some((_, places)) = rule
            && !places.iter().any(|allowed| file.starts_with(allowed))
        {
            found.push(format!(
                "src/{file}:{}: `{name}` belongs in {} alone",
                line_of(&text, place),
                places.join(", ")
            ));
        }
    }
    found
}

/// The paths that begin at the crate's root, each with its place: by `crate::`, by enough
/// `super::`, or, in `main.rs`, by the library's name.
fn paths_from_the_root<'a>(file: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    // `http/mod.rs` and `http_client.rs` are one level below the root, `http/json.rs` is two.
    let depth = file.split('/').filter(|part| !matches!(*part, "mod.rs" | "main.rs")).count();
    let supers = "super::".repeat(depth);
    let starts = ["crate::", "vestibule::", &*supers];
    let mut paths = Vec::new();
    for start in starts.iter().filter(|start| !start.is_empty()) {
        for (place, _) in text.match_indices(start) {
            let before = text[..place].chars().next_back();
            if before.is_some_and(|c| is_of_a_name(c) || c == ':') {
                continue;
            }
            members(text, place + start.len(), &mut paths);
        }
    }
    paths
}

/// The path at a place, or each of those in the braces there.
fn members<'a>(text: &'a str, place: usize, paths: &mut Vec<(usize, &'a str)>) {
    if !text[place..].starts_with('{') {
        paths.push((place, path_at(text, place)));
        return;
    }
    let mut depth = 0;
    let mut is_first = false;
    for (offset, character) in text[place..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
        if depth == 1 && matches!(character, '{' | ',') {
            is_first = true;
        } else if is_first && is_of_a_name(character) {
            is_first = false;
            paths.push((place + offset, path_at(text, place + offset)));
        }
    }
}

/// The path at a place, with its own braces where it has some.
fn path_at(text: &str, place: usize) -> &str {
    let rest = &text[place..];
    let end = rest.find(|c: char| !is_of_a_name(c) && c != ':').unwrap_or(rest.len());
    &rest[..end]
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The text with every line that is a comment emptied, so that the numbers of lines stay.
fn without_comments(text: &str) -> String {
    let code = |line: &str| if line.trim_start().starts_with("//") { "" } else { line }.to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

fn line_of(text: &str, place: usize) -> usize {
    text[..place].matches('\n').count() + 1
}

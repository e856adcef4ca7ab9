//! Allows imports from outer layers to inner layers only.

use std::collections::BTreeSet;

use crate::{
    assert_none,
    graph::imports,
    sources::{Source, parse, workspace},
};

/// The layers from the outermost to the innermost. A module may import modules of inner layers, but
/// no other module of its own layer.
const LAYERS: [&[&str]; 8] = [
    &["main"],
    &["cli"],
    &["app"],
    &["http"],
    &["signup"],
    &["cognito", "bot_check", "pwned_passwords", "rate_limit", "store"],
    &["registration"],
    &["config"],
];

/// Modules that all others may import, and that import no others.
const TOOLS: [&str; 6] = ["current_request", "json", "keyed_digest", "metrics", "time", "trace"];

/// Modules outside the layers, with the modules that may import them, and those they may import.
const OUTSIDE: [(&str, &[&str], &[&str]); 5] = [
    ("connection", &["app", "http"], &[]),
    ("doctor", &["cli", "app"], &["cognito", "config"]),
    ("http_client", &["bot_check", "pwned_passwords", "telemetry"], &[]),
    ("telemetry", &["cli"], &["config", "http_client"]),
    // The sandbox stands in for Cognito, and must not depend on the client of Cognito.
    ("cognito_sandbox", &["cli", "app"], &[]),
];

#[test]
fn imports_go_from_outer_to_inner_layers() {
    assert_none(&wrong_imports(&workspace()));
}

#[test]
fn every_module_is_in_a_table() {
    let sources = workspace();
    let modules: BTreeSet<&str> = sources.iter().map(|source| top(&source.module)).collect();
    let is_missing = |module: &&str| {
        let is_root = *module == "vestibule";
        !is_root && !TOOLS.contains(module) && layer(module).is_none() && outside(module).is_none()
    };
    let unknown: Vec<String> = modules
        .into_iter()
        .filter(is_missing)
        .map(|module| format!("`{module}` is in no table"))
        .collect();

    assert_none(&unknown);
}

#[test]
fn finds_a_wrong_import_in_every_form() {
    for (path, text) in [
        ("src/config.rs", "use crate::registration::Rules;"),
        ("src/config.rs", "use crate::{metrics::Metrics, registration::Rules};"),
        ("src/config.rs", "fn f() { crate::registration::Rules; }"),
        ("src/config.rs", "fn f() { println!(\"{}\", crate::registration::Rules); }"),
        ("src/config.rs", "#[given(crate::registration::Rules)]\nstruct A;"),
        ("src/config.rs", "pub use super::registration::Rules;"),
        ("src/config.rs", "use super::*;\nuse registration::Rules;"),
        // `cognito` may import and re-export the item.
        ("src/config.rs", "use crate::cognito::Rules;"),
    ] {
        let found = wrong_imports(&workspace_with(path, text));

        assert!(!found.is_empty(), "{text}");
        for fault in found {
            assert!(fault.starts_with("src/config.rs: `config` may not import `"), "{fault}");
        }
    }
}

#[test]
fn rejects_imports_within_a_layer_and_of_the_sandbox_outside_cli_and_app() {
    for (path, text, is_wrong) in [
        ("src/store.rs", "use crate::cognito::A;", true),
        ("src/http.rs", "use cognito_sandbox::Pool;", true),
        ("src/doctor.rs", "use crate::registration::Rules;", true),
        ("src/metrics.rs", "use crate::config::A;", true),
        ("crates/cognito-sandbox/src/lib.rs", "use vestibule::config::A;", true),
        ("src/main.rs", "use vestibule::config::A;", false),
        ("src/cli.rs", "use cognito_sandbox::Pool;\nuse crate::doctor::A;", false),
        ("src/http.rs", "/// As [`crate::cli::A`].\nuse crate::registration::Rules;", false),
        ("src/doctor.rs", "use crate::cognito::A;", false),
        ("src/store.rs", "#[cfg(test)]\nmod tests { use crate::cognito::A; }", false),
    ] {
        assert_eq!(
            !wrong_imports(&workspace_with(path, text)).is_empty(),
            is_wrong,
            "{path}: {text}"
        );
    }
}

/// Returns a small workspace with this text in one file.
fn workspace_with(path: &str, text: &str) -> Vec<Source> {
    let mut files = vec![
        ("crates/cognito-sandbox/src/lib.rs", "pub struct Pool;"),
        (
            "src/lib.rs",
            "mod cli; mod cognito; mod config; mod doctor; mod http; mod store; mod metrics; \
             mod registration;",
        ),
        ("src/main.rs", "fn main() {}"),
        ("src/cli.rs", "pub struct A;"),
        ("src/cognito.rs", "pub use crate::registration::Rules;\npub struct A;"),
        ("src/config.rs", "pub struct A;"),
        ("src/doctor.rs", "pub struct A;"),
        ("src/http.rs", "pub struct A;"),
        ("src/store.rs", "pub struct A;"),
        ("src/metrics.rs", "pub struct Metrics;"),
        ("src/registration.rs", "pub struct Rules;"),
    ];
    files.retain(|(known, _)| *known != path);
    files.push((path, text));
    parse(&files)
}

fn wrong_imports(sources: &[Source]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for import in imports(sources) {
        let from = &sources[import.from];
        for target in [top(&import.by), top(&sources[import.to].module)] {
            if !may_import(top(&from.module), target) {
                let (module, name) = (top(&from.module), &import.name);
                found.insert(format!(
                    "{}: `{module}` may not import `{target}` ({name})",
                    from.path
                ));
            }
        }
    }
    found.into_iter().collect()
}

/// Returns the top-level module of the service, or the name of another crate.
fn top(module: &[String]) -> &str {
    match module {
        [name, module, ..] if name == "vestibule" => module,
        [name, ..] => name,
        [] => "",
    }
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Returns the entry of a module in [`OUTSIDE`]: its importers and its imports.
fn outside(module: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    let found = OUTSIDE.iter().find(|(name, ..)| *name == module);
    found.map(|(_, importers, imports)| (*importers, *imports))
}

fn may_import(from: &str, target: &str) -> bool {
    if from == target || TOOLS.contains(&target) || [from, target].contains(&"vestibule") {
        return true;
    }
    match (outside(from), outside(target)) {
        (Some((_, imports)), _) => imports.contains(&target),
        (_, Some((importers, _))) => importers.contains(&from),
        _ if TOOLS.contains(&from) => false,
        _ => layer(from) < layer(target),
    }
}

//! Imports run one way: from the outer layers to the inner ones.

use std::collections::BTreeSet;

use crate::{
    assert_none,
    graph::imports,
    sources::{Source, parse, workspace},
};

/// The layers from the outermost to the innermost. A module may import those of later layers,
/// and none of its own.
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

/// Modules that all others may import, and that import no other.
const TOOLS: [&str; 4] = ["json", "keyed_digest", "metrics", "time"];

/// Modules beside the layers, who imports them, and what they import.
const BESIDE: [(&str, &[&str], &[&str]); 4] = [
    ("doctor", &["cli", "app"], &["cognito", "config"]),
    ("http_client", &["bot_check", "pwned_passwords"], &[]),
    ("telemetry", &["cli"], &["config"]),
    // It plays Cognito, and may not know who talks to it.
    ("cognito_sandbox", &["cli", "app"], &[]),
];

#[test]
fn imports_run_one_way() {
    assert_none(&wrong_imports(&workspace()));
}

#[test]
fn every_module_has_its_place_in_the_tables() {
    let sources = workspace();
    let modules: BTreeSet<&str> = sources.iter().map(|source| top(&source.module)).collect();
    let has_no_place = |module: &&str| {
        let is_root = *module == "vestibule";
        !is_root && !TOOLS.contains(module) && layer(module).is_none() && beside(module).is_none()
    };
    let unknown: Vec<String> = modules
        .into_iter()
        .filter(has_no_place)
        .map(|module| format!("`{module}` has no place"))
        .collect();

    assert_none(&unknown);
}

#[test]
fn a_wrong_import_is_found_whatever_way_it_takes() {
    for (path, text) in [
        ("src/config.rs", "use crate::registration::Rules;"),
        ("src/config.rs", "use crate::{metrics::Metrics, registration::Rules};"),
        ("src/config.rs", "fn f() { crate::registration::Rules; }"),
        ("src/config.rs", "fn f() { println!(\"{}\", crate::registration::Rules); }"),
        ("src/config.rs", "#[given(crate::registration::Rules)]\nstruct A;"),
        ("src/config.rs", "pub use super::registration::Rules;"),
        ("src/config.rs", "use super::*;\nuse registration::Rules;"),
        // `cognito` hands it on, and may.
        ("src/config.rs", "use crate::cognito::Rules;"),
    ] {
        let found = wrong_imports(&planted(path, text));

        assert!(!found.is_empty(), "{text}");
        for fault in found {
            assert!(fault.starts_with("src/config.rs: `config` may not import `"), "{fault}");
        }
    }
}

#[test]
fn modules_of_one_layer_are_kept_apart_and_only_cli_and_app_know_the_sandbox() {
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
        assert_eq!(!wrong_imports(&planted(path, text)).is_empty(), is_wrong, "{path}: {text}");
    }
}

/// A small workspace in which one file is another.
fn planted(path: &str, text: &str) -> Vec<Source> {
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

/// The module below a crate's root; other crates count as one.
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

/// Who imports a module beside the layers, and what it imports.
fn beside(module: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    let found = BESIDE.iter().find(|(name, ..)| *name == module);
    found.map(|(_, importers, imports)| (*importers, *imports))
}

fn may_import(from: &str, target: &str) -> bool {
    if from == target || TOOLS.contains(&target) || [from, target].contains(&"vestibule") {
        return true;
    }
    match (beside(from), beside(target)) {
        (Some((_, imports)), _) => imports.contains(&target),
        (_, Some((importers, _))) => importers.contains(&from),
        _ if TOOLS.contains(&from) => false,
        _ => layer(from) < layer(target),
    }
}

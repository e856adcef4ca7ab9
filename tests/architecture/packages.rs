//! Restricts packages to the modules that wrap them.

use std::collections::BTreeSet;

use crate::{
    assert_none,
    sources::{Source, parse, workspace},
    tokens::is_word,
};

/// Package names, or prefixes that end with `_`, with the folders and files that may use them.
const PACKAGES: [(&str, &[&str]); 31] = [
    ("actix_", &["src/http/", "src/app/", "crates/cognito-sandbox/"]),
    ("tracing_actix_web", &["src/http/"]),
    ("aws_", &["src/cognito/", "src/doctor/"]),
    ("altcha", &["src/bot_check/"]),
    ("reqwest", &["src/http_client.rs", "src/bot_check/", "src/pwned_passwords/"]),
    ("rustls", &["src/http_client.rs", "src/store/database/", "src/app/tls.rs"]),
    ("tokio_rustls", &["src/app/", "src/connection/"]),
    ("h2", &["src/app/"]),
    ("hyper_", &["src/cognito/"]),
    ("http_body_util", &["src/cognito/"]),
    ("governor", &["src/rate_limit/"]),
    ("redis", &["src/rate_limit/"]),
    ("rusqlite", &["src/store/"]),
    ("tokio_postgres", &["src/store/"]),
    ("refinery", &["src/store/"]),
    ("csv", &["src/store/"]),
    ("ring", &["src/pwned_passwords/", "src/cognito/", "src/store/", "src/app/tls.rs"]),
    ("validator", &["src/registration/"]),
    ("utoipa_swagger_ui", &["src/http/"]),
    ("rlibphonenumber", &["src/registration/"]),
    ("figment", &["src/config/"]),
    ("clap", &["src/cli/"]),
    ("indicatif", &["src/cli/"]),
    ("prometheus_client", &["src/metrics/"]),
    ("socket2", &["src/app/", "src/connection/", "crates/cognito-sandbox/"]),
    ("sd_notify", &["src/app/"]),
    ("tracing_appender", &["src/telemetry/"]),
    ("tracing_subscriber", &["src/telemetry/"]),
    ("opentelemetry", &["src/telemetry/", "src/trace/"]),
    ("opentelemetry_", &["src/telemetry/", "src/trace/"]),
    ("tracing_opentelemetry", &["src/telemetry/", "src/trace/"]),
];

#[test]
fn packages_are_used_only_in_their_modules() {
    assert_none(&misplaced(&workspace()));
}

// The build of the image has no default features. The image still needs everything else, such as
// AWS Secrets Manager and the export of traces.
#[test]
fn the_image_lacks_only_the_sandbox() {
    let manifest = include_str!("../../Cargo.toml");

    let optional = manifest.lines().filter(|line| line.contains("optional = true"));
    let mut packages: Vec<&str> = optional.filter_map(|line| line.split(' ').next()).collect();
    let (_, features) = manifest.split_once("[features]").expect("there are features");
    let build = "cargo auditable build --release --locked --no-default-features --features \"otlp ";

    packages.retain(|package| !features.contains(&format!("\"dep:{package}\"")));
    assert_eq!(packages, [""; 0], "in no feature");
    assert!(features.contains("default = [\"otlp\", \"sandbox\"]"), "{features}");
    assert!(features.contains("sandbox = [\"dep:cognito-sandbox\"]"), "{features}");
    assert!(include_str!("../../Dockerfile").contains(build));
    let build = build.replace("\"otlp ", "otlp)");
    assert!(include_str!("../../tools/reproducible").contains(&build));
}

#[test]
fn finds_a_misplaced_package() {
    for (path, text, is_wrong) in [
        ("src/signup/register.rs", "use actix_web::web;", true),
        ("src/cli/mod.rs", "fn f() { actix_web::rt::spawn(async {}); }", true),
        ("src/cli/mod.rs", "#[actix_rt::main]\nasync fn main() {}", true),
        ("src/cli/mod.rs", "fn f() { info!(\"{}\", actix_web::web::A); }", true),
        ("src/http/a.rs", "use {governor::Quota, std::fs};", true),
        ("src/http/a.rs", "use aws_sdk_cognitoidentityprovider as sdk;", true),
        ("src/http/a.rs", "use actix_web::web;", false),
        ("crates/cognito-sandbox/src/lib.rs", "use actix_web::web;", false),
        ("src/signup/register.rs", "// use actix_web::web;\nuse my_actix_web::web;", false),
        ("src/signup/register.rs", "use self::governor::web;\nfn f(redis: u8) { redis; }", false),
        ("src/signup/register.rs", "#[cfg(test)]\nmod tests { use actix_web::web; }", false),
    ] {
        let found = misplaced(&parse(&[(path, text)]));

        assert_eq!(!found.is_empty(), is_wrong, "{path}: {text}: {found:?}");
        assert!(found.iter().all(|fault| fault.starts_with(path)), "{found:?}");
    }
}

fn misplaced(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test) {
        for package in packages(source) {
            let Some(places) = places_of(package) else { continue };
            if !places.iter().any(|place| source.path.starts_with(place)) {
                let places = places.join(", ");
                found.push(format!("{}: `{package}` belongs in {places}", source.path));
            }
        }
    }
    found
}

/// Returns the first names of all paths in a file, and the names that it imports alone.
fn packages(source: &Source) -> BTreeSet<&str> {
    let tokens: Vec<&str> = source.tokens.iter().map(String::as_str).collect();
    let names = tokens.iter().enumerate().filter(|(place, name)| {
        let before = place.checked_sub(1).map(|before| tokens[before]);
        let behind = tokens.get(place + 1);
        let is_first = behind == Some(&"::") && before != Some("::");
        is_word(name) && (is_first || before == Some("use"))
    });
    names.map(|(_, name)| *name).collect()
}

/// Returns the places that may use a package, or `None` if it is unrestricted.
fn places_of(package: &str) -> Option<&'static [&'static str]> {
    let is_it = |name: &str| match name.strip_suffix('_') {
        Some(_) => package.starts_with(name),
        None => package == name,
    };
    PACKAGES.iter().find(|(name, _)| is_it(name)).map(|(_, places)| *places)
}

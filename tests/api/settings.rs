//! Settings: variables, files, errors and warnings, as `vestibule config` prints them.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::{
    process::{Process, error_message, run, vestibule},
    support::{PASSWORD, Response, environment, files::File, pool},
};

/// Returns `vestibule config check` or another command with these settings.
fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = vestibule(arguments);
    command.envs(environment(settings, "http://127.0.0.1:1"));
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns the error of `config check` with these settings.
fn check_error(settings: &[(&str, &str)]) -> String {
    let output = run(command(&["config", "check"], settings));
    assert_eq!(output.status.code(), Some(2), "{settings:?}: {output:?}");
    error_message(&output, &format!("{settings:?}"))
}

/// Returns the output of `config check` with these settings, which must be valid.
fn check_output(settings: &[(&str, &str)]) -> String {
    let output = run(command(&["config", "check"], settings));
    assert_eq!(output.status.code(), Some(0), "{settings:?}: {output:?}");
    stdout(&output)
}

#[test]
fn a_variable_whose_prefix_is_wrong_is_an_error() {
    for (name, meant) in [
        ("VESTIBULE_SERVER__PORT", "VESTIBULE__SERVER__PORT"),
        ("VESTIBULE_COGNITO__CLIENT_ID", "VESTIBULE__COGNITO__CLIENT_ID"),
        ("VESTIBULE_LIMITS__ADDRESS__BURST", "VESTIBULE__LIMITS__ADDRESS__BURST"),
        ("VESTIBULE_DATABASE__KEY_FILE", "VESTIBULE__DATABASE__KEY_FILE"),
        ("VESTIBULE___LOG__LEVEL", "unknown setting"),
        ("VESTIBULELOG__LEVEL", "VESTIBULE__LOG__LEVEL"),
        ("vestibule__server__port", "VESTIBULE__SERVER__PORT"),
        ("Vestibule_Server__Port", "VESTIBULE__SERVER__PORT"),
    ] {
        for arguments in [&["config", "check"][..], &["serve"], &["sandbox"]] {
            let mut command = command(arguments, &[]);
            command.env(name, "8081");
            let output = run(command);

            assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
            let error = error_message(&output, name);
            assert!(error.starts_with(name) && error.contains(meant), "{name}: {error}");
        }
    }
}

/// Kubernetes adds these variables to each pod of a namespace with a Service of this name.
#[test]
fn the_variables_of_a_kubernetes_service_are_ignored() {
    for service in ["VESTIBULE", "VESTIBULE_SERVER", "VESTIBULE_LIMITS", "VESTIBULE_DATABASE"] {
        let mut command = command(&["config", "show"], &[]);
        for (name, value) in [
            ("SERVICE_HOST", "10.96.0.17"),
            ("SERVICE_PORT", "8080"),
            ("SERVICE_PORT_HTTP", "8080"),
            ("PORT", "tcp://10.96.0.17:8080"),
            ("PORT_8080_TCP", "tcp://10.96.0.17:8080"),
            ("PORT_8080_TCP_PROTO", "tcp"),
            ("PORT_8080_TCP_PORT", "8080"),
            ("PORT_8080_TCP_ADDR", "10.96.0.17"),
        ] {
            command.env(format!("{service}_{name}"), value);
        }

        let output = run(command);

        assert_eq!(output.status.code(), Some(0), "{service}: {output:?}");
        assert!(!stdout(&output).contains("10.96.0.17"), "{service}: {}", stdout(&output));
    }
}

#[test]
fn config_show_masks_every_password_in_a_url() {
    for (setting, url, shown) in [
        ("DATABASE__URL", "postgres://db/v?password=zebrafish", "postgres://db/v?password=****"),
        (
            "DATABASE__URL",
            "postgres://ada@db/v?sslmode=require&password=zebrafish&connect_timeout=3",
            "postgres://ada@db/v?sslmode=require&password=********&connect_timeout=3",
        ),
        ("DATABASE__URL", "postgres://db/v?PassWord=zebrafish", "postgres://db/v?PassWord=****"),
        ("DATABASE__URL", "postgres://db/v?pass%77ord=zebrafish", "postgres://db/v?"),
        ("DATABASE__URL", "postgres://db/v?sslpassword=zebrafish", "postgres://db/v?sslpassword="),
        ("DATABASE__URL", "postgres://db/v?password=a@zebrafish", "url = \"********\""),
        ("DATABASE__URL", "postgres://db:5432/v?password=a@zebrafish", "url = \"********\""),
        ("DATABASE__URL", "postgres://ada:zebra@fish@db/v", "postgres://ada:********@db/v"),
        ("DATABASE__URL", "postgres://ada:zebrafish@db/v?host=a", "ada:********@db/v?host=a"),
        ("LIMITS__STORE", "redis://:zebra?fish@cache", "store = \"********\""),
        ("LIMITS__STORE", "redis-cluster://ada:zebrafish@a,b", "ada:********@a,b"),
        ("DATABASE__PASSWORD", "zebrafish", "password = \"********\""),
    ] {
        let output = run(command(&["config", "show"], &[(setting, url)]));

        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{url}: {output:?}");
        assert!(!text.contains("zebra") && !text.contains("fish"), "{url}: {text}");
        assert!(text.contains(shown), "{url}: {text}");
    }
}

#[test]
fn a_short_database_key_is_an_error_from_every_source() {
    let short = File::new("thirty-one-characters-are-short\n");
    let inside = File::new("[database]\nkey = \"thirty-one-characters-are-short\"\n");
    let mut in_file = command(&["config", "check", "--config", inside.name()], &[]);
    in_file.env_remove("VESTIBULE__DATABASE__KEY");
    for (case, command) in [
        ("a variable", command(&["config", "check"], &[("DATABASE__KEY", "short")])),
        ("a key file", command(&["config", "check"], &[("DATABASE__KEY_FILE", short.name())])),
        ("a file of settings", in_file),
        ("serve", command(&["serve"], &[("DATABASE__KEY", "thirty-one-characters-are-short")])),
    ] {
        let output = run(command);

        assert_eq!(output.status.code(), Some(2), "{case}: {output:?}");
        let error = error_message(&output, case);
        assert!(error.contains("database.key is shorter than 32 characters"), "{case}: {error}");
        assert!(!error.contains("thirty-one"), "{case}: {error}");
    }
}

#[test]
fn a_pool_of_another_region_is_an_error() {
    for (region, pool, is_wrong) in [
        ("us-east-1", "eu-central-1_EXAMPLE", true),
        ("eu-central-2", "eu-central-1_EXAMPLE", true),
        ("us-gov-west-1", "us-gov-east-1_EXAMPLE", true),
        ("us-gov-west-1", "us-gov-west-1_EXAMPLE", false),
        ("eu-central-1", "eu-central-1_EXAMPLE", false),
        // An emulator.
        ("us-east-1", "local_2nTBmCS7", false),
    ] {
        let settings = [("COGNITO__REGION", region), ("COGNITO__USER_POOL_ID", pool)];
        let output = run(command(&["config", "check"], &settings));

        assert_eq!(output.status.code() == Some(2), is_wrong, "{region}, {pool}: {output:?}");
        if is_wrong {
            let error = error_message(&output, pool);
            for part in ["cognito.user_pool_id", "cognito.region", pool, region] {
                assert!(error.contains(part), "{error}");
            }
        }
    }
}

#[test]
fn a_pool_of_another_region_than_the_one_of_the_environment_prevents_the_start() {
    let mut command = command(&["serve"], &[("COGNITO__REGION", "")]);
    command.env("AWS_REGION", "us-east-1");

    let output = run(command);

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error = error_message(&output, "another region");
    assert!(error.contains("cognito.user_pool_id") && error.contains("us-east-1"), "{error}");
}

#[actix_web::test]
async fn the_region_of_the_environment_is_used_if_none_is_set() {
    let pool = pool(&[]).await;
    let mut command = vestibule(&["serve"]);
    command.envs(environment(&[("COGNITO__REGION", "")], &pool.url()));
    command.env("AWS_REGION", "eu-central-1");
    let process = Process::start(command).await;

    let response =
        register(&process, &json!({"email": "ada@example.com", "password": PASSWORD})).await;

    assert_eq!(response.status, 201, "{}", response.text);
}

#[test]
fn config_check_warns_about_weak_settings() {
    let conceal = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");
    let at_once = ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", "0s");
    let waits = ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", "2s");
    let limits = ("LIMITS__MODE", "enforce");
    for (settings, expected) in [
        (&[limits, ("LIMITS__STORE", "redis://cache.internal")][..], Some("limits.store: the con")),
        (&[limits, ("LIMITS__STORE", "redis-cluster://127.0.0.1,cache")], Some("to cache is not")),
        (&[limits, ("LIMITS__STORE", "redis-sentinel://10.0.0.7/m")], Some("to 10.0.0.7 is not")),
        (&[limits, ("LIMITS__STORE", "rediss://cache.internal")], None),
        (&[limits, ("LIMITS__STORE", "redis://localhost")], None),
        (&[limits, ("LIMITS__STORE", "redis://[::1]")], None),
        (&[("DATABASE__URL", "postgres://db.internal/v")], Some("to db.internal is not encrypted")),
        (&[("DATABASE__URL", "postgresql://ada:pw@db/v?sslmode=prefer")], Some("to db is not")),
        (&[("DATABASE__URL", "postgres://db/v?sslmode=disable")], Some("to db is not")),
        (&[("DATABASE__URL", "postgres://localhost/v?host=db")], Some("to db is not")),
        (&[("DATABASE__URL", "postgres://db/v?sslmode=require")], None),
        (&[("DATABASE__URL", "postgres://db/v?sslmode=verify-full")], None),
        (&[("DATABASE__URL", "postgres://127.0.0.1/v")], None),
        (&[("DATABASE__URL", "postgres://%2Fvar%2Frun%2Fpostgresql/v")], None),
        (&[conceal, at_once], Some("registration.conceal_response_interval is 0s")),
        (&[conceal, waits], None),
        (&[at_once], None),
        (&[("SERVER__MAX_BODY", "2MiB")], Some("server.max_body is 2.0 MiB")),
        (&[("SERVER__MAX_BODY", "1048577")], Some("server.max_body")),
        (&[("SERVER__MAX_BODY", "1MiB")], None),
    ] {
        let output = check_output(settings);

        let subjects =
            ["is not encrypted", "conceal_response_interval", "server.max_body", "admin.host"];
        let about = |line: &&str| subjects.iter().any(|subject| line.contains(subject));
        let found: Vec<&str> = output.lines().filter(about).collect();
        assert_eq!(found.len(), usize::from(expected.is_some()), "{settings:?}: {output}");
        if let Some(expected) = expected {
            let line = found[0];
            assert!(line.starts_with("warning: ") && line.contains(expected), "{line}");
        }
    }
}

#[test]
fn errors_of_types_name_a_range_or_a_notation() {
    for (setting, value, expected) in [
        ("SERVER__PORT", "70000", "the value must be a whole number from 0 to 65535"),
        ("SERVER__PORT", "-1", "the value must be a whole number from 0 to 65535"),
        (
            "SERVER__PORT",
            "99999999999999999999",
            "the value must be a whole number from 0 to 65535",
        ),
        ("SERVER__PORT", "8o8o", "the value must be a whole number"),
        ("LIMITS__ADDRESS__BURST", "4294967296", "a whole number from 0 to 4294967295"),
        ("COGNITO__MAX_ATTEMPTS", "-3", "a whole number from 0 to 4294967295"),
        ("REGISTRATION__PASSWORD_STRENGTH__MIN_SCORE", "256", "a whole number from 0 to 255"),
        ("REGISTRATION__PASSWORD__MIN_LENGTH", "-8", "a whole number from 0 to"),
        ("LIMITS__SMS_CONVERSION__TARGET_RATE", "many", "the value must be a number"),
    ] {
        let error = check_error(&[(setting, value)]);

        assert!(error.starts_with(&format!("VESTIBULE__{setting}: ")), "{error}");
        assert!(error.contains(expected), "{setting}={value}: {error}");
    }
    for (line, expected) in [
        (
            "[server]\nport = 70000",
            "\"server.port\": the value must be a whole number from 0 to 65535",
        ),
        ("[server]\nport = \"web\"", "a whole number from 0 to 65535"),
        ("[limits.address]\nburst = -1", "a whole number from 0 to 4294967295"),
        ("[limits]\naddress = 5", "the value must be a section"),
        ("[limits]\nmode = 5", "one of the values in config/default.toml"),
        ("[server]\ntrusted_proxies = \"10.0.0.0/8\"", "the value must be a list"),
        ("[server]\nmax_body = []", "max_body"),
        ("[database]\ntimeout = 5", "\"database.timeout\""),
        ("[cognito]\nsend_ip_address = \"yes\"", "`true` or `false`"),
    ] {
        let file = File::new(line);
        let mut command = command(&["config", "check", "--config", file.name()], &[]);
        command.env_remove("VESTIBULE__SERVER__PORT").env_remove("VESTIBULE__LIMITS__MODE");
        let output = run(command);

        assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
        let error = error_message(&output, line);
        assert!(error.contains(expected), "{line}: {error}");
        for name in ["u8", "u16", "u32", "u64", "usize", "struct", "enum", "sequence"] {
            assert!(!error.contains(name), "{line}: {error}");
        }
    }
}

#[test]
fn a_database_password_has_one_source() {
    let file = File::new("zebrafish\n");
    for url in ["postgres://ada:zebrafish@db/v", "postgres://db/v?password=zebrafish"] {
        let error =
            check_error(&[("DATABASE__URL", url), ("DATABASE__PASSWORD_FILE", file.name())]);

        assert!(error.contains("database.url has a password"), "{error}");
        assert!(!error.contains("zebrafish"), "{error}");
    }
}

/// Starts a sandbox with these settings.
async fn sandbox(settings: &[(&str, &str)]) -> Process {
    let ports = [("SERVER__PORT", "0"), ("ADMIN__PORT", "0"), ("SANDBOX__PORT", "0")];
    let mut command = vestibule(&["sandbox"]);
    command.envs(
        [&ports[..], settings]
            .concat()
            .iter()
            .map(|(name, value)| (format!("VESTIBULE__{name}"), (*value).to_owned())),
    );
    Process::start(command).await
}

async fn register(process: &Process, form: &Value) -> Response {
    let request = crate::support::client().post(format!("{}/register", process.url));
    Response::of(request.json(form)).await
}

#[actix_web::test]
async fn limits_of_the_sandbox_only_observe() {
    let process = sandbox(&[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});

    for round in 0..30 {
        let response = register(&process, &form).await;

        assert_eq!(response.status, if round == 0 { 201 } else { 202 }, "{}", response.text);
    }
    let resend = format!("{}/register/resend", process.url);
    for _ in 0..8 {
        let request = crate::support::client().post(&resend);
        let response = Response::of(request.json(&json!({"username": "ada@example.com"}))).await;

        assert_ne!(response.json()["code"], "too_many_requests", "{}", response.text);
    }
}

#[actix_web::test]
async fn own_attributes_replace_those_of_the_sandbox() {
    const ATTRIBUTES: &str = "{ nickname = { required = true } }";
    let file = File::new("[registration.attributes]\nnickname = { required = true }\n");
    let mut with_file = vestibule(&["sandbox", "--config", file.name()]);
    with_file
        .envs(["SERVER", "ADMIN", "SANDBOX"].map(|name| (format!("VESTIBULE__{name}__PORT"), "0")));
    for process in [
        sandbox(&[("REGISTRATION__ATTRIBUTES", ATTRIBUTES)]).await,
        Process::start(with_file).await,
    ] {
        let form = |name: &str| json!({"email": "ada@example.com", "password": PASSWORD, "attributes": {name: "Ada"}});

        let of_the_sandbox = register(&process, &form("given_name")).await;
        let own = register(&process, &form("nickname")).await;

        assert_eq!(
            of_the_sandbox.violations(),
            ["/attributes/given_name not_allowed", "/attributes/nickname required"]
        );
        assert_eq!(own.status, 201, "{}", own.text);
    }
}

#[actix_web::test]
async fn other_own_tables_replace_those_of_the_sandbox() {
    for (settings, form, violations) in [
        (
            &[("REGISTRATION__CONSENTS", "{ privacy = { version = \"3\", required = true } }")][..],
            json!({"consents": {"terms": "2026-10"}}),
            &["/consents/privacy consent_required", "/consents/terms not_allowed"][..],
        ),
        (
            &[("REGISTRATION__VALIDATION_DATA__ALLOW", "voucher")],
            json!({"validation_data": {"voucher": "a", "invite": "b"}}),
            &["/validation_data/invite not_allowed"],
        ),
        (
            &[("REGISTRATION__ATTRIBUTES", "{}")],
            json!({"attributes": {"given_name": "Ada"}}),
            &["/attributes/given_name not_allowed"],
        ),
    ] {
        let process = sandbox(settings).await;
        let mut whole = json!({"email": "ada@example.com", "password": PASSWORD});
        for (name, value) in form.as_object().expect("an object") {
            whole[name] = value.clone();
        }

        let response = register(&process, &whole).await;

        assert_eq!(response.violations(), violations, "{settings:?}: {}", response.text);
    }
}

#[actix_web::test]
async fn the_sandbox_allows_loopback_origins() {
    let process = sandbox(&[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    for (origin, is_allowed) in [
        ("http://localhost:5173", true),
        ("http://localhost", true),
        ("http://127.0.0.1:3000", true),
        ("http://[::1]:8000", true),
        ("http://localhost.example.com", false),
        ("https://www.example.com", false),
        ("null", false),
    ] {
        let request = crate::support::client()
            .post(format!("{}/register", process.url))
            .header("Origin", origin)
            .header("Sec-Fetch-Site", "cross-site");
        let response = Response::of(request.json(&form)).await;

        let allowed = response.header("access-control-allow-origin");
        assert_eq!(allowed, is_allowed.then_some(origin), "{origin}: {}", response.text);
        assert_eq!(
            response.json()["code"] != "cross_site",
            is_allowed,
            "{origin}: {}",
            response.text
        );
    }
}

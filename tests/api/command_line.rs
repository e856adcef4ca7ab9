//! The command line of the program.

use std::{
    net::{TcpListener, TcpStream},
    process::{Command, Output},
};

use serde_json::json;

use crate::{
    process::{Process, error_message, run, vestibule},
    support::{PASSWORD, Response, environment, files::File, pool},
    wait::until_found,
};

/// Returns a command with these settings.
fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = vestibule(arguments);
    command.envs(environment(settings, "http://127.0.0.1:1"));
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns a listener and its port.
fn port_in_use() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port().to_string();
    (listener, port)
}

#[actix_web::test]
async fn config_check_validates_settings_without_starting() {
    let valid = run(command(&["config", "check"], &[("LIMITS__MODE", "enforce")]));
    let with_warning = run(command(&["config", "check"], &[("LIMITS__MODE", "off")]));

    assert_eq!(valid.status.code(), Some(0), "{valid:?}");
    assert_eq!(stdout(&valid), "The settings are valid.\n");
    assert_eq!(with_warning.status.code(), Some(0), "{with_warning:?}");
    assert!(
        stdout(&with_warning).starts_with("warning: limits.mode is \"off\""),
        "{}",
        stdout(&with_warning)
    );
}

#[actix_web::test]
async fn config_show_masks_secrets() {
    let output = run(command(
        &["config", "show"],
        &[
            ("COGNITO__CLIENT_SECRET", "swordfish-1"),
            ("COGNITO__SECONDARY_CLIENT_SECRET", "swordfish-2"),
            ("DATABASE__KEY", "swordfish-3-of-thirty-two-characters"),
            ("LIMITS__STORE", "redis://:swordfish-5@cache.internal"),
            ("COGNITO__SIGNATURE__SIGNING_KEY", "swordfish-6-of-thirty-two-characters"),
        ],
    ));

    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!shown.contains("swordfish"), "{shown}");
    assert_eq!(shown.matches("********").count(), 5, "{shown}");
    let shown = shown.replace("redis://:********@cache.internal", "local");
    let key = "key = \"0123456789abcdef0123456789abcdef\"";
    let file = File::new(&shown.replace("key = \"********\"", key));
    let mut checked = vestibule(&["config", "check", "--config", file.name()]);
    let checked = run({
        checked.env("VESTIBULE__SERVER__PORT", "0");
        checked
    });
    assert_eq!(checked.status.code(), Some(0), "the output is a valid settings file: {checked:?}");
}

#[actix_web::test]
async fn reports_each_invalid_setting_in_one_line() {
    let unknown = File::new("[server]\nprot = 80\n");
    let wrong = File::new("[limits.address]\nburst = \"many\"\n");
    let broken = File::new("[server]\n[limits\n");
    let missing = "/nowhere/vestibule.toml";

    for (case, file, settings, parts) in [
        (
            "an unknown key in a file",
            Some(unknown.name()),
            &[][..],
            &[unknown.name(), "server.prot"][..],
        ),
        (
            "a wrong value in a file",
            Some(wrong.name()),
            &[],
            &[wrong.name(), "limits.address.burst"],
        ),
        ("invalid TOML", Some(broken.name()), &[], &[broken.name(), "line 2"]),
        ("a missing file", Some(missing), &[], &[missing]),
        (
            "an unknown key in a variable",
            None,
            &[("SERVER__PROT", "80")],
            &["VESTIBULE__SERVER__PROT", "unknown setting"],
        ),
        (
            "a wrong value in a variable",
            None,
            &[("SERVER__PORT", "eighty")],
            &["VESTIBULE__SERVER__PORT", "whole number"],
        ),
        ("no pool", None, &[("COGNITO__USER_POOL_ID", "")], &["cognito.user_pool_id"]),
        (
            "an endpoint without TLS",
            None,
            &[("COGNITO__ENDPOINT", "http://cognito.example.com")],
            &["cognito.endpoint", "https"],
        ),
        (
            "a public host that begins with localhost",
            None,
            &[("COGNITO__ENDPOINT", "http://localhost.example.com")],
            &["cognito.endpoint", "https"],
        ),
        (
            "every address trusted",
            None,
            &[("SERVER__TRUSTED_PROXIES", "0.0.0.0/0")],
            &["server.trusted_proxies", "0.0.0.0/0"],
        ),
        (
            "a host name as proxy",
            None,
            &[("SERVER__TRUSTED_PROXIES", "proxy.internal")],
            &["TRUSTED_PROXIES", "proxy.internal"],
        ),
        (
            "an origin with a path",
            None,
            &[("SERVER__ALLOWED_ORIGINS", "https://www.example.com/")],
            &["ALLOWED_ORIGINS", "https://www.example.com/", "without a path"],
        ),
        (
            "an invalid header name",
            None,
            &[("SERVER__CLIENT_ADDRESS_HEADER", "X Forwarded For")],
            &["server.client_address_header"],
        ),
        (
            "an unreadable secret file",
            None,
            &[("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_FILE", "/nowhere/secret")],
            &["cognito.client_secret_file", "/nowhere/secret"],
        ),
        ("an invalid duration", None, &[("SERVER__BODY_TIMEOUT", "soon")], &["BODY_TIMEOUT"]),
    ] {
        for arguments in [&["config", "check"][..], &["config", "show"], &["serve"], &[]] {
            let mut command = command(arguments, settings);
            if let Some(file) = file {
                command.args(["--config", file]);
            }
            let output = run(command);

            let case = format!("{case}: {arguments:?}");
            assert_eq!(output.status.code(), Some(2), "{case}: {output:?}");
            let error_message = error_message(&output, &case);
            for part in parts {
                assert!(error_message.contains(part), "{case}: {part}: {error_message}");
            }
        }
    }
}

#[actix_web::test]
async fn omits_invalid_secrets_from_errors() {
    let (unterminated, number) = ("client_secret = \"swordfish", "client_secret = 31415926");
    let unterminated = File::new(&format!("[cognito]\n\n{unterminated}\n"));
    let number = File::new(&format!("[cognito]\n{number}\n"));
    let url = "https://vestibule:swordfish@cognito.example.com";

    for (case, file, settings, parts) in [
        (
            "an unterminated string",
            Some(unterminated.name()),
            &[][..],
            &[unterminated.name(), "line 3"][..],
        ),
        (
            "a number",
            Some(number.name()),
            &[],
            &[number.name(), "\"cognito.client_secret\"", "a string"],
        ),
        ("an endpoint", None, &[("COGNITO__ENDPOINT", url)], &["cognito.endpoint"]),
        ("a store", None, &[("LIMITS__STORE", "amqp://:swordfish@cache")], &["limits.store"]),
        ("a database", None, &[("DATABASE__URL", "mysql://:swordfish@db")], &["database.url"]),
    ] {
        let mut command = vestibule(&["config", "check"]);
        let settings = environment(settings, "http://127.0.0.1:1").into_iter();
        command.envs(
            settings
                .filter(|(name, _)| file.is_none() || name != "VESTIBULE__COGNITO__CLIENT_SECRET"),
        );
        if let Some(file) = file {
            command.args(["--config", file]);
        }
        let output = run(command);

        assert_eq!(output.status.code(), Some(2), "{case}: {output:?}");
        let error_message = error_message(&output, case);
        for part in parts {
            assert!(error_message.contains(part), "{case}: {part}: {error_message}");
        }
        for secret in ["swordfish", "31415926"] {
            assert!(!error_message.contains(secret), "{case}: {error_message}");
        }
    }
}

#[actix_web::test]
async fn rejects_the_variable_that_makes_the_sdk_log_bodies() {
    for value in ["true", "1", "TRUE", "yes"] {
        for arguments in [&["serve"][..], &["sandbox"], &["config", "check"]] {
            let mut command = command(arguments, &[]);
            command.env("LOG_SENSITIVE_BODIES", value);
            let output = run(command);

            let case = format!("{value}: {arguments:?}");
            assert_eq!(output.status.code(), Some(2), "{case}: {output:?}");
            assert!(error_message(&output, &case).contains("LOG_SENSITIVE_BODIES"), "{case}");
        }
    }
}

#[actix_web::test]
async fn reports_a_port_in_use_in_one_line() {
    let (_listener, port) = port_in_use();

    for (setting, key, arguments, remedy) in [
        ("SERVER__PORT", "server.port", &["serve"][..], "Change host or port."),
        ("ADMIN__PORT", "admin.port", &["serve"], "Change host or port."),
        ("SANDBOX__PORT", "sandbox.port", &["sandbox"], "Use a free port."),
    ] {
        let mut settings = vec![("SANDBOX__PORT", "0")];
        settings.push((setting, &port));
        let output = run(command(arguments, &settings));

        assert_eq!(output.status.code(), Some(1), "{key}: {output:?}");
        let error_message = error_message(&output, key);
        let what = format!("{key}: 127.0.0.1:{port} cannot be bound: ");
        assert!(
            error_message.starts_with(&what) && error_message.ends_with(remedy),
            "{key}: {error_message}"
        );
    }
}

#[actix_web::test]
async fn healthcheck_reports_the_health_of_a_service() {
    let pool = pool(&[]).await;
    let mut process = Process::serve(&[], &pool.url()).await;
    let port = process.admin_url.rsplit(':').next().expect("a port").to_owned();
    let healthcheck = || run(command(&["healthcheck"], &[("ADMIN__PORT", &port)]));

    let healthy = healthcheck();
    process.signal("TERM");
    process.wait_for_exit().await;
    let stopped = healthcheck();

    assert_eq!(healthy.status.code(), Some(0), "{healthy:?}");
    assert_eq!((healthy.stdout.len(), healthy.stderr.len()), (0, 0), "{healthy:?}");
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    let error = error_message(&stopped, "stopped");
    assert!(error.starts_with(&format!("no response from 127.0.0.1:{port}: ")), "{error}");
    assert!(error.ends_with("and the log of the service."), "{error}");
}

#[actix_web::test]
async fn healthcheck_names_the_address_of_a_service_that_does_not_respond() {
    let (_listener, port) = port_in_use();

    let output = run(command(&["healthcheck"], &[("ADMIN__PORT", &port)]));

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error = error_message(&output, "no response");
    assert!(error.starts_with(&format!("no response from 127.0.0.1:{port}: ")), "{error}");
}

/// A container with the sandbox has no settings of a pool. Docker accepts only 0 and 1.
#[actix_web::test]
async fn healthcheck_reads_only_the_settings_of_the_admin_listener() {
    let pool = pool(&[]).await;
    let process = Process::serve(&[], &pool.url()).await;
    let port = process.admin_url.rsplit(':').next().expect("a port").to_owned();
    let port = ("VESTIBULE__ADMIN__PORT", &*port);
    let secret = ("VESTIBULE__COGNITO__CLIENT_SECRET_FILE", "/nowhere");
    for (variables, code, expected) in [
        (&[port][..], 0, ""),
        (&[port, secret], 0, ""),
        (&[port, ("VESTIBULE__ADMIN__PROT", "1")], 1, "VESTIBULE__ADMIN__PROT"),
        (&[("VESTIBULE__ADMIN__PORT", "many")], 1, "VESTIBULE__ADMIN__PORT"),
    ] {
        let mut command = vestibule(&["healthcheck"]);
        command.envs(variables.iter().copied());

        let output = run(command);

        assert_eq!(output.status.code(), Some(code), "{variables:?}: {output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(expected), "{variables:?}: {error}");
    }
}

#[actix_web::test]
async fn healthcheck_requests_liveness_unless_it_requests_readiness() {
    let pool = pool(&[]).await;
    let without_database = [
        ("DATABASE__URL", "postgres://127.0.0.1:1/v"),
        ("DATABASE__KEY", "0123456789abcdef0123456789abcdef"),
    ];
    for (settings, readiness) in [(&[][..], 0), (&without_database, 1)] {
        let process = Process::serve(settings, &pool.url()).await;
        let port = process.admin_url.rsplit(':').next().expect("a port").to_owned();

        let alive = run(command(&["healthcheck"], &[("ADMIN__PORT", &port)]));
        let ready = run(command(&["healthcheck", "--ready"], &[("ADMIN__PORT", &port)]));

        assert_eq!(alive.status.code(), Some(0), "{settings:?}: {alive:?}");
        assert_eq!(ready.status.code(), Some(readiness), "{settings:?}: {ready:?}");
        if readiness == 1 {
            assert!(
                error_message(&ready, "not ready")
                    .starts_with("the service is not ready: HTTP/1.1 503")
            );
        }
    }
}

#[actix_web::test]
async fn prints_help_and_suggests_commands() {
    for (arguments, code, parts) in [
        (&["--help"][..], 0, &["serve", "sandbox", "healthcheck", "config", "--config"][..]),
        (&["help", "config"], 0, &["check", "show"]),
        (&["config", "--help"], 0, &["check", "show"]),
        (&["--version"], 0, &["vestibule", vestibule::REVISION]),
        (&["sevre"], 2, &["sevre", "'serve'", "--help"]),
        (&["config"], 2, &["check", "show"]),
        (&["config", "checks"], 2, &["checks", "'check'"]),
        (&["--conf", "x"], 2, &["--conf", "'--config'"]),
        (&["serve", "now"], 2, &["now"]),
    ] {
        let output = run(vestibule(arguments));

        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        let (text, empty_stream) = match code {
            0 => (&output.stdout, &output.stderr),
            _ => (&output.stderr, &output.stdout),
        };
        let text = String::from_utf8_lossy(text);
        assert!(empty_stream.is_empty(), "{arguments:?}: {output:?}");
        for part in parts {
            assert!(text.contains(part), "{arguments:?}: {part}: {text}");
        }
    }
}

/// Starts a sandbox on free ports.
async fn sandbox() -> Process {
    let mut command = vestibule(&["sandbox"]);
    command
        .envs(["SERVER", "ADMIN", "SANDBOX"].map(|name| (format!("VESTIBULE__{name}__PORT"), "0")));
    Process::start(command).await
}

#[actix_web::test]
async fn sandbox_prints_a_working_curl_command_and_shows_the_code() {
    let process = sandbox().await;
    let client = crate::support::client();
    let register = |form| client.post(format!("{}/register", process.url)).json(&form);
    let look = async || {
        let output = process.output();
        let line = output.lines().map(str::trim).find(|line| line.starts_with("curl "));
        line.map(str::to_owned).ok_or(output)
    };
    let line = until_found("the curl command is printed", look).await;

    let curl_output = Command::new("sh").args(["-c", &line]).output().expect("there is a shell");
    let weak = register(json!({"email": "grace@example.com", "password": "weak"}));
    let weak = Response::of(weak).await;
    let taken = register(json!({"email": "ada@example.com", "password": "Another-pass-9"}));
    let taken = Response::of(taken).await;
    let inbox = client.get(format!("{}/sandbox/inbox", process.url));
    let messages = Response::of(inbox).await.json();

    assert!(stdout(&curl_output).starts_with("HTTP/1.1 201 "), "{line}: {}", stdout(&curl_output));
    weak.assert_problem(422, "invalid-registration", "a weak password");
    assert_eq!(
        weak.violations(),
        [
            "/password too_short",
            "/password needs_uppercase",
            "/password needs_number",
            "/password needs_symbol",
        ]
    );
    taken.assert_problem(409, "account-exists", "an address in use");
    assert_eq!(taken.violations(), ["/email taken"]);
    let message = &messages["messages"][0];
    assert_eq!(message["to"], "ada@example.com", "{messages}");
    let code = message["code"].as_str().expect("a code");
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
}

#[actix_web::test]
async fn sandbox_exits_with_0_at_sigint_and_sigterm() {
    for signal in ["INT", "TERM"] {
        let mut process = sandbox().await;

        process.signal(signal);
        let status = process.wait_for_exit().await;

        assert_eq!(status.code(), Some(0), "{signal}: {}", process.all_output());
    }
}

#[actix_web::test]
async fn ignores_endpoints_in_aws_variables() {
    let other_pool = pool(&[]).await;
    let mut command = command(
        &["serve"],
        // The call fails with and without a network, because the region does not exist.
        &[
            ("COGNITO__ENDPOINT", ""),
            ("COGNITO__REGION", "nowhere-north-0"),
            ("COGNITO__USER_POOL_ID", "nowhere-north-0_EXAMPLE"),
        ],
    );
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] {
        command.env(name, other_pool.url());
    }
    let process = Process::start(command).await;

    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    let request = crate::support::client().post(format!("{}/register", process.url)).json(&form);
    let response = Response::of(request).await;

    assert!((500..600).contains(&response.status), "{}", response.text);
    assert!(
        other_pool.state().requests(None).is_empty(),
        "{:?}",
        other_pool.state().requests(None)
    );
    assert!(TcpStream::connect(other_pool.url().trim_start_matches("http://")).is_ok());
}

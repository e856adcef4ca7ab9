//! The program as people type it.

use std::{
    net::{TcpListener, TcpStream},
    process::{Command, Output},
};

use serde_json::json;

use crate::{
    process::{Process, run, sentence, vestibule},
    support::{Answer, PASSWORD, environment, files::File, pool},
    wait::until_found,
};

/// A command with the settings of a test.
fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = vestibule(arguments);
    command.envs(environment(settings, "http://127.0.0.1:1"));
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A port that somebody else holds.
fn taken() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port().to_string();
    (listener, port)
}

#[actix_web::test]
async fn checks_settings_without_starting() {
    let good = run(command(&["config", "check"], &[("LIMITS__MODE", "enforce")]));
    let risky = run(command(&["config", "check"], &[("LIMITS__MODE", "off")]));

    assert_eq!(good.status.code(), Some(0), "{good:?}");
    assert_eq!(stdout(&good), "The settings are valid.\n");
    assert_eq!(risky.status.code(), Some(0), "{risky:?}");
    assert!(stdout(&risky).starts_with("warning: limits.mode is \"off\""), "{}", stdout(&risky));
}

#[actix_web::test]
async fn shows_settings_with_secrets_masked() {
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
    let mut again = vestibule(&["config", "check", "--config", file.name()]);
    let again = run({
        again.env("VESTIBULE__SERVER__PORT", "0");
        again
    });
    assert_eq!(again.status.code(), Some(0), "what it shows is a file of settings: {again:?}");
}

#[actix_web::test]
async fn says_in_one_sentence_what_to_mend_in_the_settings() {
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
        ("no TOML", Some(broken.name()), &[], &[broken.name(), "line 2"]),
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
            "an endpoint in the clear",
            None,
            &[("COGNITO__ENDPOINT", "http://cognito.example.com")],
            &["cognito.endpoint", "https"],
        ),
        (
            "an endpoint that only looks like loopback",
            None,
            &[("COGNITO__ENDPOINT", "http://localhost.example.com")],
            &["cognito.endpoint", "https"],
        ),
        (
            "everybody trusted",
            None,
            &[("SERVER__TRUSTED_PROXIES", "0.0.0.0/0")],
            &["server.trusted_proxies", "0.0.0.0/0"],
        ),
        (
            "a proxy that is none",
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
            "a header that is none",
            None,
            &[("SERVER__CLIENT_ADDRESS_HEADER", "X Forwarded For")],
            &["server.client_address_header"],
        ),
        (
            "a secret that cannot be read",
            None,
            &[("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_FILE", "/nowhere/secret")],
            &["cognito.client_secret_file", "/nowhere/secret"],
        ),
        ("a duration that is none", None, &[("SERVER__BODY_TIMEOUT", "soon")], &["BODY_TIMEOUT"]),
    ] {
        for arguments in
            [&["config", "check"][..], &["config", "show"], &["serve"], &[], &["healthcheck"]]
        {
            let mut command = command(arguments, settings);
            if let Some(file) = file {
                command.args(["--config", file]);
            }
            let output = run(command);

            let case = format!("{case}: {arguments:?}");
            // Docker knows 0 and 1 from a health check, and nothing else.
            let code = if arguments == ["healthcheck"] { 1 } else { 2 };
            assert_eq!(output.status.code(), Some(code), "{case}: {output:?}");
            let sentence = sentence(&output, &case);
            for part in parts {
                assert!(sentence.contains(part), "{case}: {part}: {sentence}");
            }
        }
    }
}

#[actix_web::test]
async fn quotes_no_secret_that_is_written_wrong() {
    let (open, number) = ("client_secret = \"swordfish", "client_secret = 31415926");
    let open = File::new(&format!("[cognito]\n\n{open}\n"));
    let number = File::new(&format!("[cognito]\n{number}\n"));
    let url = "https://vestibule:swordfish@cognito.example.com";

    for (case, file, settings, parts) in [
        ("quotes left open", Some(open.name()), &[][..], &[open.name(), "line 3"][..]),
        (
            "a number",
            Some(number.name()),
            &[],
            &[number.name(), "\"cognito.client_secret\"", "a string"],
        ),
        ("an endpoint", None, &[("COGNITO__ENDPOINT", url)], &["cognito.endpoint"]),
        ("a store", None, &[("LIMITS__STORE", "amqp://:swordfish@cache")], &["limits.store"]),
        ("a ledger", None, &[("DATABASE__URL", "mysql://:swordfish@db")], &["database.url"]),
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
        let sentence = sentence(&output, case);
        for part in parts {
            assert!(sentence.contains(part), "{case}: {part}: {sentence}");
        }
        for secret in ["swordfish", "31415926"] {
            assert!(!sentence.contains(secret), "{case}: {sentence}");
        }
    }
}

#[actix_web::test]
async fn refuses_to_run_where_the_sdk_would_print_bodies() {
    for value in ["true", "1", "TRUE", "yes"] {
        for arguments in [&["serve"][..], &["sandbox"], &["config", "check"]] {
            let mut command = command(arguments, &[]);
            command.env("LOG_SENSITIVE_BODIES", value);
            let output = run(command);

            let case = format!("{value}: {arguments:?}");
            assert_eq!(output.status.code(), Some(2), "{case}: {output:?}");
            assert!(sentence(&output, &case).contains("LOG_SENSITIVE_BODIES"), "{case}");
        }
    }
}

#[actix_web::test]
async fn says_in_one_sentence_that_a_port_is_taken() {
    let (_listener, port) = taken();

    for (setting, key, arguments) in [
        ("SERVER__PORT", "server.port", &["serve"][..]),
        ("ADMIN__PORT", "admin.port", &["serve"]),
        ("SANDBOX__PORT", "sandbox.port", &["sandbox"]),
    ] {
        let mut settings = vec![("SANDBOX__PORT", "0")];
        settings.push((setting, &port));
        let output = run(command(arguments, &settings));

        assert_eq!(output.status.code(), Some(1), "{key}: {output:?}");
        let sentence = sentence(&output, key);
        assert!(sentence.contains(key) && sentence.contains(&port), "{key}: {sentence}");
    }
}

#[actix_web::test]
async fn says_whether_a_service_is_healthy() {
    let pool = pool(&[]).await;
    let mut process = Process::serve(&[], &pool.url()).await;
    let port = process.admin_url.rsplit(':').next().expect("a port").to_owned();
    let ask = || run(command(&["healthcheck"], &[("ADMIN__PORT", &port)]));

    let well = ask();
    process.signal("TERM");
    process.ended().await;
    let gone = ask();

    assert_eq!(well.status.code(), Some(0), "{well:?}");
    assert_eq!((well.stdout.len(), well.stderr.len()), (0, 0), "{well:?}");
    assert_eq!(gone.status.code(), Some(1), "{gone:?}");
    assert!(sentence(&gone, "gone").contains(&port), "{gone:?}");
}

#[actix_web::test]
async fn explains_itself() {
    for (arguments, code, parts) in [
        (&["--help"][..], 0, &["serve", "sandbox", "healthcheck", "config", "--config"][..]),
        (&["help", "config"], 0, &["check", "show"]),
        (&["config", "--help"], 0, &["check", "show"]),
        (&["--version"], 0, &["vestibule"]),
        (&["sevre"], 2, &["sevre", "'serve'", "--help"]),
        (&["config"], 2, &["check", "show"]),
        (&["config", "checks"], 2, &["checks", "'check'"]),
        (&["--conf", "x"], 2, &["--conf", "'--config'"]),
        (&["serve", "now"], 2, &["now"]),
    ] {
        let output = run(vestibule(arguments));

        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        let (text, silent) = match code {
            0 => (&output.stdout, &output.stderr),
            _ => (&output.stderr, &output.stdout),
        };
        let text = String::from_utf8_lossy(text);
        assert!(silent.is_empty(), "{arguments:?}: {output:?}");
        for part in parts {
            assert!(text.contains(part), "{arguments:?}: {part}: {text}");
        }
    }
}

/// A sandbox on free ports.
async fn sandbox() -> Process {
    let mut command = vestibule(&["sandbox"]);
    command
        .envs(["SERVER", "ADMIN", "SANDBOX"].map(|name| (format!("VESTIBULE__{name}__PORT"), "0")));
    Process::start(command).await
}

#[actix_web::test]
async fn a_newcomer_registers_sees_the_code_and_is_refused_politely() {
    let process = sandbox().await;
    let client = crate::support::client();
    let register = |form| client.post(format!("{}/register", process.url)).json(&form);
    let look = async || {
        let output = process.output();
        let line = output.lines().map(str::trim).find(|line| line.starts_with("curl "));
        line.map(str::to_owned).ok_or(output)
    };
    let line = until_found("the line is printed", look).await;

    let pasted = Command::new("sh").args(["-c", &line]).output().expect("there is a shell");
    let weak = register(json!({"email": "grace@example.com", "password": "weak"}));
    let weak = Answer::of(weak).await;
    let taken = register(json!({"email": "ada@example.com", "password": "Another-pass-9"}));
    let taken = Answer::of(taken).await;
    let inbox = format!("{}/sandbox/inbox", process.url);
    let messages = Answer::of(client.get(&inbox)).await.json();
    let page = Answer::of(client.get(&inbox).header("accept", "text/html")).await;

    assert!(stdout(&pasted).starts_with("HTTP/1.1 201 "), "{line}: {}", stdout(&pasted));
    weak.assert_problem(422, "invalid-registration", "a weak password");
    assert_eq!(
        weak.mistakes(),
        [
            "/password too_short",
            "/password needs_uppercase",
            "/password needs_number",
            "/password needs_symbol",
        ]
    );
    taken.assert_problem(409, "account-exists", "a taken address");
    assert_eq!(taken.mistakes(), ["/email taken"]);
    let message = &messages["messages"][0];
    assert_eq!(message["to"], "ada@example.com", "{messages}");
    let code = message["code"].as_str().expect("a code");
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text.contains(code) && page.text.contains("ada@example.com"), "{}", page.text);
}

#[actix_web::test]
async fn a_sandbox_ends_like_a_service() {
    for signal in ["INT", "TERM"] {
        let mut process = sandbox().await;

        process.signal(signal);
        let status = process.ended().await;

        assert_eq!(status.code(), Some(0), "{signal}: {}", process.everything());
    }
}

#[actix_web::test]
async fn sends_passwords_nowhere_that_only_aws_variables_name() {
    let elsewhere = pool(&[]).await;
    let mut command = command(
        &["serve"],
        // A region that does not exist: nothing is reached, on a machine with a network or not.
        &[("COGNITO__ENDPOINT", ""), ("COGNITO__REGION", "nowhere-north-0")],
    );
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] {
        command.env(name, elsewhere.url());
    }
    let process = Process::start(command).await;

    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    let request = crate::support::client().post(format!("{}/register", process.url)).json(&form);
    let answer = Answer::of(request).await;

    assert!((500..600).contains(&answer.status), "{}", answer.text);
    assert!(elsewhere.state().requests(None).is_empty(), "{:?}", elsewhere.state().requests(None));
    assert!(TcpStream::connect(elsewhere.url().trim_start_matches("http://")).is_ok());
}

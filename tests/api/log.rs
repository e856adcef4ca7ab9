//! The log: its first line, the line of a request, its level, and failed starts.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::{
    process::{Process, run, vestibule},
    support::{PASSWORD, POOL_ID, Response, client, environment, files::File, pool},
    wait::until,
};

#[actix_web::test]
async fn the_first_line_names_version_pool_stores_and_modes() {
    let pool = pool(&[]).await;
    let settings = [("REGISTRATION__EXISTING_ACCOUNTS", "conceal"), ("LIMITS__MODE", "observe")];

    let process = Process::serve(&settings, &pool.url()).await;

    let line = process.log().remove(0);
    for (field, expected) in [
        ("message", "starting"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("revision", vestibule::REVISION),
        ("user_pool_id", POOL_ID),
        ("database", "sqlite_memory"),
        ("rate_limit_store", "local"),
        ("username", "email"),
        ("existing_accounts", "conceal"),
        ("limits", "observe"),
        ("bot_check", "none"),
        ("database_on_failure", "reject"),
    ] {
        assert_eq!(line[field], expected, "{field}: {line}");
    }
}

#[actix_web::test]
async fn a_warning_about_the_settings_is_a_field() {
    let pool = pool(&[]).await;

    let process = Process::serve(&[("LIMITS__MODE", "off")], &pool.url()).await;

    let mut lines = process.log();
    lines.retain(|line| line["message"] == "settings valid, with a warning");
    let is_it = |line: &Value| {
        line["warning"].as_str().is_some_and(|text| text.starts_with("limits.mode is \"off\""))
    };
    assert!(lines.iter().any(is_it), "{}", process.all_output());
}

#[actix_web::test]
async fn the_line_of_a_request_has_the_times_of_its_calls() {
    let pool = pool(&[]).await;
    let process = Process::serve(&[], &pool.url()).await;
    let post = |id: &str, form: Value| {
        let request = client().post(format!("{}/register", process.url)).header("X-Request-Id", id);
        Response::of(request.json(&form))
    };

    post("sent", json!({"email": "ada@example.com", "password": PASSWORD})).await;
    post("rejected", json!({"email": "ada"})).await;

    let sent = process.access_log_line("sent").await;
    let rejected = process.access_log_line("rejected").await;
    let duration = sent["duration_ms"].as_f64().unwrap();
    let times = ["cognito_ms", "queue_ms", "database_ms"];
    let [cognito, queue, database] = times.map(|field| sent[field].as_f64().unwrap());
    assert!(cognito > 0.0 && database > 0.0, "{sent}");
    assert!(cognito + queue + database <= duration, "{sent}");
    for field in times {
        assert_eq!(rejected[field], Value::Null, "{field}: {rejected}");
    }
    assert_eq!((&sent["status"], &sent["code"]), (&json!(201), &json!("confirmation_required")));
}

#[actix_web::test]
async fn an_exception_of_cognito_has_fields_of_its_own() {
    let pool = pool(&[]).await;
    let process = Process::serve(&[], &pool.url()).await;
    let form = json!({"email": "signup.resource-not-found@example.com", "password": PASSWORD});

    Response::of(client().post(format!("{}/register", process.url)).json(&form)).await;

    let look = async || process.log();
    let is_alarm = |line: &Value| line["alarm"] == true;
    let log = until("the error is logged", look, |log| log.iter().any(is_alarm)).await;
    let line = log.into_iter().find(is_alarm).unwrap();
    assert_eq!(line["cognito_exception"], "ResourceNotFoundException", "{line}");
    assert_eq!(line["cognito_status"], 400, "{line}");
    assert_eq!((&line["code"], &line["status"]), (&Value::Null, &Value::Null), "{line}");
}

#[actix_web::test]
async fn sighup_changes_the_level_unless_the_settings_are_invalid() {
    let pool = pool(&[]).await;
    let file = File::new("[log]\nlevel = \"info\"\n");
    let mut command = vestibule(&["serve", "--config", file.name()]);
    command.envs(environment(&[], &pool.url()));
    let process = Process::start(command).await;
    let is_logged = async |id: &str| {
        let url = format!("{}/register/policy", process.url);
        Response::of(client().get(url).header("X-Request-Id", id)).await;
        // The log is written in order, and an alarm is logged at each level.
        let form = json!({"email": "signup.resource-not-found@example.com", "password": PASSWORD});
        let request = client().post(format!("{}/register", process.url)).json(&form);
        let alarms = || process.log().iter().filter(|line| line["alarm"] == true).count();
        let before = alarms();
        Response::of(request).await;
        until("the alarm is logged", async || alarms(), |count| *count > before).await;
        process.log().iter().any(|line| line["span"]["request_id"] == id)
    };
    let messages = |text: &str| process.log().iter().filter(|line| line["message"] == text).count();

    assert!(is_logged("info").await);
    file.write("[log]\nlevel = \"error\"\n");
    process.signal("HUP");
    let mut round = 0;
    let look = async || {
        round += 1;
        is_logged(&format!("error-{round}")).await
    };
    until("the level is error", look, |is_logged| !is_logged).await;

    file.write("[log]\nlevel = \"loud\"\n");
    process.signal("HUP");
    let look = async || messages("log level not reloaded");
    until("the error is logged", look, |count| *count == 1).await;
    assert!(!is_logged("invalid").await);

    file.write("[log]\nlevel = \"debug\"\n");
    process.signal("HUP");
    until("the change is logged", async || messages("log level changed"), |count| *count == 1)
        .await;
    assert!(is_logged("debug").await);
}

#[actix_web::test]
async fn a_failed_start_is_a_line_of_the_log_or_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let start = |settings: &[(&str, &str)]| {
        let mut command = vestibule(&["serve"]);
        command.envs(environment(settings, "http://127.0.0.1:1"));
        run(command)
    };
    for (setting, code, part) in [
        (("SERVER__WORKERS", "many"), 2, "VESTIBULE__SERVER__WORKERS"),
        (("SERVER__PORT", &*port), 1, "server.port"),
    ] {
        let json = start(&[setting]);
        let pretty = start(&[setting, ("LOG__FORMAT", "pretty")]);

        assert_eq!((json.status.code(), pretty.status.code()), (Some(code), Some(code)), "{part}");
        assert!(json.stderr.is_empty(), "{json:?}");
        let log = String::from_utf8(json.stdout).unwrap();
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!((&line["level"], &line["message"]), (&json!("ERROR"), &json!("start failed")));
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(part), "{line}");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
        let sentence = String::from_utf8(pretty.stderr).unwrap();
        assert_eq!(sentence, format!("vestibule: {error}\n"));
    }
}

//! A client secret in AWS Secrets Manager, with a test server in its place.

use std::{
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt::task::spawn_blocking, web};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    client_secret::CREDENTIALS,
    process::{Process, error_message, run, vestibule},
    support::{PASSWORD, Response, SECRET, environment, pool},
    wait::{delay_for, until},
};

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:vestibule-AbCdEf";
const OTHER: &str = "0other87654321secretsecretsecretsecret0";

/// A test server for `GetSecretValue` of AWS Secrets Manager, with one secret.
#[derive(Clone, Default)]
pub(crate) struct SecretsManager {
    url: String,
    state: Arc<Mutex<ManagerState>>,
}

#[derive(Default)]
pub(crate) struct ManagerState {
    /// The text of each version, from the oldest to the newest.
    versions: Vec<String>,
    /// The exception, with its message, that the server returns to every call.
    pub(crate) exception: Option<(&'static str, &'static str)>,
    /// The delay of each response.
    delay: Duration,
    operations: Vec<String>,
}

impl SecretsManager {
    /// Starts a server with these versions, from the oldest to the current one.
    pub(crate) fn start(versions: &[&str]) -> Self {
        let state = Arc::<Mutex<ManagerState>>::default();
        let shared = web::Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new().app_data(shared.clone()).route("/", web::post().to(respond))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a port is free");
        let url = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        let manager = Self { url, state };
        for version in versions {
            manager.put(version);
        }
        manager
    }

    fn put(&self, version: &str) {
        self.state().versions.push(version.to_owned());
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, ManagerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a command with AWS credentials that calls this server.
    pub(crate) fn command(
        &self,
        arguments: &[&str],
        settings: &[(&str, &str)],
        pool_url: &str,
    ) -> Command {
        let own = [
            ("LOG__LEVEL", "trace"),
            ("COGNITO__CLIENT_SECRET", ""),
            ("COGNITO__CLIENT_SECRET_ARN", ARN),
            ("COGNITO__CLIENT_SECRET_REFRESH", "0s"),
            ("COGNITO__SECRETS_MANAGER_ENDPOINT", &self.url),
        ];
        let mut command = vestibule(arguments);
        command
            .envs(environment(&[&own[..], settings].concat(), pool_url))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // The service must ignore these variables of AWS tools.
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
            .envs(CREDENTIALS);
        command
    }
}

impl ManagerState {
    /// Returns the text of a stage. The newest version is the current one.
    fn text(&self, stage: &str) -> Option<&str> {
        let mut versions = self.versions.iter().rev();
        match stage {
            "AWSCURRENT" => versions.next(),
            "AWSPREVIOUS" => versions.nth(1),
            _ => None,
        }
        .map(String::as_str)
    }
}

async fn respond(
    request: HttpRequest,
    body: web::Bytes,
    state: web::Data<Mutex<ManagerState>>,
) -> HttpResponse {
    let delay = state.lock().unwrap_or_else(PoisonError::into_inner).delay;
    delay_for(delay).await;
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let operation = header("x-amz-target").trim_start_matches("secretsmanager.").to_owned();
    let exception_response = |code: &str, message: &str| {
        let body = json!({"__type": code, "Message": message});
        HttpResponse::BadRequest().content_type("application/x-amz-json-1.1").body(body.to_string())
    };
    let members: Value = serde_json::from_slice(&body).expect("the SDK sends JSON");
    state.operations.push(operation.clone());
    if let Some((code, message)) = state.exception {
        return exception_response(code, message);
    }
    if members["SecretId"] != ARN || !header("authorization").contains("/secretsmanager/") {
        return exception_response("InvalidRequestException", "wrong secret id or credentials");
    }
    let version_stage = members["VersionStage"].as_str().unwrap_or("AWSCURRENT").to_owned();
    let output = match operation.as_str() {
        "GetSecretValue" => match state.text(&version_stage) {
            Some(text) => json!({
                "ARN": ARN, "VersionId": "00000000-0000-4000-8000-000000000000", "SecretString": text,
            }),
            None => {
                return exception_response(
                    "ResourceNotFoundException",
                    "Secrets Manager can't find it.",
                );
            }
        },
        _ => return exception_response("UnknownOperationException", ""),
    };
    HttpResponse::Ok().content_type("application/x-amz-json-1.1").body(output.to_string())
}

async fn register(process: &Process, email: &str) -> Response {
    let form = json!({"email": email, "password": PASSWORD});
    Response::of(crate::support::client().post(format!("{}/register", process.url)).json(&form))
        .await
}

#[actix_web::test]
async fn uses_the_current_version_and_falls_back_to_the_previous_one() {
    let json = format!(r#"{{"other": 1, "client_secret": "{SECRET}"}}"#);
    let with_key = format!("{ARN}#client_secret");
    for (case, versions, arn, calls) in [
        ("plain", &[SECRET][..], ARN, 1),
        ("JSON", &[&json], &with_key, 1),
        ("the previous version", &[SECRET, OTHER], ARN, 2),
        ("the previous version has no secret", &["{}", SECRET], ARN, 1),
    ] {
        let pool = pool(&[]).await;
        let manager = SecretsManager::start(versions);
        let settings = [("COGNITO__CLIENT_SECRET_ARN", arn)];
        let process = Process::start(manager.command(&["serve"], &settings, &pool.url())).await;

        let response = register(&process, "ada@example.com").await;

        assert_eq!(response.status, 201, "{case}: {}", response.text);
        assert_eq!(pool.state().requests(Some("ada@example.com")).len(), calls, "{case}");
        let output = process.all_output();
        assert!(!output.contains(SECRET) && !output.contains(OTHER), "{case}: {output}");
    }
}

#[actix_web::test]
async fn uses_a_new_version_without_a_restart() {
    let pool = pool(&[]).await;
    let manager = SecretsManager::start(&[OTHER]);
    let process = Process::start(manager.command(&["serve"], &[], &pool.url())).await;
    register(&process, "ada@example.com").await.assert_problem(
        502,
        "misconfigured",
        "the old secret",
    );

    manager.put(SECRET);
    process.signal("HUP");
    process.wait_for_metric(r#"client_secret_reloads_total{outcome="changed"}"#, 1).await;
    let response = register(&process, "ada@example.com").await;

    assert_eq!(response.status, 201, "{}", response.text);
}

#[actix_web::test]
async fn requests_rejected_during_a_slow_read_share_one_more_read() {
    let pool = pool(&[]).await;
    let manager = SecretsManager::start(&[OTHER]);
    let process = Process::start(manager.command(&["serve"], &[], &pool.url())).await;
    // Reading both versions takes longer than the pause between two reads.
    manager.state().delay = Duration::from_millis(1700);

    let responses = join_all((0..4).map(|number| {
        let (process, email) = (&process, format!("ada{number}@example.com"));
        async move { register(process, &email).await }
    }))
    .await;

    for response in &responses {
        response.assert_problem(502, "misconfigured", "every source has the wrong secret");
    }
    let reads = process.metric(r#"client_secret_reloads_total{outcome="unchanged"}"#).await;
    assert_eq!(reads, 2, "one read was in progress at the rejections, and one followed");
}

#[actix_web::test]
async fn does_not_start_without_the_secret_and_reports_the_reason_in_one_line() {
    const DENIED: &str = "User: arn:aws:iam::123456789012:user/x is not authorized";
    let with_key = format!("{ARN}#client_secret");
    for (case, versions, exception, arn, expected) in [
        ("denied", &[SECRET][..], Some(("AccessDeniedException", DENIED)), ARN, "AccessDenied"),
        ("no version", &[], None, ARN, "has no such secret"),
        ("JSON", &[r#"{"client_secret": "swordfish"}"#], None, ARN, "Name its JSON key"),
        ("no JSON", &["swordfish"], None, &with_key, "not a JSON object"),
        ("another key", &[r#"{"a": "swordfish"}"#], None, &with_key, "`client_secret`"),
    ] {
        let manager = SecretsManager::start(versions);
        manager.state().exception = exception;
        let settings = [("COGNITO__CLIENT_SECRET_ARN", arn)];
        let command = manager.command(&["serve"], &settings, "http://127.0.0.1:1");

        let output = spawn_blocking(|| run(command)).await.expect("the thread does not panic");

        let message = error_message(&output, case);
        assert_eq!(output.status.code(), Some(1), "{case}: {message}");
        assert!(message.starts_with("cognito.client_secret_arn: "), "{case}: {message}");
        assert!(message.contains(expected), "{case}: {message}");
        assert!(!message.contains("swordfish") && !message.contains(SECRET), "{case}: {message}");
    }
}

#[actix_web::test]
async fn waits_for_a_secret_that_is_unavailable_at_start() {
    for (code, message) in
        [("ThrottlingException", "Rate exceeded"), ("TooManyRequestsException", "Rate exceeded")]
    {
        let pool = pool(&[]).await;
        let manager = SecretsManager::start(&[SECRET]);
        manager.state().exception = Some((code, message));
        let process = Process::spawn(manager.command(&["serve"], &[], &pool.url()));
        let look = async || process.all_output();
        let waits = |log: &String| log.contains("waiting for the client secret");
        until("the service waits", look, waits).await;

        manager.state().exception = None;
        let process = process.wait_until_listening().await;
        let response = register(&process, "ada@example.com").await;

        assert_eq!(response.status, 201, "{code}: {}", response.text);
    }
}

#[actix_web::test]
async fn calls_only_get_secret_value() {
    let pool = pool(&[]).await;
    let manager = SecretsManager::start(&[SECRET]);

    let _process = Process::start(manager.command(&["serve"], &[], &pool.url())).await;

    assert_eq!(manager.state().operations, ["GetSecretValue", "GetSecretValue"]);
    assert!(pool.state().requests(None).is_empty());
}

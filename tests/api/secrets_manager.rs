//! A client secret in AWS Secrets Manager, which a server on this machine plays.

use std::{
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt::task::spawn_blocking, web};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    process::{Process, run, vestibule},
    secrets::CREDENTIALS,
    support::{Answer, PASSWORD, SECRET, environment, pool},
    wait::let_pass,
};

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:vestibule-AbCdEf";
const OTHER: &str = "0other87654321secretsecretsecretsecret0";

/// The part of AWS Secrets Manager that is called here, with one secret.
#[derive(Clone, Default)]
pub(crate) struct SecretsManager {
    url: String,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
pub(crate) struct Kept {
    /// The text of each version, the oldest first.
    versions: Vec<String>,
    /// The exception and the message that it answers with.
    pub(crate) refusal: Option<(&'static str, &'static str)>,
    /// Time that each answer takes.
    delay: Duration,
    operations: Vec<String>,
}

impl SecretsManager {
    /// With the versions from the oldest to the one in force.
    pub(crate) fn start(versions: &[&str]) -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let shared = web::Data::from(Arc::clone(&kept));
        let server = HttpServer::new(move || {
            App::new().app_data(shared.clone()).route("/", web::post().to(answer))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a port is free");
        let url = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        let manager = Self { url, kept };
        for version in versions {
            manager.put(version);
        }
        manager
    }

    fn put(&self, version: &str) {
        self.kept().versions.push(version.to_owned());
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command with this service in place of AWS's, and with credentials.
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
            // Where AWS tools would go, and Vestibule does not.
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
            .envs(CREDENTIALS);
        command
    }
}

impl Kept {
    /// The text of a stage: the newest version is current, the one before it is previous.
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

async fn answer(
    request: HttpRequest,
    body: web::Bytes,
    kept: web::Data<Mutex<Kept>>,
) -> HttpResponse {
    let delay = kept.lock().unwrap_or_else(PoisonError::into_inner).delay;
    let_pass(delay).await;
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let operation = header("x-amz-target").trim_start_matches("secretsmanager.").to_owned();
    let refuse = |code: &str, message: &str| {
        let body = json!({"__type": code, "Message": message});
        HttpResponse::BadRequest().content_type("application/x-amz-json-1.1").body(body.to_string())
    };
    let members: Value = serde_json::from_slice(&body).expect("the SDK sends JSON");
    kept.operations.push(operation.clone());
    if let Some((code, message)) = kept.refusal {
        return refuse(code, message);
    }
    if members["SecretId"] != ARN || !header("authorization").contains("/secretsmanager/") {
        return refuse("InvalidRequestException", "this is not how it is asked");
    }
    let stage = members["VersionStage"].as_str().unwrap_or("AWSCURRENT").to_owned();
    let output = match operation.as_str() {
        "GetSecretValue" => match kept.text(&stage) {
            Some(text) => json!({
                "ARN": ARN, "VersionId": "00000000-0000-4000-8000-000000000000", "SecretString": text,
            }),
            None => return refuse("ResourceNotFoundException", "Secrets Manager can't find it."),
        },
        _ => return refuse("UnknownOperationException", ""),
    };
    HttpResponse::Ok().content_type("application/x-amz-json-1.1").body(output.to_string())
}

async fn register(process: &Process, email: &str) -> Answer {
    let form = json!({"email": email, "password": PASSWORD});
    Answer::of(crate::support::client().post(format!("{}/register", process.url)).json(&form)).await
}

#[actix_web::test]
async fn takes_the_current_version_and_falls_over_to_the_one_before() {
    let json = format!(r#"{{"other": 1, "client_secret": "{SECRET}"}}"#);
    let with_key = format!("{ARN}#client_secret");
    for (case, versions, arn, calls) in [
        ("plain", &[SECRET][..], ARN, 1),
        ("JSON", &[&json], &with_key, 1),
        ("the one before", &[SECRET, OTHER], ARN, 2),
        ("the one before was something else", &["{}", SECRET], ARN, 1),
    ] {
        let pool = pool(&[]).await;
        let manager = SecretsManager::start(versions);
        let settings = [("COGNITO__CLIENT_SECRET_ARN", arn)];
        let process = Process::start(manager.command(&["serve"], &settings, &pool.url())).await;

        let answer = register(&process, "ada@example.com").await;

        assert_eq!(answer.status, 201, "{case}: {}", answer.text);
        assert_eq!(pool.state().requests(Some("ada@example.com")).len(), calls, "{case}");
        let written = process.everything();
        assert!(!written.contains(SECRET) && !written.contains(OTHER), "{case}: {written}");
    }
}

#[actix_web::test]
async fn takes_a_new_version_without_a_restart() {
    let pool = pool(&[]).await;
    let manager = SecretsManager::start(&[OTHER]);
    let process = Process::start(manager.command(&["serve"], &[], &pool.url())).await;
    register(&process, "ada@example.com").await.assert_problem(502, "misconfigured", "the old one");

    manager.put(SECRET);
    process.signal("HUP");
    process.counts(r#"client_secret_reloads_total{outcome="changed"}"#, 1).await;
    let answer = register(&process, "ada@example.com").await;

    assert_eq!(answer.status, 201, "{}", answer.text);
}

#[actix_web::test]
async fn where_reading_is_slow_one_more_read_is_for_all_who_were_refused_meanwhile() {
    let pool = pool(&[]).await;
    let manager = SecretsManager::start(&[OTHER]);
    let process = Process::start(manager.command(&["serve"], &[], &pool.url())).await;
    // Both versions take longer to read than the pause between two reads.
    manager.kept().delay = Duration::from_millis(1700);

    let answers = join_all((0..4).map(|number| {
        let (process, email) = (&process, format!("ada{number}@example.com"));
        async move { register(process, &email).await }
    }))
    .await;

    for answer in &answers {
        answer.assert_problem(502, "misconfigured", "the secret is wrong wherever one looks");
    }
    let reads = process.counted(r#"client_secret_reloads_total{outcome="unchanged"}"#).await;
    assert_eq!(reads, 2, "one that was under way when most were refused, and one after that");
}

#[actix_web::test]
async fn does_not_start_without_the_secret_and_says_in_one_sentence_why() {
    const DENIED: &str = "User: arn:aws:iam::123456789012:user/x is not authorized";
    let with_key = format!("{ARN}#client_secret");
    for (case, versions, refusal, arn, expected) in [
        ("denied", &[SECRET][..], Some(("AccessDeniedException", DENIED)), ARN, "AccessDenied"),
        ("no version", &[], None, ARN, "has no such secret"),
        ("JSON", &[r#"{"client_secret": "swordfish"}"#], None, ARN, "Name its key"),
        ("no JSON", &["swordfish"], None, &with_key, "not a JSON object"),
        ("another key", &[r#"{"a": "swordfish"}"#], None, &with_key, "`client_secret`"),
    ] {
        let manager = SecretsManager::start(versions);
        manager.kept().refusal = refusal;
        let settings = [("COGNITO__CLIENT_SECRET_ARN", arn)];
        let command = manager.command(&["serve"], &settings, "http://127.0.0.1:1");

        let output = spawn_blocking(|| run(command)).await.expect("it ends");

        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{case}: {said}");
        assert_eq!(said.lines().count(), 1, "{case}: {said}");
        assert!(said.starts_with("vestibule: cognito.client_secret_arn: "), "{case}: {said}");
        assert!(said.contains(expected), "{case}: {said}");
        assert!(!said.contains("swordfish") && !said.contains(SECRET), "{case}: {said}");
    }
}

#[actix_web::test]
async fn asks_nothing_but_the_secret() {
    let pool = pool(&[]).await;
    let manager = SecretsManager::start(&[SECRET]);

    let _process = Process::start(manager.command(&["serve"], &[], &pool.url())).await;

    assert_eq!(manager.kept().operations, ["GetSecretValue", "GetSecretValue"]);
    assert!(pool.state().requests(None).is_empty());
}

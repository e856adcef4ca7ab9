//! Rotation of the client secret without failed requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use cognito_sandbox::Pool;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use vestibule::cognito::secret_hash;

use crate::{
    client_secret::CREDENTIALS,
    gate::Gate,
    process::{Process, vestibule},
    support::{
        CLIENT_ID, PASSWORD, Response, SECRET, environment,
        files::{File, Folder},
        pool,
    },
    wait::until,
};

const NEW: &str = "1763790000_newsecretnewsecretnewsecretnewsecret";
const NEWEST: &str = "1763790001_newestsecretnewestsecretnewestsecr";
const CHANGED: &str = r#"client_secret_reloads_total{outcome="changed"}"#;
const UNCHANGED: &str = r#"client_secret_reloads_total{outcome="unchanged"}"#;
const FAILED: &str = r#"client_secret_reloads_total{outcome="failed"}"#;

/// Eight queues that send sign-ups one after the other until [`Load::end`].
struct Load {
    response_count: Arc<AtomicUsize>,
    has_ended: Arc<AtomicBool>,
    queues: Vec<JoinHandle<Vec<Response>>>,
}

impl Load {
    fn start(url: &str) -> Self {
        let (response_count, has_ended) =
            (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let queue = |queue: usize| {
            let (response_count, has_ended) = (Arc::clone(&response_count), Arc::clone(&has_ended));
            let (client, url) = (crate::support::client(), format!("{url}/register"));
            actix_web::rt::spawn(async move {
                let mut responses = Vec::new();
                while !has_ended.load(Ordering::Relaxed) {
                    let email = format!("ada-{queue}-{}@example.com", responses.len());
                    let form = json!({"email": email, "password": PASSWORD});
                    responses.push(Response::of(client.post(&url).json(&form)).await);
                    response_count.fetch_add(1, Ordering::Relaxed);
                }
                responses
            })
        };
        let queues = (0..8).map(queue).collect();
        Self { response_count, has_ended, queues }
    }

    /// Waits for 100 more responses.
    async fn wait_for_responses(&self) {
        let enough = self.response_count.load(Ordering::Relaxed) + 100;
        let look = async || self.response_count.load(Ordering::Relaxed);
        until("100 more responses", look, |response_count| *response_count >= enough).await;
    }

    async fn end(self) -> Vec<Response> {
        self.has_ended.store(true, Ordering::Relaxed);
        let responses = join_all(self.queues).await;
        responses.into_iter().flat_map(|queue| queue.expect("the task does not panic")).collect()
    }
}

fn assert_all_created(responses: &[Response], at_least: usize, process: &Process) {
    let failed: Vec<&Response> =
        responses.iter().filter(|response| response.status != 201).collect();
    assert!(failed.is_empty(), "{} of {}: {:?}", failed.len(), responses.len(), failed.first());
    assert!(responses.len() >= at_least, "{}", responses.len());
    assert_no_secret_in_output(process);
}

fn assert_no_secret_in_output(process: &Process) {
    let output = process.all_output();
    for secret in [SECRET, NEW, NEWEST, CREDENTIALS[1].1] {
        assert!(!output.contains(secret), "{output}");
    }
}

/// Returns settings with the secret in a file. The service reads the file again only at SIGHUP or
/// after a rejection.
fn settings_with_file(file: &File) -> Vec<(&str, &str)> {
    vec![
        ("LOG__LEVEL", "trace"),
        ("COGNITO__CLIENT_SECRET", ""),
        ("COGNITO__CLIENT_SECRET_FILE", file.name()),
        ("COGNITO__CLIENT_SECRET_REFRESH", "0s"),
    ]
}

async fn serve_with_secret_from_pool(pool: &Pool, refresh: &str) -> Process {
    let own = [
        ("LOG__LEVEL", "trace"),
        ("COGNITO__CLIENT_SECRET", ""),
        ("COGNITO__CLIENT_SECRET_REFRESH", refresh),
    ];
    let mut command = vestibule(&["serve"]);
    command
        .envs(environment(&own, &pool.url()))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(CREDENTIALS);
    Process::start(command).await
}

async fn register(process: &Process, email: &str) -> Response {
    let form = json!({"email": email, "password": PASSWORD});
    Response::of(crate::support::client().post(format!("{}/register", process.url)).json(&form))
        .await
}

async fn register_with_key(process: &Process, key: &str) -> Response {
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    let request = crate::support::client().post(format!("{}/register", process.url)).json(&form);
    Response::of(request.header("idempotency-key", key)).await
}

#[actix_web::test]
async fn no_request_fails_while_a_secret_in_a_file_is_rotated() {
    let pool = pool(&[]).await;
    let file = File::new(SECRET);
    let process = Process::serve(&settings_with_file(&file), &pool.url()).await;
    let load = Load::start(&process.url);
    load.wait_for_responses().await;

    pool.state().set_client_secrets(&[SECRET, NEW]);
    load.wait_for_responses().await;
    file.write(&format!("{NEW}\n"));
    process.signal("HUP");
    process.wait_for_metric(CHANGED, 1).await;
    load.wait_for_responses().await;
    pool.state().set_client_secrets(&[NEW]);
    load.wait_for_responses().await;
    let responses = load.end().await;

    assert_all_created(&responses, 400, &process);
    assert_eq!(
        process.metric("client_secret_fallbacks_total").await,
        0,
        "no call was rejected first"
    );
}

#[actix_web::test]
async fn no_request_fails_if_the_old_secret_is_deleted_before_a_reload() {
    let pool = pool(&[]).await;
    let file = File::new(SECRET);
    let process = Process::serve(&settings_with_file(&file), &pool.url()).await;
    let load = Load::start(&process.url);
    load.wait_for_responses().await;

    pool.state().set_client_secrets(&[SECRET, NEW]);
    file.write(NEW);
    pool.state().set_client_secrets(&[NEW]);
    load.wait_for_responses().await;
    let responses = load.end().await;

    assert_all_created(&responses, 200, &process);
    assert_eq!(process.metric(CHANGED).await, 1, "the requests share one read");
}

#[actix_web::test]
async fn no_request_fails_while_a_secret_from_the_pool_is_rotated_twice() {
    let pool = pool(&[]).await;
    let process = serve_with_secret_from_pool(&pool, "0s").await;
    let load = Load::start(&process.url);
    load.wait_for_responses().await;

    for (old, new, changes) in [(SECRET, NEW, 1), (NEW, NEWEST, 2)] {
        pool.state().set_client_secrets(&[old, new]);
        load.wait_for_responses().await;
        pool.state().set_client_secrets(&[new]);
        process.wait_for_metric(CHANGED, changes).await;
        load.wait_for_responses().await;
    }
    let responses = load.end().await;

    assert_all_created(&responses, 500, &process);
}

#[actix_web::test]
async fn calls_in_flight_keep_their_secret() {
    let pool = pool(&[]).await;
    let file = File::new(SECRET);
    let gate = Gate::start(&pool.url()).await;
    let process = Process::serve(&settings_with_file(&file), &gate.url).await;
    let slow = "slow@example.com";
    let (url, form) =
        (format!("{}/register", process.url), json!({"email": slow, "password": PASSWORD}));
    let in_flight = actix_web::rt::spawn(async move {
        Response::of(crate::support::client().post(url).json(&form)).await
    });
    let look = async || pool.state().requests(Some(slow)).len();
    until("the call reaches the pool", look, |requests| *requests == 1).await;

    pool.state().set_client_secrets(&[SECRET, NEW]);
    file.write(NEW);
    process.signal("HUP");
    process.wait_for_metric(CHANGED, 1).await;
    pool.state().set_client_secrets(&[NEW]);
    assert!(!in_flight.is_finished(), "the slow call is still in flight");
    gate.open();
    let next = register(&process, "next@example.com").await;
    let first = in_flight.await.expect("the task does not panic");

    for (response, email, secret) in [(first, slow, SECRET), (next, "next@example.com", NEW)] {
        assert_eq!(response.status, 201, "{email}: {}", response.text);
        let calls = pool.state().requests(Some(email));
        let hash = secret_hash(&secret.into(), email, CLIENT_ID);
        assert_eq!(calls.len(), 1, "{email}: one call");
        assert_eq!(calls[0].body["SecretHash"], hash, "{email}");
    }
}

#[actix_web::test]
async fn an_unreadable_file_keeps_the_secret_and_is_logged_once() {
    let pool = pool(&[]).await;
    let file = File::new(SECRET);
    let process = Process::serve(&settings_with_file(&file), &pool.url()).await;

    file.write("\n");
    process.signal("HUP");
    process.wait_for_metric(FAILED, 1).await;
    std::fs::remove_file(&file.0).expect("the file exists");
    process.signal("HUP");
    process.wait_for_metric(FAILED, 2).await;
    let while_unreadable = register(&process, "ada@example.com").await;
    file.write(SECRET);
    process.signal("HUP");
    process.wait_for_metric(UNCHANGED, 1).await;

    assert_eq!(while_unreadable.status, 201, "{}", while_unreadable.text);
    assert_eq!(process.metric(CHANGED).await, 0);
    let count_lines = |start: &str| {
        let log = process.log();
        let is_it = |line: &&Value| line["message"].as_str().is_some_and(|m| m.starts_with(start));
        log.iter().filter(is_it).count()
    };
    let recovery = "client secrets reloaded after a failure";
    until("the recovery is logged", async || count_lines(recovery), |lines| *lines > 0).await;
    assert_eq!(count_lines("client secrets not reloaded"), 1, "{}", process.all_output());
    assert_eq!(count_lines(recovery), 1, "{}", process.all_output());
    assert_no_secret_in_output(&process);
}

#[actix_web::test]
async fn sources_are_reloaded_at_an_interval() {
    let pool = pool(&[]).await;
    let process = serve_with_secret_from_pool(&pool, "1s").await;
    let started = process.metric("client_secret_changed_timestamp_seconds").await;
    assert!(started > 1_700_000_000, "{started}");
    process.wait_for_metric(UNCHANGED, 1).await;

    pool.state().set_client_secrets(&[SECRET, NEW]);
    pool.state().set_client_secrets(&[NEW]);
    // The first reload has both secrets, the second one only the new secret.
    process.wait_for_metric(CHANGED, 2).await;

    assert!(process.metric("client_secret_changed_timestamp_seconds").await > started);
    let response = register(&process, "ada@example.com").await;
    assert_eq!(response.status, 201, "{}", response.text);
    assert_eq!(pool.state().requests(Some("ada@example.com")).len(), 1, "no rejected call");
    assert_no_secret_in_output(&process);
}

#[actix_web::test]
async fn repeated_rejections_reload_the_secret_at_most_every_three_seconds() {
    let pool = pool(&[]).await;
    let file = File::new(NEW);
    let process = Process::serve(&settings_with_file(&file), &pool.url()).await;
    let started = Instant::now();

    let responses = join_all((0..20).map(|number| {
        let email = format!("ada{number}@example.com");
        let process = &process;
        async move { register(process, &email).await }
    }))
    .await;

    for response in &responses {
        response.assert_problem(502, "misconfigured", "every source has the wrong secret");
    }
    // The service reads at most once in three seconds.
    let max_reads = 1 + started.elapsed().as_secs() / 3;
    let reads = process.metric(UNCHANGED).await;
    assert!((1..=max_reads).contains(&reads), "{reads} of {max_reads}");
}

#[actix_web::test]
async fn sighup_stops_neither_the_service_nor_the_sandbox() {
    let pool = pool(&[]).await;
    let serve = Process::serve(&[], &pool.url()).await;
    let mut sandbox = vestibule(&["sandbox"]);
    sandbox.env("VESTIBULE__SERVER__PORT", "0").env("VESTIBULE__ADMIN__PORT", "0");
    let sandbox = Process::start(sandbox).await;
    for (case, mut process) in [("serve", serve), ("sandbox", sandbox)] {
        process.signal("HUP");
        let look = async || process.all_output();
        until("the signal is handled", look, |log| {
            log.contains("because the settings contain all of them")
        })
        .await;

        let response = register(&process, "ada@example.com").await;

        assert_eq!(response.status, 201, "{case}: {}", response.text);
        process.signal("TERM");
        let status = process.wait_for_exit().await;
        assert_eq!(status.code(), Some(0), "{case}: {}", process.all_output());
    }
}

#[actix_web::test]
async fn generated_names_survive_a_rotation() {
    let generated = ("REGISTRATION__USERNAME", "generated");
    let pool = pool(&[generated]).await;
    let (file, folder) = (File::new(SECRET), Folder::new("rotation"));
    let url = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    let settings = [&settings_with_file(&file)[..], &[generated, ("DATABASE__URL", &url)]].concat();
    let mut process = Process::serve(&settings, &pool.url()).await;
    let created = register_with_key(&process, "one").await;
    process.signal("TERM");
    process.wait_for_exit().await;

    pool.state().set_client_secrets(&[NEW]);
    file.write(NEW);
    let process = Process::serve(&settings, &pool.url()).await;
    let replayed = register_with_key(&process, "one").await;
    let with_another_key = register_with_key(&process, "two").await;
    let without_key = register(&process, "ada@example.com").await;

    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!((replayed.status, &replayed.text), (201, &created.text));
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    for (case, response) in [("with another key", with_another_key), ("without", without_key)] {
        assert_eq!(response.status, 202, "{case}: {}", response.text);
        assert_eq!(response.json()["username"], created.json()["username"], "{case}");
    }
    assert_eq!(pool.state().accounts(None).accounts.len(), 1);
}

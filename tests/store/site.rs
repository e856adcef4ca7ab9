//! A pool, a database, and replicas of the service.

use std::{
    process::{Command, Output},
    rc::Rc,
};

use cognito_sandbox::{Pool, PoolSettings};
use reqwest::{Client, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::{
    database::{Database, Engine},
    process::{Process, vestibule},
    support::{PASSWORD, Response, environment, pool_with},
    wait::{TIMEOUT, until},
};

/// The pool and the database that replicas share.
pub(crate) struct Site {
    pub(crate) pool: Pool,
    pub(crate) database: Rc<Database>,
    settings: Vec<(String, String)>,
    pub(crate) client: Client,
}

/// The state of a user name in the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InPool {
    pub(crate) accounts: u32,
    pub(crate) calls: u32,
}

impl Site {
    /// Creates a site with a new database. `settings` override the defaults of the tests.
    pub(crate) async fn new(engine: Engine, settings: &[(&str, &str)]) -> Self {
        Self::on(Database::new(engine).await, settings).await
    }

    /// Creates a site on an existing database.
    pub(crate) async fn on(database: impl Into<Rc<Database>>, settings: &[(&str, &str)]) -> Self {
        Self::with_pool(database, settings, |_| {}).await
    }

    /// Creates a site with other settings of the pool.
    pub(crate) async fn with_pool(
        database: impl Into<Rc<Database>>,
        settings: &[(&str, &str)],
        change_pool: impl FnOnce(&mut PoolSettings),
    ) -> Self {
        let database = database.into();
        let mut merged = owned(&[("DATABASE__URL", database.url())]);
        merged.extend(owned(settings));
        let pool = pool_with(&borrowed(&merged), change_pool).await;
        // The client reuses no connection, because the replica of a connection may have ended.
        let client = crate::support::client_builder().pool_max_idle_per_host(0).timeout(TIMEOUT);
        let client = client.build().expect("the client is built");
        Self { pool, database, settings: merged, client }
    }

    /// Starts a replica. Dropping it kills it, as `kill -9` does.
    pub(crate) async fn replica(&self) -> Process {
        self.replica_with(&[]).await
    }

    /// Starts a replica with more settings.
    pub(crate) async fn replica_with(&self, settings: &[(&str, &str)]) -> Process {
        let mut merged = borrowed(&self.settings);
        merged.extend(settings);
        Process::serve(&merged, &self.pool.url()).await
    }

    /// Returns a command with the settings of the replicas.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = vestibule(arguments);
        command.envs(environment(&borrowed(&self.settings), &self.pool.url()));
        command
    }

    /// Asserts that `audit verify` finds no fault, even while replicas write.
    pub(crate) async fn assert_audit_log_is_intact(&self) {
        let output = run_to_completion(self.command(&["audit", "verify"])).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    /// Builds `POST /register` for a replica.
    pub(crate) fn request(&self, replica: &Process, form: &Value) -> RequestBuilder {
        self.client.post(format!("{}/register", replica.url)).json(form)
    }

    /// Registers with a key.
    pub(crate) async fn register(&self, replica: &Process, key: &str, form: &Value) -> Response {
        Response::of(self.request(replica, form).header("idempotency-key", key)).await
    }

    /// Registers without a key.
    pub(crate) async fn register_without_key(&self, replica: &Process, form: &Value) -> Response {
        Response::of(self.request(replica, form)).await
    }

    /// Registers with a key, and repeats the request while the first one is in progress.
    pub(crate) async fn register_patiently(
        &self,
        replica: &Process,
        key: &str,
        form: &Value,
    ) -> Response {
        let look = async || {
            let response = self.register(replica, key, form).await;
            if is_in_progress(&response) {
                assert!(response.header("retry-after").is_some(), "{:?}", response.headers);
            }
            response
        };
        until("the request is no longer in progress", look, |response| !is_in_progress(response))
            .await
    }

    /// Returns the state of a user name in the pool.
    pub(crate) fn in_pool(&self, username: &str) -> InPool {
        let found = self.pool.state().accounts(Some(username));
        let known = found.accounts.iter().map(|account| (account.creations, account.sign_up_calls));
        let not_created = found.not_created.iter().map(|name| (0, name.sign_up_calls));
        let (accounts, calls) = known.chain(not_created).next().unwrap_or_default();
        InPool { accounts, calls }
    }

    /// Sends `GET /health/ready`.
    pub(crate) async fn ready(&self, replica: &Process) -> Response {
        Response::of(self.client.get(format!("{}/health/ready", replica.admin_url))).await
    }

    /// Waits until `/health/ready` responds with this status.
    pub(crate) async fn until_ready_is(&self, replica: &Process, status: u16) -> Response {
        let look = async || self.ready(replica).await;
        until(&format!("ready is {status}"), look, |response| response.status == status).await
    }
}

/// Runs a command until it exits.
pub(crate) async fn run_to_completion(command: Command) -> Output {
    Process::spawn(command).final_output().await
}

/// Returns a form with an email address and a valid password.
pub(crate) fn form(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD})
}

/// Returns `true` if the first request with this key is in progress.
pub(crate) fn is_in_progress(response: &Response) -> bool {
    response.status == StatusCode::CONFLICT
        && response.json()["type"] == "/problems/request-in-progress"
}

/// Returns `true` if this is a replay.
pub(crate) fn is_replayed(response: &Response) -> bool {
    response.header("idempotency-replayed") == Some("true")
}

/// Asserts that a response is a byte-identical replay.
pub(crate) fn assert_replayed(again: &Response, first: &Response, case: &str) {
    assert_same(again, first, case);
    assert!(is_replayed(again), "{case}: {:?}", again.headers);
}

/// Asserts that two responses are byte-identical.
pub(crate) fn assert_same(one: &Response, other: &Response, case: &str) {
    assert_eq!((one.status, &one.text), (other.status, &other.text), "{case}");
    for name in ["content-type", "content-language", "cache-control", "x-content-type-options"] {
        let header = |headers: &HeaderMap| headers.get(name).cloned();
        assert_eq!(header(&one.headers), header(&other.headers), "{case}: {name}");
    }
}

/// Asserts the 202 of a sign-up after an earlier one that may have created the account.
pub(crate) fn assert_pending(response: &Response, case: &str) {
    assert_eq!(response.status, 202, "{case}: {}", response.text);
    assert_eq!(response.status_and_next(), "confirmation_required confirm", "{case}");
    assert_eq!(response.json().get("user_id"), None, "{case}");
}

fn owned(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

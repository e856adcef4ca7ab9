//! Starts the service and a pool, and sends requests to both.

pub(crate) mod files;
pub(crate) mod gate;
pub(crate) mod otlp;
pub(crate) mod process;
mod response;
pub(crate) mod scripted;
pub(crate) mod wait;
pub(crate) mod wire;

use std::time::Duration;

use cognito_sandbox::{PasswordPolicy, Pool, PoolSettings, PoolState, RecordedRequest, SignIn};
use reqwest::{Client, ClientBuilder, RequestBuilder};
use serde_json::{Value, json};
use vestibule::{
    app::App,
    config::{Config, Sources, UsernameMode},
    store::Migrate,
};

pub(crate) use self::response::Response;

/// A password that satisfies every rule.
pub(crate) const PASSWORD: &str = "Correct-horse-7";

pub(crate) const CLIENT_ID: &str = "1example23456789";
pub(crate) const POOL_ID: &str = "eu-central-1_EXAMPLE";
pub(crate) const SECRET: &str = "9example87654321secretsecretsecretsecret";

/// Timeouts for tests in which the pool does not respond within a second.
pub(crate) const SHORT_TIMEOUTS: [(&str, &str); 3] = [
    ("COGNITO__READ_TIMEOUT", "700ms"),
    ("COGNITO__ATTEMPT_TIMEOUT", "800ms"),
    ("COGNITO__OPERATION_TIMEOUT", "2s"),
];

/// A running service with its own pool.
pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) admin_url: String,
    pub(crate) pool: Pool,
    pub(crate) client: Client,
}

impl Service {
    /// Starts a service with the settings of [`environment`] and a matching pool.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with(settings, |_| {}).await
    }

    /// Does the same as [`Service::start`] after `change_pool` changed the settings of the pool.
    pub(crate) async fn start_with(
        settings: &[(&str, &str)],
        change_pool: impl FnOnce(&mut PoolSettings),
    ) -> Self {
        let pool = pool_with(settings, change_pool).await;
        let config = self::config(settings, &pool.url());
        Self::start_on(config, pool).await
    }

    /// Starts a service with this configuration and this pool.
    pub(crate) async fn start_on(config: Config, pool: Pool) -> Self {
        let app = App::build(config, Migrate::Auto, |_| {}).await.expect("the service is built");
        let url = format!("http://{}", app.address());
        let admin_url = format!("http://{}", app.admin_address());
        actix_web::rt::spawn(app.run());
        Self { url, admin_url, pool, client: client() }
    }

    /// Returns the state of the pool.
    pub(crate) fn pool(&self) -> &PoolState {
        self.pool.state()
    }

    /// Returns the `SignUp` calls that the pool received for a user name, in order of arrival.
    pub(crate) fn sign_ups(&self, username: &str) -> Vec<RecordedRequest> {
        self.calls("SignUp", username)
    }

    /// Returns the calls of an operation for a user name, in order of arrival.
    pub(crate) fn calls(&self, operation: &str, username: &str) -> Vec<RecordedRequest> {
        let mut calls = self.pool().requests(Some(username));
        calls.retain(|request| request.operation == operation);
        calls.reverse();
        calls
    }

    /// Returns the code that the pool sent last, to any recipient.
    pub(crate) fn last_code(&self) -> String {
        self.pool().messages(None).first().expect("a code was sent").code.clone()
    }

    /// Returns the code that the pool sent last to this recipient.
    pub(crate) fn code_for(&self, address: &str) -> String {
        self.pool().messages(Some(address)).first().expect("a code was sent").code.clone()
    }

    /// Returns `true` if the pool has a confirmed account with this user name.
    pub(crate) fn is_confirmed(&self, username: &str) -> bool {
        let accounts = self.pool().accounts(Some(username)).accounts;
        accounts.iter().any(|account| account.status == "CONFIRMED")
    }

    /// Sends `POST /register`.
    pub(crate) async fn register(&self, form: &Value) -> Response {
        Response::of(self.post("/register").json(form)).await
    }

    /// Sends `POST /register` with an email address and [`PASSWORD`].
    pub(crate) async fn register_email(&self, email: &str) -> Response {
        self.register(&json!({"email": email, "password": PASSWORD})).await
    }

    /// Sends `POST /register/confirm`.
    pub(crate) async fn confirm(&self, form: &Value) -> Response {
        Response::of(self.post("/register/confirm").json(form)).await
    }

    /// Sends `POST /register/confirm` with a user name and a code.
    pub(crate) async fn confirm_code(&self, username: &str, code: &str) -> Response {
        self.confirm(&json!({"username": username, "code": code})).await
    }

    /// Sends `POST /register/resend`.
    pub(crate) async fn resend(&self, form: &Value) -> Response {
        Response::of(self.post("/register/resend").json(form)).await
    }

    /// Returns the value of a metric such as `sign_ups_total{outcome="created"}`, or 0 if it is
    /// absent.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        read_metric(&self.client, &self.admin_url, name).await
    }

    /// Waits until a metric has at least this value.
    pub(crate) async fn wait_for_metric(&self, name: &str, expected: u64) {
        let look = async || self.metric(name).await;
        wait::until(name, look, |value| *value >= expected).await;
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }
}

async fn read_metric(client: &Client, admin_url: &str, name: &str) -> u64 {
    let page = Response::of(client.get(format!("{admin_url}/metrics"))).await;
    let start = format!("vestibule_{name} ");
    let value = page.text.lines().find_map(|line| line.strip_prefix(&start));
    value.map_or(0, |value| value.parse().expect("a whole number"))
}

/// Returns an HTTP client for the servers of the tests, none of which uses TLS.
pub(crate) fn client() -> Client {
    client_builder().build().expect("the client is built")
}

/// Returns the builder of [`client`]. It trusts no certificate, because reading those of the
/// system takes time.
pub(crate) fn client_builder() -> ClientBuilder {
    vestibule::http_client::install_tls_provider();
    Client::builder().tls_certs_only([]).no_proxy()
}

/// Starts a pool that matches these settings.
pub(crate) async fn pool(settings: &[(&str, &str)]) -> Pool {
    pool_with(settings, |_| {}).await
}

/// Does the same as [`pool`] after `change_pool` changed the settings of the pool.
pub(crate) async fn pool_with(
    settings: &[(&str, &str)],
    change_pool: impl FnOnce(&mut PoolSettings),
) -> Pool {
    let mut pool = pool_settings(&config(settings, "http://127.0.0.1:1"));
    change_pool(&mut pool);
    Pool::start(pool).await.expect("the pool starts")
}

/// Returns the configuration of [`environment`].
pub(crate) fn config(settings: &[(&str, &str)], endpoint: &str) -> Config {
    let environment = environment(settings, endpoint);
    Config::load(Sources { environment: &environment, ..Sources::default() })
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the default settings of the tests, overridden by `settings`, as variables. `settings`
/// have no prefix, for example `("REGISTRATION__USERNAME", "phone")`. The limits are off, and the
/// timeouts are longer than any call takes on a slow machine.
pub(crate) fn environment(settings: &[(&str, &str)], endpoint: &str) -> Vec<(String, String)> {
    let defaults = [
        ("SERVER__PORT", "0"),
        ("SERVER__WORKERS", "1"),
        ("SERVER__SHUTDOWN_DELAY", "0s"),
        ("SERVER__SHUTDOWN_TIMEOUT", "5s"),
        ("ADMIN__PORT", "0"),
        ("LIMITS__MODE", "off"),
        ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", "0s"),
        ("DATABASE__URL", "sqlite::memory:"),
        ("COGNITO__REGION", "eu-central-1"),
        ("COGNITO__ENDPOINT", endpoint),
        ("COGNITO__USER_POOL_ID", POOL_ID),
        ("COGNITO__CLIENT_ID", CLIENT_ID),
        ("COGNITO__CLIENT_SECRET", SECRET),
        ("COGNITO__CONNECT_TIMEOUT", "10s"),
        ("COGNITO__READ_TIMEOUT", "10s"),
        ("COGNITO__ATTEMPT_TIMEOUT", "10s"),
        ("COGNITO__OPERATION_TIMEOUT", "10s"),
    ];
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, value) in defaults.iter().chain(settings) {
        let name = format!("VESTIBULE__{name}");
        merged.retain(|(known, _)| *known != name);
        merged.push((name, (*value).to_owned()));
    }
    merged
}

fn pool_settings(config: &Config) -> PoolSettings {
    PoolSettings {
        port: 0,
        user_pool_id: POOL_ID.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secrets: vec![SECRET.into()],
        sign_in: match config.registration.username {
            UsernameMode::Email => SignIn::Email,
            UsernameMode::Phone => SignIn::Phone,
            UsernameMode::Chosen => SignIn::Username,
            UsernameMode::Generated => SignIn::Alias,
        },
        password_policy: PasswordPolicy::default(),
        passwordless: !config.registration.password.required,
        user_auth: config.registration.return_session,
        auto_confirm: false,
        latency: Duration::ZERO,
        message_latency: Duration::ZERO,
    }
}

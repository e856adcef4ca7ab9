//! Starts the service and a pool, and talks to both.

mod answer;
pub(crate) mod files;
pub(crate) mod gate;
pub(crate) mod process;
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

pub(crate) use self::answer::Answer;

/// A password that keeps every rule.
pub(crate) const PASSWORD: &str = "Correct-horse-7";

pub(crate) const CLIENT_ID: &str = "1example23456789";
pub(crate) const POOL_ID: &str = "eu-central-1_EXAMPLE";
pub(crate) const SECRET: &str = "9example87654321secretsecretsecretsecret";

/// Time-outs for tests of a pool that does not answer, or answers after a second or more.
pub(crate) const IMPATIENT: [(&str, &str); 3] = [
    ("COGNITO__READ_TIMEOUT", "700ms"),
    ("COGNITO__ATTEMPT_TIMEOUT", "800ms"),
    ("COGNITO__OPERATION_TIMEOUT", "2s"),
];

/// The service with a pool of its own.
pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) admin_url: String,
    pub(crate) pool: Pool,
    pub(crate) client: Client,
}

impl Service {
    /// With limits off and time-outs that no slow machine runs into; `settings` come on top, as variables without their
    /// prefix, such as `("REGISTRATION__USERNAME", "phone")`.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with(settings, |_| {}).await
    }

    /// The same, with a pool that is told other things about itself.
    pub(crate) async fn start_with(
        settings: &[(&str, &str)],
        change_pool: impl FnOnce(&mut PoolSettings),
    ) -> Self {
        let pool = pool_with(settings, change_pool).await;
        let config = self::config(settings, &pool.url());
        Self::start_on(config, pool).await
    }

    /// With settings that are read already.
    pub(crate) async fn start_on(config: Config, pool: Pool) -> Self {
        let app = App::build(config, Migrate::Auto, |_| {}).await.expect("the service is built");
        let url = format!("http://{}", app.address());
        let admin_url = format!("http://{}", app.admin_address());
        actix_web::rt::spawn(app.run());
        Self { url, admin_url, pool, client: client() }
    }

    /// What the pool knows.
    pub(crate) fn pool(&self) -> &PoolState {
        self.pool.state()
    }

    /// The calls of `SignUp` that the pool has seen for a user name, the first one first.
    pub(crate) fn sign_ups(&self, username: &str) -> Vec<RecordedRequest> {
        self.calls("SignUp", username)
    }

    /// The same for any operation.
    pub(crate) fn calls(&self, operation: &str, username: &str) -> Vec<RecordedRequest> {
        let mut seen = self.pool().requests(Some(username));
        seen.retain(|request| request.operation == operation);
        seen.reverse();
        seen
    }

    /// The code that was sent last, to whomever.
    pub(crate) fn last_code(&self) -> String {
        self.pool().messages(None).first().expect("a code was sent").code.clone()
    }

    /// The code that was sent last to one address.
    pub(crate) fn code_for(&self, address: &str) -> String {
        self.pool().messages(Some(address)).first().expect("a code was sent").code.clone()
    }

    /// Whether the pool has confirmed an account.
    pub(crate) fn is_confirmed(&self, username: &str) -> bool {
        let accounts = self.pool().accounts(Some(username)).accounts;
        accounts.iter().any(|account| account.status == "CONFIRMED")
    }

    /// `POST /register`.
    pub(crate) async fn register(&self, form: &Value) -> Answer {
        Answer::of(self.post("/register").json(form)).await
    }

    /// `POST /register` with an email address and [`PASSWORD`].
    pub(crate) async fn register_email(&self, email: &str) -> Answer {
        self.register(&json!({"email": email, "password": PASSWORD})).await
    }

    /// `POST /register/confirm`.
    pub(crate) async fn confirm(&self, form: &Value) -> Answer {
        Answer::of(self.post("/register/confirm").json(form)).await
    }

    /// `POST /register/confirm` with a name and a code.
    pub(crate) async fn confirm_code(&self, username: &str, code: &str) -> Answer {
        self.confirm(&json!({"username": username, "code": code})).await
    }

    /// `POST /register/resend`.
    pub(crate) async fn resend(&self, form: &Value) -> Answer {
        Answer::of(self.post("/register/resend").json(form)).await
    }

    /// What the service counted, such as `sign_ups_total{outcome="created"}`; 0 where it
    /// counted nothing.
    pub(crate) async fn counted(&self, metric: &str) -> u64 {
        counted(&self.client, &self.admin_url, metric).await
    }

    /// Waits until it has counted this much, or more.
    pub(crate) async fn counts(&self, metric: &str, expected: u64) {
        let look = async || self.counted(metric).await;
        wait::until(metric, look, |counted| *counted >= expected).await;
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }
}

async fn counted(client: &Client, admin_url: &str, metric: &str) -> u64 {
    let page = Answer::of(client.get(format!("{admin_url}/metrics"))).await;
    let start = format!("vestibule_{metric} ");
    let count = page.text.lines().find_map(|line| line.strip_prefix(&start));
    count.map_or(0, |count| count.parse().expect("a whole number"))
}

/// An HTTP client for servers without TLS, which are all servers of the tests.
pub(crate) fn client() -> Client {
    client_builder().build().expect("the client is built")
}

/// The same, for tests that change a setting of it. It trusts no certificate, because to read the
/// system's takes time.
pub(crate) fn client_builder() -> ClientBuilder {
    vestibule::http_client::install_tls_provider();
    Client::builder().tls_certs_only([]).no_proxy()
}

/// A pool that fits these settings.
pub(crate) async fn pool(settings: &[(&str, &str)]) -> Pool {
    pool_with(settings, |_| {}).await
}

/// The same, told other things about itself.
pub(crate) async fn pool_with(
    settings: &[(&str, &str)],
    change_pool: impl FnOnce(&mut PoolSettings),
) -> Pool {
    let mut pool = pool_settings(&config(settings, "http://127.0.0.1:1"));
    change_pool(&mut pool);
    Pool::start(pool).await.expect("the pool starts")
}

/// The settings of a test.
pub(crate) fn config(settings: &[(&str, &str)], endpoint: &str) -> Config {
    let environment = environment(settings, endpoint);
    Config::load(Sources { environment: &environment, ..Sources::default() })
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The same as variables. No slow machine runs into the time-outs.
pub(crate) fn environment(settings: &[(&str, &str)], endpoint: &str) -> Vec<(String, String)> {
    let defaults = [
        ("SERVER__PORT", "0"),
        ("SERVER__WORKERS", "1"),
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
        auto_confirm: false,
        latency: Duration::ZERO,
        message_latency: Duration::ZERO,
    }
}

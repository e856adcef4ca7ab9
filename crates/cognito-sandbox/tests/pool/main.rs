//! Tests of a running pool through the official SDK, and of its inbox through HTTP.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod cases;
mod clients;
mod events;
mod inbox;
mod protocol;
mod rejections;
mod sign_in;
mod users;

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{
        BehaviorVersion, Config, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        confirm_sign_up::builders::ConfirmSignUpFluentBuilder,
        resend_confirmation_code::builders::ResendConfirmationCodeFluentBuilder,
        sign_up::builders::SignUpFluentBuilder,
    },
    types::AttributeType,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cognito_sandbox::{PasswordPolicy, Pool, PoolSettings, SignIn};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const CLIENT_ID: &str = "1example23456789";
const SECRET: &str = "sekrit-client-secret";
const PASSWORD: &str = "Correct-Horse-7";

/// Timeout of the SDK. Only the longest delay of a case exceeds it.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

fn settings(sign_in: SignIn) -> PoolSettings {
    PoolSettings {
        port: 0,
        user_pool_id: "eu-central-1_Sandbox01".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secrets: vec![SECRET.into()],
        sign_in,
        password_policy: PasswordPolicy::default(),
        passwordless: false,
        user_auth: false,
        auto_confirm: false,
        latency: Duration::ZERO,
        message_latency: Duration::ZERO,
    }
}

/// A running pool and an SDK client for it.
struct Stage {
    pool: Pool,
    client: Client,
}

impl Stage {
    async fn start(sign_in: SignIn) -> Self {
        Self::with(settings(sign_in)).await
    }

    async fn with(settings: PoolSettings) -> Self {
        let pool = Pool::start(settings).await.unwrap();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("eu-central-1"))
            .endpoint_url(pool.url())
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "tests"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().read_timeout(READ_TIMEOUT).build())
            .build();
        Self { pool, client: Client::from_conf(config) }
    }

    fn sign_up(&self, username: &str) -> SignUpFluentBuilder {
        self.client
            .sign_up()
            .client_id(CLIENT_ID)
            .secret_hash(secret_hash(SECRET, username))
            .username(username)
            .password(PASSWORD)
    }

    fn confirm(&self, username: &str, code: &str) -> ConfirmSignUpFluentBuilder {
        self.client
            .confirm_sign_up()
            .client_id(CLIENT_ID)
            .secret_hash(secret_hash(SECRET, username))
            .username(username)
            .confirmation_code(code)
    }

    fn resend(&self, username: &str) -> ResendConfirmationCodeFluentBuilder {
        self.client
            .resend_confirmation_code()
            .client_id(CLIENT_ID)
            .secret_hash(secret_hash(SECRET, username))
            .username(username)
    }

    /// Returns the latest code for this user name.
    fn code(&self, username: &str) -> String {
        let messages = self.pool.state().messages(None);
        messages.into_iter().find(|message| message.username == username).unwrap().code
    }

    fn status(&self, username: &str) -> Option<&'static str> {
        self.pool.state().accounts(Some(username)).accounts.first().map(|account| account.status)
    }

    async fn get(&self, path: &str) -> serde_json::Value {
        http_client()
            .get(format!("{}{path}", self.pool.url()))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }
}

/// Creates a client for the routes under `/sandbox/`. This test has no other TLS provider for
/// reqwest.
fn http_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().tls_certs_only([]).build().unwrap()
}

fn secret_hash(secret: &str, username: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(username.as_bytes());
    mac.update(CLIENT_ID.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn attribute(name: &str, value: &str) -> AttributeType {
    AttributeType::builder().name(name).value(value).build().unwrap()
}

/// Returns the result of the SDK as `code: message`, or `ok`.
fn outcome<T, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            format!("{}: {}", error.code().unwrap_or("?"), error.message().unwrap_or("?"))
        }
    }
}

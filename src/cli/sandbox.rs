//! `vestibule sandbox`: the service and a development pool in one process.

use std::time::Duration;

use anyhow::anyhow;
use cognito_sandbox::{PasswordPolicy, Pool, PoolSettings, SignIn};

use super::output::{print, warn};
use crate::{
    app::{self, App, Signals},
    config::{Config, UsernameMode},
    store::Migrate,
    telemetry,
};

pub(super) async fn run(
    mut config: Config,
    environment: &[(String, String)],
) -> anyhow::Result<()> {
    let _logs = telemetry::start(&config.log, environment)?;
    let signals = Signals::listen()?;
    let port = config.sandbox.port;
    let pool = Pool::start(pool_settings(&config)).await.map_err(|error| {
        anyhow!("sandbox.port: 127.0.0.1:{port} cannot be bound: {error}. Use a free port.")
    })?;
    let pool_url = pool.url();
    config.cognito.endpoint = Some(pool_url.clone());
    config.server.shutdown_delay = Duration::ZERO;
    warn(&config);
    let scheme = if config.server.tls.certificate_file.is_some() { "https" } else { "http" };
    let routes = app::sandbox::routes(pool.state().clone());
    let app = App::build(config, Migrate::Auto, routes).await?;
    let url = format!("{scheme}://{}", app.address());
    print(&format!(
        "Vestibule's sandbox: the service and a development pool, both on this machine.\n\
         \n  Sandbox   {url}/sandbox   inbox, accounts and play cases\n  Form      {url}/sign-up\n  Sign-ups  {url}/register\n  Pool      {pool_url}\n\
         \nRegister a user:\n\n  {}\n\nStop with Ctrl-C.\n",
        example(&url)
    ))?;
    let ended = app.run_until(signals, || {}).await;
    pool.stop().await;
    ended
}

/// Returns settings of a pool that match those of the service.
fn pool_settings(config: &Config) -> PoolSettings {
    let cognito = &config.cognito;
    let password = &config.registration.password;
    PoolSettings {
        port: config.sandbox.port,
        user_pool_id: cognito.user_pool_id.clone(),
        client_id: cognito.client_id.clone(),
        client_secrets: [&cognito.client_secret, &cognito.secondary_client_secret]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        sign_in: match config.registration.username {
            UsernameMode::Email => SignIn::Email,
            UsernameMode::Phone => SignIn::Phone,
            UsernameMode::Chosen => SignIn::Username,
            UsernameMode::Generated => SignIn::Alias,
        },
        password_policy: PasswordPolicy {
            min_length: password.min_length,
            require_uppercase: password.require_uppercase,
            require_lowercase: password.require_lowercase,
            require_number: password.require_number,
            require_symbol: password.require_symbol,
        },
        passwordless: !password.required,
        user_auth: config.registration.return_session,
        auto_confirm: false,
        latency: config.sandbox.latency,
        message_latency: Duration::ZERO,
    }
}

fn example(url: &str) -> String {
    format!(
        "curl -i {url}/register -H 'Content-Type: application/json' \
         -d '{{\"email\": \"ada@example.com\", \"password\": \"Correct-horse-7\"}}'"
    )
}

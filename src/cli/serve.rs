//! `vestibule serve`: the service.

use std::path::Path;

use serde::Serialize;

use super::{environment, output::warn};
use crate::{
    REVISION,
    app::{App, Signals},
    config::{Config, LimitsStore, Sources},
    json::to_json,
    store::Migrate,
    telemetry::{self, Level},
};

pub(super) async fn run(
    config: Config,
    sources: Sources<'_>,
    migrate: Migrate,
) -> anyhow::Result<()> {
    let logs = telemetry::start(&config.log, sources.environment)?;
    let (level, file) = (logs.level(), sources.file.map(Path::to_owned));
    log_start(&config);
    warn(&config);
    let mut signals = Signals::listen()?;
    let app = tokio::select! {
        app = App::build(config, migrate, |_| {}) => app?,
        // `App::build` may wait for the database.
        () = signals.end() => return Ok(()),
    };
    tracing::info!(address = %app.address(), admin_address = %app.admin_address(), "listening");
    app.run_until(signals, move || reload_level(file.as_deref(), &level)).await
}

/// Logs the settings that distinguish one deployment from another.
fn log_start(config: &Config) {
    let database = match config.database.url.split_once(':') {
        Some(("sqlite", ":memory:")) => "sqlite_memory",
        Some(("sqlite", _)) => "sqlite",
        _ => "postgres",
    };
    let rate_limit_store = match &config.limits.store {
        LimitsStore::Local => "local",
        LimitsStore::Redis(_) => "redis",
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        revision = REVISION,
        user_pool_id = config.cognito.user_pool_id,
        database,
        rate_limit_store,
        username = name(config.registration.username),
        existing_accounts = name(config.registration.existing_accounts),
        limits = name(config.limits.mode),
        bot_check = name(config.bot_check.provider),
        database_on_failure = name(config.database.on_failure),
        "starting"
    );
}

/// Returns the name of a value in the settings.
fn name(value: impl Serialize) -> String {
    to_json(&value).trim_matches('"').to_owned()
}

/// Reads `log.level` again. Invalid settings change nothing.
fn reload_level(file: Option<&Path>, level: &Level) {
    let reloaded = environment().and_then(|environment| {
        let environment = environment.as_slice();
        Config::load(Sources { file, environment, ..Sources::default() })
    });
    match reloaded {
        Ok(config) => level.set(config.log.level),
        Err(error) => tracing::error!(%error, "log level not reloaded"),
    }
}

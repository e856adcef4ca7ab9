//! What the ledger, and what else has a key of its own, is keyed with.

use secrecy::SecretString;

use crate::{cognito::Connection, config::Config, ledger::Keys, metrics::Metrics};

/// The keys of the ledger, for commands that need nothing else. Where no pepper is set they are
/// derived from the client secret, which may have to be asked of the pool.
///
/// # Errors
/// Where the client secret cannot be had.
pub async fn ledger_keys(config: &Config) -> anyhow::Result<Keys> {
    if let Some(pepper) = &config.database.pepper {
        return Ok(derive(config, pepper));
    }
    let connection = Connection::prepare(&config.cognito, Metrics::default()).await?;
    Ok(derive(config, connection.secrets().now().primary()))
}

pub(super) fn derive(config: &Config, client_secret: &SecretString) -> Keys {
    let database = &config.database;
    Keys::derive(database.pepper.as_ref(), database.previous_pepper.as_ref(), client_secret)
}

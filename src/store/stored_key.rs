//! The key that replaces `database.key` if the setting is absent. The service creates a random key
//! once. The database stores the key, because all replicas must share it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    database::{Access, Connection, Database},
    error::StoreError,
    id,
};

/// Pause before the service tries an unavailable database again.
const PAUSE: Duration = Duration::from_millis(500);

/// Brings the tables up to date, or checks the tables, and returns the key with a connection.
/// Waits for an unavailable database, because all digests need the key.
pub(super) async fn wait_for(
    database: &Database,
    migrates: bool,
) -> Result<(SecretString, Connection), StoreError> {
    let mut is_logged = false;
    loop {
        let database = database.clone();
        let result = spawn_blocking(move || get_or_create(&database, migrates)).await;
        match result? {
            Err(error @ (StoreError::Unavailable(_) | StoreError::Conflict)) => {
                if !is_logged {
                    tracing::error!(%error, "database unavailable, waiting for the key that it stores. Set database.key to start without waiting");
                    is_logged = true;
                }
                sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

/// Returns the stored key, or `None` if no service has stored one.
pub(super) fn get(connection: &mut Connection) -> Result<Option<SecretString>, StoreError> {
    let row = connection.query_one("SELECT secret FROM database_key WHERE id = 1", &[])?;
    Ok(row.map(|row| row.text(0).into()))
}

/// Returns the stored key, or creates it. If several replicas start at once, one replica stores its
/// key, and all replicas read this key.
fn get_or_create(
    database: &Database,
    migrates: bool,
) -> Result<(SecretString, Connection), StoreError> {
    let mut connection = database.prepare(migrates)?;
    if let Some(key) = get(&mut connection)? {
        return Ok((key, connection));
    }
    let key = random()?;
    let row = connection.transaction(Access::Write, |connection| {
        connection.query_one(
            "INSERT INTO database_key (id, secret, created_at) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING secret",
            &[key.expose_secret().into(), id::now().into()],
        )
    })?;
    Ok((row.map_or(key, |row| row.text(0).into()), connection))
}

fn random() -> Result<SecretString, StoreError> {
    let mut key = [0; 32];
    SystemRandom::new().fill(&mut key).map_err(|_| {
        StoreError::Unusable(
            "the service created no key: the system has no random numbers".to_owned(),
            "Set database.key.",
        )
    })?;
    Ok(URL_SAFE_NO_PAD.encode(key).into())
}

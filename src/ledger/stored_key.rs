//! The key that stands in for `database.key` if that is not set: random, created once, and stored
//! in the database, so that all replicas share it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AnyConnection, Row};
use tokio::time::{sleep, timeout};

use super::{
    clock,
    database::{Database, LedgerError},
};

/// Pause before an unavailable database is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// Brings the tables up to date, or checks that they are, and returns the key. Waits for a
/// database that is unavailable, since nothing can be digested without the key. A database in
/// memory lives as long as the connection that is returned with the key.
///
/// # Errors
/// If the database cannot be used as it is set, or its tables are not up to date.
pub(super) async fn wait_for(
    database: &Database,
    migrates: bool,
) -> Result<(SecretString, Option<AnyConnection>), LedgerError> {
    let mut is_logged = false;
    loop {
        match try_to_get(database, migrates).await {
            Err(error @ (LedgerError::Away(_) | LedgerError::Conflict)) => {
                if !is_logged {
                    tracing::error!(%error, "database unavailable, waiting for the key that is stored in it; with database.key the service starts without waiting");
                    is_logged = true;
                }
                sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

/// Returns the stored key, or `None` if no service has stored one.
pub(super) async fn get(connection: &mut AnyConnection) -> sqlx::Result<Option<SecretString>> {
    let row = sqlx::query("SELECT secret FROM database_key WHERE id = 1")
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(row.try_get::<String, _>(0)?.into())).transpose()
}

async fn try_to_get(
    database: &Database,
    migrates: bool,
) -> Result<(SecretString, Option<AnyConnection>), LedgerError> {
    let mut connection = database.prepare(migrates).await?;
    let key = timeout(database.timeout(), get_or_create(&mut connection))
        .await
        .map_err(|_| LedgerError::Away("no answer within database.timeout".to_owned()))??;
    Ok((key, database.is_in_memory().then_some(connection)))
}

/// Of several replicas that start at once, one stores its key, and all read that one.
async fn get_or_create(connection: &mut AnyConnection) -> Result<SecretString, LedgerError> {
    if let Some(key) = get(connection).await? {
        return Ok(key);
    }
    sqlx::query(
        "INSERT INTO database_key (id, secret, created_at) VALUES (1, $1, $2)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(random()?.expose_secret().to_owned())
    .bind(clock::now())
    .execute(&mut *connection)
    .await?;
    get(connection).await?.ok_or_else(|| LedgerError::Away("its key is gone again".to_owned()))
}

fn random() -> Result<SecretString, LedgerError> {
    let mut key = [0; 32];
    SystemRandom::new().fill(&mut key).map_err(|_| {
        LedgerError::Unusable("no key was created: the system gives no random numbers".to_owned())
    })?;
    Ok(URL_SAFE_NO_PAD.encode(key).into())
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::ledger::tests::support::on_every_engine;

    #[tokio::test]
    async fn is_created_once_and_shared_by_all_who_start_at_once() {
        on_every_engine(async |engine| {
            let mut connection = engine.connection().await;
            assert!(get(&mut connection).await.unwrap().is_none(), "{}", engine.name);
            let database = engine.database();

            let started = join_all((0..8).map(|_| wait_for(&database, true))).await;
            let again = wait_for(&database, false).await;

            let keys: Vec<String> = started
                .into_iter()
                .chain([again])
                .map(|started| started.unwrap().0.expose_secret().to_owned())
                .collect();
            assert_eq!(keys[0].len(), 43, "{}", engine.name);
            assert!(keys.iter().all(|key| *key == keys[0]), "{}: {keys:?}", engine.name);
            let stored = get(&mut connection).await.unwrap().unwrap();
            assert_eq!(stored.expose_secret(), keys[0], "{}", engine.name);
        })
        .await;
    }

    #[tokio::test]
    async fn differs_from_database_to_database() {
        let mut keys = Vec::new();
        for _ in 0..2 {
            let database =
                Database::new("sqlite::memory:", Duration::from_secs(1), Duration::from_secs(1));
            let (key, kept) = wait_for(&database.unwrap(), true).await.unwrap();
            assert!(kept.is_some(), "the database lives on");
            keys.push(key.expose_secret().to_owned());
        }
        assert_ne!(keys[0], keys[1]);
    }
}

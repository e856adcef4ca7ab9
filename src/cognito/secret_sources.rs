//! Asks each source for its client secret.

use std::path::Path;

use aws_config::Region;
use secrecy::SecretString;

use super::{ConnectError, aws, held_secrets::Told, secrets_manager::SecretsManager};
use crate::config::{self, SecretSource};

/// A stage that AWS Secrets Manager gives to the versions of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Current,
    Previous,
}

impl Stage {
    /// Returns the label of the stage in the API.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// What the sources say now.
///
/// # Errors
/// Where one of them does not say it.
pub(super) async fn read(
    settings: &config::Cognito,
    region: &Region,
) -> Result<Told, ConnectError> {
    let (primary, active) = match settings.client_secret_source() {
        Some(source) => (read_one(settings, &source).await?, None),
        None => ask_pool(settings, region).await?,
    };
    let secondary = read_secondary(settings).await?;
    Ok(Told { primary, secondary, active })
}

/// The secret that the settings name, without asking the pool where they name none.
///
/// # Errors
/// Where its source does not tell it.
pub(crate) async fn read_primary(
    settings: &config::Cognito,
) -> Result<Option<SecretString>, ConnectError> {
    match settings.client_secret_source() {
        Some(source) => read_one(settings, &source).await.map(Some),
        None => Ok(None),
    }
}

/// The other secret: the one that the settings name, or else the version before.
///
/// # Errors
/// Where its source does not tell it.
pub(crate) async fn read_secondary(
    settings: &config::Cognito,
) -> Result<Option<SecretString>, ConnectError> {
    match settings.secondary_client_secret_source() {
        Some(source) => read_one(settings, &source).await.map(Some),
        None => previous_version(settings).await,
    }
}

async fn read_one(
    settings: &config::Cognito,
    source: &SecretSource,
) -> Result<SecretString, ConnectError> {
    match source {
        SecretSource::Written(secret) => Ok(secret.clone()),
        SecretSource::File { setting, path } => {
            Ok(config::read_secret_file(setting, Path::new(path))?)
        }
        SecretSource::SecretsManager { setting, address } => {
            let failed = |reason| ConnectError::SecretsManager { setting, reason };
            let manager = SecretsManager::open(settings, address).await.map_err(failed)?;
            let told = manager.read(Stage::Current).await.map_err(failed)?;
            told.ok_or_else(|| failed(NO_VERSION.to_owned()))
        }
    }
}

const NO_VERSION: &str =
    "AWS Secrets Manager has no such secret, or none of its versions is AWSCURRENT";

/// The version that was current before, where the primary secret has its versions.
async fn previous_version(
    settings: &config::Cognito,
) -> Result<Option<SecretString>, ConnectError> {
    let Some(SecretSource::SecretsManager { setting, address }) = settings.client_secret_source()
    else {
        return Ok(None);
    };
    let failed = |reason| ConnectError::SecretsManager { setting, reason };
    let manager = SecretsManager::open(settings, &address).await.map_err(failed)?;
    manager.read(Stage::Previous).await.map_err(failed)
}

/// The secret that the pool tells, and how many are active. It may tell either of two, and no
/// call tells the other one.
async fn ask_pool(
    settings: &config::Cognito,
    region: &Region,
) -> Result<(SecretString, Option<usize>), ConnectError> {
    let client = aws::pool_with_credentials(settings, region).await;
    let answer = client
        .describe_user_pool_client()
        .user_pool_id(&settings.user_pool_id)
        .client_id(&settings.client_id)
        .send()
        .await
        .map_err(|error| ConnectError::SecretNotRead(aws::reason(&error)))?;
    let secret = answer
        .user_pool_client
        .and_then(|client| client.client_secret)
        .filter(|secret| !secret.is_empty())
        .ok_or_else(|| ConnectError::NoSecret(settings.client_id.clone()))?;
    // Not every deployment may list them, and none needs to.
    let active = client
        .list_user_pool_client_secrets()
        .user_pool_id(&settings.user_pool_id)
        .client_id(&settings.client_id)
        .send()
        .await
        .ok()
        .map(|answer| answer.client_secrets().len());
    Ok((SecretString::from(secret), active))
}

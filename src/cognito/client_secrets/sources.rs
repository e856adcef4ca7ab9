use std::path::Path;

use aws_config::Region;
use secrecy::SecretString;

use super::secrets_manager::{self, Failure};
use crate::{
    cognito::{aws, connect_error::ConnectError},
    config::{self, SecretSource},
};

pub(super) struct LoadedSecrets {
    pub(super) primary: SecretString,
    pub(super) secondary: Option<SecretString>,
    /// The number of active secrets. `None` if the pool did not return the number.
    pub(super) active: Option<usize>,
}

pub(super) async fn load(
    settings: &config::Cognito,
    region: &Region,
) -> Result<LoadedSecrets, ConnectError> {
    let (primary, active) = match load_primary(settings).await? {
        Some(secret) => (secret, None),
        None => load_from_pool(settings, region).await?,
    };
    let secondary = load_secondary(settings).await?;
    Ok(LoadedSecrets { primary, secondary, active })
}

/// Loads the primary secret. Returns `None` if its source is the pool.
pub(crate) async fn load_primary(
    settings: &config::Cognito,
) -> Result<Option<SecretString>, ConnectError> {
    match settings.client_secret_source() {
        Some(source) => load_one(settings, &source).await.map(Some),
        None => Ok(None),
    }
}

/// Loads the secondary secret. If the settings name no secondary secret, loads the previous version
/// of the primary secret in AWS Secrets Manager. Returns `None` if there is no secondary secret and
/// no previous version.
pub(crate) async fn load_secondary(
    settings: &config::Cognito,
) -> Result<Option<SecretString>, ConnectError> {
    if let Some(source) = settings.secondary_client_secret_source() {
        return load_one(settings, &source).await.map(Some);
    }
    match settings.client_secret_source() {
        Some(SecretSource::SecretsManager { setting, address }) => {
            secrets_manager::read_previous(settings, &address)
                .await
                .map_err(|failure| not_read(setting, failure))
        }
        _ => Ok(None),
    }
}

async fn load_one(
    settings: &config::Cognito,
    source: &SecretSource,
) -> Result<SecretString, ConnectError> {
    match source {
        SecretSource::Written(secret) => Ok(secret.clone()),
        SecretSource::File { setting, path } => {
            Ok(config::read_secret_file(setting, Path::new(path))?)
        }
        SecretSource::SecretsManager { setting, address } => {
            secrets_manager::read_current(settings, address)
                .await
                .map_err(|failure| not_read(setting, failure))
        }
    }
}

fn not_read(setting: &'static str, Failure { reason, may_pass }: Failure) -> ConnectError {
    ConnectError::SecretsManager { setting, reason, may_pass }
}

/// Reads a secret and the number of active secrets from the pool. If the app client has two
/// secrets, no call returns the other secret.
async fn load_from_pool(
    settings: &config::Cognito,
    region: &Region,
) -> Result<(SecretString, Option<usize>), ConnectError> {
    let client = aws::pool_with_credentials(settings, region).await;
    let response = client
        .describe_user_pool_client()
        .user_pool_id(&settings.user_pool_id)
        .client_id(&settings.client_id)
        .send()
        .await
        .map_err(|error| ConnectError::SecretNotRead {
            reason: aws::reason(&error),
            may_pass: aws::may_pass(&error),
        })?;
    let secret = response
        .user_pool_client
        .and_then(|client| client.client_secret)
        .filter(|secret| !secret.is_empty())
        .ok_or_else(|| ConnectError::NoSecret(settings.client_id.clone()))?;
    // The service may lack the permission to list the secrets.
    let active = client
        .list_user_pool_client_secrets()
        .user_pool_id(&settings.user_pool_id)
        .client_id(&settings.client_id)
        .send()
        .await
        .ok()
        .map(|response| response.client_secrets().len());
    Ok((SecretString::from(secret), active))
}

use std::sync::Arc;

use aws_config::Region;
use aws_sdk_cognitoidentityprovider::Client;

use super::{
    aws, client_secrets::SecretCache, connect_error::ConnectError, outcome::FormFields,
    request_headers::RequestHeaders, signature::Signature,
};
use crate::{config, metrics::Metrics};

/// The part of the connection to the pool that all workers share. Each worker has its own
/// SDK client, because a shared one doubles the cost of a call under load.
#[derive(Clone, Debug)]
pub struct Connection {
    settings: config::Cognito,
    region: Region,
    secrets: Arc<SecretCache>,
    metrics: Metrics,
}

impl Connection {
    /// Resolves the region and reads the client secrets. Waits while AWS is unavailable.
    ///
    /// # Errors
    /// Returns an error if there is no region, or if the service cannot read a secret. Also returns
    /// an error if the AWS environment names another region than the pool's.
    pub async fn prepare(
        settings: &config::Cognito,
        metrics: Metrics,
    ) -> Result<Self, ConnectError> {
        let region = aws::region(settings).await?;
        let secrets = SecretCache::load(settings, &region, metrics.clone()).await?;
        Ok(Self { settings: settings.clone(), region, secrets: Arc::new(secrets), metrics })
    }

    /// Returns the secrets of the app client.
    #[must_use]
    pub fn secrets(&self) -> &Arc<SecretCache> {
        &self.secrets
    }

    /// Creates the SDK client of a worker.
    #[must_use]
    pub fn open(&self, fields: Arc<FormFields>) -> Cognito {
        let config =
            aws::pool_config(&self.settings, &self.region).interceptor(RequestHeaders).build();
        Cognito {
            client: Client::from_conf(config),
            signature: Signature::new(&self.settings),
            settings: self.settings.clone(),
            secrets: Arc::clone(&self.secrets),
            fields,
            metrics: self.metrics.clone(),
        }
    }
}

/// The SDK client of the user pool.
#[derive(Clone, Debug)]
pub struct Cognito {
    pub(super) client: Client,
    pub(super) signature: Option<Signature>,
    pub(super) settings: config::Cognito,
    pub(super) secrets: Arc<SecretCache>,
    pub(super) fields: Arc<FormFields>,
    pub(super) metrics: Metrics,
}

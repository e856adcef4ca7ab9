//! The official SDK's client, set up so that it neither hangs nor repeats a call.

use std::sync::Arc;

use aws_config::Region;
use aws_sdk_cognitoidentityprovider::Client;
use thiserror::Error;

use super::{Budget, HeldSecrets, aws, signature::Signature};
use crate::{config, metrics::Metrics};

/// Why there is no connection to the pool; its text says what to mend.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// No setting and no AWS variable or profile says the region.
    #[error("cognito.region is not set, and neither AWS_REGION nor an AWS profile says it")]
    NoRegion,
    /// The pool could not be asked for the secret.
    #[error(
        "cognito.client_secret is not set, and the pool did not tell it (cognito-idp:DescribeUserPoolClient): {0}"
    )]
    SecretNotRead(String),
    /// The app client has none.
    #[error(
        "the app client `{0}` has no secret: anyone could sign up without this service; make one that has a secret"
    )]
    NoSecret(String),
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] config::LoadError),
    /// AWS Secrets Manager did not tell the secret, or told something else.
    #[error("{setting}: {reason}")]
    SecretsManager {
        /// The setting that names the secret.
        setting: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// What all workers share of the way to the pool; each has a client of its own, since a
/// shared one costs twice as much under load.
#[derive(Clone, Debug)]
pub struct Connection {
    settings: config::Cognito,
    region: Region,
    secrets: Arc<HeldSecrets>,
    metrics: Metrics,
}

impl Connection {
    /// Resolves the region and reads the client secrets.
    ///
    /// # Errors
    /// Where either cannot be found.
    pub async fn prepare(
        settings: &config::Cognito,
        metrics: Metrics,
    ) -> Result<Self, ConnectError> {
        let region = aws::region(settings).await?;
        let secrets = HeldSecrets::read(settings, &region, metrics.clone()).await?;
        Ok(Self { settings: settings.clone(), region, secrets: Arc::new(secrets), metrics })
    }

    /// The app client's secrets.
    #[must_use]
    pub fn secrets(&self) -> &Arc<HeldSecrets> {
        &self.secrets
    }

    /// A client for one worker.
    #[must_use]
    pub fn open(&self, fields: Arc<super::FormFields>, budget: Arc<Budget>) -> Cognito {
        Cognito {
            client: Client::from_conf(aws::pool_config(&self.settings, &self.region).build()),
            signature: Signature::new(&self.settings),
            settings: self.settings.clone(),
            secrets: Arc::clone(&self.secrets),
            fields,
            budget,
            metrics: self.metrics.clone(),
        }
    }
}

/// The way to the user pool.
#[derive(Clone, Debug)]
pub struct Cognito {
    pub(super) client: Client,
    pub(super) signature: Option<Signature>,
    pub(super) settings: config::Cognito,
    pub(super) secrets: Arc<HeldSecrets>,
    pub(super) fields: Arc<super::FormFields>,
    pub(super) budget: Arc<Budget>,
    pub(super) metrics: Metrics,
}

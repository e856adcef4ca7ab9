//! The official SDK's client, set up so that it neither hangs nor repeats a call.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentityprovider::{
    Client, Config,
    config::{StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig},
    error::DisplayErrorContext,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use secrecy::SecretString;
use thiserror::Error;

use super::{ClientSecrets, intake::Intake, signature::Signature};
use crate::{config, metrics::Metrics};

/// Shorter than the 90 s of the SDK: a peer that closes idle connections first would
/// otherwise fail the call that meets the closed one.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

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
}

/// What all workers share of the way to the pool; each has a client of its own, since a
/// shared one costs twice as much under load.
#[derive(Clone, Debug)]
pub struct Connection {
    settings: config::Cognito,
    region: Region,
    secrets: Arc<ClientSecrets>,
}

impl Connection {
    /// Resolves the region and the client secret.
    ///
    /// # Errors
    /// Where either cannot be found.
    pub async fn prepare(settings: &config::Cognito) -> Result<Self, ConnectError> {
        let region = region(settings).await?;
        let primary = match &settings.client_secret {
            Some(secret) => secret.clone(),
            None => ask_pool_for_secret(settings, &region).await?,
        };
        let secrets = ClientSecrets::new(primary, settings.secondary_client_secret.clone());
        Ok(Self { settings: settings.clone(), region, secrets: Arc::new(secrets) })
    }

    /// The app client's secrets.
    #[must_use]
    pub fn secrets(&self) -> &ClientSecrets {
        &self.secrets
    }

    /// A client for one worker.
    #[must_use]
    pub fn open(&self, fields: Arc<super::FormFields>, metrics: Metrics) -> Cognito {
        let client = Client::from_conf(sdk_config(&self.settings, &self.region).build());
        Cognito {
            client,
            signature: Signature::new(&self.settings),
            settings: self.settings.clone(),
            secrets: Arc::clone(&self.secrets),
            fields,
            metrics,
        }
    }
}

/// The way to the user pool.
#[derive(Clone, Debug)]
pub struct Cognito {
    pub(super) client: Client,
    pub(super) signature: Option<Signature>,
    pub(super) settings: config::Cognito,
    pub(super) secrets: Arc<ClientSecrets>,
    pub(super) fields: Arc<super::FormFields>,
    pub(super) metrics: Metrics,
}

/// The region that the settings name, or else the AWS tools of this machine.
pub(super) async fn region(settings: &config::Cognito) -> Result<Region, ConnectError> {
    match &settings.region {
        Some(region) => Ok(Region::new(region.clone())),
        None => aws_environment(None).await.region().cloned().ok_or(ConnectError::NoRegion),
    }
}

/// The endpoint comes from our own setting alone: `AWS_ENDPOINT_URL` could send passwords
/// somewhere that nobody checked.
pub(crate) fn sdk_config(
    settings: &config::Cognito,
    region: &Region,
) -> aws_sdk_cognitoidentityprovider::config::Builder {
    let http_client = aws_smithy_http_client::Builder::new()
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let time_outs = TimeoutConfig::builder()
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .operation_attempt_timeout(settings.attempt_timeout)
        .build();
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region.clone())
        .http_client(http_client)
        .interceptor(Intake)
        .timeout_config(time_outs)
        // The SDK would repeat a sign-up that may have created the account; call.rs repeats
        // only what cannot have.
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_endpoint_url(settings.endpoint.clone());
    builder
}

/// What the AWS tools of this machine are told: region and credentials.
pub(crate) async fn aws_environment(region: Option<&Region>) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https(),
        )
        .region(region.cloned())
        .load()
        .await
}

async fn ask_pool_for_secret(
    settings: &config::Cognito,
    region: &Region,
) -> Result<SecretString, ConnectError> {
    let aws = aws_environment(Some(region)).await;
    let mut builder = sdk_config(settings, region);
    builder.set_credentials_provider(aws.credentials_provider());
    let answer = Client::from_conf(builder.build())
        .describe_user_pool_client()
        .user_pool_id(&settings.user_pool_id)
        .client_id(&settings.client_id)
        .send()
        .await
        .map_err(|error| ConnectError::SecretNotRead(DisplayErrorContext(error).to_string()))?;
    let secret = answer.user_pool_client.and_then(|client| client.client_secret);
    match secret {
        Some(secret) if !secret.is_empty() => Ok(SecretString::from(secret)),
        _ => Err(ConnectError::NoSecret(settings.client_id.clone())),
    }
}

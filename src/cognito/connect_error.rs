//! Errors of the connection to the pool.

use thiserror::Error;

use crate::config;

/// An error that prevents the connection to the pool. Its text says what to do.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// No setting and no AWS variable or profile says the region.
    #[error("cognito.region is not set, and neither AWS_REGION nor an AWS profile says it")]
    NoRegion,
    /// The pool did not return the secret.
    #[error(
        "cognito.client_secret is not set, and the pool did not tell it (cognito-idp:DescribeUserPoolClient): {0}"
    )]
    SecretNotRead(String),
    /// The app client has no secret.
    #[error(
        "the app client `{0}` has no secret: anyone could sign up without this service; make one that has a secret"
    )]
    NoSecret(String),
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] config::LoadError),
    /// AWS Secrets Manager did not return a secret.
    #[error("{setting}: {reason}")]
    SecretsManager {
        /// The setting that names the secret.
        setting: &'static str,
        /// The reason.
        reason: String,
    },
}

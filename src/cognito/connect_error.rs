use thiserror::Error;

use crate::config;

/// An error that prevents the connection to the pool.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Neither the settings nor the AWS environment names a region.
    #[error(
        "cognito.region is not set, and neither AWS_REGION nor an AWS profile sets a region. Set cognito.region"
    )]
    NoRegion,
    /// The pool is in another region than the region of the AWS environment.
    #[error(
        "cognito.user_pool_id: `{pool}` is a pool of another region than `{region}`, the region of AWS_REGION or of the AWS profile. Set cognito.region"
    )]
    OtherRegion {
        /// The id of the pool.
        pool: String,
        /// The region of the environment.
        region: String,
    },
    /// The pool did not return the secret.
    #[error(
        "cognito.client_secret is not set, and cognito-idp:DescribeUserPoolClient failed: {reason}. Set the secret, or allow the call"
    )]
    SecretNotRead {
        /// The reason.
        reason: String,
        /// `true` if the same call may succeed later.
        may_pass: bool,
    },
    /// The app client has no secret.
    #[error(
        "the app client `{0}` has no secret. Any client could sign up without this service. Create an app client with a secret"
    )]
    NoSecret(String),
    /// The service could not read the file with the secret.
    #[error(transparent)]
    File(#[from] config::LoadError),
    /// The service could not read the client secret from AWS Secrets Manager.
    #[error("{setting}: {reason}")]
    SecretsManager {
        /// The setting that names the secret.
        setting: &'static str,
        /// The reason.
        reason: String,
        /// `true` if the same call may succeed later.
        may_pass: bool,
    },
}

impl ConnectError {
    /// Returns `true` if the same call to AWS may succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::SecretNotRead { may_pass: true, .. }
                | Self::SecretsManager { may_pass: true, .. }
        )
    }
}

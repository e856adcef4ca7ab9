//! Comparison of the configured client secrets with the secrets of the pool.

use secrecy::SecretString;

use crate::{cognito::secret_hash, config::SecretSource};

/// The status of a configured client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretStatus {
    /// The settings have no source for the secret.
    NotSet,
    /// The doctor did not read the source of the secret.
    NotRead,
    Accepted,
    Rejected,
    /// The secret differs from the secret that AWS returned. It may be the second active secret.
    Differs,
    Unknown,
}

/// A configured client secret.
#[derive(Debug)]
pub(super) enum ConfiguredSecret {
    NotSet,
    NotRead,
    Value(SecretString),
}

impl ConfiguredSecret {
    /// Takes the secret from the settings without a call to AWS.
    pub(super) fn from_settings(
        source: Option<SecretSource>,
        written: Option<&SecretString>,
    ) -> Self {
        match (source, written) {
            (Some(SecretSource::SecretsManager { .. }), _) => Self::NotRead,
            (_, Some(secret)) => Self::Value(secret.clone()),
            (_, None) => Self::NotSet,
        }
    }

    /// Converts the result of reading the source within a deadline.
    pub(super) fn from_source<E, L>(result: Result<Result<Option<SecretString>, E>, L>) -> Self {
        match result {
            Ok(Ok(Some(secret))) => Self::Value(secret),
            Ok(Ok(None)) => Self::NotSet,
            Ok(Err(_)) | Err(_) => Self::NotRead,
        }
    }
}

/// Compares a configured secret with the secret in the response to `DescribeUserPoolClient`.
pub(super) fn compare(
    configured: &ConfiguredSecret,
    shown: Option<&str>,
    active_secrets: Option<usize>,
) -> SecretStatus {
    let secret = match configured {
        ConfiguredSecret::NotSet => return SecretStatus::NotSet,
        ConfiguredSecret::NotRead => return SecretStatus::NotRead,
        ConfiguredSecret::Value(secret) => secret,
    };
    let Some(shown) = shown.filter(|shown| !is_masked(shown)) else {
        return SecretStatus::Unknown;
    };
    // The comparison of SecretHashes has no timing that depends on the secrets.
    let hash = |secret: &SecretString| secret_hash(secret, "", "");
    if hash(secret) == hash(&SecretString::from(shown)) {
        SecretStatus::Accepted
    } else if active_secrets == Some(1) {
        SecretStatus::Rejected
    } else {
        SecretStatus::Differs
    }
}

/// Returns `true` if the secret in a saved description consists of asterisks.
fn is_masked(shown: &str) -> bool {
    !shown.is_empty() && shown.bytes().all(|byte| byte == b'*')
}

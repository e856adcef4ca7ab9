//! Takes the place of the Secrets Manager client in a build without it.

#![expect(clippy::unused_async, reason = "the real client calls AWS")]

use secrecy::SecretString;

use super::secret_sources::Stage;
use crate::config::{self, SecretAddress};

/// A client that cannot be built.
#[derive(Debug)]
pub(super) enum SecretsManager {}

impl SecretsManager {
    /// Fails.
    ///
    /// # Errors
    /// Always.
    pub(super) async fn open(_: &config::Cognito, _: &SecretAddress) -> Result<Self, String> {
        Err("this program was built without AWS Secrets Manager (the cargo feature `secrets-manager`)".to_owned())
    }

    /// Cannot be called, since there is no client.
    ///
    /// # Errors
    /// Never.
    pub(super) async fn read(&self, _: Stage) -> Result<Option<SecretString>, String> {
        match *self {}
    }
}

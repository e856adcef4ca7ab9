//! What stands for AWS Secrets Manager in a program that was built without it.

#![expect(clippy::unused_async, reason = "the real one asks AWS")]

use secrecy::SecretString;

use super::Stage;
use crate::config::{self, SecretAddress};

/// There is none.
#[derive(Debug)]
pub enum SecretsManager {}

impl SecretsManager {
    /// Says that there is none.
    ///
    /// # Errors
    /// Always.
    pub async fn open(_: &config::Cognito, _: &SecretAddress) -> Result<Self, String> {
        Err("this program was built without AWS Secrets Manager (the cargo feature `secrets-manager`)".to_owned())
    }

    /// Is never called.
    ///
    /// # Errors
    /// Never.
    pub async fn read(&self, _: Stage) -> Result<Option<SecretString>, String> {
        match *self {}
    }

    /// Is never called.
    ///
    /// # Errors
    /// Never.
    pub async fn store_pending(&self, _: &SecretString) -> Result<(), String> {
        match *self {}
    }

    /// Is never called.
    ///
    /// # Errors
    /// Never.
    pub async fn promote_pending(&self, _: &SecretString) -> Result<(), String> {
        match *self {}
    }
}

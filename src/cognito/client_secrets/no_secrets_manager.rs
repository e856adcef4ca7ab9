//! Takes the place of `secrets_manager.rs` in a build without AWS Secrets Manager.

#![expect(clippy::unused_async, reason = "the functions that call AWS are async")]

use secrecy::SecretString;

use crate::config::{self, SecretAddress};

const MISSING: &str =
    "this program was built without AWS Secrets Manager (the cargo feature `secrets-manager`)";

/// Fails.
pub(super) async fn read_current(
    _: &config::Cognito,
    _: &SecretAddress,
) -> Result<SecretString, String> {
    Err(MISSING.to_owned())
}

/// Fails.
pub(super) async fn read_previous(
    _: &config::Cognito,
    _: &SecretAddress,
) -> Result<Option<SecretString>, String> {
    Err(MISSING.to_owned())
}

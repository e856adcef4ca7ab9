use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::registration::TriggerMetadata;
use crate::config::deserialize::{set, set_secret};

/// The minimum length of a key in characters. The key then has at least as many bytes as the digest.
const MIN_KEY: usize = 32;

/// The maximum length of a key of validation data in Cognito's model. Also applies to `key_id`.
const MAX_NAME: usize = 32;

/// The signature that proves to the pre-sign-up trigger that this service sent a sign-up.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    #[serde(deserialize_with = "set_secret")]
    pub signing_key: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub signing_key_file: Option<String>,
    pub key_id: String,
    pub validation_data_key: String,
}

/// Checks the settings even if there is no key. A later key then needs no other change.
pub(in crate::config) fn check(
    signature: &Signature,
    validation_data: &TriggerMetadata,
    errors: &mut Vec<String>,
) {
    let key = signature.signing_key.as_ref().map(|key| key.expose_secret().chars().count());
    if key.is_some_and(|length| length < MIN_KEY) {
        errors.push(format!(
            "cognito.signature.signing_key must have at least {MIN_KEY} characters. Create a key with `openssl rand -base64 32`."
        ));
    }
    let is_id = |character: u8| character.is_ascii_alphanumeric() || b"-_".contains(&character);
    if !(1..=MAX_NAME).contains(&signature.key_id.len()) || !signature.key_id.bytes().all(is_id) {
        errors.push(format!(
            "cognito.signature.key_id must be 1 to {MAX_NAME} letters, digits, `-` or `_`"
        ));
    }
    let key = &signature.validation_data_key;
    if !(1..=MAX_NAME).contains(&key.chars().count()) {
        errors.push(format!(
            "cognito.signature.validation_data_key must have 1 to {MAX_NAME} characters, as Cognito requires"
        ));
    }
    if validation_data.allow.contains(key) || validation_data.fill.contains_key(key) {
        errors.push(format!(
            "registration.validation_data: `{key}` is reserved for the signature (cognito.signature.validation_data_key). Use another key."
        ));
    }
}

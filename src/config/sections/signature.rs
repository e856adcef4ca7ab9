//! The section `[cognito.signature]`: the proof that a sign-up came through here; what a setting
//! means stands in `config/default.toml`.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::registration::PassedOn;
use crate::config::deserialize::{set, set_secret};

/// The fewest octets of a key: as many as the digest that it keys.
const LEAST_KEY: usize = 32;

/// How many characters a name may have in Cognito's model; an id of a key may have as many.
const MAX_NAME: usize = 32;

/// The proof that a sign-up came through here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Signature {
    #[serde(deserialize_with = "set_secret")]
    pub signing_key: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub signing_key_file: Option<String>,
    pub key_id: String,
    pub validation_data_key: String,
}

/// Checks the settings even if there is no key, so that adding a key needs no other change.
pub(in crate::config) fn check(
    signature: &Signature,
    validation_data: &PassedOn,
    mistakes: &mut Vec<String>,
) {
    let key = signature.signing_key.as_ref().map(|key| key.expose_secret().len());
    if key.is_some_and(|octets| octets < LEAST_KEY) {
        mistakes.push(format!(
            "cognito.signature.signing_key must have {LEAST_KEY} characters or more; `openssl rand -base64 32` makes one"
        ));
    }
    let is_id = |character: u8| character.is_ascii_alphanumeric() || b"-_".contains(&character);
    if !(1..=MAX_NAME).contains(&signature.key_id.len()) || !signature.key_id.bytes().all(is_id) {
        mistakes.push(format!(
            "cognito.signature.key_id must be 1 to {MAX_NAME} letters, digits, `-` and `_`"
        ));
    }
    let key = &signature.validation_data_key;
    if !(1..=MAX_NAME).contains(&key.chars().count()) {
        mistakes.push(format!(
            "cognito.signature.validation_data_key must have 1 to {MAX_NAME} characters, as names have in Cognito"
        ));
    }
    if validation_data.allow.contains(key) || validation_data.fill.contains_key(key) {
        mistakes.push(format!(
            "registration.validation_data: `{key}` is the signature's (cognito.signature.validation_data_key), which nobody else may set"
        ));
    }
}

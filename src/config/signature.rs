//! The section `[cognito.signature]`: the proof that a sign-up came through here; what a setting
//! means stands in `config/default.toml`.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    Config,
    sections::{set, set_secret},
};

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
    pub entry: String,
}

/// Checks it also while it is off, so that a key is all that it takes to switch it on.
pub(super) fn check(config: &Config, mistakes: &mut Vec<String>) {
    let signature = &config.cognito.signature;
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
    let entry = &signature.entry;
    if !(1..=MAX_NAME).contains(&entry.chars().count()) {
        mistakes.push(format!(
            "cognito.signature.entry must have 1 to {MAX_NAME} characters, as names have in Cognito"
        ));
    }
    let passed_on = &config.registration.validation_data;
    if passed_on.allow.contains(entry) || passed_on.fill.contains_key(entry) {
        mistakes.push(format!(
            "registration.validation_data: `{entry}` is the signature's (cognito.signature.entry), which nobody else may set"
        ));
    }
}

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// Deserializes a string. The empty string is `None`.
pub(super) fn set<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(String::deserialize(deserializer)?).filter(|text| !text.is_empty()))
}

/// Deserializes a secret. The empty string is `None`.
pub(super) fn set_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(Some(SecretString::deserialize(deserializer)?)
        .filter(|secret| !secret.expose_secret().is_empty()))
}

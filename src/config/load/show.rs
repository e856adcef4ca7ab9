//! `vestibule config show`: the settings in force, with every secret masked.

use figment::Figment;

use super::error::LoadError;

const MASK: &str = "********";

/// Settings that are secrets as a whole.
const SECRETS: [&str; 6] =
    ["client_secret", "secondary_client_secret", "signing_key", "key", "store_password", "secret"];

/// Settings that are addresses and may hold a password.
const ADDRESSES: [&str; 4] = ["store", "url", "endpoint", "secrets_manager_endpoint"];

pub(super) fn show(figment: &Figment) -> Result<String, LoadError> {
    let mut settings: toml::Table = figment.extract().map_err(LoadError::from)?;
    mask(&mut settings);
    toml::to_string(&settings).map_err(|error| LoadError(error.to_string()))
}

fn mask(table: &mut toml::Table) {
    for (name, value) in table.iter_mut() {
        match value {
            toml::Value::Table(inner) => mask(inner),
            toml::Value::String(text) if text.is_empty() => {}
            toml::Value::String(text) if SECRETS.contains(&name.as_str()) => MASK.clone_into(text),
            toml::Value::String(text) if ADDRESSES.contains(&name.as_str()) => mask_password(text),
            _ => {}
        }
    }
}

/// By hand, since what has several hosts is no URL by the book.
fn mask_password(address: &mut String) {
    let Some((scheme, rest)) = address.split_once("://") else { return };
    let Some((user, _)) = rest.rsplit_once('@') else { return };
    let behind = &rest[user.len()..];
    let Some((name, _)) = user.split_once(':') else { return };
    *address = format!("{scheme}://{name}:{MASK}{behind}");
}

//! The output of `vestibule config show`.

use figment::Figment;

use super::error::LoadError;

const MASK: &str = "********";

/// Settings that are secrets.
const SECRETS: [&str; 6] =
    ["client_secret", "secondary_client_secret", "signing_key", "key", "store_password", "secret"];

/// Settings with a URL that may contain a password.
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

/// Masks the password in a URL. `url::Url` cannot parse URLs with several hosts.
fn mask_password(address: &mut String) {
    let Some((scheme, rest)) = address.split_once("://") else { return };
    let Some((user, _)) = rest.rsplit_once('@') else { return };
    let behind = &rest[user.len()..];
    let Some((name, _)) = user.split_once(':') else { return };
    *address = format!("{scheme}://{name}:{MASK}{behind}");
}

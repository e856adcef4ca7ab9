//! The output of `vestibule config show`.

use figment::Figment;
use percent_encoding::percent_decode_str;

use super::error::LoadError;

const MASK: &str = "********";

/// Settings that are secrets.
const SECRETS: [&str; 7] = [
    "client_secret",
    "secondary_client_secret",
    "signing_key",
    "key",
    "password",
    "store_password",
    "secret",
];

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

/// Masks the passwords in a URL. `url::Url` cannot parse URLs with several hosts.
fn mask_password(address: &mut String) {
    let (base, query) = address.split_once('?').unwrap_or((address, ""));
    if query.contains('@') {
        // The `?` may be part of a password.
        MASK.clone_into(address);
        return;
    }
    let without_password = base.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:{MASK}@{host}"))
    });
    let base = without_password.unwrap_or_else(|| base.to_owned());
    let parameters: Vec<String> = query.split('&').map(mask_parameter).collect();
    let query = parameters.join("&");
    *address = if query.is_empty() { base } else { format!("{base}?{query}") };
}

fn mask_parameter(parameter: &str) -> String {
    let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
    let decoded = percent_decode_str(name).decode_utf8_lossy().to_lowercase();
    if decoded.contains("password") { format!("{name}={MASK}") } else { parameter.to_owned() }
}

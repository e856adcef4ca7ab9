//! Detection of connections to other machines without encryption.

use percent_encoding::percent_decode_str;
use url::Url;

use super::endpoint::is_loopback;
use crate::config::{
    sections::limits::{mode::LimitsMode, store::LimitsStore},
    settings::Config,
};

pub(super) fn warn(config: &Config, warnings: &mut Vec<String>) {
    if let LimitsStore::Redis(redis) = &config.limits.store
        && config.limits.mode != LimitsMode::Off
        && !redis.has_tls
        && let Some((host, _)) = redis.nodes.iter().find(|(host, _)| !is_loopback(host))
    {
        warnings.push(format!("limits.store: the connection to {host} is not encrypted. An attacker on the network can read the password and change budgets. Use TLS (rediss://)."));
    }
    if let Some(host) = postgres_without_tls(&config.database.url) {
        warnings.push(format!("database.url: the connection to {host} is not encrypted unless the server offers TLS. An attacker on the network can read the password and the rows. Add sslmode=verify-full."));
    }
}

/// Returns a host of another machine if the URL does not require TLS.
fn postgres_without_tls(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.scheme().starts_with("postgres"))?;
    let values = |wanted: &'static str| {
        url.query_pairs().filter(move |(name, _)| name == wanted).map(|(_, value)| value)
    };
    let mode = values("sslmode").last().unwrap_or_default();
    if matches!(mode.as_ref(), "require" | "verify-ca" | "verify-full") {
        return None;
    }
    let decode = |host| percent_decode_str(host).decode_utf8_lossy();
    let hosts = url.host_str().map(decode).into_iter().chain(values("host"));
    let hosts: Vec<String> =
        hosts.flat_map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>()).collect();
    // A path is a unix socket.
    hosts
        .into_iter()
        .find(|host| !host.is_empty() && !host.starts_with(['/', '@']) && !is_loopback(host))
}

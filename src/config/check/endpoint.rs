use std::net::IpAddr;

use url::Url;

/// Rejects an endpoint to which the service would send `secret` (such as "passwords") unencrypted.
/// An endpoint must use https or be on loopback.
pub(in crate::config) fn check_endpoint(endpoint: &str, secret: &str) -> Result<(), String> {
    let Ok(url) = Url::parse(endpoint) else {
        return Err("the value must be a URL".to_owned());
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(
            "the URL must have a scheme, a host, a port and a path, and nothing else".to_owned()
        );
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if url.host_str().is_some_and(is_loopback) => Ok(()),
        _ => Err(format!(
            "the service would send {secret} to `{endpoint}` unencrypted. Use https, or an address on loopback."
        )),
    }
}

/// Returns `true` if a host is on this machine.
pub(in crate::config) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

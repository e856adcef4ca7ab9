use url::{Host, Url};

/// Rejects an endpoint to which the service would send `secret` (such as "passwords") unencrypted.
/// An endpoint must use https or be on loopback.
pub(in crate::config) fn check_endpoint(endpoint: &str, secret: &str) -> Result<(), String> {
    let Ok(url) = Url::parse(endpoint) else {
        return Err("this is not a URL".to_owned());
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("this must be a scheme, a host, a port and a path, and nothing else".to_owned());
    }
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback => Ok(()),
        _ => Err(format!(
            "{secret} would be sent to `{endpoint}` unencrypted. Use https, or an address on loopback."
        )),
    }
}

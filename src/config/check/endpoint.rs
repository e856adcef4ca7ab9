//! The check of endpoints.

use url::{Host, Url};

/// Rejects an endpoint that receives `what` (such as "passwords") in the clear: it must be https or on
/// loopback.
pub(in crate::config) fn check_endpoint(endpoint: &str, what: &str) -> Result<(), String> {
    let Ok(url) = Url::parse(endpoint) else {
        return Err("this is no URL".to_owned());
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("this must be a scheme, a host and a port, and nothing else".to_owned());
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
            "{what} would travel to `{endpoint}` in the clear; it must be https, or on loopback"
        )),
    }
}

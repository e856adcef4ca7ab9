//! Protects the routes against pages of other sites.
//!
//! A browser lets any page send requests to loopback. Without a check of the host, a page could
//! also read the responses, because its host name can resolve to loopback (DNS rebinding).

use std::net::IpAddr;

use actix_web::{
    HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        header::{HOST, HeaderMap, HeaderName, ORIGIN},
        uri::Authority,
    },
    middleware::Next,
};

/// Domains that the public DNS never resolves (RFC 6761, RFC 6762, ICANN's resolution on
/// `.internal`).
const PRIVATE: [&str; 4] = [".localhost", ".test", ".local", ".internal"];

/// Rejects requests of pages of other origins, and requests to a host name of the public DNS.
pub(super) async fn guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    if is_from_this_machine(request.headers()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let reason =
        "The sandbox serves only its own pages, at localhost, an IP address or a private name.\n";
    Ok(request.into_response(HttpResponse::Forbidden().body(reason)).map_into_right_body())
}

fn is_from_this_machine(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(HOST).unwrap_or_default();
    let is_own_page = |origin: &str| {
        origin.split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(host))
    };
    is_local(host) && text(ORIGIN).is_none_or(is_own_page)
}

/// Returns `true` for an IP address, for a name without a dot, such as a container's, and for a
/// name of a private domain. No public site has one of these names.
fn is_local(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let name = name.to_ascii_lowercase();
    let is_private = PRIVATE.iter().any(|domain| name.ends_with(domain));
    address.parse::<IpAddr>().is_ok() || !name.contains('.') || is_private
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn accepts_only_own_pages_at_local_hosts() {
        for (host, origin, expected) in [
            ("127.0.0.1:8080", None, true),
            ("localhost:8080", Some("http://localhost:8080"), true),
            ("LOCALHOST:8080", Some("http://localhost:8080"), true),
            ("[::1]:8080", Some("http://[::1]:8080"), true),
            ("192.168.0.7", Some("http://192.168.0.7"), true),
            ("app.localhost:8080", None, true),
            ("sandbox:8080", None, true),
            ("host.docker.internal:8080", None, true),
            ("pool.default.svc.cluster.local", None, true),
            ("rebound.example.com:8080", None, false),
            ("local.example.com:8080", None, false),
            ("rebound.example.com:8080", Some("http://rebound.example.com:8080"), false),
            ("127.0.0.1.example.com", None, false),
            ("127.0.0.1:8080", Some("http://www.example.com"), false),
            ("127.0.0.1:8080", Some("http://127.0.0.1:5173"), false),
            ("127.0.0.1:8080", Some("http://localhost:8080"), false),
            ("127.0.0.1:8080", Some("null"), false),
            ("", None, false),
            ("a b", None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }

            assert_eq!(is_from_this_machine(&headers), expected, "{host} {origin:?}");
        }
    }
}

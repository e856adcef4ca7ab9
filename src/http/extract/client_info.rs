//! The client of a request, by its connection and headers.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{ACCEPT_LANGUAGE, HeaderName, USER_AGENT},
};

use super::client_ip::ClientIp;
use crate::cognito::ClientInfo;

const SEC_CH_UA_PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");

pub(in crate::http) fn client_info(request: &HttpRequest) -> ClientInfo {
    let header =
        |name: &HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    ClientInfo {
        address: client_address(request),
        user_agent: header(&USER_AGENT).and_then(text),
        language: header(&ACCEPT_LANGUAGE).and_then(first_language).map(str::to_owned),
        platform: header(&SEC_CH_UA_PLATFORM).map(|value| value.trim_matches('"')).and_then(text),
    }
}

/// Returns the client's address, or the unspecified address if the connection has no peer. The
/// service never sends the unspecified address to Cognito.
pub(super) fn client_address(request: &HttpRequest) -> IpAddr {
    let address = request.extensions().get::<ClientIp>().map(|address| address.0);
    address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Returns the first tag of `Accept-Language`, or `None` if the tag is the wildcard or malformed.
fn first_language(header: &str) -> Option<&str> {
    let first = header.split(',').next()?.split(';').next()?.trim();
    let is_tag =
        !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_tag.then_some(first)
}

//! Who is calling, as far as the request truly says.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{ACCEPT_LANGUAGE, HeaderName, USER_AGENT},
};

use super::root_span::CallerAddress;
use crate::{cognito::Caller, registration::Facts};

const SEC_CH_UA_PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");

/// Who is calling, by the connection and the headers.
pub(super) fn caller(request: &HttpRequest) -> Caller {
    let header =
        |name: &HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    let address = request.extensions().get::<CallerAddress>().map(|address| address.0);
    Caller {
        // Without a peer there is no address, and the unspecified one goes nowhere.
        address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        user_agent: header(&USER_AGENT).and_then(text),
        language: header(&ACCEPT_LANGUAGE).and_then(first_language).map(str::to_owned),
        platform: header(&SEC_CH_UA_PLATFORM).map(|value| value.trim_matches('"')).and_then(text),
    }
}

/// What of that is told to Lambda triggers, where the settings say so.
pub(super) fn facts(caller: &Caller) -> Facts<'_> {
    Facts { locale: caller.language.as_deref(), user_agent: caller.user_agent.as_deref() }
}

/// The first tag of `Accept-Language`, unless it is the wildcard.
fn first_language(header: &str) -> Option<&str> {
    let first = header.split(',').next()?.split(';').next()?.trim();
    let is_tag =
        !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_tag.then_some(first)
}

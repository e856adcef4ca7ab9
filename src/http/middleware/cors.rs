//! Cross-origin requests from browsers: Fetch-Metadata for the service's own origin, CORS (the
//! Fetch standard) for the origins of `server.allowed_origins`.
//!
//! This module replaces actix-cors, which does not know Fetch-Metadata, treats the service's own
//! origin as foreign, and sends its rejections as `text/plain`.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{
    HttpResponse,
    dev::{RequestHead, ServiceRequest},
    http::{
        Method,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
        },
    },
};

use crate::{
    config::Origin,
    http::{error::Error, problem::ProblemType},
};

pub(in crate::http) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Request headers that a page may send.
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Content-Type, Idempotency-Key, X-Request-Id, traceparent, tracestate, baggage",
);

const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");

/// Response headers that a page may read.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, Idempotency-Replayed",
);

/// The minimum time between two log lines about rejected origins.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// The maximum length of a logged origin. A host has at most 253 characters.
const MAX_LOGGED_ORIGIN: usize = 300;

/// Seconds for which a browser may cache the response to a preflight. Chromium allows at most 7200.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

pub(in crate::http) struct Cors {
    /// The page's origin, or `None` if the origin is missing or not allowed.
    origin: Option<HeaderValue>,
    /// `true` if responses depend on the origin.
    varies: bool,
}

impl Cors {
    pub(in crate::http) fn of(headers: &HeaderMap, allowed: &[Origin]) -> Self {
        let origin = origin(headers).filter(|origin| is_allowed(origin, allowed));
        Self { origin: origin.cloned(), varies: !allowed.is_empty() }
    }

    /// Adds the headers to a response. Errors need the headers too, because a page could not read
    /// an error without them.
    pub(in crate::http) fn write_to(self, headers: &mut HeaderMap) {
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
    }
}

/// Returns the response to a preflight, or `None` for other requests. Accepts reads, because a
/// browser hides a response from a page whose origin the response does not name.
///
/// # Errors
/// Returns an error if a page of another site sent a preflight, or a request that is not a read.
pub(super) fn check(
    request: &ServiceRequest,
    allowed: &[Origin],
) -> Result<Option<HttpResponse>, Error> {
    let head = request.head();
    // The router matches the decoded path.
    match decide(head, request.match_info().as_str(), allowed) {
        Decision::Pass => Ok(None),
        Decision::Preflight => Ok(Some(preflight())),
        Decision::CrossSite => {
            log_rejected(&head.headers);
            Err(Error::Problem(ProblemType::CrossSite))
        }
    }
}

/// Logs a rejected origin, at most once a minute. One line is enough for an operator who forgot the
/// setting.
fn log_rejected(headers: &HeaderMap) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_some_and(|last| last.elapsed() < LOG_INTERVAL) {
        return;
    }
    *last = Some(Instant::now());
    let sent = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    // The log omits malformed origins, because a client may write anything there.
    let origin = match sent {
        None => "none",
        Some("null") => "null",
        Some(origin) if Origin::try_from(origin.to_owned()).is_ok() => origin,
        Some(_) => "malformed",
    };
    let origin = origin.get(..MAX_LOGGED_ORIGIN).unwrap_or(origin);
    tracing::warn!(
        origin,
        setting = "server.allowed_origins",
        "rejected a request of a page whose origin server.allowed_origins does not list"
    );
}

#[derive(Debug, PartialEq)]
enum Decision {
    Pass,
    Preflight,
    CrossSite,
}

fn decide(head: &RequestHead, path: &str, allowed: &[Origin]) -> Decision {
    let headers = &head.headers;
    let is_preflight = head.method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    // The service charges the client for a challenge. A page of another site must not cause the
    // charge.
    let changes_nothing = matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS)
        && path != "/register/challenge";
    if changes_nothing && !is_preflight {
        return Decision::Pass;
    }
    match (is_preflight, is_cross_site(head, allowed)) {
        (_, true) => Decision::CrossSite,
        (true, false) => Decision::Preflight,
        (false, false) => Decision::Pass,
    }
}

/// Returns `true` if a page of a foreign origin sent the request. Clients that are not browsers
/// send neither `Origin` nor `Sec-Fetch-Site`.
pub(in crate::http) fn is_cross_site(head: &RequestHead, allowed: &[Origin]) -> bool {
    let headers = &head.headers;
    if origin(headers).is_some_and(|origin| is_allowed(origin, allowed)) {
        return false;
    }
    match headers.get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
        Some(b"same-origin" | b"none") => false,
        Some(_) => true,
        None => headers.contains_key(ORIGIN) && !is_own_origin(head),
    }
}

/// Returns the `Origin`, or `None` if it is missing or repeated.
fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut origins = headers.get_all(ORIGIN);
    origins.next().filter(|_| origins.next().is_none())
}

fn is_allowed(origin: &HeaderValue, allowed: &[Origin]) -> bool {
    allowed.iter().any(|allowed| allowed.matches(origin.as_bytes()))
}

/// Returns `true` if the host of the origin is the requested host. Browsers send no Fetch-Metadata
/// over plain HTTP. Ignores the scheme, because a proxy may terminate TLS.
fn is_own_origin(head: &RequestHead) -> bool {
    let origin = origin(&head.headers).and_then(|origin| origin.to_str().ok());
    let Some((scheme, own)) = origin.and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    let asked = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let default_port = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    // Some proxies write the default port, which browsers omit.
    asked.is_some_and(|asked| {
        asked.strip_suffix(default_port).unwrap_or(asked).eq_ignore_ascii_case(own)
    })
}

fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish()
}

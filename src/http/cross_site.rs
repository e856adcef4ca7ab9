//! Which pages may talk to the service from a browser: those of its own origin and of the origins
//! that the settings list. The former by Fetch-Metadata, the latter by CORS (the Fetch standard).
//!
//! The two are one decision and have to be made in one place: actix-cors knows no Fetch-Metadata,
//! takes a page of the service's own origin for a stranger, and refuses in plain text.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{RequestHead, ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
        },
    },
    middleware::Next,
    web,
};

use super::{State, failures::Refusal, problem::ProblemType};
use crate::config::Origin;

pub(super) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a page may send beyond what every page may.
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static("Content-Type, Idempotency-Key");

const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");

/// What a page may read beyond what every page may.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, Idempotency-Replayed",
);

/// For so many seconds a browser asks no second time; Chromium remembers no longer than that.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// What an answer says to the page that asked.
pub(super) struct Cors {
    /// The page's origin, where it is allowed.
    origin: Option<HeaderValue>,
    /// Whether another origin would be told something else.
    varies: bool,
}

impl Cors {
    /// By the `Origin` of a request.
    pub(super) fn of(headers: &HeaderMap, allowed: &[Origin]) -> Self {
        let origin = origin(headers).filter(|origin| is_allowed(origin, allowed));
        Self { origin: origin.cloned(), varies: !allowed.is_empty() }
    }

    /// Writes it. Refusals say it as well, since a page could not read them otherwise.
    pub(super) fn announce(self, headers: &mut HeaderMap) {
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
    }
}

/// Answers preflights, and refuses what a page of another site would have done. Reading is left
/// to browsers, which show a page no answer that does not name its origin.
pub(super) async fn guard<B: MessageBody>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match verdict(request.head(), &state.server.allowed_origins) {
        Verdict::Pass => Ok(next.call(request).await?.map_into_left_body()),
        Verdict::Preflight => Ok(request.into_response(preflight()).map_into_right_body()),
        Verdict::CrossSite => {
            let refusal = Refusal::Plain(ProblemType::CrossSite);
            Ok(request.error_response(refusal).map_into_right_body())
        }
    }
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Pass,
    Preflight,
    CrossSite,
}

fn verdict(head: &RequestHead, allowed: &[Origin]) -> Verdict {
    let headers = &head.headers;
    let is_preflight = head.method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    // To read a challenge takes from the caller's budgets, which another site's page could use up.
    let changes_nothing = matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS)
        && head.uri.path() != "/register/challenge";
    if changes_nothing && !is_preflight {
        return Verdict::Pass;
    }
    match (is_preflight, comes_from_elsewhere(head, allowed)) {
        (_, true) => Verdict::CrossSite,
        (true, false) => Verdict::Preflight,
        (false, false) => Verdict::Pass,
    }
}

/// Whether a page of an origin that is neither the service's own nor on the list sent this. What
/// is no browser sends neither header, and is no page's instrument.
fn comes_from_elsewhere(head: &RequestHead, allowed: &[Origin]) -> bool {
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

/// The one `Origin`.
fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut origins = headers.get_all(ORIGIN);
    origins.next().filter(|_| origins.next().is_none())
}

fn is_allowed(origin: &HeaderValue, allowed: &[Origin]) -> bool {
    allowed.iter().any(|allowed| origin.as_bytes() == allowed.as_str().as_bytes())
}

/// Browsers without Fetch-Metadata, and all of them where a page came in the clear: the host must
/// be the one that was asked. The scheme is known to the proxy alone.
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
    // Some proxies write the port that browsers leave out.
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

//! The limits on clients, applied before the body is read.

use std::fmt::Write;

use actix_web::{
    HttpMessage,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web,
};

use super::drain_body::drain_body;
use crate::{
    http::{State, error::Error, extract::client_ip::ClientIp},
    rate_limit::{Budget, Reason, Route, client_prefix},
    time::whole_seconds,
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The `RateLimit-Policy` and `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, Debug)]
pub(in crate::http) struct RateLimitHeaders(Option<(HeaderValue, HeaderValue)>);

/// Rejects a client over its limits.
pub(in crate::http) async fn limit_by_address<B: MessageBody + 'static>(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let address = request.extensions().get::<ClientIp>().copied();
    let (Some(ClientIp(address)), Some(route)) = (address, request.app_data::<Route>()) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let route = *route;
    let (headers, mut response) = match state.rate_limits.admit(address, route).await {
        Ok(mut admission) => {
            let headers = RateLimitHeaders::of(&std::mem::take(&mut admission.budgets));
            request.extensions_mut().insert(admission);
            (headers, next.call(request).await?.map_into_left_body())
        }
        Err(rejected) => {
            let headers = RateLimitHeaders::of(&rejected.budgets);
            let error = match rejected.reason {
                Reason::OverLimit(exceeded) => {
                    // Only budgets over time: requests in progress may end at any moment.
                    if let Some(budget) = rejected.budgets.last() {
                        let client = (client_prefix(address), route);
                        state.deny_cache.insert(client, budget.name, exceeded, &headers);
                    }
                    Error::OverLimit(exceeded)
                }
                Reason::Busy => Error::Busy,
            };
            drain_body(&mut request, state.server.max_body.as_u64()).await;
            (headers, request.error_response(error).map_into_right_body())
        }
    };
    headers.write_to(response.headers_mut());
    Ok(response)
}

impl RateLimitHeaders {
    /// Returns one item for each budget of the client. The budgets of recipients stay private.
    fn of(budgets: &[Budget]) -> Self {
        if budgets.is_empty() {
            return Self(None);
        }
        let (mut policy, mut state) = (String::with_capacity(96), String::with_capacity(96));
        for (index, budget) in budgets.iter().enumerate() {
            let Budget { name, quota, window, remaining, reset } = budget;
            let comma = if index == 0 { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(policy, "{comma}\"{name}\";q={quota};w={}", whole_seconds(*window));
            let _ = write!(state, "{comma}\"{name}\";r={remaining};t={}", whole_seconds(*reset));
        }
        Self(HeaderValue::try_from(policy).ok().zip(HeaderValue::try_from(state).ok()))
    }

    /// Writes the headers to a response.
    pub(in crate::http) fn write_to(self, headers: &mut HeaderMap) {
        if let Some((policy, state)) = self.0 {
            headers.insert(RATE_LIMIT_POLICY, policy);
            headers.insert(RATE_LIMIT, state);
        }
    }
}

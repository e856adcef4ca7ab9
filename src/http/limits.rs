//! The limits on callers, before the body is read, and what the form's limits are asked.

use std::{fmt::Write, time::Duration};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web,
};

use super::{State, failures::Refusal, root_span::CallerAddress, unread_body};
use crate::{
    rate_limit::{Admission, Budget, Charge, Reason, Route, client_prefix},
    registration::Username,
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// `RateLimit-Policy` and `RateLimit`, as draft-ietf-httpapi-ratelimit-headers-10 has them.
#[derive(Clone, Debug)]
pub(super) struct RateLimits(Option<(HeaderValue, HeaderValue)>);

pub(super) async fn by_address<B: MessageBody + 'static>(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let address = request.extensions().get::<CallerAddress>().copied();
    let (Some(CallerAddress(address)), Some(route)) = (address, request.app_data::<Route>()) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let route = *route;
    let (rate_limits, mut response) = match state.limits.admit(address, route).await {
        Ok(mut admission) => {
            let rate_limits = RateLimits::of(&std::mem::take(&mut admission.budgets));
            request.extensions_mut().insert(admission);
            (rate_limits, next.call(request).await?.map_into_left_body())
        }
        Err(rejected) => {
            let rate_limits = RateLimits::of(&rejected.budgets);
            let refusal = match rejected.reason {
                Reason::OverLimit(exceeded) => {
                    // A budget of time, and not of requests under way.
                    if let Some(budget) = rejected.budgets.last() {
                        let whose = (client_prefix(address), route);
                        state.refused_lately.note(whose, budget.name, exceeded, &rate_limits);
                    }
                    Refusal::OverLimit(exceeded)
                }
                Reason::Busy => Refusal::Busy,
            };
            unread_body::let_go(&mut request, state.server.max_body.as_u64()).await;
            (rate_limits, request.error_response(refusal).map_into_right_body())
        }
    };
    rate_limits.announce(response.headers_mut());
    Ok(response)
}

/// Returns the admission of a request, which counts as in progress until this is dropped.
pub(super) fn admission(request: &HttpRequest) -> Option<Admission> {
    request.extensions_mut().remove()
}

/// Takes one try of a code for a user name.
pub(super) async fn check_confirms(state: &State, username: &Username) -> Result<Charge, Refusal> {
    state.limits.confirm(username.as_str()).await.map_err(Refusal::OverLimit)
}

impl RateLimits {
    /// One item for each budget of the caller's own. What is left of a recipient's is nobody's
    /// business.
    fn of(budgets: &[Budget]) -> Self {
        if budgets.is_empty() {
            return Self(None);
        }
        let (mut policy, mut state) = (String::with_capacity(96), String::with_capacity(96));
        for (index, budget) in budgets.iter().enumerate() {
            let Budget { name, quota, window, remaining, reset } = budget;
            let comma = if index == 0 { "" } else { ", " };
            // A text cannot fail to be written to.
            let _ = write!(policy, "{comma}\"{name}\";q={quota};w={}", whole_seconds(*window));
            let _ = write!(state, "{comma}\"{name}\";r={remaining};t={}", whole_seconds(*reset));
        }
        Self(HeaderValue::try_from(policy).ok().zip(HeaderValue::try_from(state).ok()))
    }

    /// Writes them.
    pub(super) fn announce(self, headers: &mut HeaderMap) {
        if let Some((policy, state)) = self.0 {
            headers.insert(RATE_LIMIT_POLICY, policy);
            headers.insert(RATE_LIMIT, state);
        }
    }
}

/// Seconds, rounded up: who comes back then comes back late enough.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

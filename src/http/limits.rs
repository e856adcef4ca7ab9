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
    limits::{Admission, Budget, Route, Taken, Why},
    registration::Username,
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

pub(super) async fn by_address<B: MessageBody + 'static>(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let address = request.extensions().get::<CallerAddress>().copied();
    let (Some(CallerAddress(address)), Some(route)) = (address, request.app_data::<Route>()) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let (budgets, mut response) = match state.limits.admit(address, *route).await {
        Ok(mut admission) => {
            let budgets = std::mem::take(&mut admission.budgets);
            request.extensions_mut().insert(admission);
            (budgets, next.call(request).await?.map_into_left_body())
        }
        Err(turned) => {
            let refusal = match turned.why {
                Why::OverLimit(exceeded) => Refusal::OverLimit(exceeded),
                Why::Busy => Refusal::Busy,
            };
            unread_body::let_go(&mut request, state.server.max_body.as_u64()).await;
            (turned.budgets, request.error_response(refusal).map_into_right_body())
        }
    };
    announce(response.headers_mut(), &budgets);
    Ok(response)
}

/// The admission of a request, for what goes on after it is answered or hung up on.
pub(super) fn admission(request: &HttpRequest) -> Option<Admission> {
    request.extensions_mut().remove()
}

/// Whether too many codes were tried for a user name.
pub(super) async fn check_confirms(
    state: &State,
    admission: Option<&Admission>,
    username: &Username,
) -> Result<Taken, Refusal> {
    state.limits.confirm(admission, username.as_str()).await.map_err(Refusal::OverLimit)
}

/// `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-10 has them: one
/// item for each budget of the caller's own. What is left of a recipient's is nobody's business.
fn announce(headers: &mut HeaderMap, budgets: &[Budget]) {
    if budgets.is_empty() {
        return;
    }
    let (mut policy, mut state) = (String::with_capacity(96), String::with_capacity(96));
    for (index, budget) in budgets.iter().enumerate() {
        let Budget { name, quota, window, remaining, reset } = budget;
        let comma = if index == 0 { "" } else { ", " };
        // A text cannot fail to be written to.
        let _ = write!(policy, "{comma}\"{name}\";q={quota};w={}", whole_seconds(*window));
        let _ = write!(state, "{comma}\"{name}\";r={remaining};t={}", whole_seconds(*reset));
    }
    for (header, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(header, value);
        }
    }
}

/// Seconds, rounded up: who comes back then comes back late enough.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

//! The limit on the caller's address, before the body is read.

use std::time::Duration;

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web,
};

use super::{State, failures::Refusal, root_span::CallerAddress};
use crate::{config::LimitsMode, limits::Budget};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

pub(super) async fn by_address<B: MessageBody + 'static>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let mode = state.address_budget.mode();
    let address = request.extensions().get::<CallerAddress>().copied();
    let Some(CallerAddress(address)) = address.filter(|_| mode != LimitsMode::Off) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let taken = state.address_budget.take(address);
    if taken.is_err() {
        state.metrics.over_limit("address", mode == LimitsMode::Enforce);
    }
    match (taken, mode) {
        (Ok(budget), LimitsMode::Enforce) => {
            let mut response = next.call(request).await?.map_into_left_body();
            announce(response.headers_mut(), &budget);
            Ok(response)
        }
        (Err(exceeded), LimitsMode::Enforce) => {
            let mut response =
                request.error_response(Refusal::OverLimit(exceeded)).map_into_right_body();
            announce(response.headers_mut(), &exceeded.budget);
            Ok(response)
        }
        (Err(_), _) => {
            tracing::info!(limit = "address", "over a limit that is only observed");
            Ok(next.call(request).await?.map_into_left_body())
        }
        (Ok(_), _) => Ok(next.call(request).await?.map_into_left_body()),
    }
}

/// `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-10 has them.
fn announce(headers: &mut HeaderMap, budget: &Budget) {
    let Budget { name, quota, window, remaining, reset } = budget;
    let policy = format!("\"{name}\";q={quota};w={}", whole_seconds(*window));
    let state = format!("\"{name}\";r={remaining};t={}", whole_seconds(*reset));
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

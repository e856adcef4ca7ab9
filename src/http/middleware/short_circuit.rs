//! Replays cached rejections before all other work for a request.

use std::time::Instant;

use actix_web::{
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{ACCEPT_LANGUAGE, HeaderMap, ORIGIN},
    },
    middleware::Next,
};

use super::{cors::SEC_FETCH_SITE, deny_cache::Denied, drain_body::drain_body, header_limit};
use crate::{
    http::{
        State,
        error::Error,
        problem::{self, ProblemType},
    },
    rate_limit::{Route, client_prefix},
};

/// Replays the cached rejection of the client, or runs the request.
pub(super) async fn short_circuit<B: MessageBody>(
    state: &State,
    request_id: &str,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let Some(Denied { exceeded, limit, headers }) = denied(state, &request) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let started_at = Instant::now();
    drain_body(&mut request, state.server.max_body.as_u64()).await;
    let texts = state.languages.of(request.headers().get(ACCEPT_LANGUAGE));
    let mut response = problem::response(&Error::OverLimit(exceeded).problem(), texts, request_id);
    headers.write_to(response.headers_mut());
    let route = crate::http::route(Some(request.path()));
    let code = ProblemType::TooManyRequests.code();
    state.metrics.request(route, 429, code, false, started_at.elapsed().as_secs_f64());
    state.metrics.rate_limited(limit, true);
    Ok(request.into_response(response).map_into_right_body())
}

/// Returns the rejection to replay, or `None` if the request passes through. Requests of browsers
/// and requests with too large headers pass through, because they may get another problem.
fn denied(state: &State, request: &ServiceRequest) -> Option<Denied> {
    let route = match request.match_info().as_str() {
        "/register" => Route::Register,
        "/register/confirm" => Route::Confirm,
        "/register/resend" => Route::Resend,
        "/register/challenge" => return None,
        _ => Route::Page,
    };
    let headers = request.headers();
    let address = state.client_address.of(State::peer(request)?, headers);
    let denied = state.deny_cache.get((client_prefix(address), route))?;
    let is_form = *request.method() == Method::POST;
    let is_plain = is_form != (route == Route::Page)
        && !is_from_browser(headers)
        && header_limit::check(headers, &state.server).is_ok();
    (is_plain && !state.deny_cache.passes_through()).then_some(denied)
}

fn is_from_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE)
}

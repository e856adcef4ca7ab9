//! The limits on clients, which apply before the service reads the body.

use actix_web::{
    HttpMessage,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
};

use super::drain_body::drain_body;
use crate::{
    http::{
        State, error::Error, extract::client_ip::ClientIp, problem::ProblemType,
        response::rate_limit_headers::RateLimitHeaders,
    },
    rate_limit::{Reason, Route, client_prefix},
};

pub(in crate::http) async fn limit_by_address<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let state = State::of(&request)?;
    let address = request.extensions().get::<ClientIp>().copied();
    let (Some(ClientIp(address)), Some(route)) = (address, request.app_data::<Route>()) else {
        // Every connection has a peer, and every resource has a `Route`. Otherwise, no limit would
        // apply.
        return Err(Error::Problem(ProblemType::Internal).into());
    };
    let route = match *route {
        Route::Challenge => Route::Challenge,
        form if *request.method() == Method::POST => form,
        _ => Route::Page,
    };
    let (headers, mut response) = match state.rate_limits.admit(address, route).await {
        Ok(mut admission) => {
            let headers = RateLimitHeaders::of(&std::mem::take(&mut admission.budgets));
            request.extensions_mut().insert(admission);
            (headers, next.call(request).await?.map_into_left_body())
        }
        Err(rejected) => {
            let headers = RateLimitHeaders::of(&rejected.budgets);
            if let (Reason::OverLimit(exceeded), Some(budget)) =
                (rejected.reason, rejected.budgets.last())
            {
                let client = (client_prefix(address), route);
                state.deny_cache.insert(client, budget.name, exceeded, &headers);
            }
            drain_body(&mut request, state.server.max_body.as_u64()).await;
            let error = Error::from(rejected.reason);
            (headers, request.error_response(error).map_into_right_body())
        }
    };
    // A shared cache could store a page with the budget of one client, and send both to others.
    if route != Route::Page || response.status() == StatusCode::TOO_MANY_REQUESTS {
        headers.write_to(response.headers_mut());
    }
    Ok(response)
}

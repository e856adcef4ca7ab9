//! Renders errors as problems, in the language of the request.

use actix_web::{
    HttpMessage,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{ACCEPT_LANGUAGE, HeaderMap},
    middleware::Next,
};

use super::{access_log::ResponseCode, cors, header_limit, request_id::RequestId};
use crate::http::{State, error::Error, problem};

/// Replaces an [`Error`] by its problem, in the language and with the id of the request. Applies
/// the limit on headers and the checks of origins, and responds to preflights.
pub(in crate::http) async fn render<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let state = State::of(&request)?;
    let checked = header_limit::check(request.headers(), &state.server)
        .and_then(|()| cors::check(&request, &state.server.allowed_origins));
    let response = match checked {
        Ok(None) => next.call(request).await?.map_into_left_body(),
        Ok(Some(preflight)) => return Ok(request.into_response(preflight).map_into_right_body()),
        Err(error) => request.error_response(error).map_into_right_body(),
    };
    let error = response.response().error();
    let Some(error) = error.and_then(|error| error.as_error::<Error>()) else {
        return Ok(response);
    };
    let problem = error.problem();
    let id = response.request().extensions().get::<RequestId>().cloned();
    let texts = state.languages.of(response.request().headers().get(ACCEPT_LANGUAGE));
    let id = id.as_ref().map_or("", RequestId::as_str);
    let mut rendered = problem::response(&problem, texts, id);
    response.request().extensions_mut().insert(ResponseCode(problem.kind.code()));
    let (request, replaced) = response.into_parts();
    keep_headers(rendered.headers_mut(), replaced.headers());
    Ok(ServiceResponse::new(request, rendered).map_into_right_body())
}

/// Keeps the headers that inner middleware set, such as those of the rate limits.
fn keep_headers(rendered: &mut HeaderMap, replaced: &HeaderMap) {
    for (name, value) in replaced {
        if !rendered.contains_key(name) {
            rendered.insert(name.clone(), value.clone());
        }
    }
}

//! A refusal becomes the problem that it is, where the caller's language is known.

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{
        ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER,
    },
    middleware::Next,
    web,
};

use super::{
    super::{
        State, Texts, failures::Refusal, headers_size, request_id::RequestId,
        root_span::AnsweredCode,
    },
    CONTENT_TYPE_PROBLEM, Problem, body,
};

/// Writes the problem of a refusal in the place of the refusal, where the caller's language
/// and the request's id are known. Headers over the cap are refused here already.
pub(in crate::http) async fn render<B: MessageBody>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let response = match headers_size::check(request.headers(), &state.server) {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(refusal) => request.error_response(refusal).map_into_right_body(),
    };
    let error = response.response().error();
    let Some(refusal) = error.and_then(|error| error.as_error::<Refusal>()) else {
        return Ok(response);
    };
    let problem = refusal.problem();
    let id = response.request().extensions().get::<RequestId>().cloned();
    let mut rendered =
        self::response(&problem, &state.texts, id.as_ref().map_or("", RequestId::as_str));
    response.request().extensions_mut().insert(AnsweredCode(problem.kind.code()));
    let (request, refused) = response.into_parts();
    keep_headers(rendered.headers_mut(), refused.headers());
    Ok(ServiceResponse::new(request, rendered).map_into_right_body())
}

/// What layers inside have said about limits stays said.
fn keep_headers(rendered: &mut HeaderMap, refused: &HeaderMap) {
    for (name, value) in refused {
        if !rendered.contains_key(name) {
            rendered.insert(name.clone(), value.clone());
        }
    }
}

/// The answer to a problem.
pub(in crate::http) fn response(
    problem: &Problem<'_>,
    texts: &Texts,
    request_id: &str,
) -> HttpResponse {
    let mut response = HttpResponse::build(problem.kind.status());
    response
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE_PROBLEM)))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((CONTENT_LANGUAGE, texts.language()));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((RETRY_AFTER, seconds));
    }
    if let Some(allow) = problem.allow {
        response.insert_header((ALLOW, allow));
    }
    response.body(body(problem, texts, request_id))
}

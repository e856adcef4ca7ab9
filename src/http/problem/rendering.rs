//! Problems as responses.

use actix_web::{
    HttpResponse,
    http::header::{
        ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
    },
};

use super::{CONTENT_TYPE_PROBLEM, Problem, body, texts::Texts};

/// Returns the response of a problem.
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

//! The outermost middleware: the id and the headers that every response has, also after a panic.

use std::{panic::AssertUnwindSafe, rc::Rc};

use actix_web::{
    HttpMessage, HttpRequest,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType,
        header::{
            CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
};
use futures_util::FutureExt;
use uuid::Uuid;

use super::{cors::Cors, short_circuit::short_circuit};
use crate::{
    connection::{BodyLength, Progress},
    http::{
        State,
        error::Error,
        problem::{self, ProblemType},
    },
};

pub(in crate::http) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the client's id if it is well-formed, otherwise a new id.
#[derive(Clone, Debug)]
pub(in crate::http) struct RequestId(HeaderValue);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        match headers.get(&X_REQUEST_ID) {
            Some(given) if is_well_formed(given.as_bytes()) => Self(given.clone()),
            _ => Self::new(),
        }
    }

    fn new() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
        Self(HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none")))
    }

    pub(in crate::http) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

pub(in crate::http) fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.as_str().to_owned())
}

fn is_well_formed(id: &[u8]) -> bool {
    (1..=128).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// Runs a request, and adds the headers that every response has.
pub(in crate::http) async fn identify<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let state = State::of(&request)?;
    let id = RequestId::of(request.headers());
    let cors = Cors::of(request.headers(), &state.server.allowed_origins);
    // Dropping this value makes the connection wait for its next head.
    let connection = request.conn_data::<Rc<Progress>>();
    let _exchange = connection.map(|progress| progress.begin(body_length(request.headers())));
    let _in_flight = (state.use_cases.in_flight.enter(), state.metrics.request_started());
    request.extensions_mut().insert(id.clone());
    // A panic must end one request, not the worker.
    let result =
        AssertUnwindSafe(short_circuit(&state, id.as_str(), request, next)).catch_unwind().await;
    let mut response = match result {
        Ok(response) => response?,
        Err(_) => return Err(after_panic(&state, &id, cors)),
    };
    finish(response.headers_mut(), &id, cors);
    if state.lifecycle.is_stopping() {
        // Otherwise, the stop would close the connection in the middle of a later request.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

fn body_length(headers: &HeaderMap) -> BodyLength {
    if headers.contains_key(TRANSFER_ENCODING) {
        return BodyLength::Chunked;
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    BodyLength::Known(length.unwrap_or(0))
}

fn after_panic(state: &State, id: &RequestId, cors: Cors) -> actix_web::Error {
    tracing::error!(request_id = id.as_str(), alarm = true, "a request panicked");
    let error = Error::Problem(ProblemType::Internal);
    let mut response = problem::response(&error.problem(), state.languages.get(0), id.as_str());
    finish(response.headers_mut(), id, cors);
    InternalError::from_response("a request panicked", response).into()
}

fn finish(headers: &mut HeaderMap, id: &RequestId, cors: Cors) {
    headers.insert(X_REQUEST_ID, id.0.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    cors.write_to(headers);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_well_formed_ids() {
        for (id, expected) in [
            ("7c9e6679-7425-40de-944b-e07fc1f90ae7", true),
            ("trace_1.2", true),
            (&"a".repeat(128), true),
            ("", false),
            (&"a".repeat(129), false),
            ("a b", false),
            ("a\"}", false),
            ("\u{e4}", false),
        ] {
            assert_eq!(is_well_formed(id.as_bytes()), expected, "{id}");
        }
    }
}

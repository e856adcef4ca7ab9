//! Use cases that complete if the client disconnects.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, rt};
use tracing::Instrument;

use crate::{
    http::{
        error::Error,
        middleware::access_log::{Outcome, ResponseCode},
        problem::ProblemType,
        response::stored::StoredResponse,
    },
    signup::Finished,
};

/// Runs a use case in its own task, so that it completes if the client disconnects, and returns
/// its response.
pub(super) async fn run_detached(
    request: &HttpRequest,
    use_case: impl Future<Output = Finished<StoredResponse>> + 'static,
) -> Result<HttpResponse, Error> {
    // Boxed, because the future is large and a spawned task is moved several times.
    let use_case = Box::pin(use_case).in_current_span();
    let finished = rt::spawn(use_case).await.map_err(|_| Error::Problem(ProblemType::Internal))?;
    let mut extensions = request.extensions_mut();
    extensions.insert(Outcome(finished.outcome));
    extensions.insert(ResponseCode(finished.response.code()));
    Ok(finished.response.into_response(finished.is_replayed))
}

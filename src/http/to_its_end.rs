//! Calls to Cognito that do not end with the request that they are made for.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, rt};
use tracing::Instrument;

use super::{
    failures::Refusal,
    kept::Kept,
    problem::ProblemType,
    root_span::{AnsweredCode, LoggedOutcome},
};

/// What came of a call.
pub(super) struct Ended {
    /// For the log.
    pub(super) outcome: &'static str,
    pub(super) answer: Result<Kept, Refusal>,
}

impl Ended {
    /// The answer, once the request's line in the log knows of it.
    pub(super) fn respond(self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        request.extensions_mut().insert(LoggedOutcome(self.outcome));
        let kept = self.answer?;
        request.extensions_mut().insert(AnsweredCode(kept.code()));
        Ok(kept.response())
    }
}

/// Runs a call to its end even if the caller hangs up, so that what came of it is recorded.
pub(super) async fn to_its_end<T: 'static>(
    call: impl Future<Output = T> + 'static,
) -> Result<T, Refusal> {
    // Boxed, since what is spawned is moved several times, and this is large.
    let call = Box::pin(call).in_current_span();
    rt::spawn(call).await.map_err(|_| Refusal::Plain(ProblemType::Internal))
}

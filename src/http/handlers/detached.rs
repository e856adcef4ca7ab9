//! Use cases that complete even if the client disconnects.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    thread,
};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, rt};
use futures_util::{
    FutureExt,
    future::{CatchUnwind, LocalBoxFuture},
};
use tracing::{Instrument, Span};

use crate::{
    current_request::CurrentRequest,
    http::{
        error::Error,
        middleware::access_log::{Outcome, ResponseCode},
        problem::ProblemType,
        response::stored::StoredResponse,
    },
    signup::Finished,
    trace::TraceContext,
};

/// Completes a use case even if the client disconnects, and returns its response.
pub(super) async fn run_detached(
    request: &HttpRequest,
    use_case: UseCase,
) -> Result<HttpResponse, Error> {
    // A panic must end one request, not its connection.
    let use_case = AssertUnwindSafe(use_case).catch_unwind();
    let current = CurrentRequest::new(request.extensions().get::<TraceContext>().copied());
    let detached =
        Detached { use_case: Some(use_case), span: Span::current(), current: Rc::clone(&current) };
    let finished = detached.await.map_err(|_| Error::Problem(ProblemType::Internal))?;
    let mut extensions = request.extensions_mut();
    extensions.insert(Outcome { name: finished.outcome, request: current });
    extensions.insert(ResponseCode(finished.response.code()));
    Ok(finished.response.into_response(finished.is_replayed))
}

/// A boxed use case. The future of a use case is large, and actix moves it several times.
type UseCase = LocalBoxFuture<'static, Finished<StoredResponse>>;

/// A use case that its request polls. If the client disconnects, a separate task completes the use
/// case.
struct Detached {
    use_case: Option<CatchUnwind<AssertUnwindSafe<UseCase>>>,
    span: Span,
    current: Rc<CurrentRequest>,
}

impl Future for Detached {
    type Output = thread::Result<Finished<StoredResponse>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { use_case, current, .. } = &mut *self;
        let Some(running) = use_case else { return Poll::Pending };
        let finished = ready!(current.scope(|| running.poll_unpin(context)));
        *use_case = None;
        Poll::Ready(finished)
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        if let Some(use_case) = self.use_case.take() {
            rt::spawn(use_case.instrument(self.span.clone()));
        }
    }
}

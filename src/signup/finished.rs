use super::{Rejection, UseCases};
use crate::store::Operation;

/// A response, with its code in the audit log.
#[derive(Clone, Debug)]
pub struct Rendered<R> {
    /// The code of the problem, or the `status` of the success.
    pub code: &'static str,
    /// The response.
    pub response: R,
}

/// The function that renders a result in the language of the request.
pub type Render<'a, T, R> = &'a dyn Fn(&Result<T, Rejection>) -> Rendered<R>;

/// A finished use case.
#[derive(Clone, Debug)]
pub struct Finished<R> {
    /// The outcome for logs and traces.
    pub outcome: &'static str,
    /// The response.
    pub response: R,
    /// `true` if an earlier request with the same Idempotency-Key stored the response.
    pub is_replayed: bool,
    /// `true` if the response reports a success of this request. `false` for a replayed response.
    pub(super) is_success: bool,
}

impl<R> Finished<R> {
    pub(super) fn new(outcome: &'static str, rendered: Rendered<R>) -> Self {
        Self { outcome, response: rendered.response, is_replayed: false, is_success: false }
    }
}

impl UseCases {
    /// Finishes a request that the service rejected before it stored or sent anything.
    pub(super) fn reject<T, R>(
        &self,
        operation: Operation,
        rejection: Rejection,
        render: Render<'_, T, R>,
    ) -> Finished<R> {
        let rendered = render(&Err(rejection));
        self.store.count_rejection(operation, rendered.code);
        Finished::new(operation.rejected(), rendered)
    }
}

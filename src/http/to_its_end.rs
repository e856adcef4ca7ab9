//! Calls to Cognito that do not end with the request that they are made for.

use actix_web::rt;
use tracing::Instrument;

use super::{failures::Refusal, problem::ProblemType};

/// Runs a call to its end even if the caller hangs up, so that what came of it is recorded.
pub(super) async fn to_its_end<T: 'static>(
    call: impl Future<Output = T> + 'static,
) -> Result<T, Refusal> {
    // Boxed, since what is spawned is moved several times, and this is large.
    let call = Box::pin(call).in_current_span();
    rt::spawn(call).await.map_err(|_| Refusal::Plain(ProblemType::Internal))
}

//! The body of a request that is refused before anybody reads it.

use std::time::Duration;

use actix_web::{HttpMessage, dev::ServiceRequest};
use futures_util::StreamExt;
use tokio::time::timeout;

/// How long a body may take that is on its way already.
const SOON: Duration = Duration::from_millis(50);

/// Lets go of a body that is small and comes at once, so that the connection can stay open: to
/// open another costs both sides more than all else of a refusal.
pub(super) async fn let_go(request: &mut ServiceRequest, most: u64) {
    let mut payload = request.take_payload();
    let to_its_end = async {
        let mut bytes = 0_u64;
        while let Some(Ok(chunk)) = payload.next().await {
            bytes += chunk.len() as u64;
            if bytes > most {
                return;
            }
        }
    };
    // One that takes longer ends with its connection.
    let _ = timeout(SOON, to_its_end).await;
}

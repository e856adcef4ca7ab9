//! The body of a request that the service rejects before it reads the body.

use std::time::Duration;

use actix_web::{HttpMessage, dev::ServiceRequest};
use futures_util::StreamExt;
use tokio::time::timeout;

/// Time in which the rest of a body must arrive.
const TIME_LIMIT: Duration = Duration::from_millis(50);

/// Reads and drops a body of at most `max` bytes to keep the connection open. A new connection
/// would cost the client and the service more than the body. After a larger or slower body, the
/// connection closes.
pub(in crate::http) async fn drain_body(request: &mut ServiceRequest, max: u64) {
    let mut payload = request.take_payload();
    let drain = async {
        let mut bytes = 0_u64;
        while let Some(Ok(chunk)) = payload.next().await {
            bytes += chunk.len() as u64;
            if bytes > max {
                return;
            }
        }
    };
    let _ = timeout(TIME_LIMIT, drain).await;
}

//! The bytes of a body. A body that arrives after its head counts in a separate limit, and has a
//! deadline. Slow clients therefore do not block other requests.

use std::{future::poll_fn, task::Poll};

use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::header::CONTENT_LENGTH,
    web::{Bytes, BytesMut, Payload},
};
use futures_util::StreamExt;
use tokio::time::{Duration, Instant, timeout_at};

use super::client_info::client_address;
use crate::http::{State, error::Error, problem::ProblemType};

/// Time from the first byte of a body until [`MIN_BYTES_PER_SECOND`] applies.
const GRACE: Duration = Duration::from_secs(3);

const MIN_BYTES_PER_SECOND: u32 = 512;

pub(super) async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    state: &State,
) -> Result<BytesMut, Error> {
    let max = usize::try_from(state.server.max_body.as_u64()).unwrap_or(usize::MAX);
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(Error::Problem(ProblemType::BodyTooLarge));
    }
    let mut body = Body { bytes: BytesMut::with_capacity(announced.unwrap_or_default()), max };
    if body.add_available(&mut payload).await? {
        return Ok(body.bytes);
    }
    let _permit = state.rate_limits.read_body(client_address(request))?;
    let last_deadline = Instant::now() + state.server.body_timeout;
    // The first byte may take the whole time, because a mobile network may lose the first packet
    // repeatedly.
    let mut first_byte = None;
    loop {
        let received = u32::try_from(body.bytes.len()).unwrap_or(u32::MAX);
        if received > 0 {
            first_byte.get_or_insert_with(Instant::now);
        }
        let time = GRACE + Duration::from_secs(1) * received / MIN_BYTES_PER_SECOND;
        let deadline = first_byte.map_or(last_deadline, |start| last_deadline.min(start + time));
        match timeout_at(deadline, payload.next()).await {
            Ok(Some(chunk)) => body.add(chunk)?,
            Ok(None) => return Ok(body.bytes),
            Err(_) => return Err(Error::Problem(ProblemType::UnreadableBody)),
        }
    }
}

struct Body {
    bytes: BytesMut,
    max: usize,
}

impl Body {
    /// Adds the bytes that the connection has read already. Returns `true` if the body is complete.
    async fn add_available(&mut self, payload: &mut Payload) -> Result<bool, Error> {
        // After the first poll, the connection passes on the bytes that arrived with the head.
        let mut is_first = true;
        poll_fn(|context| {
            loop {
                match payload.poll_next_unpin(context) {
                    Poll::Ready(Some(chunk)) => self.add(chunk)?,
                    Poll::Ready(None) => return Poll::Ready(Ok(true)),
                    Poll::Pending if is_first => {
                        is_first = false;
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    Poll::Pending => return Poll::Ready(Ok(false)),
                }
            }
        })
        .await
    }

    fn add(&mut self, chunk: Result<Bytes, PayloadError>) -> Result<(), Error> {
        let chunk = chunk.map_err(|_| Error::Problem(ProblemType::UnreadableBody))?;
        if self.bytes.len() + chunk.len() > self.max {
            return Err(Error::Problem(ProblemType::BodyTooLarge));
        }
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }
}

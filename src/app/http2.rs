//! HTTP/2, for clients that choose HTTP/2 in the handshake of TLS.
//!
//! The dispatcher of actix-http bounds neither the requests in progress of a connection nor their
//! headers. This dispatcher bounds the memory that a client can occupy. HTTP/1.1 and HTTP/2 run the
//! same application.

use std::{
    future::poll_fn,
    panic::AssertUnwindSafe,
    pin::pin,
    rc::Rc,
    task::Poll,
    time::{Duration, SystemTime},
};

use actix_http::{
    BoxedPayloadStream, ConnectionType, HttpMessage, Payload, Request, Response, ResponseHead,
    StatusCode, Version,
    body::{BodySize, BoxBody, MessageBody},
    error::PayloadError,
    header::{HOST, HeaderName, HeaderValue, HttpDate},
};
use actix_service::Service;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream, stream::FuturesUnordered};
use h2::server::{Builder, SendResponse};
use http::header::{CONTENT_LENGTH, COOKIE, DATE};
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, timeout, timeout_at};

use crate::connection::{Closed, Peer, Reason, Stream};

/// Maximum number of requests in progress of a connection. A browser opens six connections for
/// HTTP/1.1.
const MAX_STREAMS: u32 = 8;

/// Maximum number by which the cancelled requests of a client may exceed the completed requests.
const MAX_RESETS: u32 = 100;

/// Maximum number of headers, as in HTTP/1.1.
const MAX_HEADERS: usize = 96;

/// Maximum number of bytes of a body that wait for the handler. A large form fits. By default,
/// HTTP/2 limits all bodies of a connection together to 64 KiB.
const WINDOW: u32 = 16 * 1024;

/// Time in which the client must read the last frame.
const GOAWAY: Duration = Duration::from_secs(1);

/// The HTTP/2 server of a listener.
#[derive(Clone)]
pub(super) struct Http2 {
    builder: Builder,
    write_timeout: Duration,
    closed: Closed,
    closing: Receiver<bool>,
}

/// The end of a request: the connection type of its response, or the reason to close the
/// connection. The reason is `None` if the client cancelled the request, or did not read its
/// response in time.
type End = Result<ConnectionType, Option<Reason>>;

impl Http2 {
    /// Creates the HTTP/2 server of a listener. The server sends GOAWAY on each connection when
    /// `closing` becomes `true`.
    pub(super) fn new(
        server: &crate::config::Server,
        closed: Closed,
        closing: Receiver<bool>,
    ) -> Self {
        // The limit leaves room for the path, and for the 32 bytes that HTTP/2 adds to the length
        // of each header. HTTP/1.1 has the same maximum of 128 KiB.
        let list = server.max_headers.as_u64().saturating_add(8 * 1024).min(128 * 1024);
        let mut builder = Builder::new();
        builder.max_concurrent_streams(MAX_STREAMS).initial_window_size(WINDOW);
        builder.max_header_list_size(u32::try_from(list).unwrap_or(u32::MAX));
        Self { builder, write_timeout: server.write_timeout, closed, closing }
    }

    /// Serves the requests of a connection until the connection ends or a deadline passes.
    pub(super) async fn serve<B: MessageBody + 'static>(
        &self,
        stream: Stream,
        peer: Peer,
        app: &impl Service<Request, Response = Response<B>, Error = Response<BoxBody>>,
    ) {
        let progress = Rc::clone(stream.progress());
        progress.use_http2();
        let mut connection = match progress.run(self.builder.handshake::<_, Bytes>(stream)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return self.count_error(&error),
            Err(reason) => return self.closed.count(reason),
        };
        let mut requests = FuturesUnordered::new();
        let mut resets = 0_u32;
        let mut closing = self.closing.clone();
        let mut closing = pin!(closing.wait_for(|is_closing| *is_closing).map(drop).fuse());
        let end = poll_fn(|context| {
            if closing.poll_unpin(context).is_ready() {
                connection.graceful_shutdown();
            }
            loop {
                // A cancelled request counts until its handler has ended.
                let next = if requests.len() < MAX_STREAMS as usize {
                    connection.poll_accept(context)
                } else {
                    connection.poll_closed(context).map(|end| end.err().map(Err))
                };
                match next {
                    Poll::Ready(Some(Ok((request, respond)))) => {
                        progress.set_busy(true);
                        let request = exchange(request, respond, peer, app, self.write_timeout);
                        requests.push(AssertUnwindSafe(request).catch_unwind());
                        continue;
                    }
                    Poll::Ready(Some(Err(error))) => {
                        self.count_error(&error);
                        return Poll::Ready(None);
                    }
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Pending => {}
                }
                let Poll::Ready(Some(end)) = requests.poll_next_unpin(context) else {
                    return Poll::Pending;
                };
                progress.set_busy(!requests.is_empty());
                // After a panic, the client receives a reset.
                match end.unwrap_or(Ok(ConnectionType::KeepAlive)) {
                    Ok(ConnectionType::Close) => connection.graceful_shutdown(),
                    Ok(_) => resets = resets.saturating_sub(1),
                    Err(None) if resets < MAX_RESETS => resets += 1,
                    Err(reason) => return Poll::Ready(reason.or(Some(Reason::BadRequest))),
                }
            }
        });
        let end = progress.run(end).await.unwrap_or_else(Some);
        drop(requests);
        let Some(reason) = end else { return };
        self.closed.count(reason);
        let is_idle = reason == Reason::Idle;
        let code = if is_idle { h2::Reason::NO_ERROR } else { h2::Reason::ENHANCE_YOUR_CALM };
        connection.abrupt_shutdown(code);
        let _ = timeout(GOAWAY, poll_fn(|context| connection.poll_closed(context))).await;
    }

    /// Counts a violation of the protocol, which has closed a connection.
    fn count_error(&self, error: &h2::Error) {
        if !error.is_io() && !error.is_remote() {
            self.closed.count_parse_error("other");
            self.closed.count(Reason::BadRequest);
        }
    }
}

/// Runs the application on one request, and sends the response. A reset drops the handler, as the
/// end of a connection does in HTTP/1.1.
async fn exchange<B: MessageBody + 'static>(
    request: http::Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    peer: Peer,
    app: &impl Service<Request, Response = Response<B>, Error = Response<BoxBody>>,
    write_timeout: Duration,
) -> End {
    let is_head = request.method() == http::Method::HEAD;
    // As in HTTP/1.1, a connection ends with its first invalid head.
    let mut is_invalid = false;
    let response = match translate(request, peer) {
        Ok(request) => {
            let mut handler = pin!(app.call(request));
            let response = poll_fn(|context| match respond.poll_reset(context) {
                Poll::Ready(_) => Poll::Ready(None),
                Poll::Pending => handler.as_mut().poll(context).map(Some),
            });
            let response = response.await.ok_or(None)?;
            response.map_or_else(|error| error, Response::map_into_boxed_body)
        }
        Err(status) => {
            is_invalid = true;
            Response::new(status)
        }
    };
    let (head, body) = response.into_parts();
    let has_body = !is_head && !body.size().is_eof();
    let translated = translate_head(head.head(), body.size()).or(Err(Some(Reason::Internal)))?;
    let mut stream = respond.send_response(translated, !has_body).or(Err(None))?;
    let mut body = pin!(body);
    let mut deadline = Instant::now() + write_timeout;
    while has_body && let Some(chunk) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        // The missing end of the body shows the client that the response is incomplete.
        let Ok(mut chunk) = chunk else { return Ok(head.head().connection_type()) };
        let length = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
        deadline += Duration::from_secs(1) * length / (16 * 1024);
        while !chunk.is_empty() {
            stream.reserve_capacity(chunk.len());
            let room = poll_fn(|context| stream.poll_capacity(context));
            let Ok(room) = timeout_at(deadline, room).await else {
                // The client may still read the other responses of the connection.
                stream.send_reset(h2::Reason::CANCEL);
                return Err(None);
            };
            let part = chunk.split_to(room.ok_or(None)?.or(Err(None))?.min(chunk.len()));
            stream.send_data(part, false).or(Err(None))?;
        }
    }
    if has_body {
        stream.send_data(Bytes::new(), true).or(Err(None))?;
    }
    Ok(if is_invalid { ConnectionType::Close } else { head.head().connection_type() })
}

/// Converts a request to the same request of HTTP/1.1, or returns the status that rejects the
/// request.
fn translate(request: http::Request<h2::RecvStream>, peer: Peer) -> Result<Request, StatusCode> {
    const INVALID: StatusCode = StatusCode::BAD_REQUEST;
    let (mut from, mut body) = request.into_parts();
    // A browser sends each cookie in a separate header. The service reads no cookies.
    from.headers.remove(COOKIE);
    if from.headers.len() > MAX_HEADERS {
        return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let payload: BoxedPayloadStream = Box::pin(stream::poll_fn(move |context| {
        let data = body.poll_data(context).map_err(|_| PayloadError::Incomplete(None));
        if let Poll::Ready(Some(Ok(data))) = &data {
            // An error means that the connection has ended, which the next poll reports.
            let _ = body.flow_control().release_capacity(data.len());
        }
        data
    }));
    let mut request = Request::with_payload(Payload::from(payload));
    request.extensions_mut().insert(peer);
    let head = request.head_mut();
    head.version = Version::HTTP_2;
    head.method = from.method.as_str().parse().or(Err(INVALID))?;
    let path = from.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().or(Err(INVALID))?;
    for (name, value) in &from.headers {
        let name: HeaderName = name.as_str().parse().or(Err(INVALID))?;
        head.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).or(Err(INVALID))?);
    }
    if let Some(host) = from.uri.authority() {
        head.headers.insert(HOST, HeaderValue::from_str(host.as_str()).or(Err(INVALID))?);
    }
    Ok(request)
}

fn translate_head(head: &ResponseHead, size: BodySize) -> http::Result<http::Response<()>> {
    let mut response = http::Response::builder().status(head.status.as_u16());
    for (name, value) in &head.headers {
        response = response.header(name.as_str(), value.as_bytes());
    }
    let has_length = !matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if let (BodySize::Sized(length), true) = (size, has_length) {
        response = response.header(CONTENT_LENGTH, length);
    }
    response.header(DATE, HttpDate::from(SystemTime::now()).to_string()).body(())
}

//! An HTTP client for services other than Cognito, with bounds on time and size.

use std::time::Duration;

use reqwest::{Client, Request, RequestBuilder, StatusCode, header::HeaderValue, redirect::Policy};
use thiserror::Error;
use tracing::{Instrument, field::Empty};

use crate::{current_request::outgoing_trace, trace::TARGET};

/// Time for which an idle connection stays open. Common servers keep idle connections for longer.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// The reason for an incomplete response. Omits the URL, which may contain a part of a hash.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// The timeout expired.
    #[error("the request timed out")]
    TimedOut,
    /// The connection failed, or the server closed it before the end of the response.
    #[error("the connection failed")]
    Connection,
    /// The response is larger than this number of bytes.
    #[error("the response is larger than {0} bytes")]
    TooLarge(usize),
}

impl RequestError {
    fn kind(self) -> &'static str {
        match self {
            Self::TimedOut => "timeout",
            Self::Connection => "connection",
            Self::TooLarge(_) => "too_large",
        }
    }
}

impl From<reqwest::Error> for RequestError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() { Self::TimedOut } else { Self::Connection }
    }
}

/// Builds an HTTP client that trusts the system's root certificates and follows no redirect.
///
/// `timeout` bounds each request up to the end of its response. The settings decide which URLs
/// may be plain HTTP.
///
/// # Errors
/// Returns an error if the system has no root certificates.
pub fn build(timeout: Duration) -> reqwest::Result<Client> {
    install_tls_provider();
    Client::builder()
        .user_agent("vestibule")
        .timeout(timeout)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .build()
}

/// Makes ring the process's TLS provider, because reqwest is built without a provider. Does nothing
/// if the process has a TLS provider.
pub fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Sends a request and reads a response of at most `max_response` bytes. If `passes_trace` is
/// `true`, adds the trace of the current request.
///
/// # Errors
/// Returns an error if the server sends no complete response within the bounds.
pub async fn send(
    request: RequestBuilder,
    max_response: usize,
    passes_trace: bool,
) -> Result<(StatusCode, Vec<u8>), RequestError> {
    let (client, request) = request.build_split();
    let request = request?;
    // The span omits the path of the URL, which may contain a part of a hash.
    let span = tracing::info_span!(
        target: TARGET,
        "http",
        otel.name = request.method().as_str(),
        otel.kind = "client",
        otel.status_code = Empty,
        "http.request.method" = request.method().as_str(),
        "server.address" = request.url().host_str(),
        "server.port" = request.url().port_or_known_default(),
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    );
    let result =
        exchange(client, request, max_response, passes_trace).instrument(span.clone()).await;
    match &result {
        Ok((status, _)) => span.record("http.response.status_code", status.as_u16()),
        Err(error) => span.record("error.type", error.kind()).record("otel.status_code", "error"),
    };
    result
}

async fn exchange(
    client: Client,
    mut request: Request,
    max_response: usize,
    passes_trace: bool,
) -> Result<(StatusCode, Vec<u8>), RequestError> {
    if passes_trace
        && let Some(parent) = outgoing_trace().and_then(|trace| trace.traceparent())
        && let Ok(parent) = HeaderValue::try_from(parent)
    {
        request.headers_mut().insert("traceparent", parent);
    }
    let mut response = client.execute(request).await?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > max_response {
            return Err(RequestError::TooLarge(max_response));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

//! A client for services other than Cognito, with bounds on time and size.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, redirect::Policy};
use thiserror::Error;

/// Time for which an idle connection stays open. It is shorter than the time of common servers.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// The reason for an incomplete response. It omits the URL, which may contain a part of a digest.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// The time-out expired.
    #[error("the request timed out")]
    TimedOut,
    /// The connection failed, or was closed before the end of the response.
    #[error("the connection failed")]
    Connection,
    /// The response is larger than this number of bytes.
    #[error("the response is larger than {0} bytes")]
    TooLarge(usize),
}

impl From<reqwest::Error> for RequestError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() { Self::TimedOut } else { Self::Connection }
    }
}

/// Builds a client that trusts the system's root certificates and follows no redirect.
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
/// if the process has one.
pub fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Sends a request and reads a response of at most `max_response` bytes.
///
/// # Errors
/// Returns an error if there is no complete response within the bounds.
pub async fn send(
    request: RequestBuilder,
    max_response: usize,
) -> Result<(StatusCode, Vec<u8>), RequestError> {
    let mut response = request.send().await?;
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

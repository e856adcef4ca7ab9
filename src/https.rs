//! Requests to servers of others, Cognito aside: bounded in time and in size, and never
//! redirected.

use std::{io, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode, body::Bytes};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use thiserror::Error;
use tokio::time::timeout;

/// Shorter than what servers keep idle connections open for.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// What all workers share: whom to trust.
#[derive(Clone, Debug)]
pub struct Connector(HttpsConnector<HttpConnector>);

/// The connections of one worker.
#[derive(Clone, Debug)]
pub struct Client {
    client: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// How long an answer may take, and how large it may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// For all of it.
    pub timeout: Duration,
    /// In bytes.
    pub max_answer: usize,
}

/// Why there is no answer. Nothing of it tells what was asked.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Unanswered {
    /// It took too long.
    #[error("it did not answer in time")]
    TimedOut,
    /// No connection, or none any more.
    #[error("it cannot be reached, or the connection broke")]
    Unreachable,
    /// More than anybody would read.
    #[error("its answer is too large, or was cut off")]
    TooLarge,
}

impl Connector {
    /// Reads the certificates that the machine trusts. Which addresses may be asked in the clear
    /// is the settings' to say.
    ///
    /// # Errors
    /// Where the machine has none.
    pub fn new() -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self(connector))
    }

    /// A client for one worker.
    #[must_use]
    pub fn client(&self) -> Client {
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(self.0.clone());
        Client { client }
    }
}

impl Client {
    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ask(
        &self,
        request: Request<Full<Bytes>>,
        bounds: Bounds,
    ) -> Result<(StatusCode, Bytes), Unanswered> {
        let answered = async {
            let answer = self.client.request(request).await.map_err(|_| Unanswered::Unreachable)?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), bounds.max_answer).collect().await;
            Ok((status, body.map_err(|_| Unanswered::TooLarge)?.to_bytes()))
        };
        timeout(bounds.timeout, answered).await.unwrap_or(Err(Unanswered::TimedOut))
    }
}

//! Whether a password is known from a data breach, asked of a range server by the protocol of
//! Have I Been Pwned (<https://haveibeenpwned.com/API/v3#PwnedPasswords>): the first five
//! characters of its SHA-1 digest leave the process, and the rest is looked for here in what
//! comes back.

mod range;

use std::{io, time::Duration};

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    header::{ACCEPT, USER_AGENT},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use secrecy::SecretString;
use thiserror::Error;
use tokio::time::timeout;

use crate::{
    config::{BreachedPasswords, OnOutage},
    metrics::Metrics,
};

use range::Digest;

/// The largest answer, in bytes: some ten times what Have I Been Pwned sends.
const MAX_ANSWER: usize = 512 * 1024;

/// Shorter than what servers keep idle connections open for.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// What all workers share of the way to the range server.
#[derive(Clone)]
pub struct RangeServer {
    settings: BreachedPasswords,
    connector: HttpsConnector<HttpConnector>,
}

/// The way to the range server, for one worker.
#[derive(Clone)]
pub struct Breaches {
    settings: BreachedPasswords,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    metrics: Metrics,
}

/// Why a password may not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was found in breaches so often.
    Breached(u64),
    /// Nobody knows, and the settings want to know.
    Away,
}

/// Why nobody knows. Nothing of it tells what was asked.
#[derive(Debug, Error, PartialEq)]
enum Unanswered {
    #[error("it did not answer within registration.breached_passwords.timeout")]
    TimedOut,
    #[error("it cannot be reached, or the connection broke")]
    Unreachable,
    #[error("it answered with the status {0}")]
    Status(StatusCode),
    #[error("its answer is too large, or was cut off")]
    TooLarge,
    #[error("its answer is no list of digests")]
    Unreadable,
}

impl RangeServer {
    /// Gets ready to ask, where the settings say so.
    ///
    /// # Errors
    /// Where the machine has no certificates to trust.
    pub fn prepare(settings: &BreachedPasswords) -> io::Result<Option<Self>> {
        if !settings.check {
            return Ok(None);
        }
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Some(Self { settings: settings.clone(), connector }))
    }

    /// A client for one worker.
    #[must_use]
    pub fn open(&self, metrics: Metrics) -> Breaches {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(self.connector.clone());
        Breaches { settings: self.settings.clone(), client, metrics }
    }
}

impl Breaches {
    /// Judges a password by where it was found before.
    ///
    /// # Errors
    /// Where it was found too often, or where nobody knows and the settings want to know.
    pub async fn check(&self, password: &SecretString) -> Result<(), Refused> {
        let answered = timeout(self.settings.timeout, self.count(password)).await;
        let (result, counted) = match answered.unwrap_or(Err(Unanswered::TimedOut)) {
            Ok(count) if count >= self.settings.min_count => {
                (Err(Refused::Breached(count)), "breached")
            }
            Ok(_) => (Ok(()), "fine"),
            Err(reason) => {
                tracing::warn!(%reason, "the range server for breached passwords is away");
                let refused = self.settings.on_outage == OnOutage::Refuse;
                (if refused { Err(Refused::Away) } else { Ok(()) }, "unknown")
            }
        };
        self.metrics.breach_check(counted);
        result
    }

    /// How often a password was found.
    async fn count(&self, password: &SecretString) -> Result<u64, Unanswered> {
        let digest = Digest::of(password);
        let url = format!("{}/range/{}", self.settings.url.trim_end_matches('/'), digest.asked());
        let request = Request::get(url)
            .header(ACCEPT, "text/plain")
            // Other lines hide how many there are, from whoever sees only how long an answer is.
            .header("Add-Padding", "true")
            .header(USER_AGENT, "vestibule")
            .body(Empty::new())
            .map_err(|_| Unanswered::Unreachable)?;
        let answer = self.client.request(request).await.map_err(|_| Unanswered::Unreachable)?;
        if answer.status() != StatusCode::OK {
            return Err(Unanswered::Status(answer.status()));
        }
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|_| Unanswered::TooLarge)?.to_bytes();
        digest.count_in(&body).ok_or(Unanswered::Unreadable)
    }
}

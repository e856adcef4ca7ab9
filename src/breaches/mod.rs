//! Whether a password is known from a data breach, asked of a range server by the protocol of
//! Have I Been Pwned (<https://haveibeenpwned.com/API/v3#PwnedPasswords>): the first five
//! characters of its SHA-1 digest leave the process, and the rest is looked for here in what
//! comes back.

mod range;

use reqwest::{Client, StatusCode, header::ACCEPT};
use secrecy::SecretString;
use thiserror::Error;

use crate::{
    config::{BreachedPasswords, OnOutage},
    http_client::{self, RequestError},
    metrics::Metrics,
};

use range::Digest;

/// The largest answer, in bytes: some ten times what Have I Been Pwned sends.
const MAX_ANSWER: usize = 512 * 1024;

/// What all workers share of the way to the range server.
#[derive(Clone)]
pub struct RangeServer {
    settings: BreachedPasswords,
    client: Client,
}

/// The way to the range server, for one worker.
#[derive(Clone)]
pub struct Breaches {
    settings: BreachedPasswords,
    client: Client,
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
enum Unknown {
    #[error(transparent)]
    NoResponse(#[from] RequestError),
    #[error("it answered with the status {0}")]
    Status(StatusCode),
    #[error("its answer is no list of digests")]
    Unreadable,
}

impl RangeServer {
    /// Gets ready to ask, where the settings say so.
    ///
    /// # Errors
    /// Where the machine has no certificates to trust.
    pub fn prepare(settings: &BreachedPasswords) -> reqwest::Result<Option<Self>> {
        if !settings.check {
            return Ok(None);
        }
        let client = http_client::build(settings.timeout)?;
        Ok(Some(Self { settings: settings.clone(), client }))
    }

    /// A client for one worker.
    #[must_use]
    pub fn open(&self, metrics: Metrics) -> Breaches {
        Breaches { settings: self.settings.clone(), client: self.client.clone(), metrics }
    }
}

impl Breaches {
    /// Judges a password by where it was found before.
    ///
    /// # Errors
    /// Where it was found too often, or where nobody knows and the settings want to know.
    pub async fn check(&self, password: &SecretString) -> Result<(), Refused> {
        let (result, counted) = match self.count(password).await {
            Ok(count) if count >= self.settings.min_count => {
                (Err(Refused::Breached(count)), "breached")
            }
            Ok(_) => (Ok(()), "fine"),
            Err(reason) => {
                tracing::warn!(%reason, "the range server for breached passwords is away");
                let refused = self.settings.on_outage == OnOutage::Reject;
                (if refused { Err(Refused::Away) } else { Ok(()) }, "unknown")
            }
        };
        self.metrics.breach_check(counted);
        result
    }

    /// How often a password was found.
    async fn count(&self, password: &SecretString) -> Result<u64, Unknown> {
        let digest = Digest::of(password);
        let url = format!("{}/range/{}", self.settings.url.trim_end_matches('/'), digest.asked());
        // Padding hides the number of matches from an observer of the response's size.
        let request =
            self.client.get(url).header(ACCEPT, "text/plain").header("Add-Padding", "true");
        let (status, body) = http_client::send(request, MAX_ANSWER).await?;
        if status != StatusCode::OK {
            return Err(Unknown::Status(status));
        }
        digest.count_in(&body).ok_or(Unknown::Unreadable)
    }
}

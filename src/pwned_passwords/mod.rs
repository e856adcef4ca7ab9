//! A check of passwords against known data breaches, by the range protocol of
//! [Pwned Passwords](https://haveibeenpwned.com/API/v3#PwnedPasswords).
//!
//! The service sends the first five characters of the password's SHA-1 hash and searches the
//! response for the rest.

mod sha1_hash;

use reqwest::{Client, StatusCode, header::ACCEPT};
use secrecy::SecretString;
use thiserror::Error;

use crate::{
    config::{self, OnOutage},
    http_client::{self, RequestError},
    metrics::Metrics,
};

use sha1_hash::Sha1Hash;

/// Maximum size of a response in bytes. The responses of Have I Been Pwned have about a tenth of
/// this size.
const MAX_RESPONSE: usize = 512 * 1024;

/// An HTTP client of the range API, shared by all workers.
pub struct PwnedPasswords {
    settings: config::PwnedPasswords,
    client: Client,
    metrics: Metrics,
}

/// The rejection of a password.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Rejection {
    /// The password occurs in breaches this many times.
    #[error("the password occurs {0} times in data breaches")]
    Breached(u64),
    /// The range API is unavailable, and the settings require its response.
    #[error("the pwned passwords API is unavailable")]
    Unavailable,
}

/// The reason for a missing count. The reason quotes no part of the request or the response.
#[derive(Debug, Error)]
enum NoCount {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("the API responded with status {0}")]
    Status(StatusCode),
    #[error("the response is not a list of hashes")]
    Unreadable,
}

impl PwnedPasswords {
    /// Creates the client. Returns `None` if the check is off.
    ///
    /// # Errors
    /// Returns an error if the system has no root certificates.
    pub fn new(
        settings: &config::PwnedPasswords,
        metrics: Metrics,
    ) -> reqwest::Result<Option<Self>> {
        if !settings.check {
            return Ok(None);
        }
        let client = http_client::build(settings.timeout)?;
        Ok(Some(Self { settings: settings.clone(), client, metrics }))
    }

    /// Checks a password.
    ///
    /// # Errors
    /// Returns an error if the password occurs in breaches at least `min_count` times, or if the
    /// API is unavailable and `on_outage` is `reject`.
    pub async fn check(&self, password: &SecretString) -> Result<(), Rejection> {
        let (outcome, result) = match self.count(password).await {
            Ok(count) if count >= self.settings.min_count => {
                ("breached", Err(Rejection::Breached(count)))
            }
            Ok(_) => ("passed", Ok(())),
            Err(reason) => {
                tracing::warn!(%reason, "pwned passwords API unavailable");
                ("unavailable", self.outage())
            }
        };
        self.metrics.checks.pwned_passwords.count(outcome);
        result
    }

    fn outage(&self) -> Result<(), Rejection> {
        match self.settings.on_outage {
            OnOutage::Allow => Ok(()),
            OnOutage::Reject => Err(Rejection::Unavailable),
        }
    }

    /// Returns the number of times that a password occurs in breaches.
    async fn count(&self, password: &SecretString) -> Result<u64, NoCount> {
        let hash = Sha1Hash::of(password);
        let base = self.settings.url.trim_end_matches('/');
        let request = self.client.get(format!("{base}/range/{}", hash.prefix()));
        // An observer could derive the prefix from the size of the response. Padding hides this
        // size.
        let request = request.header(ACCEPT, "text/plain").header("Add-Padding", "true");
        let (status, body) = http_client::send(request, MAX_RESPONSE, false).await?;
        if status != StatusCode::OK {
            return Err(NoCount::Status(status));
        }
        hash.count_in(&body).ok_or(NoCount::Unreadable)
    }
}

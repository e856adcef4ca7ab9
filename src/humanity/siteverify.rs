//! The protocol that Turnstile, hCaptcha and reCAPTCHA share: the secret, the token and the
//! caller's address are posted, and a verdict comes back.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, StatusCode, header::ACCEPT};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Doubt, verdict::Verdict};
use crate::{
    config::{self, OnOutage},
    http_client::{self, RequestError},
};

/// The largest verdict, in bytes: many times what any provider sends.
const MAX_ANSWER: usize = 64 * 1024;

/// What all workers share of the way to the provider.
#[derive(Clone)]
pub(super) struct Provider {
    settings: Arc<config::Siteverify>,
    client: Client,
    /// The worst that was told of it since it last gave a verdict, so that it is told once.
    told: Arc<AtomicU8>,
}

/// The way to the provider, for one worker.
#[derive(Clone)]
pub(super) struct Siteverify {
    settings: Arc<config::Siteverify>,
    client: Client,
    told: Arc<AtomicU8>,
}

/// What is told of the provider, the mildest first.
const WORKING: u8 = 0;
const AWAY: u8 = 1;
/// It has an answer, and will have no other until somebody mends the settings.
const REFUSING: u8 = 2;

/// Why there is no verdict. Nothing of it tells what was asked, or what was answered.
#[derive(Debug, Error)]
enum NoVerdict {
    #[error(transparent)]
    NoResponse(#[from] RequestError),
    #[error("it answered with the status {0}")]
    Status(StatusCode),
    #[error("its answer is no verdict")]
    Unreadable,
    #[error("it failed")]
    Failed,
    #[error("it refuses humanity.siteverify.secret, or what is sent with it")]
    Refused,
}

impl Provider {
    pub(super) fn new(settings: &config::Siteverify) -> reqwest::Result<Self> {
        let client = http_client::build(settings.timeout)?;
        let settings = Arc::new(settings.clone());
        Ok(Self { settings, client, told: Arc::new(AtomicU8::new(WORKING)) })
    }

    pub(super) fn open(&self) -> Siteverify {
        Siteverify {
            settings: Arc::clone(&self.settings),
            client: self.client.clone(),
            told: Arc::clone(&self.told),
        }
    }
}

impl Siteverify {
    pub(super) fn on_outage(&self) -> OnOutage {
        self.settings.on_outage
    }

    /// What a token is remembered by. Those for tests are the same for everybody.
    pub(super) fn name(&self, token: &str) -> Option<String> {
        let digest = || URL_SAFE_NO_PAD.encode(Sha256::digest(token));
        (!self.settings.is_for_tests()).then(digest)
    }

    /// Has the provider judge a token, and holds its verdict against the settings.
    pub(super) async fn judge(&self, token: &str, address: IpAddr) -> Result<(), Doubt> {
        let verdict = self.ask(token, address).await;
        self.say_how_it_is(&verdict);
        match verdict {
            Ok(verdict) => verdict.judge(&self.settings, Timestamp::now()),
            // What was sent may be the reason, so that an outage it is not.
            Err(reason) if reason.is_refusal() => Err(Doubt::Misconfigured),
            Err(_) => Err(Doubt::Away),
        }
    }

    async fn ask(&self, token: &str, address: IpAddr) -> Result<Verdict, NoVerdict> {
        let request = self.request(token, address).ok_or(NoVerdict::Refused)?;
        let (status, body) = http_client::send(request, MAX_ANSWER).await?;
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(NoVerdict::Status(status));
        }
        // Some say what is wrong with a request beside the status of an error, in the same shape.
        let verdict: Verdict = match serde_json::from_slice(&body) {
            Ok(verdict) => verdict,
            Err(_) if status == StatusCode::OK => return Err(NoVerdict::Unreadable),
            Err(_) => return Err(NoVerdict::Status(status)),
        };
        match verdict {
            verdict if verdict.refuses_us() => Err(NoVerdict::Refused),
            verdict if verdict.is_none() => Err(NoVerdict::Failed),
            // So does many a page that knows nothing of tokens, and tells no code of theirs.
            verdict if status != StatusCode::OK && (verdict.success || !verdict.has_codes()) => {
                Err(NoVerdict::Status(status))
            }
            verdict => Ok(verdict),
        }
    }

    fn request(&self, token: &str, address: IpAddr) -> Option<RequestBuilder> {
        let address = address.to_canonical().to_string();
        let secret = self.settings.secret.as_ref()?;
        let mut form = vec![("secret", secret.expose_secret()), ("response", token)];
        if self.settings.send_remote_ip {
            form.push(("remoteip", &address));
        }
        if let (config::Provider::Hcaptcha, Some(site_key)) =
            (self.settings.provider, &self.settings.site_key)
        {
            form.push(("sitekey", site_key));
        }
        let request = self.client.post(self.settings.url());
        Some(request.header(ACCEPT, "application/json").form(&form))
    }

    fn say_how_it_is(&self, verdict: &Result<Verdict, NoVerdict>) {
        let Err(reason) = verdict else {
            if self.told.swap(WORKING, Ordering::Relaxed) != WORKING {
                tracing::info!("the bot check's provider is here again");
            }
            return;
        };
        let now = if reason.is_refusal() { REFUSING } else { AWAY };
        match (self.told.fetch_max(now, Ordering::Relaxed), now) {
            (before, REFUSING) if before < REFUSING => {
                tracing::error!(alarm = true, %reason, "the bot check's provider gives no verdict");
            }
            (WORKING, _) => {
                tracing::warn!(%reason, "the bot check's provider gives no verdict");
            }
            _ => {}
        }
    }
}

impl NoVerdict {
    /// Whether it is no outage: the same would be said of the next request.
    fn is_refusal(&self) -> bool {
        match self {
            Self::Refused => true,
            Self::Status(status) => speaks_of_the_request(*status),
            Self::NoResponse(_) | Self::Unreadable | Self::Failed => false,
        }
    }
}

/// Whether a status speaks of what was asked rather than of who was asked.
fn speaks_of_the_request(status: StatusCode) -> bool {
    !status.is_server_error()
        && status != StatusCode::TOO_MANY_REQUESTS
        && status != StatusCode::REQUEST_TIMEOUT
}

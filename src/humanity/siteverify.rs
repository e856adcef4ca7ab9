//! The protocol that Turnstile, hCaptcha and reCAPTCHA share: the secret, the token and the
//! caller's address are posted, and a verdict comes back.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http_body_util::Full;
use hyper::{
    Request, StatusCode,
    body::Bytes,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use thiserror::Error;
use url::form_urlencoded::Serializer;

use super::{Doubt, verdict::Verdict};
use crate::{
    config::{self, OnOutage},
    https::{Bounds, Client, Connector, Unanswered},
};

/// The largest verdict, in bytes: many times what any provider sends.
const MAX_ANSWER: usize = 64 * 1024;

/// What all workers share of the way to the provider.
#[derive(Clone)]
pub(super) struct Provider {
    settings: Arc<config::Siteverify>,
    connector: Connector,
    /// Whether it was last told to answer, so that a change is told once.
    is_here: Arc<AtomicBool>,
}

/// The way to the provider, for one worker.
#[derive(Clone)]
pub(super) struct Siteverify {
    settings: Arc<config::Siteverify>,
    client: Client,
    is_here: Arc<AtomicBool>,
}

/// Why there is no verdict. Nothing of it tells what was asked, or what was answered.
#[derive(Debug, Error)]
enum NoVerdict {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
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
    pub(super) fn new(settings: &config::Siteverify, connector: Connector) -> Self {
        let settings = Arc::new(settings.clone());
        Self { settings, connector, is_here: Arc::new(AtomicBool::new(true)) }
    }

    pub(super) fn open(&self) -> Siteverify {
        Siteverify {
            settings: Arc::clone(&self.settings),
            client: self.connector.client(),
            is_here: Arc::clone(&self.is_here),
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
        self.say_whether_it_is_here(&verdict);
        match verdict {
            Ok(verdict) => verdict.judge(&self.settings, Timestamp::now()),
            // What was sent may be the reason, so that an outage it is not.
            Err(NoVerdict::Refused) => Err(Doubt::Misconfigured),
            Err(NoVerdict::Status(status)) if speaks_of_the_request(status) => {
                Err(Doubt::Misconfigured)
            }
            Err(_) => Err(Doubt::Away),
        }
    }

    async fn ask(&self, token: &str, address: IpAddr) -> Result<Verdict, NoVerdict> {
        let request = self.request(token, address).ok_or(NoVerdict::Refused)?;
        let bounds = Bounds { timeout: self.settings.timeout, max_answer: MAX_ANSWER };
        let (status, body) = self.client.ask(request, bounds).await?;
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
            verdict if verdict.success && status != StatusCode::OK => {
                Err(NoVerdict::Status(status))
            }
            verdict => Ok(verdict),
        }
    }

    fn request(&self, token: &str, address: IpAddr) -> Option<Request<Full<Bytes>>> {
        let mut form = Serializer::new(String::with_capacity(token.len() + 256));
        let secret = self.settings.secret.as_ref()?;
        form.append_pair("secret", secret.expose_secret()).append_pair("response", token);
        if self.settings.send_remote_ip {
            form.append_pair("remoteip", &address.to_canonical().to_string());
        }
        if let (config::Provider::Hcaptcha, Some(site_key)) =
            (self.settings.provider, &self.settings.site_key)
        {
            form.append_pair("sitekey", site_key);
        }
        Request::post(self.settings.url())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "vestibule")
            .body(Full::new(form.finish().into()))
            .ok()
    }

    fn say_whether_it_is_here(&self, verdict: &Result<Verdict, NoVerdict>) {
        let was_here = self.is_here.swap(verdict.is_ok(), Ordering::Relaxed);
        match verdict {
            Ok(_) if !was_here => tracing::info!("the bot check's provider is here again"),
            Err(reason @ NoVerdict::Refused) if was_here => {
                tracing::error!(alarm = true, %reason, "the bot check's provider gives no verdict");
            }
            Err(reason) if was_here => {
                tracing::warn!(%reason, "the bot check's provider gives no verdict");
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// Whether a status speaks of what was asked rather than of who was asked.
fn speaks_of_the_request(status: StatusCode) -> bool {
    !status.is_server_error()
        && status != StatusCode::TOO_MANY_REQUESTS
        && status != StatusCode::REQUEST_TIMEOUT
}

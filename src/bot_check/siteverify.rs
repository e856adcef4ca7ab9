//! The siteverify protocol of Turnstile, hCaptcha and reCAPTCHA. The service posts the secret, the
//! proof and optional parameters, such as the client's address. The response is JSON.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU8, Ordering},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use reqwest::{Client, StatusCode, header::ACCEPT};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{failure::Failure, provider_response::ProviderResponse};
use crate::{
    config::{self, OnOutage, SiteverifyProvider},
    http_client::{self, RequestError},
};

/// Maximum size of a response in bytes. The responses of all providers are smaller.
const MAX_RESPONSE: usize = 64 * 1024;

pub(super) struct Siteverify {
    settings: config::Siteverify,
    client: Client,
    /// The most severe state that the service logged since the last usable response.
    reported: AtomicU8,
}

/// The logged states in ascending severity.
const AVAILABLE: u8 = 0;
const UNAVAILABLE: u8 = 1;
/// The provider rejects this service's requests. The operator has to correct the settings.
const MISCONFIGURED: u8 = 2;

/// The reason why there is no usable response. The reason quotes neither the request nor the body
/// of the response.
#[derive(Debug, Error)]
enum NoResponse {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("the provider responded with status {0}")]
    Status(StatusCode),
    #[error("the response is not JSON of the protocol")]
    Unreadable,
    #[error("the provider reported an internal error")]
    Internal,
    #[error("the provider rejects bot_check.siteverify.secret or a parameter. Check the secret")]
    Rejected,
}

impl Siteverify {
    pub(super) fn new(settings: &config::Siteverify) -> reqwest::Result<Self> {
        let client = http_client::build(settings.timeout)?;
        Ok(Self { settings: settings.clone(), client, reported: AtomicU8::new(AVAILABLE) })
    }

    pub(super) fn on_outage(&self) -> OnOutage {
        self.settings.on_outage
    }

    /// Returns the name that identifies a proof. Returns `None` if the secret is a test key,
    /// because the proofs of a test key are the same for all users.
    pub(super) fn single_use_name(&self, proof: &str) -> Option<String> {
        let digest = || URL_SAFE_NO_PAD.encode(Sha256::digest(proof));
        (!self.settings.is_for_tests()).then(digest)
    }

    /// Sends a proof to the provider and checks the response against the settings.
    pub(super) async fn verify(&self, proof: &str, address: IpAddr) -> Result<(), Failure> {
        let response = self.send(proof, address).await;
        self.report(&response);
        match response {
            Ok(response) => response.check(&self.settings, Timestamp::now()),
            // A client may be able to cause this response. If `on_outage` applied, a client
            // could skip the check.
            Err(error) if error.is_rejection() => Err(Failure::Misconfigured),
            Err(_) => Err(Failure::Unavailable),
        }
    }

    async fn send(&self, proof: &str, address: IpAddr) -> Result<ProviderResponse, NoResponse> {
        let settings = &self.settings;
        let secret = settings.secret.as_ref().ok_or(NoResponse::Rejected)?;
        let address = address.to_canonical().to_string();
        let mut form = vec![("secret", secret.expose_secret()), ("response", proof)];
        if settings.send_remote_ip {
            form.push(("remoteip", &address));
        }
        if let (SiteverifyProvider::Hcaptcha, Some(site_key)) =
            (settings.provider, &settings.site_key)
        {
            form.push(("sitekey", site_key));
        }
        let request = self.client.post(settings.url()).header(ACCEPT, "application/json");
        let (status, body) = http_client::send(request.form(&form), MAX_RESPONSE, true).await?;
        read(status, &body)
    }

    /// Logs each change to a more severe state, and the return to `AVAILABLE`, once.
    fn report(&self, response: &Result<ProviderResponse, NoResponse>) {
        let Err(reason) = response else {
            if self.reported.swap(AVAILABLE, Ordering::Relaxed) != AVAILABLE {
                tracing::info!("bot check provider available again");
            }
            return;
        };
        let state = if reason.is_rejection() { MISCONFIGURED } else { UNAVAILABLE };
        match (self.reported.fetch_max(state, Ordering::Relaxed), state) {
            (before, MISCONFIGURED) if before < MISCONFIGURED => {
                tracing::error!(alarm = true, %reason, "bot check provider rejects requests");
            }
            (AVAILABLE, _) => {
                tracing::warn!(%reason, "bot check provider unavailable");
            }
            _ => {}
        }
    }
}

/// Parses a response. Some providers report an invalid request with an error status and a body of
/// the same format.
fn read(status: StatusCode, body: &[u8]) -> Result<ProviderResponse, NoResponse> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(NoResponse::Status(status));
    }
    let response: ProviderResponse = match serde_json::from_slice(body) {
        Ok(response) => response,
        Err(_) if status == StatusCode::OK => return Err(NoResponse::Unreadable),
        Err(_) => return Err(NoResponse::Status(status)),
    };
    if response.rejects_this_service() {
        return Err(NoResponse::Rejected);
    }
    if response.is_internal_error() {
        return Err(NoResponse::Internal);
    }
    // An error response without error codes is from another server, such as a proxy.
    if status != StatusCode::OK && (response.success || !response.has_codes()) {
        return Err(NoResponse::Status(status));
    }
    Ok(response)
}

impl NoResponse {
    /// Returns `true` if the provider rejected the request. A rejection is no outage.
    fn is_rejection(&self) -> bool {
        match self {
            Self::Rejected => true,
            Self::Status(status) => {
                !status.is_server_error()
                    && *status != StatusCode::TOO_MANY_REQUESTS
                    && *status != StatusCode::REQUEST_TIMEOUT
            }
            Self::Request(_) | Self::Unreadable | Self::Internal => false,
        }
    }
}

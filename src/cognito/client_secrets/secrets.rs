//! The secrets of the app client: one, or two during a rotation.

use std::{
    ptr,
    sync::atomic::{AtomicBool, Ordering},
};

use hmac::Hmac;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::{cognito::digest::base64_mac, keyed_digest::hmac_sha256};

/// The secrets with which the service computes SecretHash. An app client may have two active
/// secrets (`AddUserPoolClientSecret`). If Cognito rejects the first secret, a call tries the
/// second secret.
#[derive(Debug)]
pub struct ClientSecrets {
    primary: ClientSecret,
    secondary: Option<ClientSecret>,
    is_secondary_first: AtomicBool,
}

#[derive(Debug)]
pub(in crate::cognito) struct ClientSecret {
    secret: SecretString,
    hmac: Hmac<Sha256>,
}

impl ClientSecrets {
    /// Creates the secrets. A call tries the primary secret first.
    #[must_use]
    pub fn new(primary: SecretString, secondary: Option<SecretString>) -> Self {
        Self {
            primary: ClientSecret::from(primary),
            secondary: secondary.map(ClientSecret::from),
            is_secondary_first: AtomicBool::new(false),
        }
    }

    /// Returns the primary secret.
    #[must_use]
    pub fn primary(&self) -> &SecretString {
        &self.primary.secret
    }

    /// Returns the secondary secret, or `None` if there is only one secret.
    #[must_use]
    pub fn secondary(&self) -> Option<&SecretString> {
        self.secondary.as_ref().map(|secondary| &secondary.secret)
    }

    /// Returns the secret that a call tries first, and the second secret or `None`.
    pub(in crate::cognito) fn in_order(&self) -> (&ClientSecret, Option<&ClientSecret>) {
        match &self.secondary {
            Some(secondary) if self.is_secondary_first.load(Ordering::Relaxed) => {
                (secondary, Some(&self.primary))
            }
            secondary => (&self.primary, secondary.as_ref()),
        }
    }

    /// Makes later calls try `accepted` first. `accepted` must be one of these secrets.
    pub(in crate::cognito) fn promote(&self, accepted: &ClientSecret) {
        let is_secondary = !ptr::eq(accepted, &raw const self.primary);
        self.is_secondary_first.store(is_secondary, Ordering::Relaxed);
    }
}

impl ClientSecret {
    /// Computes SecretHash like [`super::secret_hash()`].
    pub(in crate::cognito) fn hash(&self, username: &str, client_id: &str) -> String {
        base64_mac(&self.hmac, &[username, client_id])
    }
}

impl From<SecretString> for ClientSecret {
    fn from(secret: SecretString) -> Self {
        Self { hmac: hmac_sha256(secret.expose_secret().as_bytes()), secret }
    }
}

//! The secrets of the app client: one, or two during a rotation.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use hmac::Hmac;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::cognito::digest::{hmac_with_key, keyed_digest};

/// The secrets that SecretHash is computed with. An app client may have two active ones
/// (`AddUserPoolClientSecret`). If Cognito rejects one, a call tries the other once.
#[derive(Debug)]
pub struct ClientSecrets {
    primary: ClientSecret,
    secondary: Option<ClientSecret>,
    is_secondary_first: AtomicBool,
}

impl ClientSecrets {
    /// Creates the secrets. The primary one is tried first.
    #[must_use]
    pub fn new(primary: SecretString, secondary: Option<SecretString>) -> Self {
        Self {
            primary: ClientSecret::from(primary),
            secondary: secondary.map(ClientSecret::from),
            is_secondary_first: AtomicBool::new(false),
        }
    }

    /// Returns the primary secret. Other keys may be derived from it.
    #[must_use]
    pub fn primary(&self) -> &SecretString {
        &self.primary.secret
    }

    /// Returns the secondary secret.
    #[must_use]
    pub fn secondary(&self) -> Option<&SecretString> {
        self.secondary.as_ref().map(|secondary| &secondary.secret)
    }

    /// Returns the secrets in the order in which a call tries them.
    pub(in crate::cognito) fn in_order(&self) -> [Option<(Which, &ClientSecret)>; 2] {
        let primary = Some((Which::Primary, &self.primary));
        let secondary = self.secondary.as_ref().map(|secret| (Which::Secondary, secret));
        if secondary.is_some() && self.is_secondary_first.load(Ordering::Relaxed) {
            [secondary, primary]
        } else {
            [primary, secondary]
        }
    }

    /// Makes later calls try the secret that Cognito accepted first.
    pub(in crate::cognito) fn promote(&self, which: Which) {
        self.is_secondary_first.store(which == Which::Secondary, Ordering::Relaxed);
    }
}

/// A secret and its HMAC state.
pub(in crate::cognito) struct ClientSecret {
    secret: SecretString,
    hmac: Hmac<Sha256>,
}

impl ClientSecret {
    /// Computes SecretHash like [`super::secret_hash()`].
    pub(in crate::cognito) fn hash(&self, username: &str, client_id: &str) -> String {
        keyed_digest(&self.hmac, &[username, client_id])
    }
}

impl From<SecretString> for ClientSecret {
    fn from(secret: SecretString) -> Self {
        Self { hmac: hmac_with_key(secret.expose_secret()), secret }
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret(..)")
    }
}

/// One of the two secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cognito) enum Which {
    Primary,
    Secondary,
}

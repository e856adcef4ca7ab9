//! The app client's secrets: one, or two while they are rotated.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use hmac::Hmac;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::secret_hash::{keyed, keyed_digest};

/// The secrets that SecretHash is computed with, as they were read at one time. An app client may
/// have two that are active (`AddUserPoolClientSecret`); where one is refused the other is tried,
/// once.
#[derive(Debug)]
pub struct ClientSecrets {
    primary: ClientSecret,
    secondary: Option<ClientSecret>,
    prefers_secondary: AtomicBool,
}

impl ClientSecrets {
    /// Holds a primary and perhaps a secondary secret.
    #[must_use]
    pub fn new(primary: SecretString, secondary: Option<SecretString>) -> Self {
        Self {
            primary: ClientSecret::from(primary),
            secondary: secondary.map(ClientSecret::from),
            prefers_secondary: AtomicBool::new(false),
        }
    }

    /// The primary secret, whichever is preferred: other keys may be derived from it.
    #[must_use]
    pub fn primary(&self) -> &SecretString {
        &self.primary.secret
    }

    /// The other secret, whichever is preferred.
    #[must_use]
    pub fn secondary(&self) -> Option<&SecretString> {
        self.secondary.as_ref().map(|secondary| &secondary.secret)
    }

    /// The secrets in the order in which to try them.
    pub(super) fn in_order(&self) -> [Option<(Which, &ClientSecret)>; 2] {
        let primary = Some((Which::Primary, &self.primary));
        let secondary = self.secondary.as_ref().map(|secret| (Which::Secondary, secret));
        if secondary.is_some() && self.prefers_secondary.load(Ordering::Relaxed) {
            [secondary, primary]
        } else {
            [primary, secondary]
        }
    }

    /// Remembers which was accepted, so that the next call does not begin with a refusal.
    pub(super) fn prefer(&self, which: Which) {
        self.prefers_secondary.store(which == Which::Secondary, Ordering::Relaxed);
    }
}

/// A secret, ready to hash with.
pub(super) struct ClientSecret {
    secret: SecretString,
    keyed: Hmac<Sha256>,
}

impl ClientSecret {
    /// As [`super::secret_hash()`].
    pub(super) fn hash(&self, username: &str, client_id: &str) -> String {
        keyed_digest(&self.keyed, &[username, client_id])
    }
}

impl From<SecretString> for ClientSecret {
    fn from(secret: SecretString) -> Self {
        Self { keyed: keyed(secret.expose_secret()), secret }
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret(..)")
    }
}

/// One of the two secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Primary,
    Secondary,
}

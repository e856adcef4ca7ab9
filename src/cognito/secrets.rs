//! The app client's secrets: one, or two while they are rotated.

use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::SecretString;

/// The secrets that SecretHash is computed with. An app client may have two that are active
/// (`AddUserPoolClientSecret`); where one is refused the other is tried, once.
#[derive(Debug)]
pub struct ClientSecrets {
    primary: SecretString,
    secondary: Option<SecretString>,
    prefers_secondary: AtomicBool,
}

impl ClientSecrets {
    /// Holds a primary and perhaps a secondary secret.
    #[must_use]
    pub fn new(primary: SecretString, secondary: Option<SecretString>) -> Self {
        Self { primary, secondary, prefers_secondary: AtomicBool::new(false) }
    }

    /// The primary secret, whichever is preferred: other keys may be derived from it.
    #[must_use]
    pub fn primary(&self) -> &SecretString {
        &self.primary
    }

    /// The secrets in the order in which to try them.
    pub(super) fn in_order(&self) -> (&SecretString, Option<&SecretString>) {
        match &self.secondary {
            Some(secondary) if self.prefers_secondary.load(Ordering::Relaxed) => {
                (secondary, Some(&self.primary))
            }
            secondary => (&self.primary, secondary.as_ref()),
        }
    }

    /// Remembers that the second in order was accepted where the first was refused, so that
    /// the next call does not begin with a refusal.
    pub(super) fn swap(&self) {
        self.prefers_secondary.fetch_xor(true, Ordering::Relaxed);
    }
}

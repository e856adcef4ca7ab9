//! Keys for digests of personal data, derived from one secret, each for one use.

use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The keys in force.
#[derive(Clone)]
pub struct Keys {
    /// For the memory of sign-ups.
    pub recent: [u8; 32],
    /// For the user names of the mode `generated`.
    pub usernames: [u8; 32],
}

impl Keys {
    /// Derives the keys from the pepper or, where none is set, from the client secret, each
    /// under a label of its own (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn derive(pepper: Option<&SecretString>, client_secret: &SecretString) -> Self {
        let secret = pepper.unwrap_or(client_secret);
        let extracted =
            Hkdf::<Sha256>::new(Some(b"vestibule pepper v1"), secret.expose_secret().as_bytes());
        Self {
            recent: expand(&extracted, b"recent sign-ups"),
            usernames: expand(&extracted, b"generated user names"),
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys(..)")
    }
}

fn expand(extracted: &Hkdf<Sha256>, label: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    // HKDF gives up to 8,160 bytes; 32 cannot be refused.
    if extracted.expand(label, &mut key).is_err() {
        tracing::error!("a key could not be derived");
    }
    key
}

//! The keys of everything that is digested, signed or encrypted, each derived from `database.key`
//! for one use.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::keyed_digest::hmac_sha256;

/// The keys that `database.key` gives. Each is expanded once, since that is half of the work.
#[derive(Clone)]
pub struct Keys {
    /// For the user names of mode `generated`.
    pub usernames: [u8; 32],
    /// For the budgets that replicas share.
    pub limits: [u8; 32],
    /// For the challenges of the bot check.
    pub challenges: [u8; 32],
    /// Names `database.key` in the tables, and reveals nothing about it.
    pub(super) id: String,
    digests: Hmac<Sha256>,
    chain: Hmac<Sha256>,
    seal: [u8; 32],
    /// The scope of names: several pools may share a database and a key.
    pub(super) user_pool_id: String,
}

impl Keys {
    /// Derives the keys for one pool, each under a label of its own (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn derive(database_key: &SecretString, user_pool_id: &str) -> Self {
        let secret = database_key.expose_secret().as_bytes();
        let extracted = Hkdf::new(Some(b"vestibule database key v1"), secret);
        let id: [u8; 32] = expand(&extracted, b"name of the key");
        Self {
            usernames: expand(&extracted, b"generated user names"),
            limits: expand(&extracted, b"limits"),
            challenges: expand(&extracted, b"challenges"),
            id: URL_SAFE_NO_PAD.encode(&id[..9]),
            digests: hmac_sha256(&expand(&extracted, b"digests")),
            chain: hmac_sha256(&expand(&extracted, b"chain")),
            seal: expand(&extracted, b"sealed answers"),
            user_pool_id: user_pool_id.to_owned(),
        }
    }

    /// Returns these keys if `id` names their `database.key`.
    pub(super) fn named(&self, id: &str) -> Option<&Self> {
        (self.id == id).then_some(self)
    }

    /// Returns a digest of these parts for one use.
    pub(super) fn digest(&self, usage: &str, parts: &[&str]) -> String {
        mac(&self.digests, usage, parts)
    }

    /// Returns a signature of these parts for one use, by the key of the chains.
    pub(super) fn sign(&self, usage: &str, parts: &[&str]) -> String {
        mac(&self.chain, usage, parts)
    }

    /// Returns the key that encrypts the response to one `Idempotency-Key`.
    pub(super) fn seal(&self, idempotency_key: &str) -> [u8; 32] {
        expand(&Hkdf::new(Some(b"vestibule answer v1"), &self.seal), idempotency_key.as_bytes())
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys(..)")
    }
}

fn mac(keyed: &Hmac<Sha256>, usage: &str, parts: &[&str]) -> String {
    let mut mac = keyed.clone();
    for part in std::iter::once(&usage).chain(parts) {
        // The lengths keep (`ab`, `c`) apart from (`a`, `bc`).
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

fn expand(extracted: &Hkdf<Sha256>, label: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    // HKDF gives up to 8,160 bytes; 32 cannot be refused.
    if extracted.expand(label, &mut key).is_err() {
        tracing::error!("a key could not be derived");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(database_key: &str) -> Keys {
        Keys::derive(&database_key.into(), "pool")
    }

    #[test]
    fn digests_differ_by_key_use_and_the_bounds_of_their_parts() {
        let key = keys("a");

        let digests = [
            key.digest("name", &["ab", "c"]),
            key.digest("name", &["a", "bc"]),
            key.digest("name", &["abc"]),
            key.digest("address", &["ab", "c"]),
            key.sign("name", &["ab", "c"]),
            keys("b").digest("name", &["ab", "c"]),
        ];

        for (index, digest) in digests.iter().enumerate() {
            assert_eq!(digest.len(), 43, "{digest}");
            assert!(!digests[index + 1..].contains(digest), "{index}");
        }
        assert_eq!(digests[0], keys("a").digest("name", &["ab", "c"]));
    }
}

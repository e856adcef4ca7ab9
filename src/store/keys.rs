//! The keys of digests, MACs and encryption. Each derives from `database.key`, for one use.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::database::Digest;
use crate::keyed_digest::hmac_sha256;

/// The keys that derive from `database.key`.
#[derive(Clone)]
pub struct Keys {
    /// Key of the user names of mode `generated`.
    pub usernames: [u8; 32],
    /// Key of the budgets that replicas share.
    pub limits: [u8; 32],
    /// Key of the challenges of the bot check.
    pub challenges: [u8; 32],
    /// The name of `database.key` in the tables. The name reveals nothing about the key.
    pub(super) id: String,
    digests: Hmac<Sha256>,
    audit: Hmac<Sha256>,
    responses: Hkdf<Sha256>,
    /// The scope of names, because several pools may share a database and a key.
    user_pool_id: String,
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
            audit: hmac_sha256(&expand(&extracted, b"audit log")),
            responses: Hkdf::new(
                Some(b"vestibule stored response v1"),
                &expand(&extracted, b"stored responses"),
            ),
            user_pool_id: user_pool_id.to_owned(),
        }
    }

    /// Returns the digest of a recipient or a user name, without regard to case.
    pub(super) fn name(&self, name: &str) -> Digest {
        let name = if name.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
            Cow::Owned(name.to_lowercase())
        } else {
            Cow::Borrowed(name)
        };
        self.digest("name", &[self.user_pool_id.as_bytes(), name.as_bytes()])
    }

    /// Returns a digest of these parts for one use.
    pub(super) fn digest(&self, usage: &str, parts: &[&[u8]]) -> Digest {
        mac(&self.digests, usage, parts)
    }

    /// Returns the MAC of these parts of the audit log for one use.
    pub(super) fn audit_mac(&self, usage: &str, parts: &[&[u8]]) -> Digest {
        mac(&self.audit, usage, parts)
    }

    /// Returns the key that encrypts the response to one `Idempotency-Key`.
    pub(super) fn response(&self, idempotency_key: &str) -> [u8; 32] {
        expand(&self.responses, idempotency_key.as_bytes())
    }
}

/// Returns the first 16 bytes of HMAC-SHA256.
fn mac(keyed: &Hmac<Sha256>, usage: &str, parts: &[&[u8]]) -> Digest {
    let mut mac = keyed.clone();
    for part in std::iter::once(&usage.as_bytes()).chain(parts) {
        // The lengths keep (`ab`, `c`) apart from (`a`, `bc`).
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    digest
}

fn expand(extracted: &Hkdf<Sha256>, label: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    // The derivation of 32 bytes cannot fail, because HKDF returns up to 8,160 bytes.
    if extracted.expand(label, &mut key).is_err() {
        tracing::error!("derivation of a key failed");
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
    fn digests_differ_by_key_usage_and_bounds_of_parts() {
        let key = keys("a");

        let digests = [
            key.digest("name", &[b"ab", b"c"]),
            key.digest("name", &[b"a", b"bc"]),
            key.digest("name", &[b"abc"]),
            key.digest("address", &[b"ab", b"c"]),
            key.audit_mac("name", &[b"ab", b"c"]),
            keys("b").digest("name", &[b"ab", b"c"]),
        ];

        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[index + 1..].contains(digest), "{index}");
        }
        assert_eq!(digests[0], keys("a").digest("name", &[b"ab", b"c"]));
    }

    #[test]
    fn digests_of_names_ignore_case() {
        let key = keys("a");

        assert_eq!(key.name("Ada@Example.com"), key.name("ada@example.com"));
        assert_eq!(key.name("ÉVE@example.com"), key.name("éve@example.com"));
        assert_ne!(key.name("ada@example.com"), key.name("bob@example.com"));
        assert_ne!(key.name("ada"), Keys::derive(&"a".into(), "other").name("ada"));
    }
}

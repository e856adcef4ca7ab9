//! Keys for digests of personal data, derived from one secret, each for one use.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::keyed_digest::hmac_sha256;

/// The keys in force, and those from before the pepper was changed.
#[derive(Clone)]
pub struct Keys {
    /// What everything new is keyed with.
    pub(super) current: Pepper,
    /// What may still have keyed what is kept.
    pub(super) previous: Option<Pepper>,
    /// For the user names of the mode `generated`.
    pub usernames: [u8; 32],
    /// For the budgets that replicas share.
    pub limits: [u8; 32],
    /// For the challenges of a bot check: the current pepper's, then the previous one's.
    pub challenges: Vec<[u8; 32]>,
    /// What names belong to: several pools may share a database and a pepper.
    pub(super) user_pool_id: String,
}

/// What one pepper gives. Each key is expanded once, since that is half of the work.
#[derive(Clone)]
pub(super) struct Pepper {
    /// Names the pepper in the tables; tells nothing about it.
    pub(super) id: String,
    digests: Hmac<Sha256>,
    chain: Hmac<Sha256>,
    seal: [u8; 32],
}

impl Keys {
    /// Derives the keys from the pepper or, where none is set, from the client secret, each
    /// under a label of its own (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn derive(
        pepper: Option<&SecretString>,
        previous_pepper: Option<&SecretString>,
        client_secret: &SecretString,
    ) -> Self {
        let secret = pepper.unwrap_or(client_secret);
        Self {
            usernames: expand(&extract(secret), b"generated user names"),
            limits: expand(&extract(secret), b"limits"),
            challenges: std::iter::once(secret)
                .chain(previous_pepper)
                .map(|secret| expand(&extract(secret), b"challenges"))
                .collect(),
            current: Pepper::derive(secret),
            previous: previous_pepper.map(Pepper::derive),
            user_pool_id: String::new(),
        }
    }

    /// The same for the names of one pool.
    pub(super) fn for_pool(self, user_pool_id: &str) -> Self {
        Self { user_pool_id: user_pool_id.to_owned(), ..self }
    }

    /// The current pepper, then the previous one.
    pub(super) fn all(&self) -> impl Iterator<Item = &Pepper> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// The pepper of this name, where it is in force.
    pub(super) fn named(&self, id: &str) -> Option<&Pepper> {
        self.all().find(|pepper| pepper.id == id)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys(..)")
    }
}

impl Pepper {
    fn derive(secret: &SecretString) -> Self {
        let extracted = extract(secret);
        let id: [u8; 32] = expand(&extracted, b"name of the pepper");
        Self {
            id: URL_SAFE_NO_PAD.encode(&id[..9]),
            digests: hmac_sha256(&expand(&extracted, b"digests")),
            chain: hmac_sha256(&expand(&extracted, b"chain")),
            seal: expand(&extracted, b"sealed answers"),
        }
    }

    /// A digest of these parts for one use.
    pub(super) fn digest(&self, usage: &str, parts: &[&str]) -> String {
        mac(&self.digests, usage, parts)
    }

    /// A signature of these parts for one use, by the key of the chains.
    pub(super) fn sign(&self, usage: &str, parts: &[&str]) -> String {
        mac(&self.chain, usage, parts)
    }

    /// The key that seals the answer to one `Idempotency-Key`.
    pub(super) fn seal(&self, idempotency_key: &str) -> [u8; 32] {
        expand(&Hkdf::new(Some(b"vestibule answer v1"), &self.seal), idempotency_key.as_bytes())
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

fn extract(secret: &SecretString) -> Hkdf<Sha256> {
    Hkdf::new(Some(b"vestibule pepper v1"), secret.expose_secret().as_bytes())
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

    fn keys(pepper: &str) -> Keys {
        Keys::derive(Some(&pepper.into()), None, &"client secret".into())
    }

    #[test]
    fn digests_differ_by_pepper_use_and_the_bounds_of_their_parts() {
        let key = keys("a").current;

        let digests = [
            key.digest("name", &["ab", "c"]),
            key.digest("name", &["a", "bc"]),
            key.digest("name", &["abc"]),
            key.digest("address", &["ab", "c"]),
            key.sign("name", &["ab", "c"]),
            keys("b").current.digest("name", &["ab", "c"]),
        ];

        for (index, digest) in digests.iter().enumerate() {
            assert_eq!(digest.len(), 43, "{digest}");
            assert!(!digests[index + 1..].contains(digest), "{index}");
        }
        assert_eq!(digests[0], keys("a").current.digest("name", &["ab", "c"]));
    }

    #[test]
    fn without_a_pepper_the_client_secret_takes_its_place() {
        let derived = Keys::derive(None, None, &"secret".into());
        let set = Keys::derive(Some(&"secret".into()), None, &"another".into());

        assert_eq!(derived.current.id, set.current.id);
        assert_eq!(derived.usernames, set.usernames);
        assert_ne!(derived.current.id, keys("a").current.id);
    }
}

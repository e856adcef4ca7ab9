//! The names of budgets on the server.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::keyed_digest::hmac_sha256;

/// Names budgets by digests of their owners, so that the server learns no address or name.
pub(super) struct Names(Hmac<Sha256>);

impl Names {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(hmac_sha256(key))
    }

    /// Returns the name of a rule's budget.
    pub(super) fn of(&self, rule: &str, owner: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(rule.as_bytes());
        mac.update(&[0]);
        mac.update(owner);
        let digest = mac.finalize().into_bytes();
        format!("vestibule:limit:{rule}:{}", URL_SAFE_NO_PAD.encode(&digest[..16]))
    }
}

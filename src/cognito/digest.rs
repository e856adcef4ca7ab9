use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Computes the MAC of the concatenated parts, in base64.
pub(super) fn base64_mac(hmac: &Hmac<Sha256>, parts: &[&str]) -> String {
    BASE64_STANDARD.encode(mac(hmac, parts).finalize().into_bytes())
}

pub(super) fn mac(hmac: &Hmac<Sha256>, parts: &[&str]) -> Hmac<Sha256> {
    let mut mac = hmac.clone();
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac
}

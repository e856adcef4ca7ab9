//! The signature that proves to the pre-sign-up trigger that a sign-up came through this service.
//! A program with the app client's id and secret could call Cognito directly.

use std::{fmt, time::SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::digest::mac;
use crate::{config, keyed_digest::hmac_sha256};

/// The version of the signed content and of its format.
const VERSION: &str = "v1";

#[derive(Clone)]
pub(super) struct Signature {
    hmac: Hmac<Sha256>,
    key_id: String,
    user_pool_id: String,
    client_id: String,
    entry: String,
}

impl Signature {
    /// Reads the settings. Returns `None` if no key is set.
    pub(super) fn new(settings: &config::Cognito) -> Option<Self> {
        let config::Signature { signing_key, key_id, validation_data_key, .. } =
            &settings.signature;
        Some(Self {
            hmac: hmac_sha256(signing_key.as_ref()?.expose_secret().as_bytes()),
            key_id: key_id.clone(),
            user_pool_id: settings.user_pool_id.clone(),
            client_id: settings.client_id.clone(),
            entry: validation_data_key.clone(),
        })
    }

    /// Returns the name and the value of the entry of `ValidationData` for a user name.
    pub(super) fn entry(&self, username: &str, now: SystemTime) -> (&str, String) {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        (&self.entry, self.sign(username, since.as_secs()))
    }

    /// Returns `v1.KEYID.TIME.DIGEST`. The digest covers the version, key id, time, pool, app
    /// client and user name, one per line. The user name is in lower case, because a
    /// case-insensitive pool may change the case before it calls the trigger.
    fn sign(&self, username: &str, time: u64) -> String {
        let Self { hmac, key_id, user_pool_id, client_id, .. } = self;
        let username = username.to_lowercase();
        let signed =
            format!("{VERSION}\n{key_id}\n{time}\n{user_pool_id}\n{client_id}\n{username}");
        let digest = mac(hmac, &[&signed]).finalize().into_bytes();
        format!("{VERSION}.{key_id}.{time}.{}", BASE64_URL_SAFE_NO_PAD.encode(digest))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Signature(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn a_signature_is_valid_for_one_user_name_pool_client_and_time() {
        let sources = Sources { sandbox: true, ..Sources::default() };
        let mut settings = Config::load(sources).unwrap().cognito;
        assert!(Signature::new(&settings).is_none(), "off by default");
        settings.signature.signing_key = Some("0123456789abcdef0123456789abcdef".into());
        let signature = Signature::new(&settings).unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_999);

        let (name, value) = signature.entry("ada@example.com", then);

        assert_eq!(name, "vestibule_signature");
        assert_eq!(value, "v1.1.1700000000.UL4dDsGbqQw_nv4BfEP9VgK1O_TnsIgtAZDXZG8RrJg");
        assert_eq!(signature.entry("ADA@Example.com", then).1, value);
        assert_ne!(signature.entry("eve@example.com", then).1, value);
        let other =
            Signature { user_pool_id: "eu-central-1_Other".to_owned(), ..signature.clone() };
        assert_ne!(other.entry("ada@example.com", then).1, value);
        let other = Signature { client_id: "2other".to_owned(), ..signature.clone() };
        assert_ne!(other.entry("ada@example.com", then).1, value);
        assert_eq!(format!("{signature:?}"), "Signature(..)");
    }
}

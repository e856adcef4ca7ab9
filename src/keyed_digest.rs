use hmac::{Hmac, KeyInit};
use sha2::Sha256;

/// Returns HMAC-SHA256 with this key. A clone of the result saves half of the work of a digest.
#[expect(clippy::expect_used, reason = "HMAC accepts keys of any length (RFC 2104)")]
pub(crate) fn hmac_sha256(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC accepts keys of any length")
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use hmac::Mac;

    use super::*;

    #[test]
    fn accepts_keys_of_any_length() {
        // RFC 4231, test cases 1, 2 and 6, in base64.
        for (key, text, expected) in [
            (&[0x0b; 20][..], "Hi There", "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c="),
            (
                b"Jefe",
                "what do ya want for nothing?",
                "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=",
            ),
            (
                &[0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q=",
            ),
        ] {
            let mac = hmac_sha256(key).chain_update(text).finalize().into_bytes();

            assert_eq!(BASE64_STANDARD.encode(mac), expected, "{text}");
        }
    }
}

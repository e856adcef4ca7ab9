//! SecretHash: the proof that a call comes from somebody who knows the app client's secret.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// `Base64(HMAC-SHA256(key = client secret, message = user name ‖ client id))`, over exactly
/// the user name that the same request sends.
///
/// Source: <https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash>
#[must_use]
pub fn secret_hash(secret: &SecretString, username: &str, client_id: &str) -> String {
    keyed_digest(&keyed(secret.expose_secret()), &[username, client_id])
}

/// HMAC-SHA256 with its key worked in, which is half of the work and the same for each call.
pub(super) fn keyed(key: &str) -> Hmac<Sha256> {
    // HMAC takes a key of any length, so the other arm is never reached; an empty key would
    // not be a way round the check, since Cognito knows the true one.
    Hmac::new_from_slice(key.as_bytes())
        .unwrap_or_else(|_| Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default()))
}

/// The digest over the parts one after the other, in base64.
pub(super) fn keyed_digest(keyed: &Hmac<Sha256>, parts: &[&str]) -> String {
    BASE64_STANDARD.encode(mac(keyed, parts).finalize().into_bytes())
}

/// The same, not finished, so that it can be compared in constant time.
pub(super) fn mac(keyed: &Hmac<Sha256>, parts: &[&str]) -> Hmac<Sha256> {
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_vectors() {
        const LONG: &str = "9example87654321secretsecretsecretsecret";
        for (secret, username, expected) in [
            (
                "sekrit-client-secret",
                "+15551234567",
                "5nAkRgUw5Vx7SIUEmv6HrgEXPK/SwtnH5F8rxZL+71w=",
            ),
            (
                "sekrit-client-secret",
                "parent@example.com",
                "HIXtaYtZOkzfsWGhiBx1+hJu84lE1YVmNrghIRyy49k=",
            ),
            (LONG, "bob@example.com", "udTuz5OuNofEICfLY7L3GGknlDMuEgCr07pH4cdeo4k="),
            (LONG, "Bob@Example.com", "OC3wZszq5HbGV3YdDeFW6tS/0qakGwnes2JL2bpFAkw="),
            (LONG, "zo\u{eb}", "+Gqr6Ohv0Lj5v+aFAP6p8cxxJzsr5YZ3yekHkGgSbrQ="),
            (LONG, "zoe\u{308}", "t9AqrVm4mQ/D2hDqYRvgNkyImqJ2hR63sQbt6J5+/ls="),
        ] {
            let hash = secret_hash(&SecretString::from(secret), username, "1example23456789");

            assert_eq!(hash, expected, "{username}");
        }
    }
}

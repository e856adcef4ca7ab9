//! SecretHash, which proves knowledge of the app client's secret.

use secrecy::{ExposeSecret, SecretString};

use crate::{cognito::digest::base64_mac, keyed_digest::hmac_sha256};

/// Computes `Base64(HMAC-SHA256(client secret, user name ‖ client id))`.
///
/// The request must contain the same user name.
///
/// Source: <https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash>
#[must_use]
pub fn secret_hash(secret: &SecretString, username: &str, client_id: &str) -> String {
    base64_mac(&hmac_sha256(secret.expose_secret().as_bytes()), &[username, client_id])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_published_vectors() {
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

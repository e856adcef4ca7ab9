//! The app client's right to call: its id and its `SecretHash`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::{answer::Refusal, call::Call, state::PoolState};

/// The name of the client of the settings.
pub(super) const NAME: &str = "vestibule-sandbox";

/// Refuses a client that the pool does not know, or that cannot prove its secret.
pub(super) fn check(state: &PoolState, call: &Call) -> Result<(), Refusal> {
    let client_id = call.client_id();
    let settings = state.settings();
    if client_id == settings.client_id {
        return check_secret(&state.client_secrets(), call);
    }
    let other = state.other_client(client_id).ok_or_else(|| unknown(client_id))?;
    check_secret(other.secret.as_slice(), call)
}

fn check_secret(secrets: &[SecretString], call: &Call) -> Result<(), Refusal> {
    let client_id = call.client_id();
    let unable =
        || Refusal::not_authorized(format!("Unable to verify secret hash for client {client_id}"));
    match (&call.secret_hash, secrets) {
        (None, []) => Ok(()),
        (Some(_), []) => Err(unable()),
        (None, _) => Err(Refusal::not_authorized(format!(
            "Client {client_id} is configured with secret but SECRET_HASH was not received"
        ))),
        (Some(hash), secrets) if secrets.iter().any(|secret| proves(hash, secret, call)) => Ok(()),
        (Some(_), _) => Err(unable()),
    }
}

/// What Cognito says about a client id that it does not know.
pub(super) fn unknown(client_id: &str) -> Refusal {
    Refusal::new(
        "ResourceNotFoundException",
        format!("User pool client {client_id} does not exist."),
    )
}

/// `Base64(HMAC-SHA256(secret, Username ‖ ClientId))`, over the user name exactly as sent
/// (Developer Guide, "Computing secret hash values").
fn proves(hash: &str, secret: &SecretString, call: &Call) -> bool {
    let Ok(hash) = STANDARD.decode(hash) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return false;
    };
    mac.update(call.username().as_bytes());
    mac.update(call.client_id().as_bytes());
    mac.verify_slice(&hash).is_ok()
}

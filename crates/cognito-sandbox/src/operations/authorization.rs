//! Authorization of app clients by their id and `SecretHash`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::{
    protocol::{call::Call, response::Exception},
    state::pool_state::PoolState,
};

/// Rejects an unknown client and a wrong `SecretHash`.
pub(crate) fn check(state: &PoolState, call: &Call) -> Result<(), Exception> {
    let client_id = call.client_id();
    let settings = state.settings();
    if client_id == settings.client_id {
        return check_secret(&state.client_secrets(), call);
    }
    let other = state.other_client(client_id).ok_or_else(|| unknown_client(client_id))?;
    check_secret(other.secret.as_slice(), call)
}

fn check_secret(secrets: &[SecretString], call: &Call) -> Result<(), Exception> {
    let client_id = call.client_id();
    let unable = || {
        Exception::not_authorized(format!("Unable to verify secret hash for client {client_id}"))
    };
    match (&call.secret_hash, secrets) {
        (None, []) => Ok(()),
        (Some(_), []) => Err(unable()),
        (None, _) => Err(Exception::not_authorized(format!(
            "Client {client_id} is configured with secret but SECRET_HASH was not received"
        ))),
        (Some(hash), secrets) if secrets.iter().any(|secret| proves(hash, secret, call)) => Ok(()),
        (Some(_), _) => Err(unable()),
    }
}

pub(crate) fn unknown_client(client_id: &str) -> Exception {
    Exception::new(
        "ResourceNotFoundException",
        format!("User pool client {client_id} does not exist."),
    )
}

/// Compares with `Base64(HMAC-SHA256(secret, Username ‖ ClientId))` over the user name as sent
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
